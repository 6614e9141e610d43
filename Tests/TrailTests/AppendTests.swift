import AWSVocabulary
import DurableFiles
import EnvelopeTesting
import Foundation
import StrictJSON
import Synchronization
import SystemPackage
import Testing

@testable import Trail

@Suite("Appending")
struct AppendTests {
    @Test("puts one line a record into the file of the record's day in UTC")
    func days() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        let moments: [(String, Double)] = [("a", 0), ("b", 43_199), ("c", 43_200), ("d", -43_200), ("e", 1)]
        for (id, seconds) in moments {
            try trail.append(record(id: id, at: noon + seconds))
        }
        #expect(scratch.files(below: "trail") == ["2026-11-25.jsonl", "2026-11-26.jsonl"])
        let text = try scratch.text("trail/2026-11-25.jsonl")
        #expect(text.hasSuffix("}\n"))
        #expect(
            try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }.ids == [
                "a", "b", "d", "e",
            ])
    }

    @Test("lets only the owner read the files")
    func permissions() throws {
        let scratch = try Scratch()
        try openTrail(scratch).append(record())
        for (name, expected) in [("/trail", 0o700), ("/trail/2026-11-25.jsonl", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path + name)
            #expect(attributes[.posixPermissions] as? Int == expected)
        }
    }

    @Test("is one write, and opens the file once")
    func callsPerRecord() throws {
        let scratch = try Scratch()
        let log = FileCallLog()
        let trail = try openTrail(scratch, calls: .recording(into: log))
        try trail.append(record())
        log.removeAll()
        for _ in 0..<100 { try trail.append(record()) }
        #expect(log.count(of: .write) == 100)
        #expect(log.count(of: .open) == 0)
        #expect(log.count(of: .fsync) == 0)
    }

    @Test(
        "fails when the write does, and leaves nothing of the record", arguments: [Errno.noSpace, .ioError])
    func failingWrite(_ errno: Errno) throws {
        let scratch = try Scratch()
        try openTrail(scratch).append(record(id: "before"))
        let failing = try openTrail(scratch, calls: .failing(call: .write, on: 1, with: errno))
        let error = #expect(throws: TrailError.self) { try failing.append(record(id: "lost")) }
        guard case .storage(let cause) = error else {
            Issue.record("expected a storage error, not \(String(describing: error))")
            return
        }
        #expect(cause.errno == errno)
        try failing.append(record(id: "after"))
        #expect(try openTrail(scratch).records().ids == ["after", "before"])
    }

    @Test("cuts off what a write took of a record that did not fit", arguments: [1, 17, 400])
    func shortWrite(_ longest: Int) throws {
        let scratch = try Scratch()
        try openTrail(scratch).append(record(id: "before"))
        let whole = try scratch.bytes("trail/2026-11-25.jsonl")
        // The disk takes a part, and at the next write it is full.
        let trail = try openTrail(scratch, calls: fillingDisk(taking: longest))
        #expect(throws: TrailError.self) { try trail.append(record(id: "torn")) }
        #expect(try scratch.bytes("trail/2026-11-25.jsonl") == whole)
        try openTrail(scratch).append(record(id: "after"))
        #expect(try trail.records().ids == ["after", "before"])
    }

    @Test("mends a torn line that a dead process left, even where it could not be cut at once")
    func tornLine() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "before"))
        let whole = try scratch.text("trail/2026-11-25.jsonl")
        try scratch.write(whole + #"{"eventVersion":"1.11","eventID":"to"#, to: "trail/2026-11-25.jsonl")
        #expect(try openTrail(scratch).records().ids == ["before"])
        try openTrail(scratch).append(record(id: "after"))
        let lines = try scratch.text("trail/2026-11-25.jsonl").split(separator: "\n")
        #expect(try lines.map { try JSONValue(parsing: String($0)) }.ids == ["before", "after"])
    }

    @Test("survives every single failing call: an append that threw left nothing, one that returned is there")
    func everyCallFails() throws {
        for n in 1...40 {
            let scratch = try Scratch()
            try openTrail(scratch).append(record(id: "first"))
            guard let trail = try? openTrail(scratch, calls: .failing(on: n, with: .ioError)) else {
                continue
            }
            var expected = ["first"]
            for id in ["a", "b", "c"] {
                do {
                    try trail.append(record(id: id))
                    expected.append(id)
                } catch {
                    #expect(scratch.files(below: "trail") == ["2026-11-25.jsonl"])
                }
            }
            #expect(try openTrail(scratch).records().ids == expected.reversed(), "call \(n)")
        }
    }

    @Test("starts a new file when somebody deleted or moved the old one")
    func movedAway() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "a"))
        try FileManager.default.moveItem(
            atPath: scratch.path + "/trail/2026-11-25.jsonl", toPath: scratch.path + "/trail/old")
        try trail.append(record(id: "b"))
        try FileManager.default.removeItem(atPath: scratch.path + "/trail/2026-11-25.jsonl")
        try trail.append(record(id: "c"))
        #expect(try trail.records().ids == ["c"])
    }

    @Test("of 8 threads at once never mixes lines")
    func threads() async throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        await withTaskGroup { group in
            for thread in 0..<8 {
                group.addTask { onThread { appendMany(to: trail, prefix: "t\(thread)") } }
            }
        }
        try expectWhole(scratch, prefixes: (0..<8).map { "t\($0)" })
    }

    @Test("of 2 processes with 4 threads each never mixes lines", .timeLimit(.minutes(2)))
    func processes() async throws {
        let scratch = try Scratch()
        let path = scratch.path
        async let one = #expect(processExitsWith: .success) { [path = path as String] in
            try appendFromThreads(directory: path + "/trail", prefix: "one")
        }
        async let two = #expect(processExitsWith: .success) { [path = path as String] in
            try appendFromThreads(directory: path + "/trail", prefix: "two")
        }
        _ = await (one, two)
        try expectWhole(scratch, prefixes: ["one", "two"].flatMap { name in (0..<4).map { "\(name)\($0)" } })
    }

    @Test("of a process that is killed leaves whole lines, and every record that was acknowledged")
    func killed() async throws {
        let scratch = try Scratch()
        let path = scratch.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let trail = try Trail(
                directory: path + "/trail", account: .default, region: .default,
                surroundings: .fixed(at: noon))
            let filler = JSONValue.string(String(repeating: "x", count: 20_000))
            let others = Thread {
                while true { try? trail.append(record(id: "other", parameters: ["f": filler])) }
            }
            others.start()
            for number in 0..<50 { try trail.append(record(id: "\(number)")) }
            kill(getpid(), SIGKILL)
        }
        try openTrail(scratch).append(record(id: "after"))
        let lines = try scratch.bytes("trail/2026-11-25.jsonl").split(separator: 0x0A)
        let ids = try lines.map { try JSONValue(parsing: Array($0)) }.ids
        #expect(ids.filter { $0 != "other" } == (0..<50).map(String.init) + ["after"])
    }

    private func expectWhole(_ scratch: Scratch, prefixes: [String]) throws {
        let lines = try scratch.bytes("trail/2026-11-25.jsonl").split(separator: 0x0A)
        let ids = try lines.map { try JSONValue(parsing: Array($0)) }.ids
        #expect(Set(ids).count == prefixes.count * recordsPerThread)
        #expect(ids.count == prefixes.count * recordsPerThread)
        // Each writer's records stand in the order in which it wrote them.
        for prefix in prefixes {
            let own = ids.filter { $0.hasPrefix(prefix + "-") }
            #expect(own == (0..<recordsPerThread).map { "\(prefix)-\($0)" })
        }
    }
}

private let recordsPerThread = 150

private func appendMany(to trail: Trail, prefix: String) {
    for number in 0..<recordsPerThread {
        // Lines of very different length, some beyond a page.
        let filler = String(repeating: "x", count: number % 4 * 2_300)
        do {
            try trail.append(record(id: "\(prefix)-\(number)", parameters: ["filler": .string(filler)]))
        } catch {
            Issue.record("\(prefix)-\(number): \(error)")
        }
    }
}

private func appendFromThreads(directory: String, prefix: String) throws {
    let trail = try Trail(
        directory: directory, account: .default, region: .default, surroundings: .fixed(at: noon))
    let threads = (0..<4).map { number in Thread { appendMany(to: trail, prefix: "\(prefix)\(number)") } }
    for thread in threads { thread.start() }
    while !threads.allSatisfy(\.isFinished) { Thread.sleep(forTimeInterval: 0.005) }
}

private func onThread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.start()
    while !thread.isFinished { Thread.sleep(forTimeInterval: 0.002) }
}

/// A disk that takes part of one write and is full afterwards.
private func fillingDisk(taking longest: Int) -> FileCalls {
    let writes = Counter()
    return FileCalls(
        gate: { (call, _) throws(Errno) in if call == .write, writes.next() > 1 { throw .noSpace } },
        longestWrite: longest)
}

private final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
