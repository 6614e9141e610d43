import CFuse
import Glibc
import MailboxFS

/// One buffer of directory records, as READDIR and READDIRPLUS answer with.
struct DirectoryPage: ~Copyable {
    /// The kernel's own limit on a name.
    ///
    /// A longer one, an empty one or one with a slash makes it refuse the whole listing, so such names, which a
    /// remote store may hold, are left out instead.
    private static let longestName = 1024

    private let memory: UnsafeMutablePointer<CChar>
    private let byteCount: Int
    private let raw: fuse_req_t
    private let withEntries: Bool
    private let mount: Mount
    private var used = 0
    private var knownInodes: [InodeNumber] = []

    /// A page with room for `byteCount` bytes; the kernel asks for 4 to 128 KiB.
    init(byteCount: Int, raw: fuse_req_t, withEntries: Bool, mount: Mount) {
        self.byteCount = min(byteCount, ReceiveBuffer.payloadByteCount)
        self.raw = raw
        self.withEntries = withEntries
        self.mount = mount
        memory = .allocate(capacity: max(self.byteCount, 1))
    }

    deinit {
        memory.deallocate()
    }

    var isEmpty: Bool { used == 0 }

    /// Adds a record; false when it does not fit.
    mutating func append(_ record: DirectoryRecord) -> Bool {
        guard Self.isAcceptable(record.name) else {
            mount.warnOfUnlistableName()
            if let entry = record.entry { mount.files.forget(entry.inode, count: 1) }
            return true
        }
        let needed = withEntries ? addEntry(record) : addName(record)
        guard needed <= byteCount - used else { return false }
        used += needed
        if let entry = record.entry, withEntries { knownInodes.append(entry.inode) }
        return true
    }

    /// Sends the page, of which an empty one is the end of the directory; 0 when it was delivered.
    func reply(_ raw: fuse_req_t) -> Int32 {
        fuse_reply_buf(raw, memory, used)
    }

    /// Takes back the lookups of a page that was not delivered.
    func forgetEntries() {
        for inode in knownInodes { mount.files.forget(inode, count: 1) }
    }

    /// Both return the bytes the record needs, and write it only when there are as many.
    private func addName(_ record: DirectoryRecord) -> Int {
        var status = Self.status(record)
        let offset = off_t(truncatingIfNeeded: record.nextOffset)
        return fuse_add_direntry(raw, memory + used, byteCount - used, record.name, &status, offset)
    }

    private func addEntry(_ record: DirectoryRecord) -> Int {
        var parameters = fuse_entry_param()
        if let entry = record.entry {
            parameters = mount.presentation.entry(entry)
        } else {
            // An inode number of 0 in the entry says that only the name is known, as for `.` and `..`.
            parameters.attr = Self.status(record)
        }
        let offset = off_t(truncatingIfNeeded: record.nextOffset)
        return fuse_add_direntry_plus(raw, memory + used, byteCount - used, record.name, &parameters, offset)
    }

    /// A listing without entries carries the inode number and the file type only.
    private static func status(_ record: DirectoryRecord) -> stat {
        var status = stat()
        status.st_ino = ino_t(record.inode.rawValue)
        status.st_mode = Presentation.mode(record.kind)
        return status
    }

    private static func isAcceptable(_ name: String) -> Bool {
        let bytes = name.utf8
        return (1...longestName).contains(bytes.count) && !bytes.contains { $0 == 0x2F || $0 == 0 }
    }
}
