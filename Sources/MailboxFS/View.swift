/// One part of the tree: answers for its own inodes.
///
/// What a view does not do has an answer here: the mount is read-only, except where a view says otherwise.
protocol View: Sendable {
    /// Finds a name; the inode's lookup count grows by one.
    func lookup(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError)
        -> Entry
    /// Takes back `count` lookups.
    func forget(_ inode: InodeNumber, count: UInt64)
    func attributes(of inode: InodeNumber, for requester: Requester) throws(MailboxError) -> TimedAttributes
    func setAttributes(
        of inode: InodeNumber, handle: OpenFile?, to changes: AttributeChanges, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes

    func openDirectory(_ inode: InodeNumber, for requester: Requester) throws(MailboxError)
        -> any DirectoryStream
    func open(_ inode: InodeNumber, flags: OpenFlags, for requester: Requester) throws(MailboxError)
        -> OpenFile
    func create(
        _ name: String, in parent: InodeNumber, permissions: UInt16, flags: OpenFlags,
        for requester: Requester
    ) throws(MailboxError) -> (Entry, OpenFile)

    func makeDirectory(
        _ name: String, in parent: InodeNumber, permissions: UInt16, for requester: Requester
    ) throws(MailboxError) -> Entry
    func removeDirectory(_ name: String, in parent: InodeNumber, for requester: Requester)
        throws(MailboxError)
    func remove(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError)
    func rename(
        _ name: String, in parent: InodeNumber, to newName: String, in newParent: InodeNumber, flags: UInt32,
        for requester: Requester
    ) throws(MailboxError)
    func link(
        _ inode: InodeNumber, as name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry

    func extendedAttributes(of inode: InodeNumber, for requester: Requester) throws(MailboxError) -> [(
        String, String
    )]
    func setExtendedAttribute(_ name: String, of inode: InodeNumber, for requester: Requester)
        throws(MailboxError)
    /// Whether opening waits for keys or disks.
    func mayBlock(opening inode: InodeNumber) -> Bool
}

/// A listing in progress.
///
/// Offsets are the view's own; 0 starts over.
protocol DirectoryStream: Sendable {
    /// Lists from `offset` on, until the end or until `emit` answers false for a record it has no room for.
    func list(
        from offset: UInt64, withEntries: Bool, for requester: Requester, emit: (DirectoryRecord) -> Bool
    ) throws(MailboxError)
}

extension View {
    func forget(_ inode: InodeNumber, count: UInt64) {}

    func setAttributes(
        of inode: InodeNumber, handle: OpenFile?, to changes: AttributeChanges, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes { throw .readOnly("attributes") }

    func create(
        _ name: String, in parent: InodeNumber, permissions: UInt16, flags: OpenFlags,
        for requester: Requester
    ) throws(MailboxError) -> (Entry, OpenFile) { throw .readOnly(name) }

    func makeDirectory(
        _ name: String, in parent: InodeNumber, permissions: UInt16, for requester: Requester
    ) throws(MailboxError) -> Entry { throw .readOnly(name) }

    func removeDirectory(_ name: String, in parent: InodeNumber, for requester: Requester)
        throws(MailboxError)
    {
        throw .readOnly(name)
    }

    func remove(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError) {
        throw .readOnly(name)
    }

    func rename(
        _ name: String, in parent: InodeNumber, to newName: String, in newParent: InodeNumber, flags: UInt32,
        for requester: Requester
    ) throws(MailboxError) { throw .readOnly(name) }

    func link(
        _ inode: InodeNumber, as name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry { throw .readOnly(name) }

    func extendedAttributes(
        of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> [(String, String)] { [] }

    func setExtendedAttribute(_ name: String, of inode: InodeNumber, for requester: Requester)
        throws(MailboxError)
    {
        throw .readOnly(name)
    }

    func mayBlock(opening inode: InodeNumber) -> Bool { false }
}
