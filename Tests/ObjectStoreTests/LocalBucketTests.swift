import DurableFiles
import Foundation
import ObjectStore
import SystemPackage
import Testing

@Suite("LocalBucket")
struct LocalBucketTests {
    private let temporary: TemporaryDirectory
    private let store: LocalStore
    private let bucket: LocalBucket

    init() throws {
        temporary = try TemporaryDirectory()
        store = try temporary.store()
        bucket = try store.createBucket(named: "mailbox")
    }

    @Test(
        "the body is a plain file named by the key, byte for byte", arguments: [0, 1, 16, 75_000, 3_000_000])
    func plainFile(byteCount: Int) throws {
        let body = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let info = try bucket.put(key("mail/2026/id"), body: body, metadata: envelope("a"))
        #expect(info.byteCount == byteCount)
        #expect(temporary.bytes(of: "mailbox/mail/2026/id") == body)
        #expect(try bucket.get(key("mail/2026/id")).body == body)
    }

    @Test("metadata is in attributes named as rclone names them")
    func attributes() throws {
        _ = try bucket.put(key("id"), body: bytes("body"), metadata: envelope("a"))
        let file = try Directory(opening: temporary.file("mailbox")).open("id")
        let names = try file.attributeNames().filter { $0.hasPrefix("user.") }.sorted()
        #expect(
            names == [
                "user.x-amz-cek-alg", "user.x-amz-iv", "user.x-amz-key-v2", "user.x-amz-matdesc",
                "user.x-amz-tag-len", "user.x-amz-unencrypted-content-length", "user.x-amz-wrap-alg",
            ])
        #expect(try file.attribute("user.x-amz-wrap-alg") == bytes("kms"))
    }

    @Test("get, head and info agree with what was put")
    func facts() throws {
        let metadata = try envelope("a")
        let put = try bucket.put(key("id"), body: bytes("body"), metadata: metadata)
        let whole = try bucket.get(key("id"))
        let head = try bucket.head(key("id"))
        #expect(whole.info == put)
        #expect(whole.metadata == metadata)
        #expect(head == ObjectHead(info: put, metadata: metadata))
        #expect(head.isSealedHint)
        #expect(try bucket.info(key("id")) == put)
        #expect(abs(put.modified.timeIntervalSinceNow) < 60)
    }

    @Test("an object without metadata is legal and has none")
    func plainObject() throws {
        _ = try bucket.put(key("id"), body: bytes("body"))
        let head = try bucket.head(key("id"))
        #expect(head.metadata.isEmpty)
        #expect(!head.isSealedHint)
    }

    @Test("attributes of other programs do no harm")
    func foreignAttributes() throws {
        _ = try bucket.put(key("id"), body: bytes("body"), metadata: envelope("a"))
        let file = try Directory(opening: temporary.file("mailbox")).open("id")
        try file.setAttribute(FileAttribute(name: "user.com.example.bin", value: [0, 255, 10]))
        try file.setAttribute(FileAttribute(name: "user.with space", value: bytes("x")))
        #expect(try bucket.head(key("id")).metadata == envelope("a"))
    }

    @Test(
        "what is not there is no such key", arguments: ["id", "mail/id", "file/id", "link", "up/id", "dir"])
    func noSuchKey(text: String) throws {
        _ = try bucket.put(key("file"), body: bytes("body"))
        _ = try bucket.put(key("dir/file"), body: bytes("body"))
        try FileManager.default.createSymbolicLink(
            atPath: temporary.file("mailbox/link"), withDestinationPath: "file")
        try FileManager.default.createSymbolicLink(
            atPath: temporary.file("mailbox/up"), withDestinationPath: "dir")
        let missing = ObjectStoreError.noSuchKey(text)
        #expect(throws: missing) { try bucket.get(key(text)) }
        #expect(throws: missing) { try bucket.head(key(text)) }
        #expect(throws: missing) { try bucket.info(key(text)) }
        #expect(try !bucket.delete(key(text)))
    }

    @Test("a key that would be a file and a directory at once is refused with both names")
    func conflicts() throws {
        _ = try bucket.put(key("a"), body: bytes("body"))
        _ = try bucket.put(key("b/c"), body: bytes("body"))
        #expect(throws: ObjectStoreError.keyConflict(key: "a/x/y", existing: "a")) {
            try bucket.put(key("a/x/y"), body: [])
        }
        #expect(throws: ObjectStoreError.keyConflict(key: "b", existing: "b/")) {
            try bucket.put(key("b"), body: [])
        }
        #expect(temporary.files == ["mailbox", "mailbox/a", "mailbox/b", "mailbox/b/c"])
    }

    @Test("the entity tag is the MD5 of the stored body")
    func entityTag() throws {
        _ = try bucket.put(key("a"), body: bytes("hello"))
        _ = try bucket.put(key("empty"), body: [])
        _ = try bucket.put(key("long"), body: [UInt8](repeating: 0x61, count: 200_000))
        #expect(try bucket.entityTag(of: key("a")) == "5d41402abc4b2a76b9719d911017c592")
        #expect(try bucket.entityTag(of: key("empty")) == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(try bucket.entityTag(of: key("long")) == "561b1994f6baacd6e5eaf4baaa12849f")
    }

    @Test("an open object is that version, whatever happens to the key")
    func openVersion() throws {
        _ = try bucket.put(key("id"), body: bytes("first"), metadata: envelope("1"))
        let object = try bucket.open(key("id"))
        _ = try bucket.put(key("id"), body: bytes("second"), metadata: envelope("2"))
        #expect(try object.read(byteCount: 100, at: 0) == bytes("first"))
        #expect(object.metadata == (try envelope("1")))
        try bucket.delete(key("id"))
        #expect(try object.read(byteCount: 2, at: 3) == bytes("st"))
        #expect(try object.read(byteCount: Int.max, at: 4) == bytes("t"))
        #expect(try object.read(byteCount: 1, at: 99).isEmpty)
    }

    @Test("deleting takes the object, its instruction file and the levels that are empty then")
    func deletes() throws {
        _ = try bucket.put(key("a/b/c"), body: bytes("body"), metadata: envelope("1"))
        _ = try bucket.put(key("a/d"), body: bytes("body"), metadata: envelope("2"))
        store.drain()
        #expect(try bucket.delete(key("a/b/c")))
        #expect(temporary.files == ["mailbox", "mailbox/a", "mailbox/a/d", "mailbox/a/d.instruction"])
        #expect(try bucket.delete(key("a/d")))
        #expect(temporary.files == ["mailbox"])
        #expect(try !bucket.delete(key("a/d")))
        #expect(store.statistics.objectsDeleted == 2)
    }

    @Test("content and attributes are flushed before the name, the name before put returns, levels first")
    func order() throws {
        let log = FileCallLog()
        let other = try temporary.store(.recording(into: log), .onlyIfNeeded)
        let bucket = try other.localBucket(named: "mailbox")
        log.removeAll()
        _ = try bucket.put(key("new/id"), body: bytes("body"), metadata: envelope("1"))
        let order = log.entries.map(\.call).filter {
            [.makeDirectory, .write, .setAttribute, .fsync, .rename].contains($0)
        }
        #expect(
            order == [.makeDirectory, .fsync, .write] + Array(repeating: .setAttribute, count: 7)
                + [.fsync, .rename, .fsync])
    }

    @Test("a level somebody else made is flushed once before an object in it counts as durable")
    func foreignLevel() throws {
        try FileManager.default.createDirectory(
            atPath: temporary.file("mailbox/theirs"), withIntermediateDirectories: false)
        let log = FileCallLog()
        let bucket = try temporary.store(.recording(into: log), .onlyIfNeeded).localBucket(named: "mailbox")
        log.removeAll()
        _ = try bucket.put(key("theirs/1"), body: [])
        #expect(log.count(of: .fsync) == 3)
        log.removeAll()
        _ = try bucket.put(key("theirs/2"), body: [])
        #expect(log.count(of: .fsync) == 2)
    }

    @Test("random keys and metadata come back as they were", arguments: 0..<8)
    func roundTrips(seed: UInt64) throws {
        var random = Lottery(seed: seed)
        var model: [ObjectKey: StoredObject] = [:]
        for _ in 0..<60 {
            let key = random.key()
            let metadata = random.metadata()
            let body = random.bytes(upTo: 5_000)
            do {
                let info = try bucket.put(key, body: body, metadata: metadata)
                model[key] = StoredObject(info: info, metadata: metadata, body: body)
            } catch ObjectStoreError.keyConflict {
                // One is a level of the other; both cannot be there.
                #expect(model[key] == nil)
            }
            if random.isTrue(oneIn: 5), let victim = model.keys.sorted().first {
                #expect(try bucket.delete(victim))
                model[victim] = nil
            }
        }
        for (key, object) in model { #expect(try bucket.get(key) == object, "seed \(seed), key \(key)") }
        let listed = try bucket.list(limit: 1_000).objects
        #expect(listed == model.values.map(\.info).sorted { $0.key < $1.key }, "seed \(seed)")
    }

    @Test("a store that was opened for reading refuses to write, and changes nothing")
    func readOnly() throws {
        _ = try bucket.put(key("id"), body: bytes("body"), metadata: envelope("1"))
        store.drain()
        let before = temporary.files
        var options = LocalStore.Options()
        options.isReadOnly = true
        let reader = try LocalStore(directory: temporary.path, options: options)
        let bucket = try reader.localBucket(named: "mailbox")
        #expect(!bucket.isWritable)
        #expect(try bucket.get(key("id")).body == bytes("body"))
        for refused in [
            Result { _ = try bucket.put(key("x"), body: []) }, Result { _ = try bucket.delete(key("id")) },
            Result { _ = try reader.createBucket(named: "other") },
            Result { try reader.deleteBucket(named: "mailbox") },
        ] {
            guard case .failure(let error) = refused else {
                Issue.record("written")
                continue
            }
            #expect((error as? ObjectStoreError)?.errno == .readOnlyFileSystem)
        }
        reader.drain(includingSweeps: true)
        #expect(temporary.files == before)
    }
}

/// Seeded random keys, metadata and bodies.
struct Lottery {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func number(below bound: Int) -> Int {
        // SplitMix64
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }

    mutating func isTrue(oneIn count: Int) -> Bool { number(below: count) == 0 }

    mutating func bytes(upTo bound: Int) -> [UInt8] {
        (0..<number(below: bound)).map { _ in UInt8(number(below: 256)) }
    }

    /// Few segments to choose from, so that keys share levels and collide.
    mutating func key() -> ObjectKey {
        let names = [
            "a", "b", "a-", "a.", "é", "e\u{301}", "\u{301}", "Z", "0", ".x", "a b", "\u{1F4E7}", "~",
        ]
        while true {
            let segments = (0...number(below: 3)).map { _ in names[number(below: names.count)] }
            if let key = try? ObjectKey(segments.joined(separator: "/")) { return key }
        }
    }

    mutating func metadata() -> ObjectMetadata {
        let names = ["x-amz-key-v2", "x-amz-iv", "colour", "a-b_c.d", "x-amz-matdesc", "note"]
        let values = ["", "v", "größe", "{\"a\":\"b\"}", "with  spaces ", "\u{1F4E7}", "\t"]
        var entries: [String: String] = [:]
        for _ in 0..<number(below: 5) {
            entries[names[number(below: names.count)]] = values[number(below: values.count)]
        }
        return (try? ObjectMetadata(entries)) ?? .none
    }
}
