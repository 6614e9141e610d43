import AWSVocabulary
import EnvelopeCrypto
import EnvelopeTesting
import Glibc
import MailReceiving
import MailboxFS
import ObjectStore
import Synchronization
import Testing

@Suite("Many threads at once")
struct ConcurrencyTests {
    let kernel = FakeKernel()

    @Test("eight threads deliver at once, and every message is stored once")
    func deliveries() throws {
        onThreads(8) { [kernel] index in
            let program = kernel.process()
            for round in 0..<50 {
                let bytes = Samples.message(byteCount: 100 + index * 1000 + round)
                if round.isMultiple(of: 2) {
                    let file = try program.open("inbox/\(index)-\(round)")
                    try program.write(file, bytes, size: 512)
                    try program.close(file)
                } else {
                    let file = try program.open("inbox/tmp/\(index)-\(round)")
                    try program.write(file, bytes, size: 512)
                    try program.close(file)
                    try program.rename("inbox/tmp/\(index)-\(round)", to: "inbox/new/\(index)-\(round)")
                }
            }
        }
        #expect(kernel.intake.receiveCalls == 400)
        #expect(try kernel.statistic("received messages") == 400)
        #expect(try kernel.statistic("spool bytes") == 0)
        #expect(try kernel.process().list("inbox").count == 3)
    }

    @Test("two closes of one file at once get one verdict", arguments: [true, false])
    func twoCloses(_ isAccepted: Bool) throws {
        if !isAccepted { kernel.intake.refuse(with: .noRecipient) }
        let program = kernel.process()
        let first = try program.open("inbox/a")
        try program.write(first, Samples.small)
        let second = try program.dup(first)
        let entered = Gate()
        kernel.intake.duringReceive {
            entered.open()
            usleep(30_000)
        }
        onThreads(2) { index in
            if index == 1 { entered.wait() }
            do throws(MailboxError) {
                try program.close(index == 0 ? first : second)
                #expect(isAccepted)
            } catch {
                #expect(!isAccepted)
                #expect(error == .receiving(.noRecipient))
            }
        }
        #expect(kernel.intake.receiveCalls == 1)
        #expect(kernel.intake.stored.count == (isAccepted ? 1 : 0))
    }

    @Test("what is written while a message is received waits, and replaces it")
    func writeWhileReceiving() throws {
        let program = kernel.process()
        let first = try program.open("inbox/a")
        let half = Array(Samples.small.prefix(40))
        try program.write(first, half)
        let second = try program.dup(first)
        let entered = Gate()
        let isDone = Mutex(false)
        kernel.intake.duringReceive {
            entered.open()
            usleep(30_000)
            isDone.withLock { $0 = true }
        }
        onThreads(2) { [kernel] index in
            if index == 0 { return try program.close(first) }
            entered.wait()
            #expect(kernel.files.mayBlock(flushing: try program.description(second).handle))
            try program.pwrite(second, Array(Samples.small.dropFirst(40)), at: 40)
            #expect(isDone.withLock { $0 })
        }
        try program.close(second)
        #expect(kernel.intake.messages == [Samples.small])
    }

    @Test("no lock is held while a message is received: everything else goes on")
    func nothingWaits() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a")
        try program.write(file, Samples.small)
        let (entered, leave) = (Gate(), Gate())
        kernel.intake.duringReceive {
            entered.open()
            leave.wait()
        }
        onThreads(2) { [kernel] index in
            if index == 0 { return try program.close(file) }
            entered.wait()
            let other = kernel.process()
            #expect(try other.list("inbox").contains("a"))
            #expect(try other.stat("inbox/a").byteCount == UInt64(Samples.small.count))
            let draft = try other.open("inbox/.draft")
            try other.write(draft, Samples.small)
            try other.close(draft)
            try other.unlink("inbox/.draft")
            #expect(try kernel.statistic("received messages") == 0)
            leave.open()
        }
        #expect(kernel.intake.messages == [Samples.small])
    }

    @Test("eight threads do anything at all to the same few names, and nothing leaks")
    func chaos() throws {
        onThreads(8) { [kernel] index in
            var random = SeededGenerator(seed: UInt64(index))
            var program = kernel.process()
            let paths = ["inbox/a", "inbox/b", "inbox/.h", "inbox/tmp/t", "inbox/new/n"]
            for _ in 0..<300 {
                let path = paths[Int.random(in: 0..<paths.count, using: &random)]
                let other = paths[Int.random(in: 0..<paths.count, using: &random)]
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1, 2:
                    guard let file = try? program.open(path) else { continue }
                    try? program.write(file, Bool.random(using: &random) ? Samples.small : Samples.notMail)
                    try? program.close(file)
                case 3: try? program.rename(path, to: other)
                case 4: try? program.link(path, to: other)
                case 5: try? program.unlink(path)
                case 6: _ = try program.list("inbox", pageSize: 2, withEntries: true)
                default:
                    if let file = try? program.open(path) { try? program.write(file, Samples.small) }
                    program.kill()
                    program = kernel.process()
                }
            }
            program.exit()
        }
        let cleaner = kernel.process()
        for path in ["inbox/a", "inbox/b", "inbox/.h", "inbox/tmp/t", "inbox/new/n"] {
            try? cleaner.unlink(path)
        }
        kernel.clock.advance(by: 60)
        _ = try cleaner.list("inbox")
        #expect(try kernel.statistic("spool bytes") == 0)
        #expect(try kernel.statistic("inbox inodes") == 4)
        #expect(try kernel.statistic("open files") == 0)
    }

    @Test("eight threads read, list and stat mail, and no lookup or handle is left")
    func readers() throws {
        let keys = FakeKeys()
        let cipher = ContentCipher(keys: keys)
        let kernel = FakeKernel(opener: cipher)
        for index in 0..<20 {
            let sealed = try Samples.message(byteCount: 1000 + index).span.withUnsafeBytes {
                (raw) throws(EnvelopeError) in
                try cipher.seal(
                    raw, keyID: FakeKeys.arn, context: ["n": "\(index)"], for: .root(of: .default))
            }
            _ = try kernel.buckets["mailbox"].put(
                try ObjectKey("in/\(index)"), body: sealed.body, metadata: ObjectMetadata(sealed.metadata))
        }
        onThreads(8) { thread in
            let reader = kernel.process()
            for round in 0..<100 {
                let index = (thread * 7 + round) % 20
                let contents = try reader.contents(of: "mail/mailbox/in/\(index).eml")
                let names = try reader.list("mail/mailbox/in", pageSize: 6, withEntries: true)
                #expect(contents.count == 1000 + index)
                #expect(names.count == 20)
            }
        }
        #expect(keys.decryptCalls == 800)
        #expect(try kernel.statistic("known objects and levels") == 0)
        #expect(try kernel.statistic("open files") == 0)
        #expect(try kernel.statistic("open directories") == 0)
    }
}
