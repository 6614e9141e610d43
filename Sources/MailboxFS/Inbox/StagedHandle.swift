import Cryptography
import Synchronization

/// One opening of a file of the inbox.
final class StagedHandle: Sendable {
    let file: StagedFile
    /// Who opened it: whoever else closes it while this process still holds it does not end the message.
    let opener: Requester
    let flags: OpenFlags
    private let inbox: Inbox
    private let written = Atomic(false)

    init(file: StagedFile, opener: Requester, flags: OpenFlags, inbox: Inbox) {
        self.file = file
        self.opener = opener
        self.flags = flags
        self.inbox = inbox
        file.addHandle()
    }

    /// Whether contents were changed through this handle since the last verdict.
    var hasWritten: Bool {
        get { written.load(ordering: .acquiring) }
        set { written.store(newValue, ordering: .releasing) }
    }

    var mayBlock: Bool { file.isUndecided }

    func read<R>(
        from offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(MailboxError) -> R {
        // Copied, so that `body`, which talks to the kernel, runs without the file's lock.
        let copy = try file.read(from: offset, count: count)
        return copy.withUnsafeBytes(body)
    }

    func write(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, for requester: Requester
    ) throws(MailboxError) -> Int {
        guard flags.canWrite else { throw .badHandle(0) }
        hasWritten = true
        // The kernel's idea of the end may be old when several programs append.
        do throws(MailboxError) {
            try file.write(bytes, at: flags.appends ? nil : offset, by: requester, now: inbox.now)
        } catch {
            inbox.noteFailedChange(of: file, error, for: requester)
            throw error
        }
        return bytes.count
    }

    func flush(for requester: Requester, unless isInterrupted: () -> Bool) throws(MailboxError) {
        try inbox.close(self, by: requester, unless: isInterrupted)
    }

    func release() { inbox.release(self) }
}
