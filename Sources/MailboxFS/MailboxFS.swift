public import AWSVocabulary
import DurableFiles
import FoundationEssentials
public import ObjectStore

/// The tree the user sees, with no kernel in it.
///
/// `inbox/` receives mail, `mail/` shows it decrypted, `sealed/` shows the stored objects, `.envelopefs/`
/// tells how the mount is doing. Every method is synchronous, may be called from any thread, and answers one
/// request of the kernel. Which of them wait for keys and disks the `mayBlock` family tells beforehand.
///
/// ORDER: inode table or inbox tree, then a staged file, then spool budget, then handle table or refusal log.
/// A lock is held for a few dictionary operations or one copy of bytes, never across a file operation, a call
/// of a service, or a closure that came from outside. Services below take no lock of ours.
public final class MailboxFS: Sendable {
    let views: Views
    let handles = HandleTable()
    let refusals: RefusalLog
    private let buckets: any BucketSource

    /// Makes the tree of a mount.
    ///
    /// - Parameters:
    ///   - intake: The receiving line, for the inbox.
    ///   - buckets: The buckets, for the two stored views.
    ///   - opener: The cipher, for the mail view.
    ///   - caller: In whose name KMS is asked when a Unix user opens mail; nil refuses.
    ///   - inspector: What is known of the processes that write.
    ///   - options: How the mount behaves.
    ///   - surroundings: The clock.
    ///   - report: Takes each refusal with its whole sentence, for the log. Called from any thread, with no
    ///     lock held.
    public init(
        intake: any MessageIntake, buckets: any BucketSource, opener: any MessageOpener,
        caller: @escaping @Sendable (Requester) -> Caller?, inspector: any ProcessInspector,
        options: MailboxOptions, surroundings: Surroundings,
        report: @escaping @Sendable (Refusal) -> Void = { _ in }
    ) {
        let clock = surroundings.now
        let refusals = RefusalLog(clock: clock, report: report)
        let fixtures = Fixtures(options: options, mounted: clock())
        let inbox = Inbox(
            intake: intake, inspector: inspector, options: options, refusals: refusals, clock: clock)
        let mail = MailPresentation(opener: opener, caller: caller, allowsLegacyCBC: options.allowsLegacyCBC)
        let stored = StoredTree(buckets: buckets, mail: mail, fixtures: fixtures, refusals: refusals)
        let pages = ControlPages(
            options: options, mounted: fixtures.mounted, clock: clock, inbox: inbox, stored: stored,
            handles: handles, refusals: refusals)
        views = Views(
            root: RootView(fixtures: fixtures) { try? inbox.attributes(of: .inbox, for: $0).attributes },
            inbox: inbox, stored: stored,
            control: ControlView(fixtures: fixtures, files: pages.files, clock: clock))
        self.refusals = refusals
        self.buckets = buckets
    }

    /// What `statfs` shows: the space of the file system the buckets lie on, or plenty where nobody knows.
    public func statistics() throws(MailboxError) -> FileSystemStatistics {
        let space: FileSystemSpace?
        do throws(ObjectStoreError) {
            space =
                try buckets.bucketNames().first.map { (name) throws(ObjectStoreError) in
                    try buckets.bucket(named: name).space()
                } ?? nil
        } catch {
            throw .storage(error)
        }
        return FileSystemStatistics(space)
    }

    /// Ends the mount: what was written and not received is dropped and wiped, and the log says what that
    /// was.
    ///
    /// Call it when no request is in progress any more. Messages already received are safe.
    public func shutdown() {
        // ORDER: the inbox first, so that releasing its handles finds nothing to receive.
        views.inbox.shutdown()
        for case .staged(let staged) in handles.removeAll() { staged.release() }
    }
}

extension FileSystemStatistics {
    /// The numbers of `statfs` from the numbers of the store.
    ///
    /// A store that knows no bounds shows 4 TiB free.
    init(_ space: FileSystemSpace?) {
        let block = max(space?.blockByteCount ?? 4096, 1)
        let blocks = { (byteCount: UInt64?) in byteCount.map { $0 / block } ?? 1 << 30 }
        self.init(
            blockByteCount: block, blockCount: blocks(space?.totalByteCount),
            freeBlockCount: blocks(space?.freeByteCount),
            availableBlockCount: blocks(space?.availableByteCount),
            fileCount: space?.totalFileCount ?? 1 << 30, freeFileCount: space?.freeFileCount ?? 1 << 30,
            longestName: UInt64(MailboxFS.longestName))
    }
}

/// The parts of the tree.
struct Views: Sendable {
    let root: RootView
    let inbox: Inbox
    let stored: StoredTree
    let control: ControlView

    subscript(inode: InodeNumber) -> any View {
        switch inode.territory {
        case .root: root
        case .inbox: inbox
        case .stored: stored
        case .control: control
        }
    }
}

// MARK: Names

extension MailboxFS {
    /// The longest name, in bytes.
    public static let longestName = 255

    /// Finds `name` in a directory; the kernel holds one more lookup of the inode until it forgets it.
    ///
    /// - Throws: `.noSuchEntry`, `.notADirectory`, `.nameTooLong`, or what the view's storage says.
    public func lookup(
        _ name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry {
        try Self.check(name)
        return try views[parent].lookup(name, in: parent, for: requester)
    }

    /// Takes back `count` lookups of an inode; at none the inode may go.
    public func forget(_ inode: InodeNumber, count: UInt64) {
        views[inode].forget(inode, count: count)
    }

    /// Removes a file.
    ///
    /// In the inbox this drops what was being written; under `mail/` it removes the stored object, where the
    /// mount allows removal.
    public func remove(
        _ name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) {
        try Self.check(name)
        try views[parent].remove(name, in: parent, for: requester)
    }

    /// Renames within the inbox.
    ///
    /// Out of a staging place (a hidden name, a directory `tmp`) into a visible one this is receiving, and
    /// its error is the verdict.
    ///
    /// - Parameter flags: Of `renameat2`: 0 or `RENAME_NOREPLACE`.
    public func rename(
        _ name: String, in parent: InodeNumber, to newName: String, in newParent: InodeNumber, flags: UInt32,
        for requester: Requester
    ) throws(MailboxError) {
        try Self.check(name)
        try Self.check(newName)
        guard parent.territory == newParent.territory else { throw .crossesViews }
        try views[parent].rename(
            name, in: parent, to: newName, in: newParent, flags: flags, for: requester)
    }

    /// Gives a file of the inbox another name.
    ///
    /// Into a visible place this is receiving, as with `rename`.
    public func link(
        _ inode: InodeNumber, as name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry {
        try Self.check(name)
        guard inode.territory == parent.territory else { throw .crossesViews }
        return try views[parent].link(inode, as: name, in: parent, for: requester)
    }

    /// Makes a directory in the inbox; one named as a mail address states the recipient of what is put into
    /// it.
    public func makeDirectory(
        _ name: String, in parent: InodeNumber, permissions: UInt16, for requester: Requester
    ) throws(MailboxError) -> Entry {
        try Self.check(name)
        return try views[parent].makeDirectory(name, in: parent, permissions: permissions, for: requester)
    }

    /// Removes an empty directory.
    public func removeDirectory(
        _ name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) {
        try Self.check(name)
        try views[parent].removeDirectory(name, in: parent, for: requester)
    }

    static func check(_ name: String) throws(MailboxError) {
        let byteCount = name.utf8.count
        guard byteCount <= longestName else { throw .nameTooLong(byteCount: byteCount) }
        guard !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "/")) else {
            throw .invalidName(name, reason: "a name is not empty and has no slash")
        }
    }
}
