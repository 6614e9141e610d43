import DurableFiles
import Foundation
import ObjectStore
import Testing

@Suite("Listing")
struct ListingTests {
    private let temporary: TemporaryDirectory
    private let bucket: LocalBucket

    init() throws {
        temporary = try TemporaryDirectory()
        bucket = try temporary.store(.live, .onlyIfNeeded).createBucket(named: "mailbox")
    }

    private func fill(_ keys: [String]) throws {
        for text in keys { try temporary.write("x", to: "mailbox/" + text) }
    }

    private func keys(_ request: ListRequest) throws -> [String] {
        try bucket.list(request).objects.map(\.key.text)
    }

    @Test("goes by bytes of whole keys, across levels")
    func order() throws {
        try fill(["a/b", "a-b", "a0", "a/a/z", "a/a-", "Z", "é", "b"])
        #expect(try keys(ListRequest()) == ["Z", "a-b", "a/a-", "a/a/z", "a/b", "a0", "b", "é"])
    }

    @Test("hides temporaries, instruction files, links and our own state")
    func hidden() throws {
        try fill(["a", "a.instruction", ".tmp-1-1", ".tmp-envelopefs/lock-1", ".tmp-x/y", "b/c.instruction"])
        try FileManager.default.createSymbolicLink(
            atPath: temporary.file("mailbox/link"), withDestinationPath: "a")
        #expect(try keys(ListRequest()) == ["a"])
    }

    @Test("rolls levels up into common prefixes, but not empty ones")
    func delimiter() throws {
        try fill(["a/1", "a/2", "a/b/3", "b/4", "c", "d/.tmp-1-1", "e/f/5"])
        let top = try bucket.list(ListRequest(delimiter: "/"))
        #expect(top.objects.map(\.key.text) == ["c"])
        #expect(top.commonPrefixes == ["a/", "b/", "e/"])
        let below = try bucket.list(ListRequest(prefix: "a/", delimiter: "/"))
        #expect(below.objects.map(\.key.text) == ["a/1", "a/2"])
        #expect(below.commonPrefixes == ["a/b/"])
    }

    @Test("goes on after an object, a common prefix, or a key that is not there")
    func startAfter() throws {
        try fill(["a", "b/1", "b/2", "c"])
        #expect(try keys(ListRequest(startAfter: "a")) == ["b/1", "b/2", "c"])
        #expect(try keys(ListRequest(startAfter: "b/1")) == ["b/2", "c"])
        #expect(try keys(ListRequest(startAfter: "b/15")) == ["b/2", "c"])
        #expect(try bucket.list(ListRequest(startAfter: "b/", delimiter: "/")).commonPrefixes.isEmpty)
        #expect(try keys(ListRequest(startAfter: "z")).isEmpty)
    }

    @Test("an empty bucket, a foreign prefix and a limit of nothing give an empty last page")
    func empty() throws {
        #expect(try bucket.list() == Listing(objects: [], commonPrefixes: [], nextStartAfter: nil))
        try fill(["a"])
        #expect(try keys(ListRequest(prefix: "b")).isEmpty)
        #expect(try bucket.list(limit: 0).isTruncated == false)
    }

    @Test("a page that ends with the last key is not called truncated")
    func exactPage() throws {
        try fill(["a", "b", "c/d"])
        #expect(try bucket.list(limit: 3).nextStartAfter == nil)
        #expect(try bucket.list(limit: 2).nextStartAfter == "b")
    }

    @Test("pages of any size give what a sorted dictionary would", arguments: 0..<12)
    func model(seed: UInt64) throws {
        var random = Lottery(seed: seed)
        var stored: Set<ObjectKey> = []
        for _ in 0..<120 {
            let key = random.key()
            if (try? bucket.put(key, body: [])) != nil { stored.insert(key) }
        }
        let prefix = ["", "a", "a/", "é", "b/a", "x"][random.number(below: 6)]
        let delimiter = [nil, "/", "-", "b"][random.number(below: 4)]
        let limit = 1 + random.number(below: 7)
        var expected: [String] = []
        for key in stored.sorted() where key.text.utf8.starts(with: prefix.utf8) {
            let entry = rolledUp(key.text, prefix, delimiter)
            if !(expected.last.map { $0.utf8.elementsEqual(entry.utf8) } ?? false) { expected.append(entry) }
        }
        var seen: [String] = []
        var request = ListRequest(prefix: prefix, limit: limit, delimiter: delimiter)
        while true {
            let page = try bucket.list(request)
            let entries = (page.objects.map(\.key.text) + page.commonPrefixes)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(entries.count <= limit)
            seen += entries
            guard let next = page.nextStartAfter else { break }
            request.startAfter = next
        }
        #expect(seen.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "seed \(seed)")
    }

    private func rolledUp(_ text: String, _ prefix: String, _ delimiter: String?) -> String {
        guard let delimiter else { return text }
        let bytes = Array(text.utf8)
        let mark = Array(delimiter.utf8)
        for start in prefix.utf8.count..<bytes.count where bytes[start...].starts(with: mark) {
            return String(decoding: bytes[..<(start + mark.count)], as: UTF8.self)
        }
        return text
    }
}

@Suite("BucketLevel")
struct BucketLevelTests {
    private let temporary: TemporaryDirectory
    private let bucket: LocalBucket

    init() throws {
        temporary = try TemporaryDirectory()
        bucket = try temporary.store(.live, .onlyIfNeeded).createBucket(named: "mailbox")
        for number in 0..<1_500 {
            try temporary.write("", to: "mailbox/object-\(number)")
            if number.isMultiple(of: 3) {
                try temporary.write("", to: "mailbox/object-\(number).instruction")
            }
            if number.isMultiple(of: 50) { try temporary.write("", to: "mailbox/level-\(number)/x") }
        }
        try temporary.write("", to: "mailbox/.tmp-1-1")
    }

    private var expected: Set<String> {
        Set((0..<1_500).map { "object-\($0)" } + stride(from: 0, to: 1_500, by: 50).map { "level-\($0)" })
    }

    @Test("shows objects and levels, once each")
    func everything() throws {
        var seen: [String] = []
        try bucket.level(.root).read(from: 0) { entry in
            #expect(entry.kind == (entry.name.hasPrefix("level") ? .prefix : .object))
            #expect(entry.nextOffset != 0)
            seen.append(entry.name)
            return true
        }
        #expect(seen.count == expected.count)
        #expect(Set(seen) == expected)
    }

    @Test(
        "goes on where the caller stopped, however little it takes at a time", arguments: [1, 2, 7, 100, 999])
    func resumes(atATime: Int) throws {
        let level = try bucket.level(.root)
        var seen: [String] = []
        var offset: UInt64 = 0
        while true {
            var taken = 0
            try level.read(from: offset) { entry in
                guard taken < atATime else { return false }
                taken += 1
                seen.append(entry.name)
                offset = entry.nextOffset
                return true
            }
            if taken == 0 { break }
        }
        #expect(seen.count == expected.count)
        #expect(Set(seen) == expected)
    }

    @Test("goes back to any offset, and to the beginning")
    func seeks() throws {
        let level = try bucket.level(.root)
        var all: [BucketEntry] = []
        try level.read(from: 0) { entry in
            all.append(entry)
            return true
        }
        for index in stride(from: all.count - 2, to: 0, by: -211) {
            var next: String?
            try level.read(from: all[index].nextOffset) { entry in
                next = entry.name
                return false
            }
            #expect(next == all[index + 1].name)
        }
        var first: String?
        try level.read(from: 0) { entry in
            first = entry.name
            return false
        }
        #expect(first == all.first?.name)
    }

    @Test("may be read by several threads at once")
    func threads() throws {
        let level = try bucket.level(.root)
        let expected = expected
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
            var seen: Set<String> = []
            #expect(throws: Never.self) {
                try level.read(from: 0) { entry in
                    seen.insert(entry.name)
                    return true
                }
            }
            #expect(seen == expected)
        }
    }

    @Test("a level that is not there is no such key; the top always is")
    func missing() throws {
        #expect(throws: ObjectStoreError.noSuchKey("x/")) { try bucket.level(KeyPrefix("x/")) }
        #expect(throws: ObjectStoreError.noSuchKey("object-1/")) { try bucket.level(KeyPrefix("object-1/")) }
    }

    @Test(
        "shows a file exactly if its name can be a key",
        arguments: [
            "a", ".a", "...", "é", "e\u{301}", "\u{301}", ".tmp", ".tmp-", ".tmp-1-1", "x.tmp-",
            "instruction",
            ".instruction", "a.instruction", "a.instructions", "a b", "*", String(repeating: "x", count: 243),
            String(repeating: "x", count: 244), String(repeating: "x", count: 255),
        ])
    func names(name: String) throws {
        try temporary.write("", to: "mailbox/" + name)
        let isKey = (try? ObjectKey(name)) != nil
        #expect(try bucket.entryKind(name, in: .root) == (isKey ? .object : nil))
        #expect(try bucket.list(ListRequest(prefix: name)).objects.contains { $0.key.text == name } == isKey)
    }

    @Test(
        "tells what a name stands for",
        arguments: [
            ("object-1", BucketEntry.Kind.object), ("level-50", .prefix), ("none", nil), (".tmp-1-1", nil),
            ("object-0.instruction", nil), ("..", nil), (".", nil), ("level-50/x", nil), ("", nil),
        ] as [(String, BucketEntry.Kind?)])
    func kinds(name: String, kind: BucketEntry.Kind?) throws {
        #expect(try bucket.entryKind(name, in: .root) == kind)
    }
}
