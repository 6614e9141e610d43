import DurableFiles
import Foundation
import ObjectStore
import Synchronization
import SystemPackage
import Testing

@Suite("Instruction files beside objects")
struct InstructionWritingTests {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    private func instruction(_ key: String) -> [UInt8]? { temporary.bytes(of: "mailbox/\(key).instruction") }

    @Test("appear behind sealed objects, with the object's envelope")
    func behind() throws {
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        for number in 0..<50 {
            _ = try bucket.put(key("m/\(number)"), body: [], metadata: envelope("\(number)"))
        }
        store.drain()
        for number in 0..<50 {
            #expect(try instruction("m/\(number)") == InstructionFile.contents(for: envelope("\(number)")))
        }
        #expect(store.statistics.instructionsWritten == 50)
        #expect(store.statistics.instructionsPending == 0)
    }

    @Test("do not appear behind plain objects, or when only needed ones are wanted")
    func notBehind() throws {
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        _ = try bucket.put(key("plain"), body: [], metadata: ObjectMetadata(["colour": "blue"]))
        store.stop()
        let other = try temporary.store(.live, .onlyIfNeeded)
        _ = try other.localBucket(named: "mailbox").put(key("sealed"), body: [], metadata: envelope("1"))
        other.stop()
        #expect(temporary.files == ["mailbox", "mailbox/plain", "mailbox/sealed"])
    }

    @Test("are there when put returns, if inline")
    func inline() throws {
        let bucket = try temporary.store(.live, .inline).createBucket(named: "mailbox")
        _ = try bucket.put(key("id"), body: [], metadata: envelope("1"))
        #expect(try instruction("id") == InstructionFile.contents(for: envelope("1")))
    }

    @Test("are there, durably, before the object is visible, where attributes are not kept")
    func beforeTheObject() throws {
        let log = FileCallLog()
        let bucket = try temporary.store(
            .withoutAttributes { (call, name) throws(Errno) in log.note(call, name) }
        ).createBucket(named: "mailbox")
        #expect(!bucket.keepsAttributes)
        log.removeAll()
        _ = try bucket.put(key("id"), body: [1], metadata: envelope("1"))
        let steps = log.entries.filter { $0.call == .fsync || $0.call == .rename }
        #expect(steps.map(\.call).suffix(6) == [.fsync, .fsync, .rename, .fsync, .rename, .fsync])
        #expect(steps.filter { $0.call == .rename }.map(\.name) == ["id.instruction", "id"])
        #expect(try bucket.get(key("id")).metadata == withoutLength(envelope("1")))
    }

    @Test("keep metadata of any kind where attributes are not kept")
    func anyMetadata() throws {
        let bucket = try temporary.store(.withoutAttributes()).createBucket(named: "mailbox")
        let metadata = try ObjectMetadata(["colour": "größe", "empty": ""])
        _ = try bucket.put(key("id"), body: [], metadata: metadata)
        #expect(try bucket.head(key("id")).metadata == metadata)
        _ = try bucket.put(key("id"), body: [])
        #expect(try bucket.head(key("id")).metadata == .none)
        #expect(instruction("id") == nil)
    }

    @Test("never outlive or contradict the object they belong to")
    func replaced() throws {
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        _ = try bucket.put(key("id"), body: bytes("1"), metadata: envelope("1"))
        store.drain()
        _ = try bucket.put(key("id"), body: bytes("2"), metadata: envelope("2"))
        #expect(try bucket.get(key("id")).metadata == envelope("2"))
        store.drain()
        #expect(try instruction("id") == InstructionFile.contents(for: envelope("2")))
        _ = try bucket.put(key("id"), body: bytes("3"))
        #expect(try bucket.get(key("id")).metadata == .none)
        store.drain()
        #expect(instruction("id") == nil)
        _ = try bucket.put(key("id"), body: bytes("4"), metadata: envelope("4"))
        try bucket.delete(key("id"))
        store.drain()
        #expect(temporary.files == ["mailbox"])
    }

    @Test("of a stranger count only for an object without an envelope of its own")
    func precedence() throws {
        let store = try temporary.store(.live, .onlyIfNeeded)
        let bucket = try store.createBucket(named: "mailbox")
        _ = try bucket.put(key("sealed"), body: [], metadata: envelope("own"))
        _ = try bucket.put(key("part"), body: [], metadata: ObjectMetadata(["x-amz-iv": "own"]))
        _ = try bucket.put(
            key("committing"), body: [],
            metadata: ObjectMetadata(["x-amz-c": "115", "x-amz-d": "d", "x-amz-i": "i"]))
        _ = try bucket.put(key("plain"), body: [])
        for name in ["sealed", "part", "committing", "plain"] {
            try temporary.write(#"{"x-amz-3":"file","x-amz-w":"12"}"#, to: "mailbox/\(name).instruction")
        }
        #expect(try bucket.head(key("sealed")).metadata == envelope("own"))
        #expect(try bucket.head(key("part")).metadata.entries == ["x-amz-iv": "own"])
        #expect(
            try bucket.head(key("committing")).metadata.entries
                == ["x-amz-c": "115", "x-amz-d": "d", "x-amz-i": "i", "x-amz-3": "file", "x-amz-w": "12"])
        #expect(try bucket.head(key("plain")).metadata.entries == ["x-amz-3": "file", "x-amz-w": "12"])
    }

    @Test("that are damaged make the object fail to open, never look plain", arguments: ["", "{", "[1]"])
    func damaged(text: String) throws {
        let bucket = try temporary.store(.live, .onlyIfNeeded).createBucket(named: "mailbox")
        try temporary.write("body", to: "mailbox/id")
        try temporary.write(text, to: "mailbox/id.instruction")
        #expect(throws: ObjectStoreError.self) { try bucket.get(key("id")) }
    }

    @Test("that are far too long are not read into memory")
    func tooLong() throws {
        let bucket = try temporary.store(.live, .onlyIfNeeded).createBucket(named: "mailbox")
        try temporary.write("body", to: "mailbox/id")
        try temporary.write(String(repeating: " ", count: 300_000) + "{}", to: "mailbox/id.instruction")
        #expect(throws: ObjectStoreError.self) { try bucket.get(key("id")) }
    }

    @Test("that cannot be written are counted, and the object is stored all the same")
    func failure() throws {
        let calls = FileCalls { (call, name) throws(Errno) in
            if call == .rename, name.hasSuffix(".instruction") { throw .noSpace }
        }
        let store = try temporary.store(calls)
        let bucket = try store.createBucket(named: "mailbox")
        _ = try bucket.put(key("id"), body: bytes("body"), metadata: envelope("1"))
        store.drain()
        #expect(try bucket.get(key("id")).body == bytes("body"))
        #expect(store.statistics.instructionFailures == 1)
        #expect(store.statistics.lastInstructionFailure?.contains("No space left on device") == true)
        #expect(temporary.files == ["mailbox", "mailbox/id"])
    }

    @Test("that could not be written are tried again after one that could")
    func retry() throws {
        let isFull = Atomic<Bool>(true)
        let calls = FileCalls { (call, name) throws(Errno) in
            if call == .rename, name.hasSuffix(".instruction"), isFull.load(ordering: .relaxed) {
                throw .noSpace
            }
        }
        let store = try temporary.store(calls)
        let bucket = try store.createBucket(named: "mailbox")
        for name in ["1", "2"] { _ = try bucket.put(key(name), body: [], metadata: envelope(name)) }
        store.drain()
        #expect(store.statistics.instructionFailures == 2)
        isFull.store(false, ordering: .relaxed)
        _ = try bucket.put(key("3"), body: [], metadata: envelope("3"))
        store.drain()
        for name in ["1", "2", "3"] {
            #expect(try instruction(name) == InstructionFile.contents(for: envelope(name)))
        }
    }

    @Test("are written again after somebody removed the bucket's state directory")
    func stateDirectoryRemoved() throws {
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        for mark in ["1", "2", "3"] {
            _ = try bucket.put(key("id"), body: bytes(mark), metadata: envelope(mark))
            store.drain()
            #expect(try instruction("id") == InstructionFile.contents(for: envelope(mark)))
            try FileManager.default.removeItem(atPath: temporary.file("mailbox/.tmp-envelopefs"))
        }
        #expect(try bucket.delete(key("id")))
    }

    @Test("due when the store stops are written before it has stopped")
    func stop() throws {
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        for number in 0..<200 {
            _ = try bucket.put(key("\(number)"), body: [], metadata: envelope("\(number)"))
        }
        store.stop()
        #expect(temporary.files.count == 401)
        store.stop()
        _ = try bucket.put(key("late"), body: [], metadata: envelope("late"))
        store.drain()
        #expect(instruction("late") == nil)
    }
}

@Suite("The sweep at start")
struct SweepTests {
    private let temporary: TemporaryDirectory

    init() throws {
        temporary = try TemporaryDirectory()
        let store = try temporary.store(.live, .onlyIfNeeded)
        let bucket = try store.createBucket(named: "mailbox")
        for number in 0..<150 {
            _ = try bucket.put(key("a/\(number)"), body: [], metadata: envelope("\(number)"))
        }
        _ = try bucket.put(key("plain"), body: [])
        try temporary.waitForTick()
    }

    private func sweep() throws -> StoreStatistics {
        let store = try temporary.store(.live, sweeps: true)
        _ = try store.localBucket(named: "mailbox")
        store.drain(includingSweeps: true)
        return store.statistics
    }

    @Test("makes up the instruction files that are missing, and only those")
    func missing() throws {
        try temporary.write("foreign", to: "mailbox/a/7.instruction")
        let statistics = try sweep()
        #expect(statistics.instructionsWritten == 149)
        #expect(statistics.sweepsFinished == 1)
        #expect(temporary.bytes(of: "mailbox/a/7.instruction") == bytes("foreign"))
        #expect(
            try temporary.bytes(of: "mailbox/a/8.instruction") == InstructionFile.contents(for: envelope("8"))
        )
        #expect(!temporary.exists("mailbox/plain.instruction"))
        #expect(try sweep().instructionsWritten == 0)
    }

    @Test("writes an instruction file again that a power cut left empty")
    func empty() throws {
        _ = try sweep()
        try temporary.write("", to: "mailbox/a/7.instruction")
        #expect(try sweep().instructionsWritten == 1)
        #expect(
            try temporary.bytes(of: "mailbox/a/7.instruction") == InstructionFile.contents(for: envelope("7"))
        )
    }

    @Test("removes temporaries of dead processes, on every level, and nothing else that looks alike")
    func temporaries() throws {
        let abandoned = [".tmp-1-1", "a/.tmp-99999-12", "a/.tmp-1-2.old", "b/.tmp-4-5.probe"]
        let others = [".tmp-", ".tmp-x", ".tmp-1", ".tmp-1-", ".tmp-1-x", "a/x.tmp-1-1"]
        for name in abandoned + others { try temporary.write("x", to: "mailbox/" + name) }
        try temporary.waitForTick()
        #expect(try sweep().temporariesRemoved == abandoned.count)
        for name in abandoned { #expect(!temporary.exists("mailbox/" + name)) }
        for name in others { #expect(temporary.exists("mailbox/" + name)) }
    }

    @Test("leaves young temporaries alone while somebody else uses the bucket")
    func company() throws {
        try temporary.write("x", to: "mailbox/.tmp-1-1")
        let other = try temporary.store()
        let bucket = try other.localBucket(named: "mailbox")
        try temporary.waitForTick()
        #expect(try sweep().temporariesRemoved == 0)
        #expect(temporary.exists("mailbox/.tmp-1-1"))
        _ = try bucket.info(key("plain"))
    }

    @Test("lets instruction files that are due pass, and ends when the store stops")
    func stops() throws {
        let store = try temporary.store(.live, sweeps: true)
        let bucket = try store.localBucket(named: "mailbox")
        _ = try bucket.put(key("new"), body: [], metadata: envelope("new"))
        store.stop()
        #expect(
            try temporary.bytes(of: "mailbox/new.instruction")
                == InstructionFile.contents(for: envelope("new")))
    }

    @Test("a failing call is counted and spoils nothing")
    func failure() throws {
        let calls = FileCalls.failing(call: .readDirectory, on: 1, with: .ioError)
        let store = try temporary.store(calls, sweeps: true)
        let bucket = try store.localBucket(named: "mailbox")
        store.drain(includingSweeps: true)
        #expect(store.statistics.sweepsFinished == 0)
        #expect(store.statistics.instructionFailures > 0)
        #expect(try bucket.head(key("a/1")).metadata == envelope("1"))
    }
}
