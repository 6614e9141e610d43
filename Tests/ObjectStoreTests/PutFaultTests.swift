import DurableFiles
import Foundation
import ObjectStore
import Synchronization
import SystemPackage
import Testing

/// What is in the bucket before the put that is made to fail, and what that put does.
struct PutScenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var key = "level/id"
    /// The older object of that key, if any, and whether its instruction file is there.
    var old: Kind?
    var oldHasInstruction = true
    var new: Kind
    var keepsAttributes = true
    var policy = LocalStore.InstructionPolicy.onlyIfNeeded
    /// An instruction file without an object.
    var hasOrphan = false

    enum Kind: Sendable { case plain, sealed, other }

    static let all: [PutScenario] = [
        PutScenario("a new sealed object", new: .sealed),
        PutScenario("a new plain object at the top", key: "id", new: .plain),
        PutScenario("sealed over sealed", old: .sealed, new: .sealed),
        PutScenario(
            "sealed over sealed, whose instruction file is not there yet", old: .sealed,
            oldHasInstruction: false, new: .sealed),
        PutScenario("plain over sealed", old: .sealed, new: .plain),
        PutScenario("sealed over plain", old: .plain, new: .sealed),
        PutScenario("plain over plain", old: .plain, new: .plain),
        PutScenario("a new object with its instruction file", new: .sealed, policy: .inline),
        PutScenario("sealed over sealed with instruction files", old: .sealed, new: .sealed, policy: .inline),
        PutScenario("a new sealed object beside an orphan", new: .sealed, hasOrphan: true),
        PutScenario("a new plain object beside an orphan", new: .plain, hasOrphan: true),
        PutScenario("a new sealed object without attributes", new: .sealed, keepsAttributes: false),
        PutScenario("a new plain object without attributes", new: .plain, keepsAttributes: false),
        PutScenario(
            "sealed over sealed without attributes", old: .sealed, new: .sealed, keepsAttributes: false),
        PutScenario(
            "plain over sealed without attributes", old: .sealed, new: .plain, keepsAttributes: false),
        PutScenario(
            "sealed over plain without attributes", old: .plain, new: .sealed, keepsAttributes: false),
        PutScenario(
            "other metadata over sealed without attributes", old: .sealed, new: .other, keepsAttributes: false
        ),
    ]

    init(
        _ testDescription: String, key: String = "level/id", old: Kind? = nil, oldHasInstruction: Bool = true,
        new: Kind, keepsAttributes: Bool = true, policy: LocalStore.InstructionPolicy = .onlyIfNeeded,
        hasOrphan: Bool = false
    ) {
        self.testDescription = testDescription
        self.key = key
        self.old = old
        self.oldHasInstruction = oldHasInstruction
        self.new = new
        self.keepsAttributes = keepsAttributes
        self.policy = policy
        self.hasOrphan = hasOrphan
    }

    func metadata(_ kind: Kind, _ mark: String) throws -> ObjectMetadata {
        switch kind {
        case .plain: .none
        case .sealed: keepsAttributes ? try envelope(mark) : try withoutLength(envelope(mark))
        case .other: try ObjectMetadata(["colour": mark])
        }
    }

    func calls(_ gate: FileCalls.Gate? = nil) -> FileCalls {
        keepsAttributes ? FileCalls(gate: gate) : .withoutAttributes(gate)
    }

    /// A fresh directory in the state before the put.
    func prepare() throws -> TemporaryDirectory {
        let temporary = try TemporaryDirectory.inMemory()
        let store = try temporary.store(calls(), .behind)
        let bucket = try store.createBucket(named: "mailbox")
        if let old { _ = try bucket.put(ObjectKey(key), body: bytes("old"), metadata: metadata(old, "old")) }
        store.stop()
        let instruction = "mailbox/\(key).instruction"
        if !oldHasInstruction { try FileManager.default.removeItem(atPath: temporary.file(instruction)) }
        if hasOrphan { try temporary.write(#"{"x-amz-key-v2":"orphan"}"#, to: instruction) }
        return temporary
    }

    func put(into bucket: LocalBucket) throws -> ObjectInfo {
        try bucket.put(ObjectKey(key), body: bytes("new body"), metadata: metadata(new, "new"))
    }

    /// Attributes that do not fit send the envelope to the instruction file, which leaves the length out.
    private func isMetadata(_ found: ObjectMetadata, of kind: Kind, _ mark: String) -> Bool {
        guard let metadata = try? metadata(kind, mark) else { return false }
        return found == metadata || (try? withoutLength(metadata)) == found
    }

    enum Outcome: Equatable { case old, new, other(String) }

    /// What somebody who opens the store anew finds under the key.
    func outcome(in temporary: TemporaryDirectory, sweeps: Bool = false) throws -> Outcome {
        let store = try temporary.store(calls(), sweeps: sweeps)
        let bucket = try store.localBucket(named: "mailbox")
        store.drain(includingSweeps: true)
        defer { store.stop() }
        do throws(ObjectStoreError) {
            let object = try bucket.get(try ObjectKey(key))
            if object.body == bytes("new body"), isMetadata(object.metadata, of: new, "new") { return .new }
            if let old, object.body == bytes("old"), isMetadata(object.metadata, of: old, "old") {
                return .old
            }
            return .other("\(object)")
        } catch {
            if case .noSuchKey = error, old == nil { return .old }
            return .other("\(error)")
        }
    }
}

/// A gate that counts once it is armed, and fails one call or all from one on.
final class Fault: Sendable {
    private struct State {
        var isArmed = false
        var seen = 0
        var failing = 0
        var errno = Errno.ioError
        var isSticky = false
    }

    private let state = Mutex(State())

    func arm(failing n: Int, with errno: Errno, sticky: Bool = false) {
        state.withLock { $0 = State(isArmed: true, seen: 0, failing: n, errno: errno, isSticky: sticky) }
    }

    func disarm() { state.withLock { $0.isArmed = false } }

    var seen: Int { state.withLock { $0.seen } }

    var gate: FileCalls.Gate {
        { (_, _) throws(Errno) in
            let errno: Errno? = self.state.withLock { state in
                guard state.isArmed else { return nil }
                state.seen += 1
                let fails = state.seen == state.failing || (state.isSticky && state.seen > state.failing)
                return fails ? state.errno : nil
            }
            if let errno { throw errno }
        }
    }
}

@Suite("A put that fails")
struct PutFaultTests {
    /// How many calls a put makes that goes well.
    private func callCount(_ scenario: PutScenario) throws -> Int {
        let temporary = try scenario.prepare()
        let fault = Fault()
        let bucket = try temporary.store(scenario.calls(fault.gate), scenario.policy).localBucket(
            named: "mailbox")
        fault.arm(failing: 0, with: .ioError)
        _ = try scenario.put(into: bucket)
        fault.disarm()
        #expect(try scenario.outcome(in: temporary) == .new)
        return fault.seen
    }

    @Test("is all or nothing whichever call fails, and the error number stays", arguments: PutScenario.all)
    func everyCall(scenario: PutScenario) throws {
        let count = try callCount(scenario)
        #expect(count >= 8)
        for n in 1...count {
            let errno: Errno = n.isMultiple(of: 2) ? .noSpace : .ioError
            let temporary = try scenario.prepare()
            let before = temporary.files
            let fault = Fault()
            let store = try temporary.store(scenario.calls(fault.gate), scenario.policy)
            let bucket = try store.localBucket(named: "mailbox")
            fault.arm(failing: n, with: errno)
            do {
                _ = try scenario.put(into: bucket)
                fault.disarm()
                // The call did not matter, or the put found another way: attributes that do not fit.
                #expect(try scenario.outcome(in: temporary) == .new, "call \(n)")
                #expect(!temporary.files.contains { $0.contains(".tmp-") }, "call \(n): \(temporary.files)")
            } catch let error as ObjectStoreError {
                fault.disarm()
                guard case .storage(errno, let operation, let path) = error else {
                    Issue.record("call \(n): \(error)")
                    continue
                }
                #expect(!operation.isEmpty)
                #expect(path.hasPrefix(temporary.path))
                #expect(temporary.files == before, "call \(n), \(operation) \(path)")
                #expect(try scenario.outcome(in: temporary) == .old, "call \(n), \(operation) \(path)")
            }
        }
    }

    @Test(
        "a process killed at any call leaves the old object or the new one, whole", arguments: PutScenario.all
    )
    func killed(scenario: PutScenario) throws {
        for n in 1...(try callCount(scenario)) {
            let temporary = try scenario.prepare()
            do {
                let fault = Fault()
                let store = try temporary.store(scenario.calls(fault.gate), scenario.policy)
                let bucket = try store.localBucket(named: "mailbox")
                fault.arm(failing: n, with: .ioError, sticky: true)
                _ = try? scenario.put(into: bucket)
            }
            try temporary.waitForTick()
            let outcome = try scenario.outcome(in: temporary, sweeps: true)
            #expect(outcome == .old || outcome == .new, "call \(n): \(outcome)")
            #expect(!temporary.files.contains { $0.contains(".tmp-") }, "call \(n): \(temporary.files)")
            try checkInstruction(scenario, outcome, in: temporary, "call \(n)")
        }
    }

    /// A copy without attributes must open too: the instruction file is the object's own.
    private func checkInstruction(
        _ scenario: PutScenario, _ outcome: PutScenario.Outcome, in temporary: TemporaryDirectory,
        _ comment: Comment
    ) throws {
        let kind = outcome == .new ? scenario.new : scenario.old
        let instruction = temporary.bytes(of: "mailbox/\(scenario.key).instruction")
        guard let kind, temporary.exists("mailbox/\(scenario.key)") else { return }
        let metadata = try scenario.metadata(kind, outcome == .new ? "new" : "old")
        if metadata.hasWrappedKey {
            #expect(instruction == InstructionFile.contents(for: metadata), comment)
        } else if metadata.isEmpty {
            #expect(instruction == nil, comment)
        }
    }

    @Test("the disk filling up in the middle of the body leaves nothing and says so")
    func shortWrite() throws {
        let temporary = try TemporaryDirectory()
        let calls = FileCalls.failing(call: .write, on: 3, with: .noSpace).limitingWrites(to: 1_000)
        let bucket = try temporary.store(calls).createBucket(named: "mailbox")
        #expect(throws: ObjectStoreError.self) {
            do throws(ObjectStoreError) {
                _ = try bucket.put(try ObjectKey("a/id"), body: [UInt8](repeating: 1, count: 5_000))
            } catch {
                #expect(error.errno == .noSpace)
                throw error
            }
        }
        #expect(temporary.files == ["mailbox"])
    }

    @Test("attributes that do not fit go to the instruction file, before the object is visible")
    func attributesDoNotFit() throws {
        let temporary = try TemporaryDirectory()
        let store = try temporary.store(.live, .onlyIfNeeded)
        let bucket = try store.createBucket(named: "mailbox")
        // More than 64 KiB fits no attribute of any file system.
        let metadata = try ObjectMetadata(
            ["x-amz-key-v2": String(repeating: "A", count: 70_000), "x-amz-iv": "iv"])
        _ = try bucket.put(key("id"), body: bytes("body"), metadata: metadata)
        #expect(try bucket.get(key("id")).metadata == metadata)
        #expect(temporary.bytes(of: "mailbox/id.instruction") == InstructionFile.contents(for: metadata))
        #expect(
            try Directory(opening: temporary.file("mailbox")).open("id").attributeNames()
                .allSatisfy { !$0.hasPrefix("user.") })
    }
}

@Suite("A delete that fails")
struct DeleteFaultTests {
    @Test("leaves the object whole or gone, whichever call fails")
    func everyCall() throws {
        for n in 1...20 {
            let temporary = try TemporaryDirectory.inMemory()
            let store = try temporary.store()
            _ = try store.createBucket(named: "mailbox").put(
                key("a/id"), body: bytes("body"), metadata: envelope("1"))
            store.stop()
            let fault = Fault()
            let failing = try temporary.store(FileCalls(gate: fault.gate))
            let bucket = try failing.localBucket(named: "mailbox")
            fault.arm(failing: n, with: .ioError)
            let isReported = (try? bucket.delete(key("a/id"))) == nil
            fault.disarm()
            let object = try? bucket.get(key("a/id"))
            if let object {
                #expect(isReported, "call \(n)")
                #expect(try object.metadata == envelope("1"), "call \(n)")
                #expect(temporary.exists("mailbox/a/id.instruction"), "call \(n)")
            }
            #expect(!temporary.files.contains { $0.contains(".tmp-") })
        }
    }
}
