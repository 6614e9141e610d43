import DurableFiles
import StrictJSON
import SystemPackage
import Testing

@testable import Trail

@Suite("The delivery state")
struct DeliveryStateTests {
    private let state = DeliveryState(
        offsets: ["/a": ["2026-11-25": 17, "2026-11-26": 0], "/b": [:]],
        pending: ["/a": DeliveryState.Pending(path: "AWSLogs/x.json.gz", offsets: ["2026-11-26": 9])])

    @Test("comes back from disk as it was saved")
    func roundTrip() throws {
        let scratch = try Scratch()
        #expect(try DeliveryState.load(from: scratch.directory()) == DeliveryState())
        try state.save(to: scratch.directory())
        #expect(try DeliveryState.load(from: scratch.directory()) == state)
    }

    @Test("in format 1 is read as it was first written")
    func frozen() throws {
        let scratch = try Scratch()
        let text = #"""
            {"format": 1, "destinations": {"/b": {"offsets": {}}, "/a": {"offsets": {"2026-11-25": 17, "2026-11-26": 0},
             "pending": {"path": "AWSLogs/x.json.gz", "offsets": {"2026-11-26": 9}}}}}
            """#
        try scratch.write(text, to: DeliveryState.fileName)
        #expect(try DeliveryState.load(from: scratch.directory()) == state)
    }

    @Test("stays what it was when saving fails", arguments: 1...12)
    func failingSave(_ n: Int) throws {
        let scratch = try Scratch()
        try state.save(to: scratch.directory())
        let failing = try Directory(opening: scratch.path, calls: .failing(on: n + 1, with: .noSpace))
        var changed = state
        changed.pending = [:]
        let expected: DeliveryState
        do throws(TrailError) {
            try changed.save(to: failing)
            expected = changed
        } catch {
            expected = state
        }
        #expect(try DeliveryState.load(from: scratch.directory()) == expected)
    }

    @Test(
        "that says less than it must is refused",
        arguments: [
            "{", "[]", #"{"format":1}"#, #"{"format":"1","destinations":{}}"#,
            #"{"format":1,"destinations":[]}"#,
            #"{"format":1,"destinations":{"/a":{}}}"#,
            #"{"format":1,"destinations":{"/a":{"offsets":{"d":"1"}}}}"#,
            #"{"format":1,"destinations":{"/a":{"offsets":{"d":1.5}}}}"#,
            #"{"format":1,"destinations":{"/a":{"offsets":{},"pending":{"path":"x"}}}}"#,
            #"{"format":1,"destinations":{"/a":{"offsets":{},"pending":{"offsets":{}}}}}"#,
        ])
    func refused(_ text: String) throws {
        let scratch = try Scratch()
        try scratch.write(text, to: DeliveryState.fileName)
        let directory = try scratch.directory()
        #expect(throws: TrailError.damagedDeliveryState(path: directory.path(of: DeliveryState.fileName))) {
            try DeliveryState.load(from: directory)
        }
    }
}

@Suite("A trail error")
struct TrailErrorTests {
    @Test("says what failed, where, and what to do")
    func descriptions() {
        let storage = TrailError.storage(.failed(operation: "write", path: "/t/x", .noSpace))
        #expect(storage.description == "cannot write /t/x: No space left on device")
        #expect(
            TrailError.compression(code: -5).description == "cannot compress trail records: zlib error -5")
        #expect(TrailError.damagedDeliveryState(path: "/t/d").description.hasPrefix("/t/d does not say"))
    }
}

@Suite("A line filter")
struct LineFilterTests {
    private func passes(_ query: TrailQuery, _ line: String) -> Bool {
        LineFilter(query).passes(Array(line.utf8)[...])
    }

    @Test("never drops a line that answers the query, also one whose values are escaped")
    func escaped() {
        var event = record("Decrypt", parameters: ["note": "a\"b\\c\nd"])
        event.userAgent = "agent \"7\""
        let line = String(decoding: event.line().bytes, as: UTF8.self)
        #expect(passes(TrailQuery(text: "a\"b\\c\nd"), line))
        #expect(passes(TrailQuery(text: #"a\"b"#), line))
        #expect(passes(TrailQuery(text: #""eventName":"Decrypt""#), line))
        #expect(!passes(TrailQuery(text: "a'b"), line))
    }

    @Test("drops what lacks a name that is asked for")
    func drops() {
        let line = String(decoding: record("Decrypt").line().bytes, as: UTF8.self)
        #expect(passes(TrailQuery(), line))
        #expect(passes(TrailQuery(eventName: "Decrypt", eventSource: "kms"), line))
        #expect(!passes(TrailQuery(eventName: "Encrypt"), line))
        #expect(!passes(TrailQuery(eventName: "Decrypt", userName: "alice"), line))
        #expect(!passes(TrailQuery(errorCode: TrailQuery.anyError), line))
        #expect(!passes(TrailQuery(resource: String(repeating: "x", count: 5_000)), line))
        #expect(passes(TrailQuery(text: ""), line))
    }
}
