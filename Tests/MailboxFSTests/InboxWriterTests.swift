import EnvelopeTesting
import MailReceiving
import MailboxFS
import Testing

@Suite("Writers into the inbox")
struct InboxWriterTests {
    @Test("an accepted message is stored once, byte for byte", arguments: Writer.all, [70, 300_000])
    func accepted(_ writer: Writer, byteCount: Int) throws {
        let kernel = FakeKernel()
        let bytes = Samples.message(byteCount: byteCount)
        try writer.setUp(kernel)
        try writer.run(kernel, bytes)
        #expect(kernel.intake.messages == [bytes])
        try expectClean(kernel, leaving: writer.leaves)
    }

    @Test("a refused message is stored nowhere and the program fails", arguments: Writer.all, [70, 300_000])
    func refused(_ writer: Writer, byteCount: Int) throws {
        let kernel = FakeKernel()
        kernel.intake.refuse(with: .noMatchingRule(recipients: ["bob@example.com"]))
        try writer.setUp(kernel)
        #expect(throws: MailboxError.self) { try writer.run(kernel, Samples.message(byteCount: byteCount)) }
        #expect(kernel.intake.stored.isEmpty)
        #expect(!kernel.reported.all.isEmpty)
        try expectClean(kernel, leaving: writer.leaves)
    }

    @Test("a file that is no mail is refused as such", arguments: Writer.all)
    func notMail(_ writer: Writer) throws {
        let kernel = FakeKernel()
        try writer.setUp(kernel)
        #expect(throws: MailboxError.self) {
            try writer.run(kernel, Samples.message(byteCount: 100).reversed())
        }
        #expect(kernel.intake.stored.isEmpty)
        try expectClean(kernel, leaving: writer.leaves)
    }

    /// Nothing is left of it all: no name, no byte, no handle, and after the receipts' time no inode.
    private func expectClean(_ kernel: FakeKernel, leaving left: Set<String>) throws {
        kernel.endAll()
        let other = kernel.process()
        #expect(Set(try other.list("inbox")) == left.union(["cur", "new", "tmp"]))
        for directory in ["cur", "new", "tmp"] { #expect(try other.list("inbox/\(directory)").isEmpty) }
        #expect(try kernel.statistic("spool bytes") == 0)
        kernel.clock.advance(by: 60)
        _ = try other.list("inbox")
        #expect(try kernel.statistic("inbox receipts") == 0)
        #expect(try kernel.statistic("inbox inodes") == 4 + left.count)
        // The page is read through a handle of its own.
        #expect(try kernel.statistic("open files") == 0)
    }
}
