import DurableFiles
import Foundation
import ObjectStore
import Synchronization
import SystemPackage
import Testing

@Suite("Many threads at once")
struct ConcurrencyTests {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    /// Lets nobody pass until a number of threads are here together.
    private final class Barrier: Sendable {
        private let count: Int
        private let arrived = Atomic<Int>(0)
        private let opened = Atomic<Bool>(false)

        var isOpen: Bool { opened.load(ordering: .relaxed) }

        init(_ count: Int) { self.count = count }

        func arrive() {
            if arrived.add(1, ordering: .relaxed).newValue >= count { opened.store(true, ordering: .relaxed) }
            // Ten seconds and no more: a lock around the flush would otherwise hang the test.
            for _ in 0..<10_000 where !isOpen { usleep(1_000) }
        }
    }

    @Test("flush their objects side by side: no lock is held around a flush", arguments: [8, 16])
    func parallelFlushes(threads: Int) throws {
        let barrier = Barrier(threads)
        let calls = FileCalls { (call, _) throws(Errno) in
            if call == .fsync { barrier.arrive() }
        }
        let made = try temporary.store().createBucket(named: "mailbox")
        _ = made.name
        let bucket = try temporary.store(calls).localBucket(named: "mailbox")
        let metadata = try envelope("1")
        try runThreads(threads) { _ = try bucket.put(key("\($0)"), body: [1], metadata: metadata) }
        #expect(barrier.isOpen)
    }

    @Test("put, read and delete different keys in shared levels without losing any")
    func differentKeys() throws {
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        try runThreads(8) { thread in
            for number in 0..<25 {
                let key = try key("level-\(number % 3)/\(thread)-\(number)")
                let metadata = try envelope("\(thread)-\(number)")
                _ = try bucket.put(key, body: bytes(key.text), metadata: metadata)
                #expect(try bucket.get(key).metadata == metadata)
                if number.isMultiple(of: 2) { #expect(try bucket.delete(key)) }
            }
        }
        store.drain()
        let objects = try bucket.list().objects
        #expect(objects.count == 8 * 12)
        for object in objects {
            let metadata = try envelope(object.key.lastComponent)
            #expect(try bucket.head(object.key).metadata == metadata)
            #expect(
                temporary.bytes(of: "mailbox/\(object.key).instruction")
                    == InstructionFile.contents(for: metadata))
        }
    }

    @Test("making and removing the same level again and again never fail each other")
    func comingAndGoing() throws {
        let bucket = try temporary.store(.live, .onlyIfNeeded).createBucket(named: "mailbox")
        try runThreads(6) { thread in
            for number in 0..<40 {
                let key = try key("a/b/\(thread)-\(number)")
                _ = try bucket.put(key, body: [])
                #expect(try bucket.delete(key))
            }
        }
        #expect(temporary.files == ["mailbox"])
    }

    /// One key, many writers and readers; every read must be a body with its own metadata.
    @Test(
        "replacing one object are never seen half done, by readers in this store or another",
        arguments: [true, false], [LocalStore.InstructionPolicy.behind, .inline])
    func oneKey(keepsAttributes: Bool, policy: LocalStore.InstructionPolicy) throws {
        let calls = keepsAttributes ? FileCalls.live : .withoutAttributes()
        let stores = [try temporary.store(calls, policy), try temporary.store(calls, policy)]
        _ = try stores[0].createBucket(named: "mailbox")
        let buckets = try stores.map { try $0.localBucket(named: "mailbox") }
        let key = try key("a/id")
        let isDone = Atomic<Int>(0)
        let sealed = try (0..<3).map { try envelope("\($0)") }
        let expected = try sealed.map { keepsAttributes ? $0 : try withoutLength($0) }
        try runThreads(6) { thread in
            let bucket = buckets[thread % 2]
            defer { if thread < 3 { isDone.add(1, ordering: .relaxed) } }
            if thread < 3 {
                for number in 0..<30 {
                    let isPlain = number % 4 == 3
                    let body = bytes(isPlain ? "plain" : "\(thread)")
                    _ = try bucket.put(key, body: body, metadata: isPlain ? .none : sealed[thread])
                }
            }
            while thread >= 3, isDone.load(ordering: .relaxed) < 3 {
                let object: StoredObject
                do { object = try bucket.get(key) } catch ObjectStoreError.noSuchKey { continue }
                let mark = Int(String(decoding: object.body, as: UTF8.self))
                #expect(object.metadata == mark.map { expected[$0] } ?? .none)
            }
        }
        for store in stores { store.stop() }
        let metadata = try buckets[0].head(key).metadata
        #expect(
            temporary.bytes(of: "mailbox/a/id.instruction")
                == (metadata.isEmpty ? nil : InstructionFile.contents(for: metadata)))
        #expect(temporary.files.filter { $0.contains(".tmp-") }.isEmpty)
    }
}

/// Runs `body` on so many threads, all at once whatever the number of processors, and waits for them.
///
/// - Throws: One of the errors a thread ended with.
func runThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    let failures = Mutex<[any Error]>([])
    for number in 0..<count {
        Thread.detachNewThread {
            do { try body(number) } catch { failures.withLock { $0.append(error) } }
            done.signal()
        }
    }
    for _ in 0..<count { done.wait() }
    if let failure = failures.withLock({ $0.first }) { throw failure }
}
