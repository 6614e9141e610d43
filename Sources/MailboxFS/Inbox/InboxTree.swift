import FoundationEssentials

/// A place for a name in the inbox.
///
/// Names are equal when their bytes are, as in every Linux file system; Swift's strings are equal when they
/// look the same.
struct Slot: Hashable, Sendable {
    let parent: InodeNumber
    let name: String

    static func == (left: Slot, right: Slot) -> Bool {
        left.parent == right.parent && left.name.utf8.elementsEqual(right.name.utf8)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(parent)
        for byte in name.utf8 { hasher.combine(byte) }
    }
}

/// The process that had a message received, by the thread that asked and the process it belongs to.
struct Committer: Hashable, Sendable {
    let thread: Int32
    let process: Int32?

    func isSame(as other: Committer) -> Bool {
        if thread == other.thread { return true }
        guard let process, let otherProcess = other.process else { return false }
        return process == otherProcess
    }
}

/// The names and inodes of the inbox.
///
/// Pure: no lock, no clock, no contents.
///
/// An inode lives while it has a name, a receipt or an open handle. It does not wait for the kernel to forget
/// it: kernels keep what they looked up until they need the memory, and the inbox must not grow with every
/// message it ever saw. Numbers are never reused, so a late request for a number that is gone finds nothing.
struct InboxTree {
    struct Node {
        /// nil for a directory.
        let file: StagedFile?
        let owner: Requester
        var permissions: UInt16
        var modified: Date
        let isPermanent: Bool
        /// Names that everybody sees; a directory has exactly one, the inbox itself none.
        var slots: [Slot] = []
        /// Names that only the committer still sees, after the message was received.
        var receiptSlots: [Slot] = []
        /// Where it was received: contents written later go the same way.
        var receivedAt: Destination?
        /// Its last name was removed by somebody while it was visible.
        var wasRemoved: Destination?
    }

    struct ReceiptEntry {
        let number: InodeNumber
        let committer: Committer
        let expires: Date
    }

    private(set) var nodes: [InodeNumber: Node] = [:]
    private(set) var directories: [InodeNumber: InboxListing] = [:]
    private(set) var receipts: [Slot: [ReceiptEntry]] = [:]
    private var nextNumber = InodeNumber.firstInboxEntry
    /// How many names everybody sees.
    private(set) var nameCount = 0
    /// The most of those there may be.
    let limit: Int

    init(limit: Int, owner: Requester, now: Date) {
        self.limit = limit
        nodes[.inbox] = Node(
            file: nil, owner: owner, permissions: 0o700, modified: now, isPermanent: true)
        directories[.inbox] = InboxListing()
    }

    // MARK: Finding

    func node(_ number: InodeNumber) throws(MailboxError) -> Node {
        guard let node = nodes[number] else { throw .noSuchEntry("inode \(number.rawValue)") }
        return node
    }

    func listing(_ number: InodeNumber) throws(MailboxError) -> InboxListing {
        guard let listing = directories[number] else {
            _ = try node(number)
            throw .notADirectory("inode \(number.rawValue)")
        }
        return listing
    }

    /// What everybody finds under a name.
    func child(_ slot: Slot) throws(MailboxError) -> InodeNumber? { try listing(slot.parent)[slot.name] }

    /// Whether anybody holds a receipt for the name.
    func hasReceipt(_ slot: Slot) -> Bool { receipts[slot] != nil }

    /// What the committer of a received message still finds under its name.
    func receipt(_ slot: Slot, of committer: Committer, now: Date) -> InodeNumber? {
        receipts[slot]?.last { $0.expires > now && $0.committer.isSame(as: committer) }?.number
    }

    /// The path below the root of the mount.
    func path(_ slot: Slot) -> String {
        var parts = [slot.name]
        var parent = slot.parent
        while parent != .inbox, let above = nodes[parent]?.slots.first {
            parts.append(above.name)
            parent = above.parent
        }
        return (["inbox"] + parts.reversed()).joined(separator: "/")
    }

    /// The directories from the inbox down to `directory`, by name; nil when it hangs on the inbox no more.
    func directoryNames(to directory: InodeNumber) -> [String]? {
        var names: [String] = []
        var current = directory
        while current != .inbox {
            guard let slot = nodes[current]?.slots.first else { return nil }
            names.append(slot.name)
            current = slot.parent
        }
        return names.reversed()
    }

    /// Whether a directory is neither `other` nor below it.
    func isOutside(_ directory: InodeNumber, of other: InodeNumber) -> Bool {
        var current = directory
        while current != .inbox {
            guard current != other, let slot = nodes[current]?.slots.first else { return false }
            current = slot.parent
        }
        return true
    }

    /// What a name in this place means.
    func destination(_ slot: Slot) -> Destination {
        Destination(directories: directoryNames(to: slot.parent) ?? [], name: slot.name)
    }

    /// How many names only their committers see.
    var receiptCount: Int { receipts.values.reduce(0) { $0 + $1.count } }

    // MARK: Changing

    mutating func makeNumber() -> InodeNumber {
        defer { nextNumber = InodeNumber(rawValue: nextNumber.rawValue + 1) }
        return nextNumber
    }

    /// Adds an inode under a free name.
    mutating func insert(
        _ file: StagedFile?, as number: InodeNumber, at slot: Slot, owner: Requester, permissions: UInt16,
        now: Date, isPermanent: Bool = false
    ) throws(MailboxError) {
        try checkFree(slot)
        guard nameCount < limit else { throw .inboxFull(limit: limit) }
        nodes[number] = Node(
            file: file, owner: owner, permissions: permissions, modified: now, isPermanent: isPermanent,
            slots: [slot])
        if file == nil { directories[number] = InboxListing() }
        list(slot, number, now: now)
    }

    private mutating func list(_ slot: Slot, _ number: InodeNumber, now: Date) {
        directories[slot.parent]?.insert(slot.name, number)
        nodes[slot.parent]?.modified = now
        nameCount += 1
    }

    private mutating func unlist(_ slot: Slot, now: Date) -> InodeNumber? {
        guard let number = directories[slot.parent]?.remove(slot.name) else { return nil }
        nodes[slot.parent]?.modified = now
        nameCount -= 1
        nodes[number]?.slots.removeAll { $0 == slot }
        return number
    }

    private func checkFree(_ slot: Slot) throws(MailboxError) {
        guard try child(slot) == nil else { throw .alreadyExists(path(slot)) }
        guard slot.parent == .inbox || nodes[slot.parent]?.slots.isEmpty == false else {
            throw .noSuchEntry(slot.name)
        }
    }

    /// Gives a file one more name, which must be free.
    mutating func addName(_ slot: Slot, to number: InodeNumber, now: Date) throws(MailboxError) {
        try checkFree(slot)
        guard nameCount < limit else { throw .inboxFull(limit: limit) }
        list(slot, number, now: now)
        nodes[number]?.slots.append(slot)
    }

    /// Takes a name away from whatever has it.
    ///
    /// The inode goes when nothing holds it any more.
    @discardableResult
    mutating func removeName(_ slot: Slot, now: Date) -> InodeNumber? {
        guard let number = unlist(slot, now: now) else { return nil }
        let destination = destination(slot)
        if nodes[number]?.slots.isEmpty == true, !destination.isStaging {
            nodes[number]?.wasRemoved = destination
        }
        reap(number)
        return number
    }

    /// Moves a name, over whatever is there.
    mutating func move(_ slot: Slot, to newSlot: Slot, now: Date) throws(MailboxError) {
        guard slot != newSlot, let number = try child(slot) else { return }
        removeName(newSlot, now: now)
        try checkFree(newSlot)
        _ = unlist(slot, now: now)
        try addName(newSlot, to: number, now: now)
    }

    // MARK: Receipts

    /// Hides a received file from everybody but its committer, who finds it under all its names and
    /// `newSlot`.
    mutating func accept(
        _ number: InodeNumber, at destination: Destination, newSlot: Slot?, committer: Committer,
        expires: Date,
        now: Date
    ) {
        guard let node = nodes[number] else { return }
        nodes[number]?.receivedAt = destination
        if let newSlot { removeName(newSlot, now: now) }
        for slot in node.slots { _ = unlist(slot, now: now) }
        var slots = node.slots + node.receiptSlots
        if let newSlot { slots.append(newSlot) }
        for slot in node.receiptSlots { dropReceipt(slot, of: number) }
        let entry = ReceiptEntry(number: number, committer: committer, expires: expires)
        var unique: [Slot] = []
        for slot in slots where !unique.contains(slot) {
            unique.append(slot)
            add(entry, at: slot)
        }
        nodes[number]?.receiptSlots = unique
        reap(number)
    }

    /// Moves a receipt to another name of its committer's.
    mutating func moveReceipt(_ slot: Slot, to newSlot: Slot, of number: InodeNumber) {
        guard let entry = receipts[slot]?.last(where: { $0.number == number }) else { return }
        dropReceipt(slot, of: number)
        add(entry, at: newSlot)
        nodes[number]?.receiptSlots.append(newSlot)
    }

    /// Adds a name to what the committer sees.
    mutating func copyReceipt(_ slot: Slot, from number: InodeNumber) {
        guard let known = nodes[number]?.receiptSlots.first,
            let entry = receipts[known]?.last(where: { $0.number == number })
        else { return }
        add(entry, at: slot)
        nodes[number]?.receiptSlots.append(slot)
    }

    /// Puts a receipt under a name, in place of another one that its committer has there.
    private mutating func add(_ entry: ReceiptEntry, at slot: Slot) {
        for older in receipts[slot] ?? [] where older.committer.isSame(as: entry.committer) {
            dropReceipt(slot, of: older.number)
            if older.number != entry.number { reap(older.number) }
        }
        receipts[slot, default: []].append(entry)
    }

    /// Ends a receipt; the inode goes when nothing holds it any more.
    mutating func removeReceipt(_ slot: Slot, of number: InodeNumber) {
        dropReceipt(slot, of: number)
        reap(number)
    }

    private mutating func dropReceipt(_ slot: Slot, of number: InodeNumber) {
        receipts[slot]?.removeAll { $0.number == number }
        if receipts[slot]?.isEmpty == true { receipts[slot] = nil }
        nodes[number]?.receiptSlots.removeAll { $0 == slot }
    }

    mutating func removeExpiredReceipts(now: Date) {
        for (slot, entries) in receipts {
            for entry in entries where entry.expires <= now { removeReceipt(slot, of: entry.number) }
        }
    }

    // MARK: Lives of inodes

    mutating func setPermissions(_ permissions: UInt16, of number: InodeNumber) {
        nodes[number]?.permissions = permissions
    }

    mutating func setModified(_ date: Date, of number: InodeNumber) { nodes[number]?.modified = date }

    /// Lets an inode go that nothing holds.
    ///
    /// Contents that nobody can reach are wiped with the file.
    mutating func reap(_ number: InodeNumber) {
        guard let node = nodes[number], !node.isPermanent, node.slots.isEmpty, node.receiptSlots.isEmpty,
            node.file?.isOpen != true
        else { return }
        nodes[number] = nil
        directories[number] = nil
    }
}
