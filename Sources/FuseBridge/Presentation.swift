import CFuse
import FoundationEssentials
import Glibc
import MailboxFS

/// Turns the file system's values into the kernel's, as the mount options want them shown.
///
/// Numbers that do not fit are cut to the nearest that does: a wrong size in a listing is a nuisance, a trap
/// would take the mount down.
struct Presentation: Sendable {
    private let userID: UInt32?
    private let groupID: UInt32?
    private let permissionMask: UInt16

    init(_ options: MountOptions) {
        userID = options.userID
        groupID = options.groupID
        permissionMask = options.permissionMask ?? 0
    }

    /// Attributes as `stat` shows them.
    func status(_ attributes: FileAttributes) -> stat {
        var status = stat()
        status.st_ino = ino_t(attributes.inode.rawValue)
        let permissions = mode_t(attributes.permissions & 0o7777 & ~permissionMask)
        status.st_mode = Self.mode(attributes.kind) | permissions
        status.st_nlink = nlink_t(attributes.linkCount)
        status.st_uid = userID ?? attributes.uid
        status.st_gid = groupID ?? attributes.gid
        // A negative size becomes EIO for the whole entry.
        status.st_size = off_t(clamping: attributes.byteCount)
        status.st_blksize = 131_072
        let (wholeBlocks, rest) = attributes.byteCount.quotientAndRemainder(dividingBy: 512)
        status.st_blocks = blkcnt_t(clamping: wholeBlocks + (rest > 0 ? 1 : 0))
        status.st_atim = timespec(attributes.accessed)
        status.st_mtim = timespec(attributes.modified)
        status.st_ctim = timespec(attributes.changed)
        return status
    }

    /// An entry as LOOKUP, CREATE and READDIRPLUS answer it.
    func entry(_ entry: Entry) -> fuse_entry_param {
        var parameters = fuse_entry_param()
        parameters.ino = fuse_ino_t(entry.inode.rawValue)
        parameters.generation = entry.generation
        parameters.attr = status(entry.attributes)
        parameters.attr_timeout = entry.attributeTimeout
        parameters.entry_timeout = entry.entryTimeout
        return parameters
    }

    /// The file type bits of `st_mode`.
    static func mode(_ kind: FileKind) -> mode_t {
        switch kind {
        case .directory: S_IFDIR
        case .regularFile: S_IFREG
        }
    }

    /// The answer to OPEN and CREATE.
    static func fileInfo(_ file: OpenedFile) -> fuse_file_info {
        var info = fuse_file_info()
        info.fh = file.handle
        info.direct_io = file.isDirectIO ? 1 : 0
        info.keep_cache = file.keepsCache ? 1 : 0
        info.noflush = file.skipsFlush ? 1 : 0
        return info
    }

    /// The answer to STATFS.
    static func volume(_ statistics: FileSystemStatistics) -> statvfs {
        var volume = statvfs()
        volume.f_bsize = UInt(statistics.blockByteCount)
        volume.f_frsize = UInt(statistics.blockByteCount)
        volume.f_blocks = fsblkcnt_t(statistics.blockCount)
        volume.f_bfree = fsblkcnt_t(statistics.freeBlockCount)
        volume.f_bavail = fsblkcnt_t(statistics.availableBlockCount)
        volume.f_files = fsfilcnt_t(statistics.fileCount)
        volume.f_ffree = fsfilcnt_t(statistics.freeFileCount)
        volume.f_favail = fsfilcnt_t(statistics.freeFileCount)
        volume.f_namemax = UInt(statistics.longestName)
        return volume
    }

    /// What SETATTR wants changed.
    ///
    /// "Now" arrives with the kernel's own time beside it, so no clock is needed here.
    static func changes(_ status: stat, set: Int32) -> AttributeChanges? {
        var changes = AttributeChanges()
        if set & FUSE_SET_ATTR_SIZE != 0 {
            guard let byteCount = UInt64(exactly: status.st_size) else { return nil }
            changes.byteCount = byteCount
        }
        if set & FUSE_SET_ATTR_MODE != 0 { changes.permissions = UInt16(status.st_mode & 0o7777) }
        if set & FUSE_SET_ATTR_UID != 0 { changes.uid = status.st_uid }
        if set & FUSE_SET_ATTR_GID != 0 { changes.gid = status.st_gid }
        let (accessed, modified) = (
            FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW, FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW
        )
        if set & accessed != 0 { changes.accessed = Date(status.st_atim) }
        if set & modified != 0 { changes.modified = Date(status.st_mtim) }
        return changes
    }
}

extension timespec {
    /// The same moment; a date beyond what the system can say becomes 1970.
    init(_ date: Date) {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        let fraction = date.timeIntervalSince1970 - seconds
        self.init(
            tv_sec: Int(exactly: seconds) ?? 0,
            tv_nsec: min(Int(exactly: (fraction * 1e9).rounded(.down)) ?? 0, 999_999_999))
    }
}

extension Date {
    /// The same moment, to the precision of a `Double`.
    init(_ time: timespec) {
        self.init(timeIntervalSince1970: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }
}

extension InodeNumber {
    /// The kernel's number.
    init(_ number: fuse_ino_t) {
        self.init(rawValue: UInt64(number))
    }
}
