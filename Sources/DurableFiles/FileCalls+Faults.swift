// Stand-ins for the kernel, for fault tests here and in every module that writes through this one. They are
// public because a test of a module above cannot otherwise reach the seam.

internal import Synchronization
public import SystemPackage

extension FileCalls {
    /// The kernel, except that the n-th call fails.
    ///
    /// - Parameters:
    ///   - call: Count only this call; all calls when nil.
    ///   - n: Counted from 1.
    ///   - errno: What the call fails with.
    ///   - sticky: Fail everything of that kind from then on too. With `call` nil this is what a killed
    ///     process leaves behind: nothing after the n-th call happens, not even cleaning up.
    public static func failing(
        call: FileCall? = nil, on n: Int, with errno: Errno, sticky: Bool = false
    ) -> FileCalls {
        let seen = CallCounter()
        return FileCalls { (made, _) throws(Errno) in
            guard call == nil || call == made else { return }
            let number = seen.next()
            if number == n || (sticky && number > n) { throw errno }
        }
    }

    /// The kernel, with every call noted in `log` before it is made.
    public static func recording(into log: FileCallLog) -> FileCalls {
        FileCalls { (call, name) throws(Errno) in log.note(call, name) }
    }
}

/// What `FileCalls.recording` saw, in order.
public final class FileCallLog: Sendable {
    /// One call and the name it was about; empty when it was about a descriptor.
    public struct Entry: Sendable, Hashable {
        /// The system call.
        public let call: FileCall
        /// The directory entry, or the attribute's name.
        public let name: String
    }

    private let state = Mutex<[Entry]>([])

    /// An empty log.
    public init() {}

    /// Everything so far.
    public var entries: [Entry] { state.withLock { $0 } }

    /// How many calls were made, of one kind or of all.
    public func count(of call: FileCall? = nil) -> Int {
        state.withLock { entries in
            call.map { wanted in entries.count { $0.call == wanted } } ?? entries.count
        }
    }

    /// Forgets everything.
    public func removeAll() { state.withLock { $0.removeAll() } }

    /// Adds a call, from a gate of one's own.
    public func note(_ call: FileCall, _ name: String = "") {
        state.withLock { $0.append(Entry(call: call, name: name)) }
    }
}

private final class CallCounter: Sendable {
    private let value = Atomic<Int>(0)

    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
