import AWSVocabulary
import EnvelopeCrypto
import EnvelopeTesting
import FoundationEssentials
import Glibc
import MailReceiving
import MailboxFS
import ObjectStore
import ReceiptRules
import SystemPackage
import Testing

/// The real receiving line over buckets in memory and keys that can refuse.
struct WiredMount {
    let keys = FakeKeys()
    let buckets: MemoryBuckets
    let files: MailboxFS
    let reported = ReportSink()
    let requester = Requester(uid: 1000, gid: 1000, pid: getpid())

    init(
        buckets: MemoryBuckets = MemoryBuckets(), source: (any BucketSource)? = nil,
        kmsKeyARN: String? = FakeKeys.arn
    ) {
        self.buckets = buckets
        let surroundings = Surroundings.fixed()
        let action = S3Action(bucketName: "mailbox", objectKeyPrefix: "in", kmsKeyARN: kmsKeyARN)
        let rule = ReceiptRule(name: "default", isEnabled: true, actions: [.s3(action)])
        let rules = ActiveRules(
            ruleSet: RuleSet(name: "default-rule-set", created: surroundings.now(), rules: [rule]))
        let cipher = ContentCipher(keys: keys)
        let source = source ?? buckets
        let receiver = Receiver(
            rules: rules, cipher: cipher, buckets: source, account: .default, region: .default,
            surroundings: surroundings)
        let reported = reported
        files = MailboxFS(
            intake: receiver, buckets: source, opener: cipher, caller: { _ in .root(of: .default) },
            inspector: ProcfsInspector(ownUID: 0), options: MailboxOptions(uid: 1000, gid: 1000),
            surroundings: surroundings, report: { reported.add($0) })
    }

    func walk(_ path: String) throws(MailboxError) -> InodeNumber {
        var inode = InodeNumber.root
        for name in path.split(separator: "/") {
            let entry = try files.lookup(String(name), in: inode, for: requester)
            if inode != .root { files.forget(inode, count: 1) }
            inode = entry.inode
        }
        return inode
    }

    /// What `cp` does.
    func put(_ bytes: [UInt8], _ path: String) throws(MailboxError) {
        let parts = path.split(separator: "/")
        let parent = try walk(parts.dropLast().joined(separator: "/"))
        let (_, opened) = try files.create(
            String(parts.last ?? ""), in: parent, permissions: 0o600, flags: O_WRONLY | O_CREAT,
            for: requester)
        defer { files.release(opened.handle) }
        try bytes.span.withUnsafeBytes { (raw) throws(MailboxError) in
            _ = try files.write(opened.handle, raw, at: 0, for: requester)
        }
        try files.flush(opened.handle, for: requester)
    }

    /// What `cat` does.
    func get(_ path: String) throws(MailboxError) -> [UInt8] {
        let inode = try walk(path)
        defer { files.forget(inode, count: 1) }
        let opened = try files.open(inode, flags: O_RDONLY, for: requester)
        defer { files.release(opened.handle) }
        return try files.read(opened.handle, from: 0, count: 1 << 26) { Array($0) }
    }

    func list(_ path: String) throws(MailboxError) -> [String] {
        let inode = try walk(path)
        defer { files.forget(inode, count: 1) }
        let handle = try files.openDirectory(inode, for: requester)
        defer { files.releaseDirectory(handle) }
        var names: [String] = []
        try files.readDirectory(handle, from: 0, withEntries: false, for: requester) {
            names.append($0.name)
            return true
        }
        return names.filter { !$0.hasPrefix(".") }
    }
}

@Suite("When something below fails")
struct FaultTests {
    @Test(
        "a KMS that refuses fails the close, and nothing is in the bucket",
        arguments: [
            (DataKeyError.accessDenied("no statement allows it"), EACCES), (.keyDisabled("k"), EKEYREVOKED),
            (.keyNotFound("k"), ENOKEY), (.unavailable("down"), EHOSTDOWN), (.trail("full"), EIO),
        ])
    func refusingKMS(_ refusal: DataKeyError, _ number: Int32) throws {
        let mount = WiredMount()
        mount.keys.refuse(with: refusal)
        var caught: MailboxError?
        do throws(MailboxError) { try mount.put(Samples.small, "inbox/a") } catch { caught = error }
        #expect(caught?.errno == Errno(rawValue: number))
        #expect(mount.buckets["mailbox"].keys.isEmpty)
        #expect(mount.reported.all.count == 1)
        mount.keys.refuse(with: nil)
        try mount.put(Samples.small, "inbox/a")
        #expect(mount.buckets["mailbox"].keys.count == 1)
    }

    @Test(
        "a bucket that fails on its n-th call fails the close with the disk's words, and nothing is left",
        arguments: 1...6)
    func failingBucket(_ number: Int) throws {
        let mount = WiredMount()
        mount.buckets.fault.fail(call: number, with: .storage(.noSpace, operation: "write", path: "x"))
        var caught: MailboxError?
        do throws(MailboxError) { try mount.put(Samples.small, "inbox/a") } catch { caught = error }
        mount.buckets.fault.heal()
        if let caught {
            #expect(caught.errno == .noSpace)
            #expect(mount.buckets["mailbox"].keys.isEmpty)
        } else {
            #expect(mount.buckets["mailbox"].keys.count == 1)
            #expect(number > 1)
        }
    }

    @Test(
        "a store that fails on its n-th call fails that request alone, and no lookup or handle is left",
        arguments: 1...12)
    func failingReads(_ number: Int) throws {
        let kernel = FakeKernel()
        _ = try kernel.buckets["mailbox"].put(try ObjectKey("in/a"), body: Samples.small)
        let reader = kernel.process()
        kernel.buckets.fault.fail(call: number, with: .unavailable("down"))
        func attempt(_ body: () throws(MailboxError) -> Void) {
            do throws(MailboxError) { try body() } catch {
                #expect(error == .storage(.unavailable("down")))
                #expect(error.errno == Errno(rawValue: EHOSTDOWN))
            }
        }
        attempt { () throws(MailboxError) in _ = try reader.contents(of: "mail/mailbox/in/a.eml") }
        attempt { () throws(MailboxError) in _ = try reader.list("mail/mailbox/in", withEntries: true) }
        attempt { () throws(MailboxError) in _ = try reader.attributes(of: "mail/mailbox/in/a.eml") }
        attempt { () throws(MailboxError) in _ = try reader.contents(of: "sealed/mailbox/in/a") }
        kernel.buckets.fault.heal()
        #expect(try reader.contents(of: "mail/mailbox/in/a.eml") == Samples.small)
        #expect(try kernel.statistic("known objects and levels") == 0)
        #expect(try kernel.statistic("open files") == 0)
        #expect(try kernel.statistic("open directories") == 0)
    }

    @Test("a withdrawal that fails is told, and the writer still hears of its own failure")
    func failingWithdrawal() throws {
        let mount = WiredMount()
        let inbox = try mount.walk("inbox")
        let (_, opened) = try mount.files.create(
            "a", in: inbox, permissions: 0o600, flags: O_WRONLY | O_CREAT, for: mount.requester)
        func write(_ bytes: [UInt8], at offset: UInt64) throws(MailboxError) {
            try bytes.span.withUnsafeBytes { (raw) throws(MailboxError) in
                _ = try mount.files.write(opened.handle, raw, at: offset, for: mount.requester)
            }
        }
        try write(Samples.small, at: 0)
        try mount.files.flush(opened.handle, for: mount.requester)
        mount.buckets.fault.fail(call: 1, with: .unavailable("down"), forever: true)
        try write([10], at: UInt64(Samples.small.count))
        #expect(throws: MailboxError.self) { try mount.files.flush(opened.handle, for: mount.requester) }
        #expect(mount.reported.all.map(\.operation) == [.receiving, .removing])
        mount.files.release(opened.handle)
        #expect(try mount.list("inbox") == ["cur", "new", "tmp"])
    }
}

@Suite("The whole line, without a kernel")
struct WholeLineTests {
    @Test("what goes in comes out, sealed in between", arguments: [FakeKeys.arn, nil])
    func roundTrip(_ keyARN: String?) throws {
        let mount = WiredMount(kmsKeyARN: keyARN)
        let messages = [Samples.small, Samples.message(byteCount: 200_000)]
        for message in messages { try mount.put(message, "inbox/note.eml") }
        let names = try mount.list("mail/mailbox/in")
        #expect(names.count == 2)
        #expect(names.allSatisfy { $0.hasSuffix(".eml") && $0.utf8.count == 44 })
        #expect(Set(try names.map { try mount.get("mail/mailbox/in/\($0)") }) == Set(messages))
        for name in names {
            let stored = try mount.get("sealed/mailbox/in/\(name.dropLast(4))")
            let plain = try mount.get("mail/mailbox/in/\(name)")
            #expect(stored.count == plain.count + (keyARN == nil ? 0 : 16))
            #expect((stored == plain) == (keyARN == nil))
        }
        #expect(mount.reported.all.isEmpty)
        #expect(mount.keys.generateCalls == (keyARN == nil ? 0 : 2))
    }

    @Test("an address directory receives mail that names nobody")
    func addressDirectory() throws {
        let mount = WiredMount()
        let nobody = Array("From: ann@example.com\nSubject: x\n\nhello\n".utf8)
        var caught: MailboxError?
        do throws(MailboxError) { try mount.put(nobody, "inbox/a") } catch { caught = error }
        #expect(caught?.errno == Errno(rawValue: EDESTADDRREQ))
        let inbox = try mount.walk("inbox")
        _ = try mount.files.makeDirectory(
            "bob@example.com", in: inbox, permissions: 0o700, for: mount.requester)
        try mount.put(nobody, "inbox/bob@example.com/a")
        #expect(mount.buckets["mailbox"].keys.count == 1)
    }

    @Test(
        "bytes that are no mail are a bad message",
        arguments: [Samples.notMail, [0, 1, 2], Array("\n\n".utf8)])
    func notMail(_ bytes: [UInt8]) throws {
        let mount = WiredMount()
        var caught: MailboxError?
        do throws(MailboxError) { try mount.put(bytes, "inbox/a") } catch { caught = error }
        #expect(caught?.errno == .badMessage)
        #expect(mount.buckets["mailbox"].keys.isEmpty)
    }

    @Test("a replacement keeps its object key, over the real receiving line")
    func replacement() throws {
        let mount = WiredMount()
        let inbox = try mount.walk("inbox")
        let (_, opened) = try mount.files.create(
            "a", in: inbox, permissions: 0o600, flags: O_WRONLY | O_CREAT, for: mount.requester)
        for length in [40, Samples.small.count] {
            try Array(Samples.small.prefix(length)).span.withUnsafeBytes { (raw) throws(MailboxError) in
                _ = try mount.files.write(opened.handle, raw, at: 0, for: mount.requester)
            }
            try mount.files.flush(opened.handle, for: mount.requester)
        }
        mount.files.release(opened.handle)
        let names = try mount.list("mail/mailbox/in")
        #expect(names.count == 1)
        #expect(try mount.get("mail/mailbox/in/\(names[0])") == Samples.small)
    }

    @Test("a store on disk holds what was received, for the next mount too")
    func onDisk() throws {
        let sample = try ProcfsSample()
        let message = Samples.message(byteCount: 50_000)
        do {
            let store = try LocalStore(directory: sample.path)
            _ = try store.createBucket(named: "mailbox")
            let mount = WiredMount(source: store)
            try mount.put(message, "inbox/a")
            #expect(try mount.list("mail") == ["mailbox"])
            #expect(try mount.files.statistics().blockCount > 0)
            store.drain()
            store.stop()
        }
        let store = try LocalStore(directory: sample.path)
        // Data keys are in the fake's blobs, so another KMS of its kind opens them.
        let mount = WiredMount(source: store)
        let names = try mount.list("mail/mailbox/in")
        #expect(names.count == 1)
        #expect(try mount.get("mail/mailbox/in/\(names[0])") == message)
        #expect(try mount.list("sealed/mailbox/in").count == 1)
        store.stop()
    }
}
