import MailboxFS
import Synchronization

/// What every callback needs: the file system, the workers, and how to show things.
///
/// libfuse carries a pointer to it through each request, so it outlives the session of libfuse.
final class Mount: Sendable {
    let files: any FileSystem
    let presentation: Presentation
    let log: Log

    private struct State {
        var workers: WorkerPool?
        var isInitialised = false
        var hasWarnedOfNames = false
    }

    private let state = Mutex(State())

    init(files: any FileSystem, options: MountOptions, log: @escaping Log) {
        self.files = files
        presentation = Presentation(options)
        self.log = log
    }

    /// The mount behind the user data of a request.
    static func of(_ userData: UnsafeMutableRawPointer?) -> Mount {
        guard let userData else { preconditionFailure("every session is made with its mount as user data") }
        // SAFETY: `Session` passes its mount, and keeps it alive longer than the session of libfuse.
        return Unmanaged<Mount>.fromOpaque(userData).takeUnretainedValue()
    }

    /// Hands a job to a worker.
    ///
    /// Before the workers start and after they end there are none; a request that arrives then is answered with
    /// `EIO`.
    func submit(_ job: consuming Job) {
        guard let workers = state.withLock({ $0.workers }) else { return }
        workers.submit(job)
    }

    /// Sets or takes away the workers; returns those that were in use.
    @discardableResult
    func use(_ workers: WorkerPool?) -> WorkerPool? {
        state.withLock { state in
            defer { state.workers = workers }
            return state.workers
        }
    }

    /// Whether the kernel's first request, INIT, has been answered.
    var isInitialised: Bool {
        state.withLock { $0.isInitialised }
    }

    /// Notes that INIT has arrived.
    func initialise() {
        state.withLock { $0.isInitialised = true }
    }

    /// Says once a mount that a listing holds a name the kernel would refuse.
    func warnOfUnlistableName() {
        let isFirst = state.withLock { state in
            defer { state.hasWarnedOfNames = true }
            return !state.hasWarnedOfNames
        }
        if isFirst { log(.warning, "a listing leaves out names that the kernel would refuse") }
    }

    /// Undoes what an answer gave that the kernel did not take: a process died while its request was under
    /// way, and nobody would ever release the handle or forget the inode.
    func takeBack(_ answer: Answer) {
        switch answer {
        case .entry(let entry):
            files.forget(entry.inode, count: 1)
        case .opened(let file):
            files.release(file.handle)
        case .created(let entry, let file):
            files.release(file.handle)
            files.forget(entry.inode, count: 1)
        case .openedDirectory(let handle):
            files.releaseDirectory(handle)
        case .done, .attributes, .written, .attributeBytes, .statistics:
            break
        }
    }
}
