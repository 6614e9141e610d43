// Making, renaming, linking and removing names.

import CLinux
import FoundationEssentials
import Synchronization

extension Inbox {
    // MARK: Making

    func create(
        _ name: String, in parent: InodeNumber, permissions: UInt16, flags: OpenFlags,
        for requester: Requester
    ) throws(MailboxError) -> (Entry, OpenFile) {
        sweep()
        guard !options.isReadOnly else { throw .readOnly("inbox") }
        let slot = Slot(parent: parent, name: name)
        if !flags.isExclusive,
            let existing = try tree.withLock({ (tree) throws(MailboxError) in try tree.child(slot) })
        {
            let file = try open(existing, flags: flags, for: requester)
            return (try entry(of: existing), file)
        }
        removeOwnReceipt(slot, of: requester)
        let now = now
        return try tree.withLock { (tree) throws(MailboxError) in
            let number = tree.makeNumber()
            let file = StagedFile(
                number: number, budget: budget, limit: options.messageByteLimit, created: now)
            try tree.insert(
                file, as: number, at: slot, owner: requester, permissions: permissions & 0o7777, now: now)
            let handle = StagedHandle(file: file, opener: requester, flags: flags, inbox: self)
            return (try entry(of: number, in: tree), .staged(handle))
        }
    }

    /// Opens a file.
    ///
    /// To empty what was received already, or to append to it, begins a new message.
    func open(
        _ inode: InodeNumber, flags: OpenFlags, for requester: Requester
    ) throws(MailboxError) -> OpenFile {
        guard !flags.canWrite || !options.isReadOnly else { throw .readOnly("inbox") }
        // ORDER: the handle is made under the lock, so the inode cannot go before it counts.
        let handle = try tree.withLock { (tree) throws(MailboxError) in
            let node = try tree.node(inode)
            guard let file = node.file else { throw .isADirectory("inode \(inode.rawValue)") }
            try checkOwner(of: node, requester, "open inode \(inode.rawValue)")
            return StagedHandle(file: file, opener: requester, flags: flags, inbox: self)
        }
        guard flags.canWrite, flags.truncates || (flags.appends && handle.file.phase == .received) else {
            return .staged(handle)
        }
        do throws(MailboxError) { try handle.file.restart(now: now) } catch {
            handle.release()
            throw error
        }
        return .staged(handle)
    }

    func makeDirectory(
        _ name: String, in parent: InodeNumber, permissions: UInt16, for requester: Requester
    ) throws(MailboxError) -> Entry {
        guard !options.isReadOnly else { throw .readOnly("inbox") }
        // A mistyped address must not become a directory that states nothing.
        guard !name.utf8.contains(UInt8(ascii: "@")) || Destination.isAddress(name) else {
            throw .invalidName(
                name, reason: "a directory with @ in its name states a recipient, and this is no address")
        }
        let now = now
        return try tree.withLock { (tree) throws(MailboxError) in
            let number = tree.makeNumber()
            try tree.insert(
                nil, as: number, at: Slot(parent: parent, name: name), owner: requester,
                permissions: permissions & 0o7777, now: now)
            return try entry(of: number, in: tree)
        }
    }

    /// A process that makes a file anew no longer means the one it sent before under that name.
    private func removeOwnReceipt(_ slot: Slot, of requester: Requester) {
        guard tree.withLock({ $0.hasReceipt(slot) }) else { return }
        let committer = committer(requester)
        let now = now
        tree.withLock { tree in
            while let number = tree.receipt(slot, of: committer, now: now) {
                tree.removeReceipt(slot, of: number)
            }
        }
    }

    // MARK: Removing

    func remove(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError) {
        let slot = Slot(parent: parent, name: name)
        let number = try resolve(slot, for: requester)
        let now = now
        try tree.withLock { (tree) throws(MailboxError) in
            let node = try tree.node(number)
            guard node.file != nil else { throw .isADirectory(name) }
            try checkOwner(of: node, requester, "remove \(name)")
            if try tree.child(slot) == number {
                tree.removeName(slot, now: now)
            } else {
                tree.removeReceipt(slot, of: number)
            }
        }
    }

    func removeDirectory(_ name: String, in parent: InodeNumber, for requester: Requester)
        throws(MailboxError)
    {
        let slot = Slot(parent: parent, name: name)
        let now = now
        try tree.withLock { (tree) throws(MailboxError) in
            guard let number = try tree.child(slot) else { throw .noSuchEntry(name) }
            let node = try tree.node(number)
            guard try tree.listing(number).isEmpty || node.isPermanent else { throw .directoryNotEmpty(name) }
            guard !node.isPermanent else { throw .permanent(name) }
            try checkOwner(of: node, requester, "remove \(name)")
            tree.removeName(slot, now: now)
        }
    }

    // MARK: Renaming and linking

    func rename(
        _ name: String, in parent: InodeNumber, to newName: String, in newParent: InodeNumber, flags: UInt32,
        for requester: Requester
    ) throws(MailboxError) {
        guard flags & ~LINUX_RENAME_NOREPLACE == 0 else {
            throw .invalidArgument("names cannot be exchanged here")
        }
        let slot = Slot(parent: parent, name: name)
        let newSlot = Slot(parent: newParent, name: newName)
        let number = try resolve(slot, for: requester)
        let existing = try existingNumber(newSlot, for: requester)
        if existing == number { return }
        if flags & LINUX_RENAME_NOREPLACE != 0, existing != nil { throw .alreadyExists(newName) }
        let (node, isReceipt) = try tree.withLock { (tree) throws(MailboxError) in
            (try tree.node(number), try tree.child(slot) != number)
        }
        try checkOwner(of: node, requester, "rename \(name)")
        guard let file = node.file else { return try moveDirectory(slot, node, to: newSlot, over: existing) }
        if let existing { try checkReplaceable(existing, newName, for: requester) }
        if isReceipt { return try moveReceipt(slot, to: newSlot, of: number) }
        let (from, to) = tree.withLock { ($0.destination(slot), $0.destination(newSlot)) }
        if from.isStaging, !to.isStaging {
            try receive(file, at: to, newSlot: newSlot, for: requester)
        } else {
            let now = now
            try tree.withLock { (tree) throws(MailboxError) in try tree.move(slot, to: newSlot, now: now) }
        }
    }

    func link(
        _ inode: InodeNumber, as name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry {
        let slot = Slot(parent: parent, name: name)
        guard try existingNumber(slot, for: requester) == nil else { throw .alreadyExists(name) }
        let node = try tree.withLock { (tree) throws(MailboxError) in try tree.node(inode) }
        guard let file = node.file else { throw .unsupported("a directory has one name") }
        try checkOwner(of: node, requester, "link \(name)")
        let (to, isStaged) = tree.withLock { tree in
            (
                tree.destination(slot),
                !node.slots.isEmpty && node.slots.allSatisfy { tree.destination($0).isStaging }
            )
        }
        let now = now
        if isStaged, !to.isStaging {
            try receive(file, at: to, newSlot: slot, for: requester)
        } else if node.slots.isEmpty {
            guard !node.receiptSlots.isEmpty else { throw .noSuchEntry(name) }
            tree.withLock { $0.copyReceipt(slot, from: inode) }
        } else {
            try tree.withLock { (tree) throws(MailboxError) in try tree.addName(slot, to: inode, now: now) }
        }
        return try entry(of: inode)
    }

    /// Whether a rename or link to this place is receiving.
    func isVisible(_ name: String, in parent: InodeNumber) -> Bool {
        tree.withLock { !$0.destination(Slot(parent: parent, name: name)).isStaging }
    }

    private func existingNumber(_ slot: Slot, for requester: Requester) throws(MailboxError) -> InodeNumber? {
        do throws(MailboxError) {
            return try resolve(slot, for: requester)
        } catch {
            if case .noSuchEntry = error { return nil }
            throw error
        }
    }

    private func checkReplaceable(
        _ number: InodeNumber, _ name: String, for requester: Requester
    ) throws(MailboxError) {
        let node = try tree.withLock { (tree) throws(MailboxError) in try tree.node(number) }
        guard node.file != nil else { throw .isADirectory(name) }
        try checkOwner(of: node, requester, "replace \(name)")
    }

    private func moveReceipt(_ slot: Slot, to newSlot: Slot, of number: InodeNumber) throws(MailboxError) {
        let now = now
        tree.withLock { tree in
            tree.removeName(newSlot, now: now)
            tree.moveReceipt(slot, to: newSlot, of: number)
        }
    }

    /// Directories move where that changes nothing about what is in them.
    private func moveDirectory(
        _ slot: Slot, _ node: InboxTree.Node, to newSlot: Slot, over existing: InodeNumber?
    ) throws(MailboxError) {
        guard !node.isPermanent else { throw .permanent(slot.name) }
        guard existing == nil else { throw .alreadyExists(newSlot.name) }
        let now = now
        try tree.withLock { (tree) throws(MailboxError) in
            guard let number = try tree.child(slot) else { throw .noSuchEntry(slot.name) }
            guard tree.isOutside(newSlot.parent, of: number) else {
                throw .invalidArgument("a directory cannot be moved into itself")
            }
            let isEmpty = try tree.listing(number).isEmpty
            let inside = Slot(parent: number, name: "x")
            let before = tree.destination(inside)
            try tree.move(slot, to: newSlot, now: now)
            guard !isEmpty, tree.destination(inside).isStaging != before.isStaging else { return }
            try tree.move(newSlot, to: slot, now: now)
            throw .crossesViews
        }
    }
}
