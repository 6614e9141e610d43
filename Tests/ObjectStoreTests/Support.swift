import DurableFiles
import Foundation
import ObjectStore
import SystemPackage

/// A directory of its own for one test, gone with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init(in directory: String? = nil) throws {
        let parent = directory.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        path = parent.appending(path: "objects-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// In memory, where flushes cost nothing, for tests that make thousands of puts; elsewhere if there is no
    /// such file system or it keeps no attributes.
    static func inMemory() throws -> TemporaryDirectory {
        guard let temporary = try? TemporaryDirectory(in: "/dev/shm") else { return try TemporaryDirectory() }
        let probe = FileAttribute(name: "user.probe", value: [1])
        do {
            let directory = try Directory(opening: temporary.path)
            try AtomicFile.write([UInt8](), to: "probe", in: directory, attributes: [probe])
            try directory.remove("probe")
            return temporary
        } catch {
            return try TemporaryDirectory()
        }
    }

    deinit {
        // A store that ends a moment later may still be writing an instruction file.
        for _ in 0..<100 where FileManager.default.fileExists(atPath: path) {
            do { try FileManager.default.removeItem(atPath: path) } catch { usleep(2_000) }
        }
    }

    func file(_ name: String) -> String { path + "/" + name }

    func bytes(of name: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(filePath: file(name)))).map { Array($0) }
    }

    func write(_ text: String, to name: String) throws {
        let url = URL(filePath: file(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    /// Every file below the directory, without the bucket's own state directory; sorted.
    var files: [String] {
        let all = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return all.filter { !$0.contains(".tmp-envelopefs") }.sorted()
    }

    /// Waits until the file system's clock, which moves in steps, is past every change made so far.
    func waitForTick() throws {
        let directory = try Directory(opening: path)
        let then = try changed("mark-then", in: directory)
        while try changed("mark-now", in: directory) <= then { usleep(1_000) }
        for name in ["mark-then", "mark-now"] { try directory.remove(name) }
    }

    private func changed(_ name: String, in directory: Directory) throws -> (Int64, Int64) {
        try AtomicFile.write([UInt8](), to: name, in: directory)
        let status = try directory.status(of: name)
        return (status?.changedSeconds ?? 0, status?.changedNanoseconds ?? 0)
    }

    func store(
        _ calls: FileCalls = .live, sweeps: Bool = false,
        _ policy: LocalStore.InstructionPolicy = .behind
    ) throws -> LocalStore {
        var options = LocalStore.Options()
        options.sweepsAtStart = sweeps
        options.instructionFiles = policy
        return try LocalStore(directory: path, options: options, calls: calls)
    }
}

/// The seven entries SES writes, told apart by `mark`.
func envelope(_ mark: String) throws -> ObjectMetadata {
    try ObjectMetadata([
        "x-amz-key-v2": "d3JhcHBlZCBrZXkg" + mark, "x-amz-iv": "oKGio6Slpqeoqaqr",
        "x-amz-matdesc": #"{"aws:ses:message-id":"\#(mark)","kms_cmk_id":"arn:aws:kms:us-east-1:1:alias/a"}"#,
        "x-amz-wrap-alg": "kms", "x-amz-cek-alg": "AES/GCM/NoPadding", "x-amz-tag-len": "128",
        "x-amz-unencrypted-content-length": "13",
    ])
}

/// What of an envelope survives in an instruction file.
func withoutLength(_ metadata: ObjectMetadata) throws -> ObjectMetadata {
    try ObjectMetadata(metadata.entries.filter { $0.key != "x-amz-unencrypted-content-length" })
}

func key(_ text: String) throws -> ObjectKey { try ObjectKey(text) }

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension FileCalls {
    /// A file system that keeps no extended attributes, and behind it the given gate.
    static func withoutAttributes(_ gate: FileCalls.Gate? = nil) -> FileCalls {
        FileCalls { (call, name) throws(Errno) in
            if let gate { try gate(call, name) }
            if [.setAttribute, .attribute, .attributeNames].contains(call) { throw .notSupported }
        }
    }
}

/// Runs a program and returns its exit status and what it wrote to standard error.
@discardableResult
func run(_ program: String, _ arguments: String...) throws -> (status: Int32, errors: String) {
    try run(program, arguments)
}

/// Runs a program and returns its exit status and what it wrote to standard error.
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, errors: String) {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
}

func isInstalled(_ program: String) -> Bool {
    (try? run("sh", "-c", "command -v \(program)").status) == 0
}
