import DurableFiles
import Foundation
import SystemPackage
import Testing

@Suite("Directory")
struct DirectoryTests {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    @Test("making a path flushes the parent of each directory it makes")
    func createsDurably() throws {
        let log = FileCallLog()
        let path = temporary.file("a/b/c")
        let made = try Directory.create(at: path, calls: .recording(into: log))
        #expect(try made.status().kind == .directory)
        #expect(log.count(of: .makeDirectory) == 3)
        #expect(log.count(of: .fsync) == 3)
        log.removeAll()
        _ = try Directory.create(at: path, calls: .recording(into: log))
        #expect(log.entries.map(\.call) == [.open])
    }

    @Test("a directory whose name could not be flushed is not left behind")
    func unflushedDirectory() throws {
        let directory = try temporary.open(.failing(call: .fsync, on: 1, with: .ioError))
        #expect(throws: DurableFileError.self) { try directory.makeSubdirectory("a") }
        #expect(try temporary.names.isEmpty)
    }

    @Test("a missing directory is an error with its path")
    func missing() {
        let path = temporary.file("missing")
        #expect(throws: DurableFileError.failed(operation: "open", path: path, .noSuchFileOrDirectory)) {
            try Directory(opening: path)
        }
    }

    @Test("symbolic links below the directory are not followed")
    func links() throws {
        try FileManager.default.createSymbolicLink(
            atPath: temporary.file("link"), withDestinationPath: "/etc/passwd")
        try FileManager.default.createSymbolicLink(
            atPath: temporary.file("up"), withDestinationPath: "/")
        let directory = try temporary.open()
        #expect(throws: DurableFileError.self) { _ = try directory.open("link").status() }
        #expect(throws: DurableFileError.self) { try directory.openSubdirectory("up") }
        #expect(try directory.status(of: "link")?.kind == .symbolicLink)
    }

    @Test("a name with a NUL byte is refused instead of being cut")
    func nulInName() throws {
        try Data().write(to: URL(filePath: temporary.file("a")))
        let directory = try temporary.open()
        #expect(
            throws: DurableFileError.failed(
                operation: "unlink", path: temporary.file("a\0b"), .invalidArgument)
        ) { try directory.remove("a\0b") }
        #expect(try temporary.names == ["a"])
    }

    @Test("a pipe in the directory does not make opening wait")
    func pipe() throws {
        mkfifo(temporary.file("pipe"), 0o600)
        let directory = try temporary.open()
        #expect(try directory.open("pipe").status().kind == .other)
    }

    @Test("exchanging and refusing renames do what they say")
    func renames() throws {
        let directory = try temporary.open()
        try AtomicFile.write(bytes("1"), to: "one", in: directory)
        try AtomicFile.write(bytes("2"), to: "two", in: directory)
        try directory.rename("one", to: "two", .exchanging)
        #expect(temporary.contents(of: "one") == "2")
        #expect(throws: DurableFileError.self) { try directory.rename("one", to: "two", .refusing) }
        try directory.rename("one", to: "two")
        #expect(try temporary.names == ["two"])
    }

    @Test("space tells what the file system has")
    func space() throws {
        let space = try temporary.open().space()
        #expect(space.totalByteCount > 0)
        #expect(space.availableByteCount <= space.freeByteCount)
        #expect(space.freeByteCount <= space.totalByteCount)
        #expect(!space.isReadOnly)
    }

    @Test("the error of a call reads as a sentence")
    func description() {
        let error = DurableFileError.failed(operation: "fsync", path: "/mail/x", .noSpace)
        #expect(error.description == "cannot fsync /mail/x: No space left on device")
        #expect(error.operation == "fsync")
    }
}

@Suite("DirectoryReader")
struct DirectoryReaderTests {
    private let temporary: TemporaryDirectory
    private let expected: Set<String>

    init() throws {
        temporary = try TemporaryDirectory()
        expected = Set((0..<2_000).map { "message-number-\($0)" })
        for name in expected { try Data().write(to: URL(filePath: temporary.file(name))) }
    }

    @Test("sees every name once, in blocks of any size", arguments: [512, 4_096, 65_536])
    func everyName(blockByteCount: Int) throws {
        var reader = try DirectoryReader(temporary.open(), blockByteCount: blockByteCount)
        var seen: [String] = []
        while let entry = try reader.next() {
            #expect(entry.kind == .regularFile || entry.kind == nil)
            seen.append(entry.name)
        }
        #expect(seen.count == expected.count)
        #expect(Set(seen) == expected)
    }

    @Test("goes on at any offset, also in another reader")
    func resumes() throws {
        var reader = try DirectoryReader(temporary.open())
        var all: [DirectoryEntry] = []
        while let entry = try reader.next() { all.append(entry) }
        for index in stride(from: 0, to: all.count - 1, by: 97) {
            var other = try DirectoryReader(temporary.open(), blockByteCount: 512)
            try other.seek(to: all[index].nextOffset)
            #expect(try other.next()?.name == all[index + 1].name)
            try reader.seek(to: all[index].nextOffset)
            #expect(try reader.next()?.name == all[index + 1].name)
        }
        try reader.seek(to: 0)
        #expect(try reader.next()?.name == all[0].name)
    }

    @Test("passes over a name that is not UTF-8 and goes on")
    func notUTF8() throws {
        let descriptor = open(temporary.path, O_RDONLY)
        defer { close(descriptor) }
        let name: [CChar] = [0x61, CChar(bitPattern: 0xFF), 0x62, 0]
        let file = openat(descriptor, name, O_CREAT | O_WRONLY, 0o600)
        #expect(file >= 0)
        close(file)
        var reader = try DirectoryReader(temporary.open())
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == expected.count)
    }

    @Test("a failing read names the directory")
    func failure() throws {
        var reader = try DirectoryReader(
            temporary.open(.failing(call: .readDirectory, on: 1, with: .ioError)))
        #expect(throws: DurableFileError.failed(operation: "getdents", path: temporary.path, .ioError)) {
            try reader.next()
        }
    }
}

@Suite("OpenFile")
struct OpenFileTests {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    @Test("reads ranges, and stops at the end")
    func ranges() throws {
        let directory = try temporary.open()
        try AtomicFile.write(bytes("0123456789"), to: "f", in: directory)
        let file = try directory.open("f")
        #expect(try file.read(byteCount: 4, at: 3) == bytes("3456"))
        #expect(try file.read(byteCount: 100, at: 8) == bytes("89"))
        #expect(try file.read(byteCount: 100, at: 50).isEmpty)
        #expect(try file.read(byteCount: 0).isEmpty)
    }

    @Test("an attribute of any length comes back", arguments: [0, 1, 1_023, 1_024, 1_025, 3_000])
    func attributeLengths(count: Int) throws {
        let directory = try temporary.open()
        let value = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        try AtomicFile.write(
            [UInt8](), to: "f", in: directory, attributes: [FileAttribute(name: "user.a", value: value)])
        let file = try directory.open("f")
        #expect(try file.attribute("user.a") == value)
        #expect(try file.attribute("user.b") == nil)
        #expect(try file.attributeNames().filter { $0.hasPrefix("user.") } == ["user.a"])
    }

    @Test("a file system without attributes has none, and says so when one is set")
    func noAttributes() throws {
        let calls = FileCalls { (call, _) throws(Errno) in
            if [.setAttribute, .attribute, .attributeNames].contains(call) { throw .notSupported }
        }
        let directory = try temporary.open(calls)
        try AtomicFile.write(bytes("x"), to: "f", in: directory)
        let file = try directory.open("f")
        #expect(try file.attributeNames().isEmpty)
        #expect(try file.attribute("user.a") == nil)
        #expect(
            throws: DurableFileError.failed(
                operation: "setxattr", path: temporary.file("f"), .notSupported)
        ) { try file.setAttribute(FileAttribute(name: "user.a", value: [])) }
    }

    @Test("a write that makes no progress is an error and no endless loop")
    func noProgress() throws {
        let directory = try temporary.open(FileCalls(gate: nil, longestWrite: 0))
        #expect(throws: DurableFileError.self) { try AtomicFile.write(bytes("x"), to: "f", in: directory) }
        #expect(try temporary.names.isEmpty)
    }
}
