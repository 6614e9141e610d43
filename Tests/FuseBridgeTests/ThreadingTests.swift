import CFuse
import Glibc
import Synchronization
import Testing

@testable import FuseBridge

/// The parts that threads share.
@Suite struct ThreadingTests {
    struct Token: ~Copyable {
        let number: Int
        let log: Log

        final class Log: Sendable {
            let ended = Mutex<[Int]>([])
        }

        deinit { log.ended.withLock { $0.append(number) } }
    }

    @Test("a queue gives back what it took, in order, past its own end")
    func queueOrder() {
        let log = Token.Log()
        var queue = JobQueue<Token>(capacity: 3)
        var seen: [Int] = []
        for round in 0..<5 {
            queue.append(Token(number: round * 2, log: log))
            queue.append(Token(number: round * 2 + 1, log: log))
            while let token = queue.popFirst() { seen.append(token.number) }
        }
        #expect(seen == Array(0..<10))
        let (isEmpty, isFull) = (queue.isEmpty, queue.isFull)
        #expect(isEmpty && !isFull)
    }

    @Test("what is left in a queue ends with it, each once")
    func queueEnd() {
        let log = Token.Log()
        do {
            var queue = JobQueue<Token>(capacity: 2)
            queue.append(Token(number: 1, log: log))
            queue.append(Token(number: 2, log: log))
            _ = queue.popFirst()
            #expect(log.ended.withLock { $0 } == [1])
            queue.append(Token(number: 3, log: log))
            let isFull = queue.isFull
            #expect(isFull)
        }
        #expect(log.ended.withLock { $0.sorted() } == [1, 2, 3])
    }

    @Test("a waiter sees every change that was signalled")
    func monitor() throws {
        let monitor = Monitor(0)
        let changed = Condition()
        let worker = try Worker(named: "counter") {
            for _ in 0..<1000 {
                monitor.withLock { $0 += 1 }
                changed.broadcast()
            }
        }
        let value: Int = monitor.wait(at: changed) { $0 == 1000 ? $0 : nil }
        worker.join()
        #expect(value == 1000)
    }

    @Test("a worker has its name and blocks the process's signals, all but the one that wakes it")
    func worker() throws {
        struct Seen { var name = "", isTermBlocked = false, isWakeBlocked = true }
        let seen = Mutex(Seen())
        let worker = try Worker(named: "fuse-serve-1", isWakeable: true) {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            let name = TextFile.read("/proc/thread-self/comm") ?? ""
            let (isTermBlocked, isWakeBlocked) = (
                sigismember(&mask, SIGTERM) == 1, sigismember(&mask, SIGURG) == 1
            )
            seen.withLock {
                $0 = Seen(name: name, isTermBlocked: isTermBlocked, isWakeBlocked: isWakeBlocked)
            }
        }
        worker.join()
        seen.withLock { seen in
            #expect(seen.name == "fuse-serve-1\n")
            #expect(seen.isTermBlocked && !seen.isWakeBlocked)
        }
    }

    @Test("waking ends a blocking call")
    func wake() throws {
        WakeSignal.install()
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let readEnd = ends[0]
        let result = Mutex<Int32?>(nil)
        let worker = try Worker(named: "sleeper", isWakeable: true) {
            var byte: UInt8 = 0
            let code = read(readEnd, &byte, 1) < 0 ? errno : 0
            result.withLock { $0 = code }
        }
        while result.withLock({ $0 == nil }) {
            worker.wake()
            usleep(1000)
        }
        worker.join()
        #expect(result.withLock { $0 } == EINTR)
        close(ends[0])
        close(ends[1])
    }

    @Test("a receive buffer is locked, left out of core dumps, and empty after wiping")
    func receiveBuffer() throws {
        let buffer = try ReceiveBuffer()
        let memory = try #require(buffer.makeFuseBuffer().mem)
        memset(memory, 0x5A, ReceiveBuffer.byteCount)
        buffer.wipe(100)
        let bytes = UnsafeRawBufferPointer(start: memory, count: ReceiveBuffer.byteCount)
        #expect(bytes.prefix(100).allSatisfy { $0 == 0 } && bytes[100] == 0x5A)
        buffer.wipe(.max)
        #expect(bytes.allSatisfy { $0 == 0 })
        let flags = try #require(Self.mapFlags(at: UInt(bitPattern: memory)))
        #expect(flags.contains("dd"))
        #expect(flags.contains("wf"))
        #expect(
            flags.contains("lo") == buffer.isLocked || Sanitizer.isActive, "sanitizers do not lock memory")
    }

    /// The flags the kernel shows for the mapping that begins at `address`.
    ///
    /// Source: proc(5), `VmFlags` in `/proc/pid/smaps`.
    private static func mapFlags(at address: UInt) -> [Substring]? {
        let lines = (TextFile.read("/proc/self/smaps") ?? "").split(separator: "\n")
        let start = String(address, radix: 16) + "-"
        guard let first = lines.firstIndex(where: { $0.hasPrefix(start) }) else { return nil }
        let flags = lines[first...].first { $0.hasPrefix("VmFlags:") }
        return flags?.dropFirst("VmFlags:".count).split(separator: " ")
    }
}
