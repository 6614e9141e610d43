import EnvelopeTesting
import FoundationEssentials
import Glibc
import Mail
import MailReceiving
import MailboxFS
import SystemPackage
import Testing

private let create = O_WRONLY | O_CREAT | O_TRUNC

@Suite("Names in the inbox")
struct InboxNamesTests {
    let kernel = FakeKernel()

    private func put(_ bytes: [UInt8], _ path: String, by program: Program) throws {
        let file = try program.open(path, create)
        try program.write(file, bytes)
        try program.close(file)
    }

    // MARK: Receipts

    @Test("what was received is gone for everybody but its writer, and from the listing")
    func receipt() throws {
        let cp = kernel.process()
        try put(Samples.small, "inbox/a", by: cp)
        #expect(cp.exists("inbox/a"))
        #expect(try cp.stat("inbox/a").byteCount == UInt64(Samples.small.count))
        #expect(!kernel.process().exists("inbox/a"))
        #expect(try cp.list("inbox") == ["cur", "new", "tmp"])
    }

    @Test("a receipt ends after its time")
    func receiptEnds() throws {
        let cp = kernel.process()
        try put(Samples.small, "inbox/a", by: cp)
        kernel.clock.advance(by: 29)
        #expect(cp.exists("inbox/a"))
        kernel.clock.advance(by: 2)
        #expect(!cp.exists("inbox/a"))
    }

    @Test(
        "a received file can be changed, renamed, linked and removed by its writer, to no effect"
    )
    func receiptOperations() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/a", by: program)
        try program.change("inbox/a", AttributeChanges(permissions: 0o600, uid: 1, modified: .distantPast))
        try program.setxattr("inbox/a", "user.comment")
        try program.rename("inbox/a", to: "inbox/b")
        #expect(!program.exists("inbox/a"))
        try program.link("inbox/b", to: "inbox/c")
        #expect(try program.stat("inbox/c").linkCount == 2)
        try program.unlink("inbox/b")
        try program.unlink("inbox/c")
        #expect(!program.exists("inbox/c"))
        #expect(kernel.intake.messages == [Samples.small])
        #expect(kernel.intake.receiveCalls == 1)
    }

    @Test("the contents of a received file are not read again from the inbox")
    func receiptHasNoContents() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/a", by: program)
        let file = try program.open("inbox/a", O_RDONLY)
        #expect(throws: MailboxError.self) { _ = try program.read(file) }
        try program.close(file)
    }

    @Test(
        "opening a received name anew begins a new message and never touches the one before",
        arguments: [create, O_WRONLY | O_APPEND, O_WRONLY])
    func reopened(_ flags: Int32) throws {
        let daemon = kernel.process()
        try put(Samples.small, "inbox/mail", by: daemon)
        let second = Samples.message(byteCount: 500)
        let file = try daemon.open("inbox/mail", flags)
        try daemon.write(file, second)
        try daemon.close(file)
        #expect(kernel.intake.stored.count == 2)
        #expect(kernel.intake.stored.values.allSatisfy { $0.count == 1 })
        #expect(Set(kernel.intake.messages) == [Samples.small, second])
    }

    @Test("another process may use the name at once, and both are received")
    func sameNameAgain() throws {
        let first = kernel.process()
        try put(Samples.small, "inbox/a", by: first)
        let second = kernel.process()
        let exclusive = try second.open("inbox/a", O_WRONLY | O_CREAT | O_EXCL)
        try second.write(exclusive, Samples.message(byteCount: 99))
        // The first one's afterthoughts meet its own file, not the stranger's.
        try first.rename("inbox/a", to: "inbox/b")
        try second.close(exclusive)
        #expect(kernel.intake.stored.count == 2)
    }

    @Test("a thread of the writer's process has the writer's receipt")
    func receiptOfThread() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/a", by: program)
        #expect(program.thread().exists("inbox/a"))
        #expect(!program.fork().exists("inbox/a"))
    }

    // MARK: Staging

    @Test(
        "staging files are received by nobody's close",
        arguments: ["inbox/.x", "inbox/tmp/x", "inbox/d/.hidden/x", "inbox/d/tmp/x"])
    func staging(_ path: String) throws {
        let program = kernel.process()
        try program.mkdir("inbox/d")
        try program.mkdir("inbox/d/.hidden")
        try program.mkdir("inbox/d/tmp")
        try put(Samples.notMail, path, by: program)
        #expect(kernel.intake.receiveCalls == 0)
        #expect(try kernel.process().contents(of: path) == Samples.notMail)
    }

    @Test("a refused rename leaves the staging file, and a second try may succeed")
    func refusedRename() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/tmp/x", by: program)
        kernel.intake.refuse(with: .noMatchingRule(recipients: []))
        #expect(throws: MailboxError.receiving(.noMatchingRule(recipients: []))) {
            try program.rename("inbox/tmp/x", to: "inbox/new/x")
        }
        #expect(program.exists("inbox/tmp/x"))
        #expect(!program.exists("inbox/new/x"))
        kernel.intake.refuse(with: nil)
        try program.rename("inbox/tmp/x", to: "inbox/new/x")
        #expect(kernel.intake.messages == [Samples.small])
        #expect(!kernel.process().exists("inbox/tmp/x"))
    }

    @Test("an empty file is not received by a rename or a link either")
    func emptyArrival() throws {
        let program = kernel.process()
        try program.close(try program.open("inbox/.x", create))
        #expect(throws: MailboxError.receiving(.notAMessage(.empty))) {
            try program.rename("inbox/.x", to: "inbox/x")
        }
        #expect(throws: MailboxError.receiving(.notAMessage(.empty))) {
            try program.link("inbox/.x", to: "inbox/x")
        }
    }

    @Test("a rename replaces what was there, and keeps it when told not to")
    func renameOver() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/.x", by: program)
        try program.close(try program.open("inbox/x", create))
        #expect(throws: MailboxError.alreadyExists("x")) {
            try program.rename("inbox/.x", to: "inbox/x", flags: 1)
        }
        #expect(throws: MailboxError.self) { try program.rename("inbox/.x", to: "inbox/x", flags: 2) }
        #expect(throws: MailboxError.isADirectory("new")) { try program.rename("inbox/.x", to: "inbox/new") }
        try program.rename("inbox/.x", to: "inbox/x")
        #expect(kernel.intake.messages == [Samples.small])
        #expect(!kernel.process().exists("inbox/x"))
    }

    @Test("a link among staging names receives nothing; one name removed leaves the other")
    func stagingLinks() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/.x", by: program)
        try program.link("inbox/.x", to: "inbox/.y")
        #expect(try program.stat("inbox/.y").linkCount == 2)
        try program.unlink("inbox/.x")
        #expect(try program.contents(of: "inbox/.y") == Samples.small)
        #expect(kernel.intake.receiveCalls == 0)
    }

    @Test("what is still in staging at the end is dropped and told")
    func shutdown() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/.forgotten", by: program)
        let open = try program.open("inbox/half", create)
        try program.write(open, Samples.small)
        try put(Samples.small, "inbox/done", by: program)
        kernel.files.shutdown()
        #expect(kernel.intake.receiveCalls == 1)
        #expect(kernel.intake.stored.count == 1)
        #expect(Set(kernel.reported.all.map(\.path)) == ["inbox/.forgotten", "inbox/half"])
        #expect(kernel.reported.all.allSatisfy { $0.error == .abandoned(byteCount: Samples.small.count) })
    }

    @Test("a staging file that nobody comes back for goes after 36 hours, and the log says so")
    func abandoned() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/tmp/x", by: program)
        kernel.clock.advance(by: 36 * 3600 - 10)
        #expect(program.exists("inbox/tmp/x"))
        kernel.clock.advance(by: 20)
        #expect(!program.exists("inbox/tmp/x"))
        #expect(kernel.reported.all.map(\.error) == [.abandoned(byteCount: Samples.small.count)])
    }

    // MARK: Directories

    @Test(
        "a directory named as an address states the recipient, the innermost one counts",
        arguments: [
            ("inbox/alice@example.com", "alice@example.com"),
            ("inbox/a@x.org/b@y.org", "b@y.org"),
            ("inbox/a@x.org/folder", "a@x.org"),
            ("inbox/a@x.org/new", "a@x.org"),
            ("inbox/plain/folder", nil),
        ])
    func addressDirectory(_ path: String, _ recipient: String?) throws {
        let program = kernel.process()
        var made = "inbox"
        for name in path.split(separator: "/").dropFirst() {
            made += "/" + name
            try program.mkdir(made)
        }
        try put(Samples.small, path + "/note.eml", by: program)
        #expect(kernel.intake.stored.values.map(\.recipients) == [recipient.map { [$0] } ?? []])
    }

    @Test("an address directory takes deliveries through its own tmp")
    func addressMaildir() throws {
        let agent = kernel.process()
        for name in ["", "/tmp", "/new"] { try agent.mkdir("inbox/bob@example.com" + name) }
        try put(Samples.small, "inbox/bob@example.com/tmp/1", by: agent)
        try agent.rename("inbox/bob@example.com/tmp/1", to: "inbox/bob@example.com/new/1")
        #expect(kernel.intake.stored.values.map(\.recipients) == [["bob@example.com"]])
    }

    @Test(
        "a directory that is nearly an address is refused",
        arguments: ["alice@", "@example.com", "a b@example.com", "a@b@"])
    func mistypedAddress(_ name: String) throws {
        #expect(throws: MailboxError.self) { try kernel.process().mkdir("inbox/\(name)") }
        #expect(!kernel.process().exists("inbox/\(name)"))
    }

    @Test("directories are removed when empty, and the Maildir's own never")
    func removeDirectory() throws {
        let program = kernel.process()
        try program.mkdir("inbox/d")
        try put(Samples.small, "inbox/d/.x", by: program)
        #expect(throws: MailboxError.directoryNotEmpty("d")) { try program.rmdir("inbox/d") }
        try program.unlink("inbox/d/.x")
        try program.rmdir("inbox/d")
        #expect(!program.exists("inbox/d"))
        for name in ["cur", "new", "tmp"] {
            #expect(throws: MailboxError.permanent(name)) { try program.rmdir("inbox/\(name)") }
            #expect(throws: MailboxError.permanent(name)) {
                try program.rename("inbox/\(name)", to: "inbox/other")
            }
        }
        try program.close(try program.open("inbox/.y", create))
        do throws(MailboxError) { try program.rmdir("inbox/.y") } catch {
            #expect(error.errno == .notDirectory)
        }
    }

    @Test(
        "directories move, but not where their files would come to mean something else, nor into themselves")
    func moveDirectory() throws {
        let program = kernel.process()
        try program.mkdir("inbox/a")
        try program.mkdir("inbox/a/b")
        try program.rename("inbox/a", to: "inbox/c")
        #expect(program.exists("inbox/c/b"))
        #expect(throws: MailboxError.self) { try program.rename("inbox/c", to: "inbox/c/b/d") }
        #expect(throws: MailboxError.crossesViews) { try program.rename("inbox/c", to: "inbox/.c") }
        #expect(program.exists("inbox/c/b"))
        try program.rename("inbox/c/b", to: "inbox/.b")
        #expect(program.exists("inbox/.b"))
    }

    @Test("names are equal when their bytes are, not when they look the same")
    func bytewiseNames() throws {
        let program = kernel.process()
        try put(Samples.small, "inbox/.caf\u{E9}", by: program)
        try put(Samples.notMail, "inbox/.cafe\u{301}", by: program)
        #expect(try program.contents(of: "inbox/.caf\u{E9}") == Samples.small)
        #expect(try program.list("inbox").count == 5)
    }

    @Test(
        "names that cannot be are refused",
        arguments: [("", 22), (String(repeating: "x", count: 256), 36), ("a\0b", 22)])
    func badNames(_ name: String, _ number: Int) throws {
        do throws(MailboxError) {
            _ = try kernel.files.lookup(name, in: .root, for: kernel.process().requester)
            Issue.record("found it")
        } catch {
            #expect(error.errno.rawValue == Int32(number))
        }
    }

    @Test("a listing goes on where it stopped while names come and go")
    func listing() throws {
        let program = kernel.process()
        for index in 0..<50 { try program.close(try program.open("inbox/f\(index)", create)) }
        let expected = ["cur", "new", "tmp"] + (0..<50).map { "f\($0)" }
        #expect(try program.list("inbox", pageSize: 7) == expected)
        #expect(try program.list("inbox", pageSize: 1, withEntries: true) == expected)
        try program.withInode("inbox") { (inode, _) throws(MailboxError) in
            let handle = try kernel.files.openDirectory(inode, for: program.requester)
            var seen: [String] = []
            var offset: UInt64 = 0
            for round in 0..<60 {
                if round < 50 {
                    try kernel.files.remove("f\(round)", in: inode, for: program.requester)
                }
                try kernel.files.readDirectory(
                    handle, from: offset, withEntries: false, for: program.requester
                ) {
                    guard seen.count <= round else { return false }
                    seen.append($0.name)
                    offset = $0.nextOffset
                    return true
                }
            }
            #expect(Set(seen).count == seen.count)
            kernel.files.releaseDirectory(handle)
        }
    }

    @Test("a number whose name is gone is not there any more, however often the kernel looked it up")
    func staleNumber() throws {
        let program = kernel.process()
        try program.close(try program.open("inbox/a", create))
        let inode = try program.stat("inbox/a").inode
        try program.unlink("inbox/a")
        #expect(throws: MailboxError.self) {
            _ = try kernel.files.open(inode, flags: O_WRONLY, for: program.requester)
        }
        #expect(throws: MailboxError.self) {
            _ = try kernel.files.attributes(of: inode, handle: nil, for: program.requester)
        }
        kernel.files.forget(inode, count: 9)
        try program.close(try program.open("inbox/a", create))
        #expect(try program.stat("inbox/a").inode != inode)
    }

    // MARK: Users

    @Test("one user's unfinished file is nobody else's, except root's")
    func users() throws {
        let ann = kernel.process(uid: 1001)
        try put(Samples.small, "inbox/.draft", by: ann)
        let bob = kernel.process(uid: 1002)
        #expect(throws: MailboxError.self) { _ = try bob.open("inbox/.draft", O_RDONLY) }
        #expect(throws: MailboxError.self) { try bob.unlink("inbox/.draft") }
        #expect(throws: MailboxError.self) { try bob.rename("inbox/.draft", to: "inbox/mine") }
        #expect(throws: MailboxError.self) { try bob.link("inbox/.draft", to: "inbox/mine") }
        #expect(throws: MailboxError.self) { try bob.change("inbox/.draft", AttributeChanges(byteCount: 0)) }
        #expect(MailboxError.notYours("x").errno == .permissionDenied)
        #expect(try kernel.process(uid: 0).contents(of: "inbox/.draft") == Samples.small)
        #expect(try ann.stat("inbox/.draft").uid == 1001)
    }
}
