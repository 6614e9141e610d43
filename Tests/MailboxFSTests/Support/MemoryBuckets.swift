import AWSVocabulary
import DurableFiles
import FoundationEssentials
import ObjectStore
import Synchronization
import SystemPackage

/// Buckets in memory, which can be told to fail.
final class MemoryBuckets: BucketSource {
    private let buckets: Mutex<[String: MemoryBucket]>
    /// Fails the calls of all buckets.
    let fault = Fault()

    init(names: [String] = ["mailbox"]) {
        buckets = Mutex([:])
        for name in names { add(name) }
    }

    @discardableResult
    func add(_ name: String) -> MemoryBucket {
        let bucket = MemoryBucket(name: name, fault: fault)
        buckets.withLock { $0[name] = bucket }
        return bucket
    }

    subscript(name: String) -> MemoryBucket { buckets.withLock { $0[name] } ?? add(name) }

    func bucket(named name: String) throws(ObjectStoreError) -> any Bucket {
        guard let bucket = buckets.withLock({ $0[name] }) else { throw .noSuchBucket(name) }
        return bucket
    }

    func bucketNames() throws(ObjectStoreError) -> [String] { buckets.withLock { $0.keys.sorted() } }
}

/// Counts calls and fails one of them, or all from one on.
final class Fault: Sendable {
    private struct State {
        var calls = 0
        var failing: (from: Int, until: Int, error: ObjectStoreError)?
    }

    private let state = Mutex(State())

    var calls: Int { state.withLock { $0.calls } }

    /// Fails the `number`th call from now, counted from 1.
    func fail(call number: Int, with error: ObjectStoreError, forever: Bool = false) {
        state.withLock { state in
            state.failing = (state.calls + number, forever ? .max : state.calls + number, error)
        }
    }

    func heal() { state.withLock { $0.failing = nil } }

    func pass() throws(ObjectStoreError) {
        let error = state.withLock { state -> ObjectStoreError? in
            state.calls += 1
            guard let failing = state.failing, state.calls >= failing.from, state.calls <= failing.until
            else {
                return nil
            }
            return failing.error
        }
        if let error { throw error }
    }
}

final class MemoryBucket: Bucket {
    let name: String
    private let fault: Fault
    private let objects = Mutex<[String: StoredObject]>([:])

    init(name: String, fault: Fault) {
        self.name = name
        self.fault = fault
    }

    var keys: [String] { objects.withLock { $0.keys.sorted() } }

    func put(
        _ key: ObjectKey, body: UnsafeRawBufferPointer, metadata: ObjectMetadata
    ) throws(ObjectStoreError) -> ObjectInfo {
        try fault.pass()
        let info = ObjectInfo(
            key: key, byteCount: body.count, modified: Date(timeIntervalSince1970: 1_700_000_000))
        let object = StoredObject(info: info, metadata: metadata, body: Array(body))
        objects.withLock { $0[key.text] = object }
        return info
    }

    func stored(_ key: ObjectKey) throws(ObjectStoreError) -> StoredObject {
        try fault.pass()
        guard let object = objects.withLock({ $0[key.text] }) else { throw .noSuchKey(key.text) }
        return object
    }

    func open(_ key: ObjectKey) throws(ObjectStoreError) -> any OpenedObject {
        Opened(object: try stored(key), fault: fault)
    }

    func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectHead {
        let object = try stored(key)
        return ObjectHead(info: object.info, metadata: object.metadata)
    }

    func info(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo { try stored(key).info }

    func delete(_ key: ObjectKey) throws(ObjectStoreError) -> Bool {
        try fault.pass()
        return objects.withLock { $0.removeValue(forKey: key.text) } != nil
    }

    func list(_ request: ListRequest) throws(ObjectStoreError) -> Listing {
        try fault.pass()
        let infos = objects.withLock { $0.values.map(\.info) }.filter {
            $0.key.text.hasPrefix(request.prefix)
        }
        return Listing(objects: infos.sorted { $0.key < $1.key }, commonPrefixes: [], nextStartAfter: nil)
    }

    func entryKind(_ name: String, in prefix: KeyPrefix) throws(ObjectStoreError) -> BucketEntry.Kind? {
        try fault.pass()
        let path = prefix.text + name
        return objects.withLock { objects in
            if objects[path] != nil { return .object }
            return objects.keys.contains { $0.hasPrefix(path + "/") } ? .prefix : nil
        }
    }

    func level(_ prefix: KeyPrefix) throws(ObjectStoreError) -> any BucketLevel {
        try fault.pass()
        var names: [String: BucketEntry.Kind] = [:]
        for key in keys where key.hasPrefix(prefix.text) {
            let parts = key.dropFirst(prefix.text.count).split(separator: "/")
            if let first = parts.first { names[String(first)] = parts.count == 1 ? .object : .prefix }
        }
        guard !names.isEmpty || prefix.text.isEmpty else { throw .noSuchKey(prefix.text) }
        let entries = names.sorted { $0.key < $1.key }.enumerated().map { index, entry in
            BucketEntry(name: entry.key, kind: entry.value, nextOffset: UInt64(index + 1))
        }
        return Level(entries: entries)
    }

    func space() throws(ObjectStoreError) -> FileSystemSpace? { nil }

    private struct Opened: OpenedObject {
        let object: StoredObject
        let fault: Fault
        var info: ObjectInfo { object.info }
        var metadata: ObjectMetadata { object.metadata }

        func read(byteCount: Int, at offset: Int) throws(ObjectStoreError) -> [UInt8] {
            try fault.pass()
            return Array(object.body.dropFirst(offset).prefix(byteCount))
        }
    }

    private struct Level: BucketLevel {
        let entries: [BucketEntry]

        func read(from offset: UInt64, _ body: (BucketEntry) -> Bool) throws(ObjectStoreError) {
            for entry in entries.dropFirst(Int(offset)) where !body(entry) { return }
        }
    }
}
