public import FoundationEssentials
import Synchronization

/// One refusal, as it is told to people.
public struct Refusal: Sendable, Equatable {
    /// What was refused.
    public enum Operation: String, Sendable {
        /// Receiving a message put into the inbox.
        case receiving
        /// Checking a message that is not complete yet.
        case checking
        /// Writing into the inbox.
        case writing
        /// Opening mail.
        case opening
        /// Removing a stored object.
        case removing
        /// Keeping something in the inbox that was never received.
        case leaving
    }

    /// When.
    public var date: Date
    /// What.
    public var operation: Operation
    /// The file, by its path below the root of the mount.
    public var path: String
    /// Who asked; nil when nobody waits for the answer.
    public var requester: Requester?
    /// Why.
    public var error: MailboxError

    /// The whole sentence: which rule, which key, which statement.
    ///
    /// Never a secret.
    public var sentence: String { error.description }
}

/// The last refusals, and the way to the log.
///
/// `close` has room for a number only; here is the sentence.
final class RefusalLog: Sendable {
    private struct State {
        var recent: [Refusal] = []
        var count = 0
    }

    private static let capacity = 256
    private let state = Mutex(State())
    private let clock: @Sendable () -> Date
    private let report: @Sendable (Refusal) -> Void

    init(clock: @escaping @Sendable () -> Date, report: @escaping @Sendable (Refusal) -> Void) {
        self.clock = clock
        self.report = report
    }

    func note(_ error: MailboxError, path: String, operation: Refusal.Operation, requester: Requester?) {
        let refusal = Refusal(
            date: clock(), operation: operation, path: path, requester: requester, error: error)
        state.withLock { state in
            if state.recent.count == Self.capacity { state.recent.removeFirst() }
            state.recent.append(refusal)
            state.count += 1
        }
        report(refusal)
    }

    /// How many there were since the mount began.
    var count: Int { state.withLock { $0.count } }

    /// The last ones, oldest first, that concern a user; root sees all.
    func recent(for uid: UInt32) -> [Refusal] {
        state.withLock { state in
            state.recent.filter { uid == 0 || $0.requester == nil || $0.requester?.uid == uid }
        }
    }
}
