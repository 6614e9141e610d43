// The drop box. Its rules, each of which some real program needs:
//
// 1. A close decides only when something was written through this handle and no verdict covers it. Empty
//    files stay, as placeholders, for a while: shells and editors make them before they write.
// 2. A decided close of a visible name is receiving; on an error nothing is stored and the name goes.
// 3. Writing on through the same handle replaces the message under the same message id.
// 4. A close by one process while another that opened or wrote the file still holds it only checks.
// 5. Hidden names and directories `tmp` are staging: the rename or link into a visible place is receiving.
// 6. A writer that was killed or failed, or a write that failed, taints the file: nothing of it is stored.
// 7. Contents are in locked memory, within a budget.
//
// What was received is gone for everybody at once, except for the process that wrote it: programs look at,
// touch and rename what they have just written, and fail if it is not there. A receipt stands in for the
// file, for a short time.

import FoundationEssentials
import Mail
import MailReceiving
import Synchronization

final class Inbox: View {
    let tree: Mutex<InboxTree>
    let budget: SpoolBudget
    let intake: any MessageIntake
    let inspector: any ProcessInspector
    let options: MailboxOptions
    let refusals: RefusalLog
    private let clock: @Sendable () -> Date
    private let nextSweep: Mutex<Date>
    let counters = InboxCounters()

    init(
        intake: any MessageIntake, inspector: any ProcessInspector, options: MailboxOptions,
        refusals: RefusalLog,
        clock: @escaping @Sendable () -> Date
    ) {
        let now = clock()
        let owner = Requester(uid: options.uid, gid: options.gid, pid: 0)
        var tree = InboxTree(limit: options.inboxEntryLimit, owner: owner, now: now)
        // The inbox is a Maildir to deliver into.
        for name in ["cur", "new", "tmp"] {
            let slot = Slot(parent: .inbox, name: name)
            try? tree.insert(
                nil, as: tree.makeNumber(), at: slot, owner: owner, permissions: 0o777, now: now,
                isPermanent: true)
        }
        self.tree = Mutex(tree)
        budget = SpoolBudget(limit: options.spoolByteLimit)
        self.intake = intake
        self.inspector = inspector
        self.options = options
        self.refusals = refusals
        self.clock = clock
        nextSweep = Mutex(now)
    }

    var now: Date { clock() }

    /// Whoever asks, with the process the thread belongs to.
    func committer(_ requester: Requester) -> Committer {
        Committer(thread: requester.pid, process: inspector.process(ofThread: requester.pid))
    }

    // MARK: Finding

    func lookup(
        _ name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry {
        sweep()
        let slot = Slot(parent: parent, name: name)
        let number = try resolve(slot, for: requester)
        return try entry(of: number)
    }

    /// The entry of an inode; see `InboxTree` for why it need not be counted.
    func entry(of number: InodeNumber) throws(MailboxError) -> Entry {
        try tree.withLock { (tree) throws(MailboxError) in try entry(of: number, in: tree) }
    }

    /// Finds a name as this requester sees it: his own receipt first, then what everybody sees.
    func resolve(_ slot: Slot, for requester: Requester) throws(MailboxError) -> InodeNumber {
        let asked = now
        let (plain, isReceiptPossible) = try tree.withLock { (tree) throws(MailboxError) in
            (try tree.child(slot), tree.hasReceipt(slot))
        }
        if isReceiptPossible {
            let committer = committer(requester)
            if let number = tree.withLock({ $0.receipt(slot, of: committer, now: asked) }) { return number }
        }
        guard let plain else { throw .noSuchEntry(slot.name) }
        return plain
    }

    func attributes(of inode: InodeNumber, for requester: Requester) throws(MailboxError) -> TimedAttributes {
        try tree.withLock { (tree) throws(MailboxError) in
            TimedAttributes(try attributes(of: inode, in: tree), timeout: 0)
        }
    }

    /// Names are believed for no time at all: only then does every process get its own answer.
    func entry(of number: InodeNumber, in tree: InboxTree) throws(MailboxError) -> Entry {
        Entry(
            inode: number, attributes: try attributes(of: number, in: tree), entryTimeout: 0,
            attributeTimeout: 0)
    }

    private func attributes(of number: InodeNumber, in tree: InboxTree) throws(MailboxError) -> FileAttributes
    {
        let node = try tree.node(number)
        let modified = node.file?.modified ?? node.modified
        let names = node.slots.count + node.receiptSlots.count
        return FileAttributes(
            inode: number, kind: node.file == nil ? .directory : .regularFile,
            permissions: node.permissions & ~options.umask,
            byteCount: UInt64(node.file?.byteCount ?? 0),
            linkCount: node.file == nil ? 2 : UInt32(max(names, 1)),
            uid: node.owner.uid, gid: node.owner.gid, accessed: modified, modified: modified,
            changed: modified)
    }

    // MARK: Changing attributes

    /// Mode and times are remembered for whoever looks again, and owners are not; none of them touches the
    /// message.
    func setAttributes(
        of inode: InodeNumber, handle: OpenFile?, to changes: AttributeChanges, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes {
        let node = try tree.withLock { (tree) throws(MailboxError) in try tree.node(inode) }
        try checkOwner(of: node, requester, "change inode \(inode.rawValue)")
        if let byteCount = changes.byteCount {
            guard let file = node.file else { throw .isADirectory("inode \(inode.rawValue)") }
            if case .staged(let handle) = handle, handle.file === file { handle.hasWritten = true }
            do throws(MailboxError) {
                try file.truncate(to: byteCount, by: requester, now: now)
            } catch {
                noteFailedChange(of: file, error, for: requester)
                throw error
            }
        }
        if let modified = changes.modified { node.file?.setModified(modified) }
        return try tree.withLock { (tree) throws(MailboxError) in
            if let permissions = changes.permissions { tree.setPermissions(permissions, of: inode) }
            if let modified = changes.modified { tree.setModified(modified, of: inode) }
            return TimedAttributes(try attributes(of: inode, in: tree), timeout: 0)
        }
    }

    /// Accepted without effect: access lists, labels and whatever else a copy brings along.
    func setExtendedAttribute(_ name: String, of inode: InodeNumber, for requester: Requester)
        throws(MailboxError)
    {
        _ = try tree.withLock { (tree) throws(MailboxError) in try tree.node(inode) }
    }

    /// What a user puts into the inbox is nobody else's, except root's.
    func checkOwner(
        of node: InboxTree.Node, _ requester: Requester, _ purpose: String
    ) throws(MailboxError) {
        guard requester.uid == node.owner.uid || requester.uid == 0 || node.isPermanent else {
            throw .notYours(purpose)
        }
    }

    // MARK: Housekeeping

    /// Drops what nobody will come back for: expired receipts, old placeholders, staging files left behind.
    func sweep() {
        let now = now
        let isDue = nextSweep.withLock { due in
            // A clock set back must not stop the sweeping.
            guard now >= due || due.timeIntervalSince(now) > 60 else { return false }
            due = now.addingTimeInterval(options.sweepInterval)
            return true
        }
        guard isDue else { return }
        let dropped = tree.withLock { tree in
            tree.removeExpiredReceipts(now: now)
            return Self.abandoned(in: tree, options: options, now: now).map { slot, file in
                tree.removeName(slot, now: now)
                return (tree.path(slot), file.byteCount)
            }
        }
        for (path, byteCount) in dropped where byteCount > 0 {
            refusals.note(.abandoned(byteCount: byteCount), path: path, operation: .leaving, requester: nil)
        }
    }

    private static func abandoned(
        in tree: InboxTree, options: MailboxOptions, now: Date
    ) -> [(Slot, StagedFile)] {
        tree.nodes.values.flatMap { node -> [(Slot, StagedFile)] in
            guard let file = node.file, !file.isOpen, file.phase != .receiving else { return [] }
            let age = now.timeIntervalSince(file.modified)
            let lifetime = file.byteCount == 0 ? options.placeholderLifetime : options.stagingLifetime
            return age > lifetime ? node.slots.map { ($0, file) } : []
        }
    }
}
