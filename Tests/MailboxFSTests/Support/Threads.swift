import Glibc
import Synchronization
import Testing

/// Runs `body` on as many threads of its own, and waits for all: what blocks here blocks no test but this.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
    var threads: [pthread_t] = []
    for index in 0..<count {
        let work = Unmanaged.passRetained(ThreadBody { try body(index) })
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, work.toOpaque())
        #expect(result == 0)
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}

private final class ThreadBody: Sendable {
    private let body: @Sendable () throws -> Void

    init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }

    func run() {
        do { try body() } catch { Issue.record("a thread failed: \(error)") }
    }
}

/// A gate that is closed until it is opened, once.
final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    func wait() {
        for _ in 0..<5000 where !isOpen.withLock({ $0 }) { usleep(1000) }
        if !isOpen.withLock({ $0 }) { Issue.record("the gate stayed closed") }
    }
}
