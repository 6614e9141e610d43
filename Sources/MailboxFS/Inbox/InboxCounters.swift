import Synchronization

/// How often the inbox did what, since the mount began.
final class InboxCounters: Sendable {
    private let state = Mutex(Values())

    struct Values: Sendable, Equatable {
        /// Messages received.
        var received = 0
        /// Of those, messages that replaced what the same handle had sent before.
        var replaced = 0
        /// Messages refused.
        var refused = 0
        /// Bytes of messages received.
        var receivedByteCount = 0

        mutating func count(byteCount: Int, isReplacement: Bool) {
            received += 1
            if isReplacement { replaced += 1 }
            receivedByteCount += byteCount
        }
    }

    var values: Values { state.withLock { $0 } }

    func change(_ body: (inout Values) -> Void) { state.withLock { body(&$0) } }
}
