// Listings.

extension MailboxFS {
    /// Opens a directory for listing.
    public func openDirectory(_ inode: InodeNumber, for requester: Requester) throws(MailboxError) -> UInt64 {
        handles.add(try views[inode].openDirectory(inode, for: requester))
    }

    /// Lists a directory from `offset` on: 0, or the `nextOffset` of a record taken earlier.
    ///
    /// The listing streams: memory does not grow with the directory. It ends when there are no more names or
    /// when `emit` answers false, which takes back that record; with entries, each record taken counts as one
    /// lookup.
    public func readDirectory(
        _ handle: UInt64, from offset: UInt64, withEntries: Bool, for requester: Requester,
        emit: (DirectoryRecord) -> Bool
    ) throws(MailboxError) {
        try handles.directory(handle).list(
            from: offset, withEntries: withEntries, for: requester, emit: emit)
    }

    /// Ends a listing.
    public func releaseDirectory(_ handle: UInt64) { handles.removeDirectory(handle) }
}
