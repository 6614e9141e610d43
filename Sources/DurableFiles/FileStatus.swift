internal import Glibc

/// What kind of thing a directory entry is.
public enum FileKind: Sendable, Hashable {
    /// A plain file.
    case regularFile
    /// A directory.
    case directory
    /// A symbolic link. This module never follows one below a directory it was given.
    case symbolicLink
    /// A socket, a pipe or a device.
    case other
}

/// The part of `struct stat` this project uses.
public struct FileStatus: Sendable, Hashable {
    /// What it is.
    public let kind: FileKind
    /// The length in bytes.
    public let byteCount: Int
    /// The inode number, which with `device` tells two files apart.
    public let inode: UInt64
    /// The device the file lives on.
    public let device: UInt64
    /// How many names the file has.
    public let linkCount: Int
    /// The permission bits, `0o7777` at most.
    public let permissions: UInt32
    /// When the content last changed, in seconds since 1970 and the nanoseconds beyond them.
    public let modifiedSeconds: Int64
    /// The nanoseconds beyond `modifiedSeconds`, 0 to 999,999,999.
    public let modifiedNanoseconds: Int64

    /// When anything about the file last changed, its names included, in seconds since 1970.
    public let changedSeconds: Int64
    /// The nanoseconds beyond `changedSeconds`, 0 to 999,999,999.
    public let changedNanoseconds: Int64

    /// Whether `other` is the same file, whatever its names.
    public func isSameFile(as other: FileStatus) -> Bool {
        inode == other.inode && device == other.device
    }

    init(_ raw: stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .regularFile
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
        byteCount = Int(raw.st_size)
        inode = UInt64(raw.st_ino)
        device = UInt64(raw.st_dev)
        linkCount = Int(raw.st_nlink)
        permissions = UInt32(raw.st_mode & 0o7777)
        modifiedSeconds = Int64(raw.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(raw.st_mtim.tv_nsec)
        changedSeconds = Int64(raw.st_ctim.tv_sec)
        changedNanoseconds = Int64(raw.st_ctim.tv_nsec)
    }
}

/// How much room a file system has (`statvfs`).
public struct FileSystemSpace: Sendable, Hashable {
    /// All bytes.
    public let totalByteCount: UInt64
    /// The bytes free for the superuser.
    public let freeByteCount: UInt64
    /// The bytes free for everyone else.
    public let availableByteCount: UInt64
    /// All inodes; 0 where the file system makes them as needed.
    public let totalFileCount: UInt64
    /// The inodes left.
    public let freeFileCount: UInt64
    /// The size in which the file system allocates, in bytes.
    public let blockByteCount: UInt64
    /// Whether the file system is mounted read-only.
    public let isReadOnly: Bool

    init(_ raw: statvfs) {
        let unit = UInt64(raw.f_frsize)
        totalByteCount = UInt64(raw.f_blocks) &* unit
        freeByteCount = UInt64(raw.f_bfree) &* unit
        availableByteCount = UInt64(raw.f_bavail) &* unit
        totalFileCount = UInt64(raw.f_files)
        freeFileCount = UInt64(raw.f_ffree)
        blockByteCount = unit
        isReadOnly = raw.f_flag & UInt(ST_RDONLY) != 0
    }
}
