internal import Cryptography
public import DurableFiles

/// Immutable objects by key, wherever they are kept.
///
/// All calls block until they are done and may be made from any thread.
public protocol Bucket: Sendable {
    /// The bucket's name.
    var name: String { get }

    /// Stores an object, replacing one of the same key atomically.
    ///
    /// When this returns the object survives a power cut; when it throws, nothing of it exists, and an
    /// older object of that key is what it was.
    func put(
        _ key: ObjectKey, body: UnsafeRawBufferPointer, metadata: ObjectMetadata
    ) throws(ObjectStoreError) -> ObjectInfo

    /// Opens one version of an object: what is read later is that version, whatever happens to the key.
    ///
    /// - Throws: `.noSuchKey` when there is none.
    func open(_ key: ObjectKey) throws(ObjectStoreError) -> any OpenedObject

    /// The facts and metadata of an object.
    ///
    /// - Throws: `.noSuchKey` when there is none.
    func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectHead

    /// The facts of an object alone, as cheaply as possible.
    ///
    /// - Throws: `.noSuchKey` when there is none.
    func info(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo

    /// Removes an object, durably.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func delete(_ key: ObjectKey) throws(ObjectStoreError) -> Bool

    /// The entity tag of an object: the MD5 of the stored body, 32 hex digits.
    ///
    /// Nothing keeps it; where the store does not know it, the body is read at every call.
    func entityTag(of key: ObjectKey) throws(ObjectStoreError) -> String

    /// One page of the keys in byte order.
    func list(_ request: ListRequest) throws(ObjectStoreError) -> Listing

    /// What `name` stands for on a level, or nil.
    func entryKind(_ name: String, in prefix: KeyPrefix) throws(ObjectStoreError) -> BucketEntry.Kind?

    /// Opens a level to read its names as a stream.
    ///
    /// - Throws: `.noSuchKey` when nothing is below it; the top of a bucket always is there.
    func level(_ prefix: KeyPrefix) throws(ObjectStoreError) -> any BucketLevel

    /// How much room there is; nil where the store does not say.
    func space() throws(ObjectStoreError) -> FileSystemSpace?
}

/// An object that is open for reading.
public protocol OpenedObject: Sendable {
    /// Its facts.
    var info: ObjectInfo { get }
    /// Its metadata.
    var metadata: ObjectMetadata { get }

    /// Bytes of the stored body.
    ///
    /// - Returns: At most `byteCount` bytes from `offset` on; fewer only at the end.
    func read(byteCount: Int, at offset: Int) throws(ObjectStoreError) -> [UInt8]
}

/// The names on one level of a bucket, in no particular order.
public protocol BucketLevel: Sendable {
    /// Calls `body` for each name until it returns false or there are no more.
    ///
    /// Names stored or removed meanwhile may or may not be seen; all others are seen exactly once.
    ///
    /// - Parameters:
    ///   - offset: 0 for the beginning, else the `nextOffset` of the entry to go on after.
    func read(
        from offset: UInt64, _ body: (BucketEntry) -> Bool
    ) throws(ObjectStoreError)
}

/// Whoever knows buckets by name.
public protocol BucketSource: Sendable {
    /// The bucket of that name.
    ///
    /// - Throws: `.noSuchBucket` when there is none.
    func bucket(named name: String) throws(ObjectStoreError) -> any Bucket

    /// All bucket names, in byte order.
    func bucketNames() throws(ObjectStoreError) -> [String]
}

extension Bucket {
    /// A whole object.
    ///
    /// - Throws: `.noSuchKey` when there is none.
    public func get(_ key: ObjectKey) throws(ObjectStoreError) -> StoredObject {
        let object = try open(key)
        let body = try object.read(byteCount: object.info.byteCount, at: 0)
        return StoredObject(info: object.info, metadata: object.metadata, body: body)
    }

    /// The MD5 of the stored body, computed 64 KiB at a time.
    public func entityTag(of key: ObjectKey) throws(ObjectStoreError) -> String {
        let object = try open(key)
        var digest = DigestStream(.md5)
        var offset = 0
        while offset < object.info.byteCount {
            let bytes = try object.read(byteCount: 65_536, at: offset)
            if bytes.isEmpty { break }
            digest.update(bytes)
            offset += bytes.count
        }
        let digits = Array("0123456789abcdef".utf8)
        let hex = digest.finish().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: hex, as: UTF8.self)
    }

    /// Stores an object; see the other form.
    public func put(
        _ key: ObjectKey, body: [UInt8], metadata: ObjectMetadata = .none
    ) throws(ObjectStoreError) -> ObjectInfo {
        // withUnsafeBytes rethrows untyped, so the outcome is carried out of it.
        let outcome = body.withUnsafeBytes { bytes -> Result<ObjectInfo, ObjectStoreError> in
            do throws(ObjectStoreError) {
                return .success(try put(key, body: bytes, metadata: metadata))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// One page of the keys that begin with `prefix`, in byte order.
    public func list(
        prefix: String = "", startAfter: String? = nil, limit: Int = 1_000
    ) throws(ObjectStoreError) -> Listing {
        try list(ListRequest(prefix: prefix, startAfter: startAfter, limit: limit))
    }
}
