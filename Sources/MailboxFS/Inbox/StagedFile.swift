import Cryptography
import FoundationEssentials
import MailReceiving
import Synchronization
import SystemPackage

/// The contents of one file of the inbox, from its first byte to the verdict.
///
/// While a message is being received its contents are moved out of the file, so no lock is held meanwhile;
/// whoever needs them waits until the verdict is in. That is also why two closes at once get the same answer.
///
/// INVARIANT: outside `.receiving`, the spool budget holds exactly `contents.count` bytes for this file.
final class StagedFile: Sendable {
    enum Phase: Equatable, Sendable {
        /// Contents are here, perhaps already received once.
        case collecting
        /// Contents are with the receiving line, or being checked.
        case receiving
        /// Received, and the contents are gone: nobody has the file open any more.
        case received
        /// Refused or tainted: the contents are gone and every write and close says why.
        case refused(MailboxError)
    }

    struct State: ~Copyable, Sendable {
        var phase = Phase.collecting
        var contents = SecretBuffer()
        /// What `stat` shows, also while the contents are elsewhere.
        var byteCount = 0
        /// Something was written that no verdict covers.
        var isDirty = false
        /// Threads that wrote and have not closed since.
        var writers: Set<Int32> = []
        /// What was received, while later writes would replace it.
        var receipt: Receipt?
        var handleCount = 0
        var modified: Date
        /// Descriptors to close when the verdict is in; their other ends wake who waits.
        var waiting: [FileDescriptor] = []

        init(modified: Date) { self.modified = modified }
    }

    let number: InodeNumber
    let budget: SpoolBudget
    /// The most bytes a message may have.
    let limit: Int
    let state: Mutex<State>

    init(number: InodeNumber, budget: SpoolBudget, limit: Int, created: Date) {
        self.number = number
        self.budget = budget
        self.limit = limit
        state = Mutex(State(modified: created))
    }

    deinit {
        budget.release(state.withLock { $0.phase == .receiving ? 0 : $0.contents.count })
    }

    // MARK: What is known without waiting

    var byteCount: Int { state.withLock { $0.byteCount } }
    var modified: Date { state.withLock { $0.modified } }
    var phase: Phase { state.withLock { $0.phase } }
    var isOpen: Bool { state.withLock { $0.handleCount > 0 } }
    var writers: Set<Int32> { state.withLock { $0.writers } }
    /// Whether a close has something to decide, or has to wait for another's verdict.
    var isUndecided: Bool { state.withLock { $0.phase == .receiving || $0.isDirty } }

    func setModified(_ date: Date) { state.withLock { $0.modified = date } }

    // MARK: Contents

    /// Takes `bytes`.
    ///
    /// - Parameter offset: Where they go; nil for the end.
    /// - Throws: `.tooLarge`, `.spoolFull`; nothing has changed then.
    func write(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64?, by requester: Requester, now: Date
    ) throws(MailboxError) {
        guard !bytes.isEmpty else { return }
        try whenIdle { (state) throws(MailboxError) in
            try self.becomeWritable(&state)
            let start = offset ?? UInt64(state.contents.count)
            let (end, overflows) = start.addingReportingOverflow(UInt64(bytes.count))
            guard !overflows, end <= UInt64(self.limit) else { throw .tooLarge(limit: self.limit) }
            try self.resize(&state, to: max(Int(end), state.contents.count)) {
                (contents) throws(CryptographyError) in try contents.write(bytes, at: Int(start))
            }
            Self.noteChange(of: &state, by: requester, now: now)
        }
    }

    /// Cuts or extends to `length` bytes.
    ///
    /// Cut to nothing the file is a placeholder again, with nothing to decide.
    func truncate(to length: UInt64, by requester: Requester, now: Date) throws(MailboxError) {
        try whenIdle { (state) throws(MailboxError) in
            try self.becomeWritable(&state)
            guard length <= UInt64(self.limit) else { throw .tooLarge(limit: self.limit) }
            guard Int(length) != state.contents.count else { return }
            try self.resize(&state, to: Int(length)) { (contents) throws(CryptographyError) in
                try contents.truncate(to: Int(length))
            }
            Self.noteChange(of: &state, by: requester, now: now)
        }
    }

    /// Begins a new message under this file: nothing of the old contents, no tie to what was received from
    /// them.
    func restart(now: Date) throws(MailboxError) {
        try whenIdle { (state) throws(MailboxError) in
            if case .refused(let error) = state.phase { throw error }
            self.discardContents(&state)
            state.phase = .collecting
            state.receipt = nil
            state.modified = now
        }
    }

    /// Whether a message was received from this file.
    var isReceived: Bool { state.withLock { $0.phase == .received || $0.receipt != nil } }

    /// A copy of up to `count` bytes from `offset`.
    func read(from offset: Int, count: Int) throws(MailboxError) -> SecretBuffer {
        try whenIdle { (state) throws(MailboxError) in
            switch state.phase {
            case .collecting, .receiving: break
            case .received: throw .alreadyReceived("inode \(self.number.rawValue)")
            case .refused(let error): throw error
            }
            var copy = SecretBuffer()
            let start = min(max(offset, 0), state.contents.count)
            let end = start + min(max(count, 0), state.contents.count - start)
            try Self.translating { () throws(CryptographyError) in
                try state.contents.withUnsafeBytes { (bytes) throws(CryptographyError) in
                    try copy.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
            }
            return copy
        }
    }

    /// Whether a verdict is due, once there is none on its way: another close's verdict counts for everybody.
    ///
    /// - Throws: Why the file was refused.
    func isDirtyWhenIdle() throws(MailboxError) -> Bool {
        try whenIdle { (state) throws(MailboxError) in
            if case .refused(let error) = state.phase { throw error }
            return state.isDirty
        }
    }

    // MARK: Handles

    func addHandle() { state.withLock { $0.handleCount += 1 } }

    /// Ends a handle.
    ///
    /// After the last one, contents that were received are wiped.
    ///
    /// - Returns: Whether it was the last one.
    func removeHandle() -> Bool {
        state.withLock { state in
            state.handleCount -= 1
            if state.handleCount == 0 { forgetReceivedContents(&state) }
            return state.handleCount == 0
        }
    }

    /// Notes that a thread has closed what it wrote, with no verdict on the contents yet.
    func settle(_ thread: Int32) { state.withLock { _ = $0.writers.remove(thread) } }

    // MARK: Steps shared by the above

    /// A file whose contents went when they were received begins a new message with the first write.
    private func becomeWritable(_ state: inout State) throws(MailboxError) {
        switch state.phase {
        case .collecting, .receiving: return
        case .refused(let error): throw error
        case .received:
            state.phase = .collecting
            state.receipt = nil
            state.byteCount = 0
        }
    }

    private func resize(
        _ state: inout State, to newCount: Int,
        _ change: (inout SecretBuffer) throws(CryptographyError) -> Void
    ) throws(MailboxError) {
        let growth = newCount - state.contents.count
        if growth > 0 { try budget.reserve(growth) }
        do throws(MailboxError) {
            try Self.translating { () throws(CryptographyError) in try change(&state.contents) }
        } catch {
            if growth > 0 { budget.release(growth) }
            throw error
        }
        if growth < 0 { budget.release(-growth) }
    }

    private static func noteChange(of state: inout State, by requester: Requester, now: Date) {
        state.byteCount = state.contents.count
        state.isDirty = state.byteCount > 0
        state.writers.insert(requester.pid)
        state.modified = now
    }

    func discardContents(_ state: inout State) {
        budget.release(state.contents.count)
        state.contents = SecretBuffer()
        state.byteCount = 0
        state.isDirty = false
        state.writers = []
    }

    /// After the last handle, a received message needs no plaintext any more; its length stays visible.
    func forgetReceivedContents(_ state: inout State) {
        guard state.receipt != nil, !state.isDirty, state.phase == .collecting else { return }
        let shown = state.byteCount
        discardContents(&state)
        state.byteCount = shown
        state.phase = .received
    }

    private static func translating<R: ~Copyable>(
        _ body: () throws(CryptographyError) -> R
    ) throws(MailboxError) -> R {
        do throws(CryptographyError) { return try body() } catch { throw .outOfMemory }
    }
}
