import DurableFiles
import Foundation
import ObjectStore
import SystemPackage
import Testing

@Suite("LocalStore")
struct LocalStoreTests {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    @Test("lists buckets in order, and nothing else")
    func bucketNames() throws {
        let store = try temporary.store()
        for name in ["mailbox", "archive", "2026"] { try store.createBucket(named: name) }
        try temporary.write("x", to: "file")
        try FileManager.default.createDirectory(
            atPath: temporary.file("lost+found"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: temporary.file(".hidden"), withIntermediateDirectories: true)
        #expect(try store.bucketNames() == ["2026", "archive", "mailbox"])
    }

    @Test("one bucket object is shared by everybody who asks")
    func shared() throws {
        let store = try temporary.store()
        let made = try store.createBucket(named: "mailbox")
        #expect(try store.localBucket(named: "mailbox") === made)
        #expect(try store.bucket(named: "mailbox").name == "mailbox")
    }

    @Test("a bucket whose directory was removed or replaced is opened anew")
    func replaced() throws {
        let store = try temporary.store()
        _ = try store.createBucket(named: "mailbox").put(key("old"), body: [])
        try FileManager.default.moveItem(atPath: temporary.file("mailbox"), toPath: temporary.file("aside"))
        #expect(throws: ObjectStoreError.noSuchBucket("mailbox")) { try store.bucket(named: "mailbox") }
        let bucket = try store.createBucket(named: "mailbox")
        _ = try bucket.put(key("new"), body: [])
        #expect(try store.localBucket(named: "mailbox") === bucket)
        #expect(try store.localBucket(named: "aside").list().objects.map(\.key.text) == ["old"])
        #expect(temporary.exists("mailbox/new"))
    }

    @Test("missing, taken and impossible names are told apart")
    func names() throws {
        let store = try temporary.store()
        try store.createBucket(named: "mailbox")
        #expect(throws: ObjectStoreError.noSuchBucket("other")) { try store.bucket(named: "other") }
        #expect(throws: ObjectStoreError.bucketExists("mailbox")) { try store.createBucket(named: "mailbox") }
        #expect(throws: ObjectStoreError.self) { try store.bucket(named: "../etc") }
        #expect(throws: ObjectStoreError.self) { try store.createBucket(named: "UPPER") }
    }

    @Test("a bucket with objects is not removed, an empty one is, with what we keep in it")
    func deletes() throws {
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        _ = try bucket.put(key("a/id"), body: [], metadata: envelope("1"))
        #expect(throws: ObjectStoreError.bucketNotEmpty("mailbox")) {
            try store.deleteBucket(named: "mailbox")
        }
        store.drain()
        try bucket.delete(key("a/id"))
        try store.deleteBucket(named: "mailbox")
        #expect(try store.bucketNames().isEmpty)
        #expect(throws: ObjectStoreError.noSuchBucket("mailbox")) { try store.bucket(named: "mailbox") }
    }

    @Test("a bucket holding files that are no objects is not removed")
    func foreignFiles() throws {
        let store = try temporary.store()
        try store.createBucket(named: "mailbox")
        try temporary.write("theirs", to: "mailbox/x.instruction")
        #expect(throws: ObjectStoreError.bucketNotEmpty("mailbox")) {
            try store.deleteBucket(named: "mailbox")
        }
        #expect(temporary.exists("mailbox/x.instruction"))
    }

    @Test("the directory is made when asked, and missed when not")
    func creating() throws {
        let path = temporary.file("a/b")
        #expect(throws: ObjectStoreError.self) { try LocalStore(directory: path) }
        _ = try LocalStore(directory: path, creating: true)
        #expect(temporary.exists("a/b"))
    }

    @Test("space and statistics can be asked for")
    func facts() throws {
        let store = try temporary.store()
        let bucket = try store.createBucket(named: "mailbox")
        _ = try bucket.put(key("id"), body: [])
        #expect(try store.space().totalByteCount > 0)
        #expect(try bucket.space() != nil)
        #expect(store.statistics.objectsStored == 1)
    }

    @Test("errors read as sentences")
    func descriptions() {
        let errors: [ObjectStoreError] = [
            .noSuchKey("k"), .noSuchBucket("b"), .bucketExists("b"), .bucketNotEmpty("b"),
            .invalidKey("k", reason: "r"), .invalidBucketName("b", reason: "r"),
            .invalidMetadata(name: "n", reason: "r"), .keyConflict(key: "k", existing: "e"),
            .damagedInstruction(key: "k", reason: "r"), .storage(.noSpace, operation: "write", path: "/p"),
            .accessDenied("t"), .unavailable("t"),
        ]
        for error in errors { #expect(!error.description.isEmpty && !error.description.hasSuffix(".")) }
        #expect(errors[9].description == "cannot write /p: No space left on device")
        #expect(errors.compactMap(\.errno) == [.noSpace])
    }
}
