import EnvelopeTesting
import FoundationEssentials
import Glibc
import Mail
import MailReceiving
import MailboxFS
import SystemPackage
import Testing

private let create = O_WRONLY | O_CREAT | O_TRUNC

@Suite("Rules of the inbox")
struct InboxRulesTests {
    let kernel = FakeKernel()

    // MARK: What a close decides

    @Test("a close decides nothing for a handle that wrote nothing")
    func closeWithoutWriting() throws {
        let program = kernel.process()
        let empty = try program.open("inbox/a", create)
        try program.close(empty)
        let reader = try program.open("inbox/a", O_RDONLY)
        try program.close(reader)
        #expect(kernel.intake.receiveCalls == 0)
        #expect(try program.stat("inbox/a").byteCount == 0)
    }

    @Test("an empty file is a placeholder for a while, then goes")
    func placeholder() throws {
        let program = kernel.process()
        try program.close(try program.open("inbox/a", create))
        kernel.clock.advance(by: 599)
        #expect(kernel.process().exists("inbox/a"))
        kernel.clock.advance(by: 10)
        #expect(!kernel.process().exists("inbox/a"))
        #expect(kernel.reported.all.isEmpty)
    }

    @Test("contents cut to nothing are a placeholder, not a refused message")
    func truncatedToNothing() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        try program.write(file, Samples.notMail)
        try program.truncate(file, to: 0)
        try program.close(file)
        #expect(kernel.intake.receiveCalls == 0)
        #expect(try kernel.statistic("spool bytes") == 0)
    }

    @Test("closing a duplicate receives once, and the last close has nothing left to decide")
    func duplicate() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        let copy = try program.dup(file)
        try program.write(file, Samples.small)
        try program.close(file)
        try program.close(copy)
        #expect(kernel.intake.receiveCalls == 1)
        #expect(kernel.intake.messages == [Samples.small])
    }

    @Test("writing on through the same handle replaces the message under the same message id")
    func replacement() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        let copy = try program.dup(file)
        try program.write(file, Array(Samples.small.prefix(40)))
        try program.close(file)
        let first = kernel.intake.stored
        try program.write(copy, Array(Samples.small.dropFirst(40)))
        try program.close(copy)
        #expect(kernel.intake.messages == [Samples.small])
        #expect(kernel.intake.stored.keys == first.keys)
        #expect(kernel.intake.stored.values.first?.count == 2)
    }

    @Test("when the replacement is refused, the version before goes too: its writer was told of failure")
    func refusedReplacement() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        let copy = try program.dup(file)
        try program.write(file, Samples.small)
        try program.close(file)
        kernel.intake.refuse(with: .noRecipient)
        try program.write(copy, [1, 2, 3])
        #expect(throws: MailboxError.receiving(.noRecipient)) { try program.close(copy) }
        #expect(kernel.intake.stored.isEmpty)
        #expect(try kernel.statistic("spool bytes") == 0)
    }

    @Test("what no close has decided is decided at release")
    func releaseIsTheFallback() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        try program.write(file, Samples.small)
        let handle = try program.description(file).handle
        kernel.files.release(handle)
        #expect(kernel.intake.messages == [Samples.small])
        #expect(!program.exists("inbox/b"))
    }

    @Test("a refusal at release is heard by the log alone")
    func refusedAtRelease() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        try program.write(file, Samples.notMail)
        kernel.files.release(try program.description(file).handle)
        #expect(kernel.reported.all.map(\.error) == [.receiving(.notAMessage(.noHeaderField))])
        #expect(!program.exists("inbox/a"))
    }

    @Test("a signal that came before anything was received fails the close, and nothing is received later")
    func interrupted() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        try program.write(file, Samples.small)
        let handle = try program.description(file).handle
        #expect(throws: MailboxError.interrupted) {
            try kernel.files.flush(handle, for: program.requester, unless: { true })
        }
        #expect(throws: MailboxError.interrupted) { try program.close(file) }
        #expect(kernel.intake.receiveCalls == 0)
    }

    // MARK: Several processes

    @Test("a part that would be refused fails for the program that wrote it, though another closes last")
    func partialRefusal() throws {
        let shell = kernel.process()
        let output = try shell.open("inbox/a", create)
        let cat = shell.fork()
        try cat.write(output, Samples.notMail)
        #expect(throws: MailboxError.receiving(.notAMessage(.noHeaderField))) { try cat.close(output) }
        cat.exit(1)
        #expect(throws: MailboxError.receiving(.notAMessage(.noHeaderField))) { try shell.close(output) }
        #expect(kernel.intake.checkCalls == 1)
        #expect(kernel.intake.receiveCalls == 1)
    }

    @Test(
        "a missing recipient fails no part while the header is incomplete",
        arguments: [
            ("From: a\nX: 1\n", false), ("From: a\r\nX: 1\r\n\r\nbody", true), ("From: a\n\nbody", true),
        ])
    func partialHeader(_ text: String, isRefused: Bool) throws {
        kernel.intake.refuse(with: .noRecipient)
        let shell = kernel.process()
        let output = try shell.open("inbox/a", create)
        let date = shell.fork()
        try date.write(output, Array(text.utf8))
        var verdict: MailboxError?
        do throws(MailboxError) { try date.close(output) } catch { verdict = error }
        #expect(verdict == (isRefused ? .receiving(.noRecipient) : nil))
    }

    @Test("two threads of one process count as one writer")
    func threads() throws {
        let main = kernel.process()
        let file = try main.open("inbox/a", create)
        try main.thread().write(file, Samples.small)
        try main.close(file)
        #expect(kernel.intake.messages == [Samples.small])
        try main.thread().change("inbox/a", AttributeChanges(permissions: 0o600))
    }

    // MARK: Half messages

    @Test("a killed writer's file is received never", arguments: [SIGKILL, SIGINT, SIGSEGV])
    func killed(_ signal: Int32) throws {
        let cp = kernel.process()
        let file = try cp.open("inbox/a", create)
        try cp.write(file, Samples.small)
        cp.kill(signal: signal)
        #expect(kernel.intake.receiveCalls == 0)
        #expect(!kernel.process().exists("inbox/a"))
        #expect(kernel.reported.all.map(\.error) == [.writerDied(pid: cp.requester.pid, status: signal)])
        #expect(try kernel.statistic("spool bytes") == 0)
    }

    @Test("a writer that exits with a failure before it closes is received never")
    func failedExit() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        try program.write(file, Samples.small)
        program.exit(3)
        #expect(kernel.intake.receiveCalls == 0)
        let sentence = kernel.reported.all.first?.sentence ?? ""
        #expect(sentence.contains("exited with status 3"))
    }

    @Test("a killed writer spoils the file for others that hold it")
    func killedChild() throws {
        let shell = kernel.process()
        let output = try shell.open("inbox/a", create)
        let child = shell.fork()
        try child.write(output, Samples.small)
        child.kill()
        #expect(throws: MailboxError.writerDied(pid: child.requester.pid, status: SIGKILL)) {
            try shell.write(output, [1])
        }
        #expect(throws: MailboxError.writerDied(pid: child.requester.pid, status: SIGKILL)) {
            try shell.close(output)
        }
        #expect(kernel.intake.receiveCalls == 0)
    }

    @Test("a killed opener spoils the file even when a child wrote it")
    func killedOpener() throws {
        let shell = kernel.process()
        let output = try shell.open("inbox/a", create)
        let child = shell.fork()
        try child.write(output, Samples.small)
        shell.kill(signal: SIGINT)
        child.kill(signal: SIGINT)
        #expect(kernel.intake.receiveCalls == 0)
        #expect(kernel.intake.stored.isEmpty)
    }

    @Test("what was received before the writer was killed in the middle of more is withdrawn")
    func killedInReplacement() throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        let copy = try program.dup(file)
        try program.write(file, Samples.small)
        try program.close(file)
        try program.write(copy, [10])
        program.kill()
        #expect(kernel.intake.stored.isEmpty)
        #expect(kernel.intake.withdrawCalls == 1)
    }

    @Test("a killed writer's staging file goes as well")
    func killedInStaging() throws {
        let rsync = kernel.process()
        let file = try rsync.open("inbox/.a.x", create)
        try rsync.write(file, Samples.small)
        rsync.kill()
        #expect(!kernel.process().exists("inbox/.a.x"))
        #expect(try kernel.statistic("spool bytes") == 0)
    }

    @Test("a failed write fails every later close with the same error, and nothing is stored")
    func failedWrite() throws {
        let cp = kernel.process()
        let file = try cp.open("inbox/a", create)
        let copy = try cp.dup(file)
        try cp.write(file, Samples.small)
        let limit = MailboxOptions.sesMessageByteLimit
        #expect(throws: MailboxError.tooLarge(limit: limit)) { try cp.pwrite(file, [1], at: UInt64(limit)) }
        #expect(throws: MailboxError.tooLarge(limit: limit)) { try cp.close(file) }
        #expect(throws: MailboxError.tooLarge(limit: limit)) { try cp.close(copy) }
        #expect(kernel.intake.receiveCalls == 0)
        #expect(kernel.reported.all.count == 1)
        #expect(!kernel.process().exists("inbox/a"))
    }

    @Test("removing a visible file while it is written fails its close")
    func removedMeanwhile() throws {
        let cp = kernel.process()
        let file = try cp.open("inbox/a", create)
        try cp.write(file, Samples.small)
        try kernel.process().unlink("inbox/a")
        #expect(throws: MailboxError.removedMeanwhile("inbox/a")) { try cp.close(file) }
        #expect(kernel.intake.receiveCalls == 0)
    }

    @Test("an unlinked scratch file closes in peace")
    func scratch() throws {
        let program = kernel.process()
        let file = try program.open("inbox/.scratch", O_RDWR | O_CREAT)
        try program.unlink("inbox/.scratch")
        try program.write(file, [1, 2, 3])
        #expect(try program.read(file, from: 1) == [2, 3])
        try program.close(file)
        #expect(try kernel.statistic("spool bytes") == 0)
        #expect(try kernel.statistic("inbox inodes") == 4)
    }

    // MARK: Limits

    @Test("a message of exactly 40 MiB is received, one byte more is too large at the write")
    func largest() throws {
        let limit = MailboxOptions.sesMessageByteLimit
        #expect(limit == 41_943_040)
        let message = Samples.message(byteCount: limit)
        let cp = kernel.process()
        let file = try cp.open("inbox/a", create)
        try cp.write(file, message, size: 1_048_576)
        try cp.close(file)
        #expect(kernel.intake.messages == [message])
        let more = try cp.open("inbox/b", create)
        #expect(throws: MailboxError.tooLarge(limit: limit)) {
            try cp.write(more, message + [1], size: 1_048_576)
        }
        #expect(throws: MailboxError.tooLarge(limit: limit)) { try cp.close(more) }
        #expect(MailboxError.tooLarge(limit: limit).errno == .fileTooLarge)
    }

    @Test(
        "a length no message may have is refused without memory for it",
        arguments: [UInt64.max, 1 << 62, 41_943_041])
    func absurdLengths(_ length: UInt64) throws {
        let program = kernel.process()
        let file = try program.open("inbox/a", create)
        #expect(throws: MailboxError.tooLarge(limit: 41_943_040)) {
            try program.pwrite(file, [1], at: length)
        }
        let other = try program.open("inbox/b", create)
        #expect(throws: MailboxError.tooLarge(limit: 41_943_040)) { try program.truncate(other, to: length) }
    }

    @Test("messages being written share one budget of memory, which comes back")
    func budget() throws {
        var options = MailboxOptions(uid: 1000, gid: 1000)
        options.spoolByteLimit = 1000
        let kernel = FakeKernel(options: options)
        let program = kernel.process()
        let first = try program.open("inbox/a", create)
        try program.write(first, Samples.message(byteCount: 600))
        let second = try program.open("inbox/b", create)
        #expect(throws: MailboxError.spoolFull(budget: 1000)) {
            try program.write(second, Samples.message(byteCount: 600))
        }
        #expect(throws: MailboxError.spoolFull(budget: 1000)) { try program.close(second) }
        try program.close(first)
        #expect(try kernel.statistic("spool bytes") == 0)
        let third = try program.open("inbox/b", create)
        try program.write(third, Samples.message(byteCount: 1000))
        try program.close(third)
        #expect(kernel.intake.stored.count == 2)
    }

    @Test("the inbox has a limit of names, and receives again when some have gone")
    func entryLimit() throws {
        var options = MailboxOptions(uid: 1000, gid: 1000)
        options.inboxEntryLimit = 5
        let kernel = FakeKernel(options: options)
        let program = kernel.process()
        try program.close(try program.open("inbox/a", create))
        try program.close(try program.open("inbox/b", create))
        #expect(throws: MailboxError.inboxFull(limit: 5)) { _ = try program.open("inbox/c", create) }
        #expect(throws: MailboxError.inboxFull(limit: 5)) { try program.mkdir("inbox/c") }
        try program.unlink("inbox/a")
        try program.close(try program.open("inbox/c", create))
    }

    // MARK: Early refusals

    @Test("a read-only mount takes nothing in")
    func readOnly() throws {
        var options = MailboxOptions(uid: 1000, gid: 1000)
        options.isReadOnly = true
        let program = FakeKernel(options: options).process()
        #expect(throws: MailboxError.readOnly("inbox")) { _ = try program.open("inbox/a", create) }
        #expect(throws: MailboxError.readOnly("inbox")) { try program.mkdir("inbox/a") }
    }
}
