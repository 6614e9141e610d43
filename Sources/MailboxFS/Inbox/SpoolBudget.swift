import Synchronization

/// The memory that messages being written may take together.
///
/// Without it one program that opens many files could push everything else out of locked memory.
final class SpoolBudget: Sendable {
    /// Bytes in all.
    let limit: Int
    private let used = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// Bytes taken at the moment.
    var usedByteCount: Int { used.withLock { $0 } }

    /// Takes `count` bytes more, or none and fails.
    func reserve(_ count: Int) throws(MailboxError) {
        let isGranted = used.withLock { used in
            guard count <= limit - used else { return false }
            used += count
            return true
        }
        guard isGranted else { throw .spoolFull(budget: limit) }
    }

    /// Gives back what `reserve` took.
    func release(_ count: Int) { used.withLock { $0 -= count } }
}
