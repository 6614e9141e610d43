import AWSVocabulary
import EnvelopeTesting
import Foundation
import StrictJSON
import Testing

@testable import Trail

@Suite("Searching")
struct SearchTests {
    private func sample(_ scratch: Scratch) throws -> Trail {
        let trail = try openTrail(scratch)
        let app = try Caller(principal: ARN("arn:aws:sts::111122223333:assumed-role/app/s1"))
        let refused = EventRecord.Outcome.refused(message: "User: alice is not authorized")
        let day = 86_400.0
        try trail.append(
            record("GenerateDataKey", id: "1", at: noon - 2 * day, parameters: ["keyId": "alias/aws/ses"]))
        try trail.append(record("Decrypt", by: alice(), id: "2", at: noon - day))
        try trail.append(record("Decrypt", by: alice(), id: "3", at: noon, outcome: refused))
        try trail.append(record("Encrypt", by: app, id: "4", at: noon + 1))
        try trail.append(
            record(
                "Decrypt", by: app, id: "5", at: noon + 2,
                outcome: .failed(code: "DisabledException", message: "m")))
        try trail.append(record("ListKeys", by: .root(of: .default), id: "6", at: noon + day))
        return trail
    }

    static let cases: [(TrailQuery, [String])] = [
        (TrailQuery(), ["6", "5", "4", "3", "2", "1"]),
        (TrailQuery(eventName: "Decrypt"), ["5", "3", "2"]),
        (TrailQuery(eventName: "decrypt"), []),
        (TrailQuery(eventSource: "kms"), ["6", "5", "4", "3", "2", "1"]),
        (TrailQuery(eventSource: "kms.amazonaws.com"), ["6", "5", "4", "3", "2", "1"]),
        (TrailQuery(eventSource: "ses.amazonaws.com"), []),
        (TrailQuery(userName: "alice"), ["3", "2"]),
        (TrailQuery(userName: "arn:aws:iam::111122223333:user/team/alice"), ["3", "2"]),
        (TrailQuery(userName: "AKIAIOSFODNN7EXAMPLE"), ["3", "2"]),
        (TrailQuery(userName: "app"), ["5", "4"]),
        (TrailQuery(userName: "arn:aws:iam::111122223333:role/app"), ["5", "4"]),
        (TrailQuery(userName: "ses.amazonaws.com"), ["1"]),
        (TrailQuery(userName: "root"), ["6"]),
        (TrailQuery(userName: "ali"), []),
        (TrailQuery(resource: keyARN), ["6", "5", "4", "2", "1"]),
        (TrailQuery(resource: "1234abcd-12ab-34cd-56ef-1234567890ab"), ["6", "5", "4", "2", "1"]),
        (TrailQuery(resource: "alias/aws/ses"), ["1"]),
        (TrailQuery(resource: "90ab"), []),
        (TrailQuery(errorCode: "AccessDenied"), ["3"]),
        (TrailQuery(errorCode: "AccessDeniedException"), ["3"]),
        (TrailQuery(errorCode: "DisabledException"), ["5"]),
        (TrailQuery(errorCode: TrailQuery.anyError), ["5", "3"]),
        (TrailQuery(since: noon), ["6", "5", "4", "3"]),
        (TrailQuery(since: noon + 1, until: noon + 2), ["4"]),
        (TrailQuery(until: noon), ["2", "1"]),
        (TrailQuery(text: "team/alice"), ["3", "2"]),
        (TrailQuery(text: "not authorized"), ["3"]),
        (TrailQuery(text: "\"eventName\":\"Encrypt\""), ["4"]),
        (TrailQuery(text: "Alice"), []),
        (TrailQuery(eventName: "Decrypt", userName: "app"), ["5"]),
        (TrailQuery(eventName: "Decrypt", userName: "alice", errorCode: "*", since: noon - 86_400), ["3"]),
    ]

    @Test("finds what answers every condition, newest first", arguments: cases.indices)
    func conditions(_ index: Int) throws {
        let scratch = try Scratch()
        let (query, ids) = Self.cases[index]
        #expect(try sample(scratch).records(matching: query).ids == ids, "\(query)")
    }

    @Test("stops at the limit", arguments: [0, 1, 4, 6, 9])
    func limit(_ limit: Int) throws {
        let scratch = try Scratch()
        #expect(
            try sample(scratch).records(limit: limit).ids
                == Array(["6", "5", "4", "3", "2", "1"].prefix(limit)))
    }

    @Test("passes over lines that are no record, and files that are no day")
    func damage() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "a"))
        let line = try scratch.text("trail/2026-11-25.jsonl")
        try scratch.write(
            "\n\nnonsense\n{}}\n[1]\n" + line + "\u{0}\n" + line + "{\"half\":", to: "trail/2026-11-25.jsonl")
        try scratch.write(line, to: "trail/notes.jsonl")
        try scratch.write(line, to: "trail/2026-11-25.txt")
        #expect(try trail.records().ids == ["a", "a"])
    }

    @Test("reads backwards right whatever the size of its chunks", arguments: [1, 2, 3, 7, 64, 4_096])
    func chunks(_ byteCount: Int) throws {
        let scratch = try Scratch()
        var generator = SeededGenerator(seed: 11)
        for text in ["", "\n", "a", "a\n", "a\nb", "a\nb\n", "\n\na\n\nbcd\n", "abc\ndefgh\nij\nk\n"] {
            var expected = text.split(separator: "\n").map(String.init)
            if !text.hasSuffix("\n"), !expected.isEmpty { expected.removeLast() }
            try check(scratch, text, expected, byteCount)
        }
        for _ in 0..<20 {
            let lines = (0..<Int.random(in: 0...9, using: &generator)).map { _ in
                String(repeating: "x", count: Int.random(in: 1...90, using: &generator))
            }
            try check(scratch, lines.map { $0 + "\n" }.joined(), lines, byteCount)
        }
    }

    private func check(_ scratch: Scratch, _ text: String, _ expected: [String], _ byteCount: Int) throws {
        try scratch.write(text, to: "lines")
        let directory = try scratch.directory()
        var backward = try BackwardLines("lines", in: directory, chunkByteCount: byteCount)
        var found: [String] = []
        while let line = try backward.next() { found.append(String(decoding: line, as: UTF8.self)) }
        #expect(found == expected.reversed(), "backward \(text.debugDescription)")
        var forward = try ForwardLines("lines", in: directory, from: 0, chunkByteCount: byteCount)
        var read: [String] = []
        while true {
            let before = forward.offset
            read += try forward.next().map { String(decoding: $0, as: UTF8.self) }
            if forward.offset == before { break }
        }
        #expect(read == expected, "forward \(text.debugDescription)")
    }
}

@Suite("Following")
struct FollowTests {
    @Test("gives each record once, oldest first, beginning with what comes after it started")
    func follow() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "old"))
        var follower = try trail.follow()
        var all = try trail.follow(fromStart: true)
        #expect(try follower.poll().isEmpty)
        #expect(try all.poll().ids == ["old"])
        try trail.append(record(id: "a"))
        try openTrail(scratch).append(record(id: "b"))
        #expect(try follower.poll().ids == ["a", "b"])
        #expect(try follower.poll().isEmpty)
        try trail.append(record(id: "c", at: noon + 86_400))
        try trail.append(record(id: "d"))
        #expect(try follower.poll().ids == ["d", "c"])
        #expect(try all.poll().ids == ["a", "b", "d", "c"])
    }

    @Test("waits for the end of a line")
    func unfinishedLine() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "a"))
        let line = try scratch.text("trail/2026-11-25.jsonl")
        var follower = try trail.follow(fromStart: true)
        try scratch.write(line + line.dropLast(), to: "trail/2026-11-25.jsonl")
        #expect(try follower.poll().ids == ["a"])
        #expect(try follower.poll().isEmpty)
        try scratch.write(line + line, to: "trail/2026-11-25.jsonl")
        #expect(try follower.poll().ids == ["a"])
    }

    @Test("begins anew with a file that took a deleted one's place")
    func replacedFile() throws {
        let scratch = try Scratch()
        let trail = try openTrail(scratch)
        try trail.append(record(id: "a"))
        try trail.append(record(id: "b"))
        var follower = try trail.follow()
        try FileManager.default.removeItem(atPath: scratch.path + "/trail/2026-11-25.jsonl")
        #expect(try follower.poll().isEmpty)
        try trail.append(record(id: "c"))
        #expect(try follower.poll().ids == ["c"])
    }
}
