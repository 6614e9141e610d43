public import FoundationEssentials

/// What `stat` shows of a file or directory.
public struct FileAttributes: Sendable, Equatable {
    /// The inode number.
    public var inode: InodeNumber
    /// Directory or regular file.
    public var kind: FileKind
    /// The permission bits, without the kind: `0o000` to `0o7777`.
    public var permissions: UInt16
    /// The length in bytes; of a directory, 0.
    public var byteCount: UInt64
    /// The number of names; 2 for a directory, as file systems answer that do not count sub-directories.
    public var linkCount: UInt32
    /// The owning user.
    public var uid: UInt32
    /// The owning group.
    public var gid: UInt32
    /// The time of the last reading.
    public var accessed: Date
    /// The time of the last change of the contents; for mail, when the object was stored.
    public var modified: Date
    /// The time of the last change of the inode.
    public var changed: Date

    /// Makes attributes.
    public init(
        inode: InodeNumber, kind: FileKind, permissions: UInt16, byteCount: UInt64, linkCount: UInt32,
        uid: UInt32, gid: UInt32, accessed: Date, modified: Date, changed: Date
    ) {
        self.inode = inode
        self.kind = kind
        self.permissions = permissions
        self.byteCount = byteCount
        self.linkCount = linkCount
        self.uid = uid
        self.gid = gid
        self.accessed = accessed
        self.modified = modified
        self.changed = changed
    }
}

/// The part of the attributes a `setattr` request wants changed; nil leaves as is.
public struct AttributeChanges: Sendable, Equatable {
    /// Truncate or extend to this many bytes.
    public var byteCount: UInt64?
    /// New permission bits.
    public var permissions: UInt16?
    /// New owner.
    public var uid: UInt32?
    /// New group.
    public var gid: UInt32?
    /// New time of the last reading.
    public var accessed: Date?
    /// New time of the last change.
    public var modified: Date?

    /// Makes changes.
    public init(
        byteCount: UInt64? = nil, permissions: UInt16? = nil, uid: UInt32? = nil, gid: UInt32? = nil,
        accessed: Date? = nil, modified: Date? = nil
    ) {
        self.byteCount = byteCount
        self.permissions = permissions
        self.uid = uid
        self.gid = gid
        self.accessed = accessed
        self.modified = modified
    }
}

/// The answer to a lookup: the kernel now knows the inode once more, until it forgets it.
public struct Entry: Sendable, Equatable {
    /// The inode number, never zero.
    public var inode: InodeNumber
    /// Tells two files apart that carried the same number at different times.
    public var generation: UInt64
    /// The attributes.
    public var attributes: FileAttributes
    /// For how many seconds the name may be believed without asking again.
    public var entryTimeout: Double
    /// For how many seconds the attributes may be believed without asking again.
    public var attributeTimeout: Double

    /// Makes an entry.
    public init(
        inode: InodeNumber, generation: UInt64 = 0, attributes: FileAttributes, entryTimeout: Double,
        attributeTimeout: Double
    ) {
        self.inode = inode
        self.generation = generation
        self.attributes = attributes
        self.entryTimeout = entryTimeout
        self.attributeTimeout = attributeTimeout
    }
}

/// Attributes with the time they may be believed.
public struct TimedAttributes: Sendable, Equatable {
    /// The attributes.
    public var attributes: FileAttributes
    /// For how many seconds they may be believed without asking again.
    public var timeout: Double

    /// Makes timed attributes.
    public init(_ attributes: FileAttributes, timeout: Double) {
        self.attributes = attributes
        self.timeout = timeout
    }
}

/// The answer to opening a file.
public struct OpenedFile: Sendable, Equatable {
    /// Names the open file in every later call, until `release`.
    public var handle: UInt64
    /// Reads and writes go past the page cache.
    public var isDirectIO: Bool
    /// Pages cached at an earlier opening stay good.
    public var keepsCache: Bool
    /// Closing needs no flush request.
    public var skipsFlush: Bool

    /// Makes the answer.
    public init(handle: UInt64, isDirectIO: Bool, keepsCache: Bool, skipsFlush: Bool) {
        self.handle = handle
        self.isDirectIO = isDirectIO
        self.keepsCache = keepsCache
        self.skipsFlush = skipsFlush
    }
}

/// One name in a listing.
public struct DirectoryRecord: Sendable, Equatable {
    /// The name; `.` and `..` are listed too.
    public var name: String
    /// The inode number `stat` would show.
    public var inode: InodeNumber
    /// Directory or regular file.
    public var kind: FileKind
    /// Where a listing that has consumed this record goes on.
    public var nextOffset: UInt64
    /// The entry, only in a listing with entries and never for `.` and `..`.
    ///
    /// Each one that `emit` accepts counts as a lookup that the kernel will forget.
    public var entry: Entry?

    /// Makes a record.
    public init(name: String, inode: InodeNumber, kind: FileKind, nextOffset: UInt64, entry: Entry? = nil) {
        self.name = name
        self.inode = inode
        self.kind = kind
        self.nextOffset = nextOffset
        self.entry = entry
    }
}

/// What `statfs` shows.
public struct FileSystemStatistics: Sendable, Equatable {
    /// Bytes in a block.
    public var blockByteCount: UInt64
    /// Blocks in all.
    public var blockCount: UInt64
    /// Free blocks.
    public var freeBlockCount: UInt64
    /// Free blocks that an ordinary user may take.
    public var availableBlockCount: UInt64
    /// Inodes in all.
    public var fileCount: UInt64
    /// Free inodes.
    public var freeFileCount: UInt64
    /// The longest name, in bytes.
    public var longestName: UInt64

    /// Makes statistics.
    public init(
        blockByteCount: UInt64, blockCount: UInt64, freeBlockCount: UInt64, availableBlockCount: UInt64,
        fileCount: UInt64, freeFileCount: UInt64, longestName: UInt64
    ) {
        self.blockByteCount = blockByteCount
        self.blockCount = blockCount
        self.freeBlockCount = freeBlockCount
        self.availableBlockCount = availableBlockCount
        self.fileCount = fileCount
        self.freeFileCount = freeFileCount
        self.longestName = longestName
    }
}
