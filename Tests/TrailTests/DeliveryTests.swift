import AWSVocabulary
import CZlib
import DurableFiles
import EnvelopeTesting
import Foundation
import StrictJSON
import SystemPackage
import Testing

@testable import Trail

@Suite("Delivery")
struct DeliveryTests {
    private func deliver(_ trail: Trail, _ scratch: Scratch, to name: String = "out") throws -> [String] {
        try trail.deliver(to: scratch.path + "/" + name)
    }

    /// The records of every delivered file.
    private func delivered(_ scratch: Scratch, in name: String = "out") throws -> [String] {
        try scratch.files(below: name).flatMap { path in
            let content = try gunzip(scratch.bytes(name + "/" + path))
            let file = try JSONValue(parsing: content)
            #expect(file.object?.names == ["Records"])
            return (file["Records"]?.array ?? []).ids
        }
    }

    @Test("makes one gzip file in CloudTrail's layout, dated by the delivery")
    func layout() throws {
        let scratch = try Scratch()
        let clock = TestClock(at: noon)
        let trail = try openTrail(scratch, clock: clock)
        try trail.append(record(id: "a"))
        try trail.append(record(id: "b", at: noon - 86_400))
        clock.advance(by: 86_400 + 300)
        let paths = try deliver(trail, scratch)
        let pattern =
            #/AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/26/111122223333_CloudTrail_us-east-1_20261126T1205Z_[A-Za-z0-9]{16}\.json\.gz/#
        #expect(paths.count == 1)
        #expect(try pattern.wholeMatch(in: paths.first ?? "") != nil)
        #expect(scratch.files(below: "out") == paths)
        #expect(try delivered(scratch) == ["b", "a"])
    }

    @Test("delivers each record once, and nothing when there is nothing new")
    func onlyNew() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        #expect(try deliver(trail, scratch).isEmpty)
        try trail.append(record(id: "a"))
        #expect(try deliver(trail, scratch).count == 1)
        #expect(try deliver(trail, scratch).isEmpty)
        try trail.append(record(id: "b"))
        try trail.append(record(id: "c", at: noon - 86_400))
        #expect(try deliver(openTrail(scratch), scratch).count == 1)
        #expect(try delivered(scratch).sorted() == ["a", "b", "c"])
    }

    @Test("keeps a position for each destination")
    func destinations() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "a"))
        _ = try deliver(trail, scratch)
        try trail.append(record(id: "b"))
        _ = try deliver(trail, scratch, to: "second")
        #expect(try delivered(scratch) == ["a"])
        #expect(try delivered(scratch, in: "second") == ["a", "b"])
    }

    @Test("is readable for gzip, and what was put in comes out", arguments: [0, 1, 100, 70_000, 300_000])
    func gzip(_ byteCount: Int) throws {
        var generator = SeededGenerator(seed: UInt64(byteCount))
        let content = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(try gunzip(Gzip.compress(content)) == content)
        #expect(try gunzip(Gzip.compress([UInt8](repeating: 7, count: byteCount))).count == byteCount)
    }

    @Test("leaves torn and damaged lines out, and the torn one's place to its successor")
    func damage() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "a"))
        let line = try scratch.text("trail/2026-11-25.jsonl")
        try scratch.write(line + "nonsense\n" + "{\"torn", to: "trail/2026-11-25.jsonl")
        _ = try deliver(trail, scratch)
        try trail.append(record(id: "b"))
        _ = try deliver(trail, scratch)
        #expect(try delivered(scratch).sorted() == ["a", "b"])
    }

    @Test("splits what is too long for one file")
    func batches() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        // A chunk of reading is 256 KiB, and a file takes whole chunks.
        let filler = JSONValue.string(String(repeating: "x", count: 90_000))
        for number in 0..<20 { try trail.append(record(id: "\(number)", parameters: ["filler": filler])) }
        #expect(try trail.deliver(to: scratch.path + "/out", batchByteCount: 100_000).count > 5)
        #expect(try delivered(scratch).sorted() == (0..<20).map(String.init).sorted())
    }

    @Test(
        "goes on where it was cut short by a failing call, losing and repeating nothing",
        arguments: [false, true])
    func everyCallFails(_ isSticky: Bool) throws {
        for n in 1...60 {
            let scratch = try Scratch()
            let trail = try openTrail(scratch)
            for id in ["a", "b"] { try trail.append(record(id: id)) }
            _ = try deliver(trail, scratch)
            for id in ["c", "d"] { try trail.append(record(id: id, at: noon + 86_400)) }
            let calls = FileCalls.failing(on: n, with: .ioError, sticky: isSticky)
            if let failing = try? openTrail(scratch, clock: TestClock(at: noon, seed: 2), calls: calls) {
                _ = try? failing.deliver(to: scratch.path + "/out")
            }
            try trail.append(record(id: "e"))
            _ = try openTrail(scratch, clock: TestClock(at: noon + 600, seed: 3)).deliver(
                to: scratch.path + "/out")
            let visible = scratch.files(below: "out").filter { !$0.contains("/.tmp-") }
            let ids = try visible.flatMap { path in
                (try JSONValue(parsing: gunzip(scratch.bytes("out/" + path)))["Records"]?.array ?? []).ids
            }
            #expect(ids.sorted() == ["a", "b", "c", "d", "e"], "call \(n)")
        }
    }

    @Test(
        "says which file is damaged when it cannot tell what was delivered",
        arguments: [
            "", "{}", "[1]", #"{"format":2}"#, #"{"format":1,"destinations":{"x":{"offsets":{"d":-1}}}}"#,
        ])
    func damagedState(_ text: String) throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try scratch.write(text, to: "trail/delivered.json")
        #expect(throws: TrailError.damagedDeliveryState(path: scratch.path + "/trail/delivered.json")) {
            try deliver(trail, scratch)
        }
    }

    @Test("by several threads and processes at once delivers each record once", .timeLimit(.minutes(2)))
    func concurrent() async throws {
        let scratch = try Scratch()
        let path = scratch.path
        async let other = #expect(processExitsWith: .success) { [path = path as String] in
            try appendAndDeliver(path, prefix: "p")
        }
        try await withThrowingTaskGroup { group in
            for number in 0..<3 { group.addTask { try appendAndDeliver(path, prefix: "t\(number)") } }
            try await group.waitForAll()
        }
        _ = await other
        _ = try deliver(openTrail(scratch, clock: TestClock(at: noon, seed: 99)), scratch)
        let expected = ["p", "t0", "t1", "t2"].flatMap { prefix in (0..<40).map { "\(prefix)-\($0)" } }
        #expect(try delivered(scratch).sorted() == expected.sorted())
    }

    @Test("forgets days whose file is gone")
    func tidiedDays() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "a"))
        _ = try deliver(trail, scratch)
        try FileManager.default.removeItem(atPath: scratch.path + "/trail/2026-11-25.jsonl")
        #expect(try deliver(trail, scratch).isEmpty)
        try trail.append(record(id: "b"))
        #expect(try deliver(trail, scratch).count == 1)
        #expect(try delivered(scratch).sorted() == ["a", "b"])
    }
}

private func appendAndDeliver(_ path: String, prefix: String) throws {
    let seed = UInt64(prefix.utf8.reduce(7) { $0 &* 31 &+ Int($1) })
    let trail = try Trail(
        directory: path + "/trail", account: .default, region: .default,
        surroundings: .fixed(at: noon, seed: seed))
    for number in 0..<40 {
        try trail.append(record(id: "\(prefix)-\(number)"))
        if number.isMultiple(of: 10) { try trail.deliver(to: path + "/out") }
    }
}

private func gunzip(_ compressed: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    try #require(czlib_gunzip_begin(&stream) == Z_OK)
    defer { inflateEnd(&stream) }
    var input = compressed
    var content: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    return try input.withUnsafeMutableBufferPointer { bytes in
        stream.next_in = bytes.baseAddress
        stream.avail_in = UInt32(bytes.count)
        while true {
            let (result, count) = block.withUnsafeMutableBufferPointer { output in
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return (inflate(&stream, Z_NO_FLUSH), output.count - Int(stream.avail_out))
            }
            content += block[..<count]
            if result == Z_STREAM_END { return content }
            try #require(result == Z_OK)
        }
    }
}
