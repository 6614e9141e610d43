public import FoundationEssentials

/// What is known of an object without reading it.
public struct ObjectInfo: Sendable, Hashable {
    /// Its key.
    public let key: ObjectKey
    /// The length of the stored body; for a sealed object the ciphertext with its tag.
    public let byteCount: Int
    /// When the body was stored.
    public let modified: Date
    /// Tells this body from an earlier or later one under the same key, for caches; nil where the store
    /// cannot say.
    public let version: UInt64?

    /// Facts about an object, as a store found them.
    public init(key: ObjectKey, byteCount: Int, modified: Date, version: UInt64? = nil) {
        self.key = key
        self.byteCount = byteCount
        self.modified = modified
        self.version = version
    }
}

/// Facts and metadata of an object, without its body.
public struct ObjectHead: Sendable, Hashable {
    /// What is known without reading.
    public let info: ObjectInfo
    /// Its own metadata or, where its file kept none, its instruction file's.
    public let metadata: ObjectMetadata

    /// A head made of its parts.
    public init(info: ObjectInfo, metadata: ObjectMetadata) {
        self.info = info
        self.metadata = metadata
    }

    /// Whether an envelope is there: a guess, not a proof.
    ///
    /// Opening the object decides.
    public var isSealedHint: Bool { metadata.hasWrappedKey }
}

/// A whole object.
public struct StoredObject: Sendable, Hashable {
    /// What is known without reading.
    public let info: ObjectInfo
    /// The user metadata.
    public let metadata: ObjectMetadata
    /// The stored bytes, exactly.
    public let body: [UInt8]

    /// An object made of its parts.
    public init(info: ObjectInfo, metadata: ObjectMetadata, body: [UInt8]) {
        self.info = info
        self.metadata = metadata
        self.body = body
    }
}

/// What to list.
public struct ListRequest: Sendable, Hashable {
    /// Only keys that begin with these bytes.
    public var prefix: String
    /// Only keys, and common prefixes, after this one in byte order.
    public var startAfter: String?
    /// At most this many keys and common prefixes together.
    public var limit: Int
    /// Roll keys up that have this text after the prefix; S3 users give `/`.
    public var delimiter: String?

    /// A request; by default the first thousand keys, as S3 answers.
    public init(
        prefix: String = "", startAfter: String? = nil, limit: Int = 1_000, delimiter: String? = nil
    ) {
        self.prefix = prefix
        self.startAfter = startAfter
        self.limit = limit
        self.delimiter = delimiter
    }
}

/// One page of a listing, in byte order.
public struct Listing: Sendable, Hashable {
    /// The objects.
    public let objects: [ObjectInfo]
    /// What was rolled up, each ending in the delimiter.
    public let commonPrefixes: [String]
    /// What to start after for the next page; nil when this is the last.
    public let nextStartAfter: String?

    /// A page made of its parts.
    public init(objects: [ObjectInfo], commonPrefixes: [String], nextStartAfter: String?) {
        self.objects = objects
        self.commonPrefixes = commonPrefixes
        self.nextStartAfter = nextStartAfter
    }

    /// Whether there is more.
    public var isTruncated: Bool { nextStartAfter != nil }
}

/// A name on one level of a bucket.
public struct BucketEntry: Sendable, Hashable {
    /// What a name stands for.
    public enum Kind: Sendable, Hashable {
        /// An object.
        case object
        /// A level with objects below it: a common prefix.
        case prefix
    }

    /// The last segment, without a slash.
    public let name: String
    /// Object or level.
    public let kind: Kind
    /// Where to go on after this entry; opaque, never 0.
    public let nextOffset: UInt64

    /// An entry made of its parts.
    public init(name: String, kind: Kind, nextOffset: UInt64) {
        self.name = name
        self.kind = kind
        self.nextOffset = nextOffset
    }
}
