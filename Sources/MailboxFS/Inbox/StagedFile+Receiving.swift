// Contents on their way to a verdict and back.

import Cryptography
import MailReceiving
import Synchronization
import SystemPackage

/// Contents taken out of a file; they must be given back or they are wiped here.
struct StagedContents: ~Copyable {
    let bytes: SecretBuffer
    /// What an earlier close of the same file already had received.
    let previous: Receipt?
}

extension StagedFile {
    /// Takes the contents out for a verdict, waiting while another has them.
    ///
    /// - Parameter always: Also contents that a verdict covers or that are empty.
    /// - Returns: nil when there is nothing to decide.
    func takeContents(always: Bool) throws(MailboxError) -> StagedContents? {
        try whenIdle { (state) throws(MailboxError) in
            switch state.phase {
            case .refused(let error): throw error
            case .received: return nil
            case .collecting, .receiving: break
            }
            guard state.isDirty || (always && state.receipt == nil) else { return nil }
            state.phase = .receiving
            var contents = SecretBuffer()
            swap(&contents, &state.contents)
            return StagedContents(bytes: contents, previous: state.receipt)
        }
    }

    /// Gives contents back that were received.
    func accept(_ contents: consuming StagedContents, receipt: Receipt) {
        conclude(contents) { state in
            state.phase = .collecting
            state.isDirty = false
            state.writers = []
            state.receipt = receipt
            if state.handleCount == 0 { self.forgetReceivedContents(&state) }
        }
    }

    /// Gives contents back on which there is no verdict, or one that leaves the file as it is.
    func restore(_ contents: consuming StagedContents) {
        conclude(contents) { $0.phase = .collecting }
    }

    /// Gives contents back to be wiped; the file answers with `error` from now on.
    func refuse(_ contents: consuming StagedContents, with error: MailboxError) {
        conclude(contents) { state in
            self.discardContents(&state)
            state.phase = .refused(error)
            state.receipt = nil
        }
    }

    /// Makes every later write and close fail, and wipes what is here.
    ///
    /// What had been received from the file waits for `takeWithdrawal`.
    ///
    /// - Returns: False when the file was refused before, or its contents are with the receiving line and
    ///   belong to that verdict.
    @discardableResult
    func taint(with error: MailboxError) -> Bool {
        state.withLock { state in
            switch state.phase {
            case .receiving, .refused: return false
            case .collecting, .received: break
            }
            discardContents(&state)
            state.phase = .refused(error)
            return true
        }
    }

    /// Wipes what is here, at the end of the mount.
    ///
    /// What was received from the file stays received.
    func abandon() {
        taint(with: .shuttingDown)
        state.withLock { $0.receipt = nil }
    }

    /// What was received from a file that has failed since: its writer is told of failure, so nothing may
    /// stay of it.
    func takeWithdrawal() -> Receipt? {
        state.withLock { state in
            guard case .refused = state.phase else { return nil }
            return state.receipt.take()
        }
    }

    private func conclude(_ contents: consuming StagedContents, _ change: (inout State) -> Void) {
        var returned: SecretBuffer? = contents.bytes
        let waiting = state.withLock { state in
            if let bytes = returned.take() { state.contents = bytes }
            change(&state)
            defer { state.waiting = [] }
            return state.waiting
        }
        for descriptor in waiting { try? descriptor.close() }
    }

    /// Runs `body` on the state as soon as the contents are here.
    func whenIdle<R: ~Copyable>(
        _ body: (inout State) throws(MailboxError) -> R
    ) throws(MailboxError) -> R {
        while true {
            let result: R? = try state.withLock { (state) throws(MailboxError) in
                if state.phase == .receiving { return nil }
                return try body(&state)
            }
            if let result { return result }
            try waitForVerdict()
        }
    }

    /// Sleeps in a read of a pipe whose other end `conclude` closes.
    ///
    /// Rare: it takes two closes of one file at once.
    private func waitForVerdict() throws(MailboxError) {
        let pipe: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
        do { pipe = try FileDescriptor.pipe() } catch { throw .busy("inode \(number.rawValue)") }
        defer { try? pipe.readEnd.close() }
        let isParked = state.withLock { state in
            guard state.phase == .receiving else { return false }
            state.waiting.append(pipe.writeEnd)
            return true
        }
        guard isParked else {
            try? pipe.writeEnd.close()
            return
        }
        withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { byte in
            _ = try? pipe.readEnd.read(into: byte, retryOnInterrupt: true)
        }
    }
}
