import AWSVocabulary
import Cryptography
import DurableFiles
import EnvelopeCrypto
import EnvelopeTesting
import FoundationEssentials
import ObjectStore
import Synchronization
import SystemPackage

/// A bucket in memory whose n-th call can fail.
final class MemoryBucket: Bucket {
    private struct State {
        var objects: [String: StoredObject] = [:]
        var putCount = 0
    }

    let name: String
    private let state = Mutex(State())
    /// Puts that fail, counted from 1.
    private let failingPuts: Set<Int>
    private let refusesDeletes: Bool

    init(_ name: String, failingPuts: Set<Int> = [], refusesDeletes: Bool = false) {
        self.name = name
        self.failingPuts = failingPuts
        self.refusesDeletes = refusesDeletes
    }

    static let failure = ObjectStoreError.storage(.noSpace, operation: "write", path: "/store")

    var objects: [String: StoredObject] { state.withLock { $0.objects } }
    var putCount: Int { state.withLock { $0.putCount } }

    func put(
        _ key: ObjectKey, body: UnsafeRawBufferPointer, metadata: ObjectMetadata
    ) throws(ObjectStoreError) -> ObjectInfo {
        let info = ObjectInfo(key: key, byteCount: body.count, modified: Date(timeIntervalSince1970: 0))
        let object = StoredObject(info: info, metadata: metadata, body: Array(body))
        let isStored = state.withLock { state in
            state.putCount += 1
            guard !failingPuts.contains(state.putCount) else { return false }
            state.objects[key.text] = object
            return true
        }
        guard isStored else { throw Self.failure }
        return info
    }

    func open(_ key: ObjectKey) throws(ObjectStoreError) -> any OpenedObject {
        guard let object = objects[key.text] else { throw .noSuchKey(key.text) }
        return Opened(object: object)
    }

    func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectHead {
        let object = try get(key)
        return ObjectHead(info: object.info, metadata: object.metadata)
    }

    func info(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo { try get(key).info }

    func delete(_ key: ObjectKey) throws(ObjectStoreError) -> Bool {
        guard !refusesDeletes else { throw Self.failure }
        return state.withLock { $0.objects.removeValue(forKey: key.text) } != nil
    }

    func list(_ request: ListRequest) throws(ObjectStoreError) -> Listing {
        throw .unavailable("not in this fake")
    }
    func entryKind(_ name: String, in prefix: KeyPrefix) throws(ObjectStoreError) -> BucketEntry.Kind? { nil }
    func level(_ prefix: KeyPrefix) throws(ObjectStoreError) -> any BucketLevel {
        throw .unavailable("not in this fake")
    }
    func space() throws(ObjectStoreError) -> FileSystemSpace? { nil }

    private struct Opened: OpenedObject {
        let object: StoredObject
        var info: ObjectInfo { object.info }
        var metadata: ObjectMetadata { object.metadata }

        func read(byteCount: Int, at offset: Int) -> [UInt8] {
            Array(object.body.dropFirst(offset).prefix(byteCount))
        }
    }
}

struct Buckets: BucketSource {
    let buckets: [MemoryBucket]

    func bucket(named name: String) throws(ObjectStoreError) -> any Bucket {
        guard let bucket = buckets.first(where: { $0.name == name }) else { throw .noSuchBucket(name) }
        return bucket
    }

    func bucketNames() -> [String] { buckets.map(\.name).sorted() }
}

/// A KMS that wraps nothing: the blob is a number, and the key is kept beside it.
final class FakeKeys: DataKeyProvider {
    struct Call: Sendable, Equatable {
        let keyID: String
        let context: EncryptionContext
        let caller: Caller
    }

    private struct State {
        var calls: [Call] = []
        var keys: [[UInt8]] = []
    }

    private let state = Mutex(State())
    private let failingCalls: [Int: DataKeyError]

    /// - Parameter failingCalls: Calls for a data key that fail, counted from 1, and how.
    init(failingCalls: [Int: DataKeyError] = [:]) { self.failingCalls = failingCalls }

    var calls: [Call] { state.withLock { $0.calls } }

    func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> DataKey {
        let key = RandomBytes.make(count: 32)
        let number = state.withLock { state in
            state.calls.append(Call(keyID: keyID, context: context, caller: caller))
            state.keys.append(key)
            return state.calls.count
        }
        if let error = failingCalls[number] { throw error }
        return DataKey(plaintext: SecretBytes(copying: key), ciphertextBlob: Array(String(number).utf8))
    }

    func decrypt(
        _ ciphertextBlob: [UInt8], keyID: String?, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> SecretBytes {
        guard let number = Int(String(decoding: ciphertextBlob, as: UTF8.self)) else {
            throw .invalidCiphertext
        }
        let (call, key) = state.withLock { ($0.calls[number - 1], $0.keys[number - 1]) }
        guard call.context == context else { throw .invalidCiphertext }
        return SecretBytes(copying: key)
    }
}
