import Synchronization

/// A listing of one directory of the inbox.
///
/// Offsets: 1 behind `.`, 2 behind `..`, then serial numbers plus 2.
struct InboxStream: DirectoryStream {
    let inbox: Inbox
    let number: InodeNumber

    func list(
        from offset: UInt64, withEntries: Bool, for requester: Requester, emit: (DirectoryRecord) -> Bool
    ) throws(MailboxError) {
        var offset = offset
        while let record = try next(after: offset, withEntries: withEntries) {
            guard emit(record) else { return }
            offset = record.nextOffset
        }
    }

    private func next(after offset: UInt64, withEntries: Bool) throws(MailboxError) -> DirectoryRecord? {
        try inbox.tree.withLock { (tree) throws(MailboxError) in
            if offset == 0 {
                return DirectoryRecord(name: ".", inode: number, kind: .directory, nextOffset: 1)
            }
            if offset == 1 {
                let parent = number == .inbox ? .root : tree.nodes[number]?.slots.first?.parent ?? .inbox
                return DirectoryRecord(name: "..", inode: parent, kind: .directory, nextOffset: 2)
            }
            guard let next = tree.directories[number]?.entry(after: offset - 2) else { return nil }
            let kind: FileKind = tree.nodes[next.number]?.file == nil ? .directory : .regularFile
            var record = DirectoryRecord(
                name: next.name, inode: next.number, kind: kind, nextOffset: next.serial + 2)
            if withEntries { record.entry = try inbox.entry(of: next.number, in: tree) }
            return record
        }
    }
}

extension Inbox {
    func openDirectory(_ inode: InodeNumber, for requester: Requester) throws(MailboxError)
        -> any DirectoryStream
    {
        sweep()
        _ = try tree.withLock { (tree) throws(MailboxError) in try tree.listing(inode) }
        return InboxStream(inbox: self, number: inode)
    }
}
