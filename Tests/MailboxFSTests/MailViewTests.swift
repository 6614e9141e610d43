import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import FoundationEssentials
import Glibc
import MailboxFS
import ObjectStore
import Synchronization
import SystemPackage
import Testing

@Suite("The mail view")
struct MailViewTests {
    let keys = FakeKeys()
    let kernel: FakeKernel
    let cipher: ContentCipher

    init() {
        cipher = ContentCipher(keys: keys)
        kernel = FakeKernel(opener: cipher)
    }

    private func store(
        _ message: [UInt8], as objectKey: String, messageID: String? = nil, bucket: String = "mailbox",
        changing change: (inout [UInt8], inout [String: String]) -> Void = { _, _ in }
    ) throws {
        let key = try ObjectKey(objectKey)
        let context: EncryptionContext = [
            "aws:ses:message-id": messageID ?? key.lastComponent, "aws:ses:rule-name": "default",
            "aws:ses:source-account": "111122223333",
        ]
        let sealed = try message.span.withUnsafeBytes { (raw) throws(EnvelopeError) in
            try cipher.seal(raw, keyID: FakeKeys.arn, context: context, for: .root(of: .default))
        }
        var (body, metadata) = (sealed.body, sealed.metadata)
        change(&body, &metadata)
        _ = try kernel.buckets[bucket].put(key, body: body, metadata: ObjectMetadata(metadata))
    }

    private func storePlain(_ bytes: [UInt8], as objectKey: String) throws {
        _ = try kernel.buckets["mailbox"].put(try ObjectKey(objectKey), body: bytes)
    }

    // MARK: Reading

    @Test("a sealed message is read back byte for byte", arguments: [0, 1, 15, 16, 4096, 300_000])
    func roundTrip(_ byteCount: Int) throws {
        let message = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try store(message, as: "in/2026/abc")
        let reader = kernel.process()
        #expect(try reader.contents(of: "mail/mailbox/in/2026/abc.eml") == message)
        #expect(try reader.stat("mail/mailbox/in/2026/abc.eml").byteCount == UInt64(byteCount))
        #expect(try kernel.statistic("open files") == 0)
        #expect(try kernel.statistic("known objects and levels") == 0)
    }

    @Test(
        "any part of a message can be read, none past its end",
        arguments: [(0, 10), (5, 100_000), (66, 1), (67, 5), (1 << 40, 5)])
    func parts(_ offset: Int, _ count: Int) throws {
        let message = Samples.message(byteCount: 67)
        try store(message, as: "abc")
        let reader = kernel.process()
        let file = try reader.open("mail/mailbox/abc.eml", O_RDONLY)
        #expect(
            try reader.read(file, from: UInt64(offset), count: count)
                == Array(message.dropFirst(offset).prefix(count)))
        #expect(try reader.read(file, from: .max, count: count) == [])
        try reader.close(file)
    }

    @Test("sizes and listings need no key")
    func noKeyForListing() throws {
        try store(Samples.small, as: "abc")
        keys.refuse(with: .unavailable("down"))
        let calls = keys.decryptCalls
        let reader = kernel.process()
        #expect(try reader.list("mail") == ["mailbox"])
        #expect(try reader.list("mail/mailbox", withEntries: true) == ["abc.eml"])
        let attributes = try reader.stat("mail/mailbox/abc.eml")
        #expect(attributes.byteCount == UInt64(Samples.small.count))
        #expect(attributes.modified == Date(timeIntervalSince1970: 1_700_000_000))
        #expect(attributes.permissions == 0o400)
        #expect(try !reader.attributes(of: "mail/mailbox/abc.eml").isEmpty)
        #expect(keys.decryptCalls == calls)
    }

    @Test("every opening asks for the key anew, in the name of who opens")
    func authorisedAtOpen() throws {
        try store(Samples.small, as: "abc")
        let reader = kernel.process()
        for expected in 1...3 {
            _ = try reader.contents(of: "mail/mailbox/abc.eml")
            #expect(keys.decryptCalls == expected)
        }
        #expect(keys.callers.allSatisfy { $0 == .root(of: .default) })
        let nobody = kernel.process(uid: 9999)
        #expect(throws: MailboxError.noPrincipal(uid: 9999)) {
            _ = try nobody.contents(of: "mail/mailbox/abc.eml")
        }
        #expect(keys.decryptCalls == 3)
    }

    @Test("what is open stays readable when the key goes, and the next opening fails")
    func revokedAfterOpen() throws {
        try store(Samples.small, as: "abc")
        let reader = kernel.process()
        let file = try reader.open("mail/mailbox/abc.eml", O_RDONLY)
        keys.refuse(with: .keyDisabled("key"))
        #expect(try reader.read(file) == Samples.small)
        try reader.close(file)
        #expect(throws: MailboxError.opening(.key(.keyDisabled("key")))) {
            _ = try reader.contents(of: "mail/mailbox/abc.eml")
        }
    }

    @Test(
        "a refusal of KMS is told in the kernel's words, and its sentence in the log",
        arguments: [
            (DataKeyError.accessDenied("statement 2"), EACCES), (.keyDisabled("k"), EKEYREVOKED),
            (.keyPendingDeletion("k"), EKEYREVOKED), (.keyNotFound("k"), ENOKEY),
            (.invalidKeyState("k"), ENOKEY),
            (.invalidCiphertext, EKEYREJECTED), (.incorrectKey, EKEYREJECTED),
            (.invalidKeyUsage("k"), EKEYREJECTED),
            (.unavailable("down"), EHOSTDOWN), (.trail("full"), EIO), (.internalFailure("x"), EIO),
        ])
    func refusedByKMS(_ error: DataKeyError, _ number: Int32) throws {
        try store(Samples.small, as: "abc")
        keys.refuse(with: error)
        var caught: MailboxError?
        do throws(MailboxError) { _ = try kernel.process().contents(of: "mail/mailbox/abc.eml") } catch {
            caught = error
        }
        #expect(caught?.errno == Errno(rawValue: number))
        #expect(kernel.reported.all.map(\.path) == ["mail/mailbox/abc.eml"])
        #expect(kernel.reported.all.map(\.operation) == [.opening])
        #expect(try kernel.page("refusals").contains("mail/mailbox/abc.eml"))
    }

    @Test("one flipped bit anywhere in the body makes the opening fail", arguments: [0, 1, 40, 66, 67, 82])
    func flippedBit(_ position: Int) throws {
        try store(Samples.message(byteCount: 67), as: "abc") { body, _ in body[position] ^= 0x10 }
        #expect(throws: MailboxError.opening(.authenticationFailed)) {
            _ = try kernel.process().contents(of: "mail/mailbox/abc.eml")
        }
        #expect(MailboxError.opening(.authenticationFailed).errno == .badMessage)
    }

    @Test(
        "one changed entry of the envelope makes the opening fail",
        arguments: [
            "x-amz-key-v2", "x-amz-iv", "x-amz-matdesc", "x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len",
        ])
    func changedEntry(_ name: String) throws {
        try store(Samples.small, as: "abc") { _, metadata in metadata[name] = nil }
        try store(Samples.small, as: "def") { _, metadata in
            var bytes = Array((metadata[name] ?? "").utf8)
            bytes[bytes.count / 2] =
                bytes[bytes.count / 2] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
            metadata[name] = String(decoding: bytes, as: UTF8.self)
        }
        for file in ["abc", "def"] {
            #expect(throws: MailboxError.self) {
                _ = try kernel.process().contents(of: "mail/mailbox/\(file).eml")
            }
            #expect(kernel.process().exists("mail/mailbox/\(file).eml"))
        }
    }

    @Test("a body shorter than its tag is shown empty and does not open", arguments: [0, 1, 15])
    func shortBody(_ byteCount: Int) throws {
        try store(Samples.small, as: "abc") { body, _ in body = Array(body.prefix(byteCount)) }
        let reader = kernel.process()
        #expect(try reader.stat("mail/mailbox/abc.eml").byteCount == 0)
        #expect(throws: MailboxError.self) { _ = try reader.contents(of: "mail/mailbox/abc.eml") }
    }

    // MARK: Objects of other kinds

    @Test("a message stored plain passes as it is and asks for no key")
    func plain() throws {
        try storePlain(Samples.small, as: "abc")
        let reader = kernel.process()
        #expect(try reader.contents(of: "mail/mailbox/abc.eml") == Samples.small)
        #expect(try reader.stat("mail/mailbox/abc.eml").byteCount == UInt64(Samples.small.count))
        #expect(try reader.attributes(of: "mail/mailbox/abc.eml")["user.envelopefs.sealed"] == "no")
        #expect(keys.decryptCalls == 0)
    }

    @Test("ciphertext that lost its envelope is not shown as mail")
    func lostEnvelope() throws {
        try store(Samples.small, as: "abc") { _, metadata in metadata = [:] }
        #expect(throws: MailboxError.neitherSealedNorMail(objectKey: "abc")) {
            _ = try kernel.process().contents(of: "mail/mailbox/abc.eml")
        }
    }

    @Test("the object by which SES tried the bucket out is no mail", arguments: ["", "in/"])
    func setupObject(_ prefix: String) throws {
        try storePlain(Samples.small, as: prefix + "AMAZON_SES_SETUP_NOTIFICATION")
        try storePlain(Samples.small, as: prefix + "other")
        let reader = kernel.process()
        #expect(!reader.exists("mail/mailbox/\(prefix)AMAZON_SES_SETUP_NOTIFICATION.eml"))
        #expect(try reader.list("mail/mailbox/\(prefix)") == ["other.eml"])
        #expect(reader.exists("sealed/mailbox/\(prefix)AMAZON_SES_SETUP_NOTIFICATION"))
    }

    @Test("a sealed message under another one's name opens, and that it was moved is told")
    func misplaced() throws {
        try store(Samples.small, as: "abc", messageID: "def")
        let reader = kernel.process()
        #expect(try reader.contents(of: "mail/mailbox/abc.eml") == Samples.small)
        #expect(kernel.reported.all.map(\.error) == [.misplaced(messageID: "def", objectKey: "abc")])
        #expect(
            try reader.attributes(of: "mail/mailbox/abc.eml")["user.envelopefs.warning"]?.contains("def")
                == true)
    }

    @Test("keys that end in .eml, and prefixes that do, keep their own names")
    func emlNames() throws {
        try store(Samples.small, as: "a.eml")
        try store(Samples.notMail, as: "b.eml/c")
        let reader = kernel.process()
        #expect(Set(try reader.list("mail/mailbox")) == ["a.eml.eml", "b.eml"])
        #expect(try reader.contents(of: "mail/mailbox/a.eml.eml") == Samples.small)
        #expect(try reader.contents(of: "mail/mailbox/b.eml/c.eml") == Samples.notMail)
        #expect(!reader.exists("mail/mailbox/a.eml"))
        #expect(!reader.exists("mail/mailbox/.eml"))
    }

    @Test(
        "names that no object can have are simply not there",
        arguments: ["nothing", "a.instruction.eml", ".tmp-x.eml", "..eml"])
    func impossibleNames(_ name: String) throws {
        try store(Samples.small, as: "abc")
        #expect(throws: MailboxError.noSuchEntry(name)) { try kernel.process().stat("mail/mailbox/\(name)") }
        #expect(throws: MailboxError.self) { try kernel.process().stat("mail/No_Bucket") }
    }

    // MARK: Extended attributes

    @Test("attributes tell who sealed a message, under which key and by which rule")
    func extendedAttributes() throws {
        try store(Samples.small, as: "in/abc")
        let attributes = try kernel.process().attributes(of: "mail/mailbox/in/abc.eml")
        let prefix = "user.envelopefs."
        #expect(attributes[prefix + "message-id"] == "abc")
        #expect(attributes[prefix + "rule"] == "default")
        #expect(attributes[prefix + "source-account"] == "111122223333")
        #expect(attributes[prefix + "key"] == FakeKeys.arn)
        #expect(attributes[prefix + "algorithm"] == "AES/GCM/NoPadding")
        #expect(attributes[prefix + "wrap-algorithm"] == "kms")
        #expect(attributes[prefix + "bucket"] == "mailbox")
        #expect(attributes[prefix + "object-key"] == "in/abc")
        #expect(attributes[prefix + "sealed"] == "yes")
        #expect(attributes[prefix + "context"]?.hasPrefix("{\"aws:ses:message-id\":\"abc\"") == true)
        #expect(attributes[prefix + "warning"] == nil)
    }

    @Test("a damaged envelope says so in its attributes")
    func damagedAttributes() throws {
        try store(Samples.small, as: "abc") { _, metadata in metadata["x-amz-tag-len"] = "96" }
        let attributes = try kernel.process().attributes(of: "mail/mailbox/abc.eml")
        #expect(attributes["user.envelopefs.sealed"] == "damaged")
        #expect(attributes["user.envelopefs.warning"] != nil)
    }

    @Test(
        "labels and access lists are not there, and ask no store",
        arguments: ["security.capability", "system.posix_acl_access", "trusted.x"])
    func foreignAttributes(_ name: String) throws {
        try store(Samples.small, as: "abc")
        let reader = kernel.process()
        try reader.withInode("mail/mailbox/abc.eml") { (inode, _) throws(MailboxError) in
            let calls = kernel.buckets.fault.calls
            #expect(throws: MailboxError.noSuchAttribute(name)) {
                _ = try kernel.files.extendedAttribute(name, of: inode, for: reader.requester)
            }
            #expect(kernel.buckets.fault.calls == calls)
        }
    }

    // MARK: Changing

    @Test(
        "nothing under mail/ or sealed/ can be written, made, renamed or linked",
        arguments: ["mail/mailbox", "sealed/mailbox", "mail", "sealed", ""])
    func readOnly(_ directory: String) throws {
        try store(Samples.small, as: "abc")
        let program = kernel.process()
        #expect(throws: MailboxError.readOnly("x")) {
            _ = try program.open("\(directory)/x", O_WRONLY | O_CREAT)
        }
        #expect(throws: MailboxError.readOnly("x")) { try program.mkdir("\(directory)/x") }
        #expect(throws: MailboxError.readOnly("a")) {
            try program.rename("\(directory)/a", to: "\(directory)/x")
        }
        #expect(throws: MailboxError.crossesViews) { try program.rename("\(directory)/a", to: "inbox/x") }
        #expect(MailboxError.readOnly("x").errno == .readOnlyFileSystem)
    }

    @Test("a message is not opened for writing, cut, or given attributes")
    func readOnlyFile() throws {
        try store(Samples.small, as: "abc")
        let program = kernel.process()
        for path in ["mail/mailbox/abc.eml", "sealed/mailbox/abc"] {
            #expect(throws: MailboxError.self) { _ = try program.open(path, O_RDWR) }
            #expect(throws: MailboxError.self) { try program.change(path, AttributeChanges(byteCount: 0)) }
            #expect(throws: MailboxError.self) { try program.setxattr(path, "user.x") }
            #expect(throws: MailboxError.crossesViews) { try program.link(path, to: "inbox/x") }
            try program.withInode(path) { (inode, _) throws(MailboxError) in
                #expect(throws: MailboxError.self) {
                    try kernel.files.access(inode, mask: W_OK, for: program.requester)
                }
                try kernel.files.access(inode, mask: R_OK, for: program.requester)
            }
        }
        #expect(kernel.buckets["mailbox"].keys == ["abc"])
    }

    @Test("removal is refused unless the mount allows it, and then removes the object")
    func removal() throws {
        try store(Samples.small, as: "in/abc")
        #expect(throws: MailboxError.removalNotAllowed("abc.eml")) {
            try kernel.process().unlink("mail/mailbox/in/abc.eml")
        }
        var options = MailboxOptions(uid: 1000, gid: 1000)
        options.allowsRemoval = true
        let removing = FakeKernel(options: options, opener: cipher, buckets: kernel.buckets).process()
        #expect(throws: MailboxError.readOnly("abc")) { try removing.unlink("sealed/mailbox/in/abc") }
        #expect(throws: MailboxError.self) { try removing.rmdir("mail/mailbox/in") }
        try removing.unlink("mail/mailbox/in/abc.eml")
        #expect(kernel.buckets["mailbox"].keys.isEmpty)
        #expect(throws: MailboxError.noSuchEntry("abc.eml")) {
            try removing.withParent(of: "mail/mailbox/abc.eml") {
                (parent, name) throws(MailboxError) in
                try removing.files.remove(name, in: parent, for: removing.requester)
            }
        }
        #expect(try removing.stat("mail/mailbox").permissions == 0o700)
    }
}
