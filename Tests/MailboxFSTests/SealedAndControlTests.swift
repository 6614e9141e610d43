import AWSVocabulary
import EnvelopeTesting
import FoundationEssentials
import Glibc
import MailReceiving
import MailboxFS
import ObjectStore
import SystemPackage
import Testing

@Suite("The sealed view")
struct SealedViewTests {
    let kernel = FakeKernel()

    @Test("a stored object is shown byte for byte, its metadata as attributes")
    func object() throws {
        let body = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        let metadata = try ObjectMetadata(["x-amz-key-v2": "QUJD", "x-amz-iv": "MTIz", "note": "caf\u{E9}"])
        _ = try kernel.buckets["mailbox"].put(try ObjectKey("in/abc"), body: body, metadata: metadata)
        let reader = kernel.process()
        #expect(try reader.contents(of: "sealed/mailbox/in/abc") == body)
        #expect(try reader.stat("sealed/mailbox/in/abc").byteCount == 10_000)
        let attributes = try reader.attributes(of: "sealed/mailbox/in/abc")
        #expect(
            attributes == ["user.x-amz-key-v2": "QUJD", "user.x-amz-iv": "MTIz", "user.note": "caf\u{E9}"])
    }

    @Test("parts of an object are read from the version that was opened")
    func version() throws {
        let bucket = kernel.buckets["mailbox"]
        _ = try bucket.put(try ObjectKey("abc"), body: [1, 2, 3, 4, 5])
        let reader = kernel.process()
        let file = try reader.open("sealed/mailbox/abc", O_RDONLY)
        _ = try bucket.put(try ObjectKey("abc"), body: [9])
        #expect(try reader.read(file, from: 1, count: 3) == [2, 3, 4])
        #expect(try reader.read(file, from: 5, count: 3) == [])
        try reader.close(file)
        #expect(try reader.contents(of: "sealed/mailbox/abc") == [9])
    }

    @Test("ciphertext may be cached by the kernel, plaintext not")
    func caching() throws {
        _ = try kernel.buckets["mailbox"].put(try ObjectKey("abc"), body: Samples.small)
        let reader = kernel.process()
        for (path, isDirect) in [("sealed/mailbox/abc", false), ("mail/mailbox/abc.eml", true)] {
            try reader.withInode(path) { (inode, _) throws(MailboxError) in
                let opened = try kernel.files.open(inode, flags: O_RDONLY, for: reader.requester)
                #expect(opened.isDirectIO == isDirect)
                #expect(opened.skipsFlush)
                #expect(!opened.keepsCache)
                #expect(kernel.files.mayBlock(opening: inode))
                #expect(kernel.files.mayBlock(reading: opened.handle) == !isDirect)
                kernel.files.release(opened.handle)
            }
        }
    }

    @Test("a prefix is a directory, in both views, at every level")
    func levels() throws {
        for key in ["a/b/c", "a/b/d", "a/e", "f"] {
            _ = try kernel.buckets["mailbox"].put(try ObjectKey(key), body: Samples.small)
        }
        kernel.buckets.add("archive")
        let reader = kernel.process()
        #expect(try reader.list("sealed") == ["archive", "mailbox"])
        #expect(try reader.list("sealed/mailbox") == ["a", "f"])
        #expect(try reader.list("sealed/mailbox/a") == ["b", "e"])
        #expect(try reader.list("mail/mailbox/a/b") == ["c.eml", "d.eml"])
        let records = try reader.records(of: "mail/mailbox/a/b", pageSize: 1, withEntries: true)
        #expect(records.map(\.name) == [".", "..", "c.eml", "d.eml"])
        #expect(records[0].inode == (try reader.stat("mail/mailbox/a/b").inode))
        #expect(records[1].inode == (try reader.stat("mail/mailbox/a").inode))
        #expect(records[2].inode == (try reader.stat("mail/mailbox/a/b/c.eml").inode))
        #expect(records[2].entry?.attributes == (try reader.stat("mail/mailbox/a/b/c.eml")))
        #expect(throws: MailboxError.self) { _ = try reader.list("sealed/mailbox/f") }
        #expect(try kernel.statistic("known objects and levels") == 0)
    }

    @Test("an object that went while it was listed is listed without an entry")
    func vanished() throws {
        for key in ["a", "b"] { _ = try kernel.buckets["mailbox"].put(try ObjectKey(key), body: [1]) }
        let reader = kernel.process()
        try reader.withInode("sealed/mailbox") { (inode, _) throws(MailboxError) in
            let handle = try kernel.files.openDirectory(inode, for: reader.requester)
            try? _ = kernel.buckets["mailbox"].delete(ObjectKey("a"))
            var seen: [DirectoryRecord] = []
            try kernel.files.readDirectory(handle, from: 0, withEntries: true, for: reader.requester) {
                seen.append($0)
                return true
            }
            #expect(seen.map(\.name) == [".", "..", "a", "b"])
            #expect(seen.map { $0.entry != nil } == [false, false, false, true])
            kernel.files.forget(seen[3].inode, count: 1)
            kernel.files.releaseDirectory(handle)
        }
    }

    @Test("an open directory that was released answers no more")
    func releasedDirectory() throws {
        let reader = kernel.process()
        let handle = try kernel.files.openDirectory(.root, for: reader.requester)
        kernel.files.releaseDirectory(handle)
        #expect(throws: MailboxError.badHandle(handle)) {
            try kernel.files.readDirectory(handle, from: 0, withEntries: false, for: reader.requester) { _ in
                true
            }
        }
    }
}

@Suite("Root and control directory")
struct ControlTests {
    let kernel = FakeKernel()

    @Test("the root has four directories and no others")
    func root() throws {
        let reader = kernel.process()
        #expect(try reader.list("") == ["inbox", "mail", "sealed", ".envelopefs"])
        #expect(try reader.list("", pageSize: 1, withEntries: true).count == 4)
        #expect(!reader.exists("maildir"))
        #expect(try reader.stat("inbox").permissions == 0o700)
        #expect(try reader.stat("mail").permissions == 0o500)
        #expect(try reader.list("inbox") == ["cur", "new", "tmp"])
        #expect(throws: MailboxError.isADirectory("the root")) {
            _ = try kernel.files.open(.root, flags: O_RDONLY, for: reader.requester)
        }
    }

    @Test("the version page says what the mount was given")
    func version() throws {
        var options = MailboxOptions(uid: 1, gid: 1)
        options.version = "envelopefs 9.9"
        #expect(try FakeKernel(options: options).page("version") == "envelopefs 9.9\n")
    }

    @Test("the pages are read-only files whose size is their length")
    func pages() throws {
        let reader = kernel.process()
        #expect(try reader.list(".envelopefs") == ["version", "statistics", "refusals"])
        for name in ["version", "statistics", "refusals"] {
            let path = ".envelopefs/\(name)"
            #expect(try reader.stat(path).byteCount == UInt64(try reader.contents(of: path).count))
            #expect(throws: MailboxError.readOnly(name)) { _ = try reader.open(path, O_WRONLY) }
        }
        #expect(!reader.exists(".envelopefs/other"))
        #expect(throws: MailboxError.self) { try reader.unlink(".envelopefs/version") }
    }

    @Test("statistics count what happened")
    func statistics() throws {
        let program = kernel.process()
        for (name, bytes) in [("a", Samples.small), ("b", Samples.small), ("c", Samples.notMail)] {
            let file = try program.open("inbox/\(name)")
            try program.write(file, bytes)
            try? program.close(file)
        }
        #expect(try kernel.statistic("received messages") == 2)
        #expect(try kernel.statistic("received bytes") == 2 * Samples.small.count)
        #expect(try kernel.statistic("refused messages") == 1)
        #expect(try kernel.statistic("refusals") == 1)
        #expect(try kernel.page("statistics").hasPrefix("mounted: 2026-"))
    }

    @Test("a refusal is told with time, file, the kernel's words and the sentence, to whom it concerns")
    func refusals() throws {
        kernel.intake.refuse(with: .noMatchingRule(recipients: ["bob@example.com"]))
        let program = kernel.process(uid: 1001)
        let file = try program.open("inbox/no\nte.eml")
        try program.write(file, Samples.small)
        try? program.close(file)
        let text = try kernel.page("refusals", uid: 1001)
        #expect(text.split(separator: "\n").count == 1)
        #expect(text.contains("receiving  inbox/no?te.eml  "))
        #expect(text.contains("No such device or address"))
        #expect(text.hasSuffix("no receipt rule matches bob@example.com\n"))
        #expect(try kernel.page("refusals", uid: 1002).isEmpty)
        #expect(try kernel.page("refusals", uid: 0) == text)
        #expect(kernel.reported.all.first?.requester?.pid == program.requester.pid)
    }

    @Test("only the last 256 refusals are kept")
    func manyRefusals() throws {
        kernel.intake.refuse(with: .noRecipient)
        let program = kernel.process()
        for index in 0..<300 {
            let file = try program.open("inbox/\(index)")
            try program.write(file, Samples.small)
            try? program.close(file)
        }
        let lines = try kernel.page("refusals").split(separator: "\n")
        #expect(lines.count == 256)
        #expect(lines.last?.contains("inbox/299 ") == true)
        #expect(try kernel.statistic("refusals") == 300)
    }

    @Test("a file system that knows no bounds shows plenty of room")
    func space() throws {
        let statistics = try kernel.files.statistics()
        #expect(statistics.availableBlockCount * statistics.blockByteCount == 4 << 40)
        #expect(statistics.longestName == 255)
        #expect(try FakeKernel(buckets: MemoryBuckets(names: [])).files.statistics().blockCount > 0)
    }
}
