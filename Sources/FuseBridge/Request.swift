import CFuse
import Glibc
import MailboxFS
import SystemPackage

/// One request of the kernel, waiting for its one answer.
///
/// A request cannot be copied, and every way to answer consumes it, so it cannot be answered twice. One that
/// goes out of scope unanswered says `EIO` to whoever asked: an error is better than a process that hangs.
///
/// Source: fuse_lowlevel.h of libfuse 3.14.
struct Request: ~Copyable, @unchecked Sendable {
    // SAFETY: libfuse keeps a request valid until it is answered, and lets any thread answer it.
    private let raw: fuse_req_t

    /// What a request asks of the file system; runs on whichever thread fits, so it has copied what it needs.
    typealias Work = @Sendable (any FileSystem, borrowing Request) throws(MailboxError) -> Answer
    /// The same, for a request about a name in a directory.
    typealias NamedWork = @Sendable (any FileSystem, Requester, String) throws(MailboxError) -> Answer

    init(_ raw: fuse_req_t?) {
        guard let raw else { preconditionFailure("libfuse calls back with a request, always") }
        self.raw = raw
    }

    deinit {
        fuse_reply_err(raw, EIO)
    }

    // MARK: Looking at it

    /// Who asks.
    var requester: Requester {
        guard let context = fuse_req_ctx(raw) else { return Requester(uid: .max, gid: .max, pid: 0) }
        let (uid, gid, pid) = (context.pointee.uid, context.pointee.gid, context.pointee.pid)
        return Requester(uid: uid, gid: gid, pid: pid)
    }

    /// Whether a signal has reached the process that waits for the answer.
    ///
    /// It may turn true a moment late.
    var isInterrupted: Bool {
        fuse_req_interrupted(raw) != 0
    }

    /// The mount it belongs to.
    fileprivate var mount: Mount {
        Mount.of(fuse_req_userdata(raw))
    }

    // MARK: Working on it

    /// Answers with what `work` returns, at once or, where `mayBlock` says so, from a worker.
    ///
    /// With `isAbandonable`, a request whose asker has been interrupted before a worker came to it is answered
    /// with `EINTR` and never begun.
    consuming func answer(
        mayBlock: (any FileSystem) -> Bool = { _ in false }, isAbandonable: Bool = true,
        _ work: @escaping Work
    ) {
        let mount = mount
        if mayBlock(mount.files) {
            mount.submit(Job(request: self, isAbandonable: isAbandonable) { $0.answer(with: work) })
        } else {
            answer(with: work)
        }
    }

    /// As `answer`, for a request about a name in a directory.
    consuming func answer(
        named name: UnsafePointer<CChar>?, mayBlock: (any FileSystem, String) -> Bool = { _, _ in false },
        _ work: @escaping NamedWork
    ) {
        // The layers above speak UTF-8; a name that is none exists nowhere in the tree.
        guard let name, let text = String(validatingCString: name) else { return fail(.illegalByteSequence) }
        answer(mayBlock: { mayBlock($0, text) }) { files, request throws(MailboxError) in
            try work(files, request.requester, text)
        }
    }

    /// Runs `work` here and now.
    consuming func answer(with work: Work) {
        let mount = mount
        do throws(MailboxError) {
            let answer = try work(mount.files, self)
            send(answer, for: mount)
        } catch {
            fail(error.errno)
        }
    }

    /// Answers READ, from a worker where the file system has to fetch the bytes first.
    consuming func answerRead(handle: UInt64, at offset: off_t, count: Int) {
        guard let start = UInt64(exactly: offset) else { return fail(.invalidArgument) }
        let mount = mount
        if mount.files.mayBlock(reading: handle) {
            mount.submit(
                Job(request: self, isAbandonable: true) { $0.lend(handle: handle, from: start, count: count) }
            )
        } else {
            lend(handle: handle, from: start, count: count)
        }
    }

    /// Answers with bytes lent by the file system, straight out of its memory.
    private consuming func lend(handle: UInt64, from start: UInt64, count: Int) {
        let (raw, files) = (raw, mount.files)
        var isAnswered = false
        do throws(MailboxError) {
            // The closure's value can come from nowhere but the closure, so `read` cannot return without it.
            isAnswered = try files.read(handle, from: start, count: count) { bytes in
                if !isAnswered { _ = fuse_reply_buf(raw, bytes.baseAddress, min(bytes.count, count)) }
                isAnswered = true
                return true
            }
        } catch {
            if !isAnswered { return fail(error.errno) }
        }
        discard self
    }

    /// Answers with one buffer of directory records.
    consuming func answerListing(handle: UInt64, from offset: off_t, byteCount: Int, withEntries: Bool) {
        let (mount, requester) = (mount, requester)
        var page = DirectoryPage(byteCount: byteCount, raw: raw, withEntries: withEntries, mount: mount)
        do throws(MailboxError) {
            try mount.files.readDirectory(
                handle, from: UInt64(bitPattern: Int64(offset)), withEntries: withEntries, for: requester
            ) { page.append($0) }
        } catch {
            // What is already in the page has been counted as looked up; it must reach the kernel, and the
            // kernel will meet the error again when it asks for the rest.
            if page.isEmpty { return fail(error.errno) }
        }
        if page.reply(raw) != 0 { page.forgetEntries() }
        discard self
    }

    // MARK: Answering it

    /// Answers with an error.
    consuming func fail(_ errno: Errno) {
        fuse_reply_err(raw, errno.rawValue)
        discard self
    }

    /// Ends a request that has no answer, as FORGET has none.
    consuming func end() {
        fuse_reply_none(raw)
        discard self
    }

    /// Answers, and takes back what the answer gave when it does not arrive.
    fileprivate consuming func send(_ answer: Answer, for mount: Mount) {
        let isDelivered = Self.reply(raw, answer, mount.presentation) == 0
        discard self
        if !isDelivered { mount.takeBack(answer) }
    }

    /// The one place where an answer becomes a call of libfuse; 0 when it was delivered.
    private static func reply(_ raw: fuse_req_t, _ answer: Answer, _ presentation: Presentation) -> Int32 {
        switch answer {
        case .done:
            return fuse_reply_err(raw, 0)
        case .entry(let entry):
            var parameters = presentation.entry(entry)
            return fuse_reply_entry(raw, &parameters)
        case .attributes(let timed):
            var status = presentation.status(timed.attributes)
            return fuse_reply_attr(raw, &status, timed.timeout)
        case .opened(let file):
            var info = Presentation.fileInfo(file)
            return fuse_reply_open(raw, &info)
        case .created(let entry, let file):
            var parameters = presentation.entry(entry)
            var info = Presentation.fileInfo(file)
            return fuse_reply_create(raw, &parameters, &info)
        case .openedDirectory(let handle):
            var info = fuse_file_info()
            info.fh = handle
            return fuse_reply_open(raw, &info)
        case .written(let count):
            return fuse_reply_write(raw, count)
        case .attributeBytes(let bytes, let room):
            if room == 0 { return fuse_reply_xattr(raw, bytes.count) }
            if room < bytes.count { return fuse_reply_err(raw, ERANGE) }
            return bytes.withUnsafeBytes { fuse_reply_buf(raw, $0.baseAddress, $0.count) }
        case .statistics(let statistics):
            var volume = Presentation.volume(statistics)
            return fuse_reply_statfs(raw, &volume)
        }
    }
}

// MARK: Requests that do not fit the common form

extension Request {
    /// FORGET and BATCH_FORGET: no answer, and nothing that could fail.
    consuming func forget(_ items: some Sequence<fuse_forget_data>) {
        let files = mount.files
        for item in items { files.forget(InodeNumber(item.ino), count: item.nlookup) }
        end()
    }

    /// WRITE: never leaves the receive loop, so the mail in the request's buffer is copied only by the file
    /// system, into memory of its own.
    consuming func write(_ bytes: UnsafeRawBufferPointer, to handle: UInt64, at offset: off_t) {
        guard let start = UInt64(exactly: offset) else { return fail(.invalidArgument) }
        let mount = mount
        do throws(MailboxError) {
            let count = try mount.files.write(handle, bytes, at: start, for: requester)
            send(.written(count), for: mount)
        } catch {
            fail(error.errno)
        }
    }

    /// RENAME: two names, and a wait when a message arrives by it.
    consuming func rename(
        _ name: UnsafePointer<CChar>?, in parent: fuse_ino_t, to newName: UnsafePointer<CChar>?,
        in newParent: fuse_ino_t, flags: UInt32
    ) {
        guard let newName, let newText = String(validatingCString: newName) else {
            return fail(.illegalByteSequence)
        }
        let parent = InodeNumber(parent)
        let newParent = InodeNumber(newParent)
        answer(named: name, mayBlock: { files, _ in files.mayBlock(arrivingIn: newParent, as: newText) }) {
            files, requester, name throws(MailboxError) in
            try files.rename(name, in: parent, to: newText, in: newParent, flags: flags, for: requester)
            return .done
        }
    }
}
