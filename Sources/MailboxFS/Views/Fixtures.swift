import FoundationEssentials

/// The parts of every tree that are the same for the life of the mount.
struct Fixtures: Sendable {
    let options: MailboxOptions
    let mounted: Date

    func directory(_ inode: InodeNumber, permissions: UInt16) -> FileAttributes {
        FileAttributes(
            inode: inode, kind: .directory, permissions: permissions & ~options.umask, byteCount: 0,
            linkCount: 2,
            uid: options.uid, gid: options.gid, accessed: mounted, modified: mounted, changed: mounted)
    }

    func file(_ inode: InodeNumber, byteCount: Int, modified: Date, permissions: UInt16 = 0o444)
        -> FileAttributes
    {
        FileAttributes(
            inode: inode, kind: .regularFile, permissions: permissions & ~options.umask,
            byteCount: UInt64(byteCount),
            linkCount: 1, uid: options.uid, gid: options.gid, accessed: modified, modified: modified,
            changed: modified)
    }
}

/// A listing that was complete when the directory was opened.
///
/// Offsets are positions.
struct FixedStream: DirectoryStream {
    let records: [(name: String, inode: InodeNumber, kind: FileKind)]
    /// Looks a name up, which counts.
    let entry: @Sendable (_ name: String, _ requester: Requester) -> Entry?
    /// Takes that back.
    let forget: @Sendable (InodeNumber) -> Void

    /// - Parameters:
    ///   - inode: The directory.
    ///   - parent: The directory above.
    init(
        of inode: InodeNumber, in parent: InodeNumber, _ records: [(String, InodeNumber, FileKind)],
        entry: @escaping @Sendable (String, Requester) -> Entry?,
        forget: @escaping @Sendable (InodeNumber) -> Void
    ) {
        self.records = [(".", inode, .directory), ("..", parent, .directory)] + records
        self.entry = entry
        self.forget = forget
    }

    func list(
        from offset: UInt64, withEntries: Bool, for requester: Requester, emit: (DirectoryRecord) -> Bool
    ) throws(MailboxError) {
        for index in records.indices.dropFirst(Int(clamping: offset)) {
            let (name, inode, kind) = records[index]
            var record = DirectoryRecord(name: name, inode: inode, kind: kind, nextOffset: UInt64(index + 1))
            if withEntries, index > 1 { record.entry = entry(name, requester) }
            guard emit(record) else {
                if let inode = record.entry?.inode { forget(inode) }
                return
            }
        }
    }
}
