import DurableFiles
import Foundation
import ObjectStore
import SystemPackage
import Testing

/// A file system mounted for one test.
final class MountedFileSystem: Sendable {
    let path: String
    private let image: String?
    private let arguments: [String]

    /// Mounting needs the superuser; elsewhere these tests are skipped.
    static let isPossible: Bool = {
        guard geteuid() == 0, let mounted = try? MountedFileSystem("tmpfs", options: "size=64k") else {
            return false
        }
        return FileManager.default.fileExists(atPath: mounted.path)
    }()

    /// - Parameters:
    ///   - imageByteCount: The size of a file to format and mount; nil for a file system in memory.
    init(_ type: String, options: String = "defaults", imageByteCount: Int? = nil) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "mount-\(UUID().uuidString)").path
        self.path = path
        image = imageByteCount == nil ? nil : path + ".image"
        arguments =
            image.map { ["-t", type, "-o", options + ",loop", $0, path] }
            ?? ["-t", type, "-o", options, "none", path]
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        if let image, let imageByteCount {
            _ = FileManager.default.createFile(atPath: image, contents: nil)
            truncate(image, off_t(imageByteCount))
            try Self.run("mkfs.\(type)", "-q", image)
        }
        try mount()
    }

    private func mount() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["mount"] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Errno.notPermitted }
    }

    /// Unmounts, which needs every file on it to be closed, and mounts again.
    func remount() throws {
        try Self.run("umount", path)
        try mount()
    }

    deinit {
        _ = try? ObjectStoreTests.run("umount", "-l", path)
        try? FileManager.default.removeItem(atPath: path)
        if let image { try? FileManager.default.removeItem(atPath: image) }
    }

    private static func run(_ program: String, _ arguments: String...) throws {
        let result = try ObjectStoreTests.run(program, arguments)
        if result.status != 0 { throw Errno.notSupported }
    }
}

@Suite(
    "On real file systems",
    .enabled(if: MountedFileSystem.isPossible, "mounting a file system needs the superuser"))
struct RealFileSystemTests {
    /// Puts until the disk is full; then the failed put left nothing, and a delete makes room again.
    private func fill(_ mounted: MountedFileSystem, bodyByteCount: Int, atMost: Int) throws {
        let temporary = try TemporaryDirectory(in: mounted.path)
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        let body = [UInt8](repeating: 7, count: bodyByteCount)
        var failure: ObjectStoreError?
        var count = 0
        while failure == nil, count < atMost {
            do throws(ObjectStoreError) {
                _ = try bucket.put(
                    try ObjectKey("m/\(count)"), body: body, metadata: try Self.metadata(count))
                count += 1
            } catch {
                failure = error
            }
        }
        store.drain()
        let said = try #require(failure)
        #expect(said.errno == .noSpace)
        #expect(said.description.hasSuffix("No space left on device"))
        #expect(count > 2)
        #expect(throws: ObjectStoreError.noSuchKey("m/\(count)")) { try bucket.get(key("m/\(count)")) }
        #expect(!temporary.files.contains { $0.contains(".tmp-") })
        for number in 0..<count { #expect(try bucket.get(key("m/\(number)")).body == body) }
        // A store that is opened on a full disk can be read.
        let other = try temporary.store(.live, sweeps: true)
        #expect(try other.localBucket(named: "mailbox").list().objects.count == count)
        other.stop()
        for number in 0..<3 { #expect(try bucket.delete(key("m/\(number)"))) }
        _ = try bucket.put(key("m/new"), body: body, metadata: Self.metadata(0))
        #expect(try bucket.get(key("m/new")).body == body)
    }

    private static func metadata(_ number: Int) throws(ObjectStoreError) -> ObjectMetadata {
        try ObjectMetadata(["x-amz-key-v2": "key-\(number)", "x-amz-iv": "iv"])
    }

    @Test("a full tmpfs says so, and nothing half done is left")
    func fullMemory() throws {
        try fill(MountedFileSystem("tmpfs", options: "size=1m"), bodyByteCount: 40_000, atMost: 1_000)
    }

    @Test("a full ext4 says so, and nothing half done is left")
    func fullExt4() throws {
        let mounted = try MountedFileSystem("ext4", imageByteCount: 8 << 20)
        try fill(mounted, bodyByteCount: 200_000, atMost: 1_000)
    }

    @Test("without attributes everything is found through instruction files")
    func ramfs() throws {
        let mounted = try MountedFileSystem("ramfs")
        let temporary = try TemporaryDirectory(in: mounted.path)
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        #expect(!bucket.keepsAttributes)
        for mark in ["1", "2"] {
            _ = try bucket.put(key("a/id"), body: bytes(mark), metadata: envelope(mark))
            #expect(try bucket.get(key("a/id")).metadata == withoutLength(envelope(mark)))
            #expect(
                try temporary.bytes(of: "mailbox/a/id.instruction")
                    == InstructionFile.contents(for: envelope(mark)))
        }
        try bucket.delete(key("a/id"))
        #expect(temporary.files == ["mailbox"])
    }

    @Test("an envelope too large for ext4's attributes is kept in the instruction file alone")
    func largeEnvelope() throws {
        let mounted = try MountedFileSystem("ext4", imageByteCount: 8 << 20)
        let temporary = try TemporaryDirectory(in: mounted.path)
        let bucket = try temporary.store(.live, .onlyIfNeeded).createBucket(named: "mailbox")
        // KMS allows blobs of 6,144 bytes, which is 8,192 characters; ext4 has room for about 4,000.
        let metadata = try ObjectMetadata(
            ["x-amz-key-v2": String(repeating: "A", count: 8_192), "x-amz-iv": "iv", "x-amz-wrap-alg": "kms"])
        _ = try bucket.put(key("id"), body: bytes("body"), metadata: metadata)
        #expect(try bucket.get(key("id")).metadata == metadata)
        _ = try bucket.put(key("id"), body: bytes("small"), metadata: envelope("1"))
        #expect(try bucket.get(key("id")).metadata == envelope("1"))
        _ = try bucket.put(key("id"), body: bytes("body"), metadata: metadata)
        #expect(try bucket.get(key("id")).metadata == metadata)
    }

    @Test("mounted read-only, a store is readable and says so when it is written")
    func readOnly() throws {
        let mounted = try MountedFileSystem("tmpfs")
        let temporary = try TemporaryDirectory(in: mounted.path)
        do {
            let store = try temporary.store()
            _ = try store.createBucket(named: "mailbox").put(
                key("id"), body: bytes("body"), metadata: envelope("1"))
            store.stop()
        }
        #expect(try run("mount", "-o", "remount,ro", mounted.path).status == 0)
        let bucket = try temporary.store(.live, sweeps: true).localBucket(named: "mailbox")
        #expect(!bucket.isWritable)
        #expect(try bucket.get(key("id")).metadata == envelope("1"))
        #expect(throws: ObjectStoreError.self) {
            do throws(ObjectStoreError) {
                _ = try bucket.put(try ObjectKey("x"), body: [])
            } catch {
                #expect(error.errno == .readOnlyFileSystem)
                throw error
            }
        }
    }
}
