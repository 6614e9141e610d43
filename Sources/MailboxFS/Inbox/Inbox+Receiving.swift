// From a close, a rename or a link to the verdict.

import Cryptography
import FoundationEssentials
import MailReceiving
import Synchronization

extension Inbox {
    /// What a file's names say about its contents.
    private enum Standing {
        /// Nothing is received here.
        case staging
        /// Received when its writer closes it.
        case visible(Destination)
        /// Its last visible name was taken away.
        case removed(Destination)
    }

    private func standing(of file: StagedFile) -> Standing {
        tree.withLock { tree in
            guard let node = tree.nodes[file.number] else {
                return .removed(Destination(directories: [], name: "inode \(file.number.rawValue)"))
            }
            let destinations = node.slots.map { tree.destination($0) }
            if let visible = destinations.first(where: { !$0.isStaging }) { return .visible(visible) }
            if let receivedAt = node.receivedAt { return .visible(receivedAt) }
            if destinations.isEmpty, let removed = node.wasRemoved { return .removed(removed) }
            return .staging
        }
    }

    // MARK: Closing

    /// Answers one close of a handle: rules 1 to 6.
    func close(
        _ handle: StagedHandle, by requester: Requester, unless isInterrupted: () -> Bool
    ) throws(MailboxError) {
        let file = handle.file
        guard handle.hasWritten else { return }
        do throws(MailboxError) {
            guard try file.isDirtyWhenIdle() else { return }
        } catch {
            discard(file, because: error, for: requester, isNew: false)
            throw error
        }
        if let status = failure(of: requester, closing: handle) {
            throw fail(file, .writerDied(pid: requester.pid, status: status), for: requester)
        }
        switch standing(of: file) {
        case .staging:
            file.settle(requester.pid)
        case .removed(let destination):
            throw fail(file, .removedMeanwhile(destination.path), for: requester)
        case .visible(let destination) where isShared(handle, at: destination, closing: requester):
            try check(file, at: destination, for: requester)
            file.settle(requester.pid)
        case .visible(let destination):
            guard !isInterrupted() else { throw fail(file, .interrupted, for: requester) }
            try receive(file, at: destination, newSlot: nil, for: requester)
            handle.hasWritten = false
        }
    }

    /// Gives a file up: nothing of it is received, now or later.
    private func fail(_ file: StagedFile, _ error: MailboxError, for requester: Requester) -> MailboxError {
        let isNew = file.taint(with: error)
        discard(file, because: error, for: requester, isNew: isNew)
        return error
    }

    /// Ends a handle.
    ///
    /// What no close has decided is decided now, and nobody hears of it but the log.
    func release(_ handle: StagedHandle) {
        let file = handle.file
        // ORDER: the standing first, while this handle still keeps the inode.
        let standing = standing(of: file)
        if file.removeHandle(), file.isUndecided, case .visible(let destination) = standing {
            let nobody = Requester(uid: handle.opener.uid, gid: handle.opener.gid, pid: 0)
            try? receive(file, at: destination, newSlot: nil, for: nobody)
        }
        if case .refused(let error) = file.phase {
            discard(file, because: error, for: handle.opener, isNew: false)
        }
        tree.withLock { $0.reap(file.number) }
    }

    /// Taints a file whose contents could not be changed: what the writer believes to be there is not, and
    /// programs have been seen to close such a file as if nothing had happened.
    func noteFailedChange(of file: StagedFile, _ error: MailboxError, for requester: Requester) {
        guard file.taint(with: error) else { return }
        counters.change { $0.refused += 1 }
        refusals.note(error, path: path(of: file), operation: .writing, requester: requester)
    }

    /// The status of a writer that ends before it is done, or nil when this close is none of that kind.
    ///
    /// A process that inherited the file and never wrote to it may end as it likes; the opener may not.
    private func failure(of requester: Requester, closing handle: StagedHandle) -> Int32? {
        guard case .failed(let status) = inspector.ending(of: requester) else { return nil }
        let concerned = handle.file.writers.union([handle.opener.pid])
        if concerned.contains(requester.pid) { return status }
        let own = inspector.process(ofThread: requester.pid)
        let isOneOfThem = concerned.contains { thread in
            // A thread that is gone may have been one of the process that ends.
            guard let process = inspector.process(ofThread: thread) else { return true }
            return process == own
        }
        return isOneOfThem ? status : nil
    }

    /// Whether another process that opened or wrote the file still holds it: then its close decides, not this
    /// one.
    private func isShared(
        _ handle: StagedHandle, at destination: Destination, closing requester: Requester
    ) -> Bool {
        var others = handle.file.writers.union([handle.opener.pid])
        others.remove(requester.pid)
        return others.contains {
            inspector.holdsForWriting(handle.file.number, at: destination.path, process: $0)
        }
    }

    // MARK: Verdicts

    /// Tells a program that is not the last one whether its part of the message would be refused.
    private func check(
        _ file: StagedFile, at destination: Destination, for requester: Requester
    ) throws(MailboxError) {
        guard let contents = try file.takeContents(always: false) else { return }
        var verdict: MailboxError?
        do throws(ReceivingError) {
            try contents.bytes.withUnsafeBytes { (bytes) throws(ReceivingError) in
                do throws(ReceivingError) {
                    try intake.check(bytes, hints: destination.hints)
                } catch {
                    // While the header is incomplete, a recipient may still come.
                    if !error.concernsRecipients || HeaderEnd.isPresent(in: bytes) { throw error }
                }
            }
        } catch {
            verdict = .receiving(error)
        }
        file.restore(contents)
        guard let verdict else { return }
        refusals.note(verdict, path: destination.path, operation: .checking, requester: requester)
        throw verdict
    }

    /// Receives the contents of a file, or learns what another close made of them.
    ///
    /// - Parameter newSlot: The name that a rename or link gives it. A refusal then leaves file and name as
    ///   they are; at a close it takes both away.
    func receive(
        _ file: StagedFile, at destination: Destination, newSlot: Slot?, for requester: Requester
    ) throws(MailboxError) {
        guard let contents = try file.takeContents(always: newSlot != nil) else { return }
        let receipt: Receipt
        do throws(ReceivingError) {
            receipt = try contents.bytes.withUnsafeBytes { (bytes) throws(ReceivingError) in
                try intake.receive(bytes, hints: destination.hints, messageID: contents.previous?.messageID)
            }
        } catch {
            counters.change { $0.refused += 1 }
            refusals.note(
                .receiving(error), path: destination.path, operation: .receiving, requester: requester)
            conclude(
                file, contents, refusedWith: .receiving(error), at: destination, keepsFile: newSlot != nil)
            throw .receiving(error)
        }
        if let previous = contents.previous { withdraw(previous, keeping: receipt, path: destination.path) }
        let (byteCount, isReplacement) = (contents.bytes.count, contents.previous != nil)
        counters.change { $0.count(byteCount: byteCount, isReplacement: isReplacement) }
        // ORDER: the name goes before anyone who waits for the verdict wakes.
        hide(file, at: destination, newSlot: newSlot, for: requester)
        file.accept(contents, receipt: receipt)
        tree.withLock { $0.reap(file.number) }
    }

    private func hide(
        _ file: StagedFile, at destination: Destination, newSlot: Slot?, for requester: Requester
    ) {
        let committer = committer(requester)
        let now = now
        let expires = now.addingTimeInterval(options.receiptLifetime)
        tree.withLock { tree in
            tree.accept(
                file.number, at: destination, newSlot: newSlot, committer: committer, expires: expires,
                now: now)
        }
    }

    private func conclude(
        _ file: StagedFile, _ contents: consuming StagedContents, refusedWith error: MailboxError,
        at destination: Destination, keepsFile: Bool
    ) {
        guard !keepsFile else { return file.restore(contents) }
        let previous = contents.previous
        removeNames(of: file)
        file.refuse(contents, with: error)
        // The writer is told that its message failed, so what an earlier close stored of it must not stay.
        if let previous { withdraw(previous, keeping: nil, path: destination.path) }
    }

    /// Takes away the names of a file that failed, and what was received from it before.
    private func discard(
        _ file: StagedFile, because error: MailboxError, for requester: Requester, isNew: Bool
    ) {
        let path = removeNames(of: file)
        if let receipt = file.takeWithdrawal() { withdraw(receipt, keeping: nil, path: path) }
        guard isNew else { return }
        counters.change { $0.refused += 1 }
        refusals.note(error, path: path, operation: .writing, requester: requester)
    }

    /// - Returns: The path it had.
    @discardableResult
    private func removeNames(of file: StagedFile) -> String {
        let now = now
        let path = path(of: file)
        tree.withLock { tree in
            guard let node = tree.nodes[file.number] else { return }
            for slot in node.slots { tree.removeName(slot, now: now) }
            for slot in node.receiptSlots { tree.removeReceipt(slot, of: file.number) }
        }
        return path
    }

    /// Where a file is, or was.
    private func path(of file: StagedFile) -> String {
        tree.withLock { tree in
            guard let node = tree.nodes[file.number] else { return "inbox" }
            return node.slots.first.map { tree.path($0) } ?? node.wasRemoved?.path ?? node.receivedAt?.path
                ?? "inbox"
        }
    }

    private func withdraw(_ receipt: Receipt, keeping replacement: Receipt?, path: String) {
        do throws(ReceivingError) {
            try intake.withdraw(receipt, keeping: replacement)
        } catch {
            refusals.note(.receiving(error), path: path, operation: .removing, requester: nil)
        }
    }

    // MARK: The end

    /// Drops what was never received and says what it was.
    ///
    /// What was received stays.
    func shutdown() {
        let files = tree.withLock { $0.nodes.values.compactMap(\.file) }
        for file in files {
            if file.isUndecided {
                refusals.note(
                    .abandoned(byteCount: file.byteCount), path: path(of: file), operation: .leaving,
                    requester: nil)
            }
            file.abandon()
        }
    }
}

extension ReceivingError {
    /// Whether a header field that is still to come could change the verdict.
    fileprivate var concernsRecipients: Bool {
        switch self {
        case .noRecipient, .noMatchingRule: true
        case .notAMessage, .messageTooLarge, .invalidHint, .blockedBySource, .sealing, .storage, .nowhereToGo,
            .rules, .leftBehind:
            false
        }
    }
}

/// Where a header ends: at the first empty line.
///
/// Source: RFC 5322 section 2.1.
enum HeaderEnd {
    static func isPresent(in bytes: UnsafeRawBufferPointer) -> Bool {
        var isLineEmpty = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"):
                if isLineEmpty { return true }
                isLineEmpty = true
            case UInt8(ascii: "\r"): break
            default: isLineEmpty = false
            }
        }
        return false
    }
}
