import DurableFiles
import Foundation
import SystemPackage
import Testing

@Suite("AppendLog")
struct AppendLogTests {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    private func log(_ calls: FileCalls = .live) throws -> AppendLog {
        AppendLog("log", in: try temporary.open(calls))
    }

    @Test("appends one line a record")
    func appends() throws {
        try log().append(bytes("one"))
        try log().append(bytes("two"), isDurable: true)
        #expect(temporary.contents(of: "log") == "one\ntwo\n")
    }

    @Test("records of many writers never mix and none is lost")
    func manyWriters() throws {
        let writers = 8
        let each = 100
        let directory = try temporary.open()
        DispatchQueue.concurrentPerform(iterations: writers) { writer in
            let log = AppendLog("log", in: directory)
            for number in 0..<each {
                let record = "\(writer):\(number):" + String(repeating: "x", count: number * 13)
                #expect(throws: Never.self) { try log.append(bytes(record)) }
            }
        }
        let lines = try #require(temporary.contents(of: "log")).split(separator: "\n")
        #expect(lines.count == writers * each)
        for line in lines {
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            let number = try #require(Int(parts[1]))
            #expect(parts[2].count == number * 13)
        }
    }

    @Test("a torn last line is cut off by the next record", arguments: [1, 10, 4_095, 4_096, 4_097, 10_000])
    func tornLine(count: Int) throws {
        try log().append(bytes("whole"))
        let handle = try #require(FileHandle(forWritingAtPath: temporary.file("log")))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(repeating: 0x78, count: count))
        try handle.close()
        try log().append(bytes("next"))
        #expect(temporary.contents(of: "log") == "whole\nnext\n")
    }

    @Test("a file that is nothing but a torn line is emptied first")
    func onlyTornLine() throws {
        try Data("torn".utf8).write(to: URL(filePath: temporary.file("log")))
        try log().append(bytes("next"))
        #expect(temporary.contents(of: "log") == "next\n")
    }

    @Test("a record that does not fit is cut off again")
    func diskFull() throws {
        try log().append(bytes("whole"))
        // The first write takes three bytes, the second finds the disk full.
        let full = FileCalls.failing(call: .write, on: 2, with: .noSpace)
        #expect(
            throws: DurableFileError.failed(
                operation: "write", path: temporary.file("log"), .noSpace)
        ) { try log(full.limitingWrites(to: 3)).append(bytes("too long")) }
        #expect(temporary.contents(of: "log") == "whole\n")
        try log().append(bytes("next"))
        #expect(temporary.contents(of: "log") == "whole\nnext\n")
    }

    @Test("a record the kernel takes in pieces is whole")
    func pieces() throws {
        try log(FileCalls(gate: nil, longestWrite: 2)).append(bytes("in pieces"))
        #expect(temporary.contents(of: "log") == "in pieces\n")
    }

    @Test("a log that was moved away is begun anew")
    func movedAway() throws {
        let log = try log()
        try log.append(bytes("one"))
        try FileManager.default.moveItem(atPath: temporary.file("log"), toPath: temporary.file("log.1"))
        try log.append(bytes("two"))
        #expect(temporary.contents(of: "log.1") == "one\n")
        #expect(temporary.contents(of: "log") == "two\n")
    }

    @Test("a log moved away between opening and locking does not swallow the record")
    func movedWhileLocking() throws {
        try log().append(bytes("one"))
        let temporary = temporary
        let seen = FileCallLog()
        let calls = FileCalls { (call, _) throws(Errno) in
            guard call == .lock, seen.count() == 0 else { return }
            seen.note(call)
            try? FileManager.default.moveItem(atPath: temporary.file("log"), toPath: temporary.file("log.1"))
        }
        try log(calls).append(bytes("two"))
        #expect(temporary.contents(of: "log.1") == "one\n")
        #expect(temporary.contents(of: "log") == "two\n")
    }

    @Test("a durable record is flushed, and a new log's name too")
    func durable() throws {
        let calls = FileCallLog()
        try log(.recording(into: calls)).append(bytes("one"), isDurable: true)
        #expect(calls.count(of: .fsync) == 2)
        calls.removeAll()
        try log(.recording(into: calls)).append(bytes("two"), isDurable: true)
        #expect(calls.count(of: .fsync) == 1)
        calls.removeAll()
        try log(.recording(into: calls)).append(bytes("three"))
        #expect(calls.count(of: .fsync) == 0)
    }

    @Test("whichever call fails, the log holds whole records only")
    func everyCallFails() throws {
        try log().append(bytes("first"))
        for n in 2...12 {
            let outcome = Result { try log(.failing(on: n, with: .ioError)).append(bytes("record \(n)")) }
            let text = try #require(temporary.contents(of: "log"))
            #expect(text.hasSuffix("\n"))
            if case .success = outcome {
                #expect(text.hasSuffix("record \(n)\n"))
            } else {
                #expect(!text.contains("record \(n)\n"))
            }
        }
    }
}

@Suite("FileLock")
struct FileLockTests {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    private func isFree(_ kind: FileLock.Kind) throws -> Bool {
        let directory = try temporary.open()
        let lock = try FileLock.ifFree("lock", in: directory, kind)
        return lock != nil
    }

    @Test("an exclusive lock keeps everybody out until it goes out of scope")
    func exclusive() throws {
        do {
            let lock = try FileLock(waitingFor: "lock", in: temporary.open(), .exclusive)
            #expect(try !isFree(.exclusive))
            #expect(try !isFree(.shared))
            _ = consume lock
        }
        #expect(try isFree(.exclusive))
    }

    @Test("shared locks go together and keep an exclusive one out")
    func shared() throws {
        let lock = try FileLock(waitingFor: "lock", in: temporary.open(), .shared)
        #expect(try isFree(.shared))
        #expect(try !isFree(.exclusive))
        _ = consume lock
    }

    @Test("threads that wait for an exclusive lock enter one at a time")
    func oneAtATime() throws {
        let directory = try temporary.open()
        let path = temporary.file("counter")
        try Data("0".utf8).write(to: URL(filePath: path))
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<20 {
                #expect(throws: Never.self) {
                    let lock = try FileLock(waitingFor: "lock", in: directory, .exclusive)
                    let value = Int(try String(contentsOfFile: path, encoding: .utf8)) ?? -1_000
                    try Data(String(value + 1).utf8).write(to: URL(filePath: path))
                    _ = consume lock
                }
            }
        }
        #expect(temporary.contents(of: "counter") == "160")
    }

    @Test("a directory can be locked itself")
    func directoryLock() throws {
        let one = try temporary.open()
        let other = try temporary.open()
        #expect(try one.tryLock(.exclusive))
        #expect(try !other.tryLock(.shared))
        #expect(try one.tryLock(.shared))
        #expect(try other.tryLock(.shared))
        #expect(try !one.tryLock(.exclusive))
    }
}
