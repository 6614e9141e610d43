public import MailboxFS

/// What the bridge asks of a file system: the tree of `MailboxFS`, or another one in a test.
///
/// Every method is synchronous and may be called from several threads at once. Calls that a `mayBlock` method
/// announces run on a thread made for waiting; the others run on a thread that receives requests, and while
/// one runs the mount serves that much less.
public protocol FileSystem: Sendable {
    /// Finds a name; the kernel knows the inode once more.
    func lookup(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError)
        -> Entry
    /// The kernel has dropped `count` of the times it knew the inode.
    func forget(_ inode: InodeNumber, count: UInt64)
    /// What `stat` shows; `handle` where the kernel asks about an open file.
    func attributes(
        of inode: InodeNumber, handle: UInt64?, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes
    /// Changes what `changes` holds, and answers with the result.
    func setAttributes(
        of inode: InodeNumber, handle: UInt64?, to changes: AttributeChanges, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes
    /// Whether the requester may do what `mask`, as in `access(2)`, says.
    func access(_ inode: InodeNumber, mask: Int32, for requester: Requester) throws(MailboxError)

    /// Starts a listing; returns its handle.
    func openDirectory(_ inode: InodeNumber, for requester: Requester) throws(MailboxError) -> UInt64
    /// Lists from `offset` on, until the end or until `emit` has no room for a record and answers false.
    func readDirectory(
        _ handle: UInt64, from offset: UInt64, withEntries: Bool, for requester: Requester,
        emit: (DirectoryRecord) -> Bool
    ) throws(MailboxError)
    /// Ends a listing.
    func releaseDirectory(_ handle: UInt64)

    /// Makes and opens a file.
    func create(
        _ name: String, in parent: InodeNumber, permissions: UInt16, flags: Int32, for requester: Requester
    ) throws(MailboxError) -> (Entry, OpenedFile)
    /// Opens a file.
    func open(
        _ inode: InodeNumber, flags: Int32, for requester: Requester
    ) throws(MailboxError) -> OpenedFile
    /// Lends up to `count` bytes to `body`; fewer only at the end of the file.
    func read<Value>(
        _ handle: UInt64, from offset: UInt64, count: Int, _ body: (UnsafeRawBufferPointer) -> Value
    ) throws(MailboxError) -> Value
    /// Takes bytes; returns how many.
    func write(
        _ handle: UInt64, _ bytes: UnsafeRawBufferPointer, at offset: UInt64, for requester: Requester
    ) throws(MailboxError) -> Int
    /// One descriptor of the handle has been closed; the error becomes that of `close(2)`.
    ///
    /// `isInterrupted` turns true when a signal reaches the process that closes, and has to be looked at
    /// before anything durable begins: a flush that then fails must leave the handle so that `release` does not
    /// receive it either.
    func flush(
        _ handle: UInt64, for requester: Requester, unless isInterrupted: () -> Bool
    ) throws(MailboxError)
    /// `fsync(2)`.
    func synchronize(_ handle: UInt64) throws(MailboxError)
    /// The last descriptor is gone.
    func release(_ handle: UInt64)

    /// Makes a directory.
    func makeDirectory(
        _ name: String, in parent: InodeNumber, permissions: UInt16, for requester: Requester
    ) throws(MailboxError) -> Entry
    /// Removes an empty directory.
    func removeDirectory(_ name: String, in parent: InodeNumber, for requester: Requester)
        throws(MailboxError)
    /// Removes a file's name.
    func remove(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError)
    /// Gives a file another name; `flags` as in `renameat2(2)`.
    func rename(
        _ name: String, in parent: InodeNumber, to newName: String, in newParent: InodeNumber, flags: UInt32,
        for requester: Requester
    ) throws(MailboxError)
    /// Gives a file one more name.
    func link(
        _ inode: InodeNumber, as name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry

    /// The value of an extended attribute.
    func extendedAttribute(
        _ name: String, of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> [UInt8]
    /// The names of all extended attributes.
    func extendedAttributeNames(
        of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> [String]
    /// Sets an extended attribute.
    func setExtendedAttribute(
        _ name: String, of inode: InodeNumber, to value: [UInt8], for requester: Requester
    ) throws(MailboxError)
    /// Removes an extended attribute.
    func removeExtendedAttribute(
        _ name: String, of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError)
    /// What `statfs` shows.
    func statistics() throws(MailboxError) -> FileSystemStatistics

    /// Whether opening the inode may wait for keys or disks.
    func mayBlock(opening inode: InodeNumber) -> Bool
    /// Whether flushing the handle may.
    func mayBlock(flushing handle: UInt64) -> Bool
    /// Whether releasing the handle may.
    func mayBlock(releasing handle: UInt64) -> Bool
    /// Whether reading from the handle may.
    func mayBlock(reading handle: UInt64) -> Bool
    /// Whether renaming or linking something to `name` may.
    func mayBlock(arrivingIn parent: InodeNumber, as name: String) -> Bool
}

extension MailboxFS: FileSystem {}
