import DurableFiles
import Foundation
import SystemPackage
import Testing

@Suite("AtomicFile")
struct AtomicFileTests {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    private let attribute = FileAttribute(name: "user.note", value: bytes("value"))

    private func write(_ text: String, calls: FileCalls = .live, _ mode: AtomicFile.Mode = .replacing) throws
    {
        try AtomicFile.write(
            bytes(text), to: "file", in: temporary.open(calls), attributes: [attribute], permissions: 0o640,
            mode)
    }

    @Test("writes content, attributes and permissions, and leaves no temporary")
    func writesAll() throws {
        try write("content")
        #expect(temporary.contents(of: "file") == "content")
        let directory = try temporary.open()
        let file = try directory.open("file")
        #expect(try file.attribute("user.note") == bytes("value"))
        #expect(try directory.status(of: "file")?.permissions == 0o640)
        #expect(try temporary.names == ["file"])
    }

    @Test("replaces an older file and leaves no backup")
    func replaces() throws {
        try write("old")
        try write("new")
        #expect(temporary.contents(of: "file") == "new")
        #expect(try temporary.names == ["file"])
    }

    @Test("creating refuses a name that is taken, and leaves the old file alone")
    func creating() throws {
        try write("old", .creating)
        #expect(
            throws: DurableFileError.failed(
                operation: "rename", path: temporary.file("file"), .fileExists)
        ) { try write("new", .creating) }
        #expect(temporary.contents(of: "file") == "old")
        #expect(try temporary.names == ["file"])
    }

    @Test("flushes the content before the name, and the name before it returns")
    func order() throws {
        let log = FileCallLog()
        try write("content", calls: .recording(into: log))
        let order = log.entries.map(\.call).filter { [.write, .setAttribute, .fsync, .rename].contains($0) }
        #expect(order == [.write, .setAttribute, .fsync, .rename, .fsync])
    }

    @Test("writes everything when the kernel takes a few bytes at a time")
    func shortWrites() throws {
        try write("a longer content", calls: FileCalls(gate: nil, longestWrite: 3))
        #expect(temporary.contents(of: "file") == "a longer content")
    }

    @Test("is all or nothing, whichever call fails, and names call and path", arguments: [false, true])
    func everyCallFails(replacing: Bool) throws {
        if replacing { try write("old") }
        let log = FileCallLog()
        let trial = try TemporaryDirectory()
        if replacing { try AtomicFile.write(bytes("old"), to: "file", in: trial.open()) }
        try AtomicFile.write(
            bytes("new"), to: "file", in: trial.open(.recording(into: log)), attributes: [attribute])
        #expect(log.count() > 5)
        for n in 2...log.count() {
            do {
                try write("new", calls: .failing(on: n, with: .noSpace))
                // A call whose failure does not matter, such as removing a backup the second time.
                #expect(temporary.contents(of: "file") == "new")
                if replacing {
                    try write("old")
                } else {
                    try FileManager.default.removeItem(atPath: temporary.file("file"))
                }
            } catch let error as DurableFileError {
                #expect(error.errno == .noSpace)
                #expect(error.path.hasPrefix(temporary.path))
                #expect(temporary.contents(of: "file") == (replacing ? "old" : nil), "call \(n)")
            }
            #expect(try temporary.names == (replacing ? ["file"] : []), "call \(n)")
        }
    }

    @Test("a process killed at any call leaves the old file or the new one, whole")
    func killed() throws {
        for n in 2...14 {
            try write("old")
            try? write("new", calls: .failing(on: n, with: .ioError, sticky: true))
            #expect(["old", "new"].contains(temporary.contents(of: "file")), "call \(n)")
            for name in try temporary.names where name != "file" {
                #expect(name.hasPrefix(StagedFile.prefix))
            }
        }
    }

    @Test("undoing after a failed flush does not remove somebody else's file")
    func undoSparesOthers() throws {
        let temporary = temporary
        // Between the rename and the flush of the directory somebody else publishes the same name.
        let renames = FileCallLog()
        let calls = FileCalls { (call, name) throws(Errno) in
            if call == .rename { renames.note(call, name) }
            if call == .fsync, renames.count() > 0 {
                try? Data("theirs".utf8).write(to: URL(filePath: temporary.file("other")))
                try? FileManager.default.removeItem(atPath: temporary.file("file"))
                try? FileManager.default.moveItem(
                    atPath: temporary.file("other"), toPath: temporary.file("file"))
                throw .ioError
            }
        }
        #expect(throws: DurableFileError.self) { try write("ours", calls: calls) }
        #expect(temporary.contents(of: "file") == "theirs")
    }

    @Test("an unpublished temporary is gone when it goes out of scope")
    func scope() throws {
        do {
            let staged = try StagedFile(in: temporary.open())
            try staged.file.truncate(to: 10)
            #expect(try temporary.names == [staged.name])
        }
        #expect(try temporary.names.isEmpty)
    }

    @Test("a temporary name that is taken is passed over")
    func takenName() throws {
        let name = StagedFile.makeName()
        let next = try #require(Int(name.split(separator: "-").last ?? "")) + 1
        let taken = name.replacing("-\(next - 1)", with: "-\(next)")
        try Data().write(to: URL(filePath: temporary.file(taken)))
        let staged = try StagedFile(in: temporary.open())
        #expect(staged.name != taken)
        #expect(try temporary.names.contains(taken))
    }
}
