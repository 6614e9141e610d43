import Glibc
import SystemPackage

/// One mount, from the first system call to the last.
///
/// Life: made, mounted, run, over. Mounting and running are apart because a daemon forks in between: threads and
/// locked memory do not survive a fork, the connection to the kernel does. Nothing here reads the environment or
/// touches the process's signals, except that SIGURG is given a handler that does nothing.
///
/// ORDER of the end: no new notifications; the receive loops stop; the workers finish what is queued and answer it;
/// the connection is closed and the mount point freed; `run` returns. So what `cp` was told is true, and no
/// request is left without an answer.
public final class Session: Sendable {
    /// Requests that may wait for a worker; each is a thread of some program waiting in a system call.
    private static let backlogCapacity = 1024
    /// Threads that receive requests and answer those that do not wait: one for each processor, within bounds.
    ///
    /// With one, a listing that meets a cold disk would hold up everything; each costs a megabyte of locked memory.
    private static let loopCount = min(4, max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))

    enum Phase: Equatable {
        case made
        case mounted
        case running
        case ending
        case over
    }

    struct State {
        var phase = Phase.made
        var isStopRequested = false
        /// Loops that have not ended.
        var liveLoopCount = 0
        /// Threads inside a notification.
        var notifierCount = 0
        var failure: Errno?
    }

    /// Where the file system is mounted: an absolute path without links.
    public let mountPoint: String
    private let options: MountOptions
    let mount: Mount
    let libfuse: LibfuseSession
    let state = Monitor(State())
    let changed = Condition()

    /// Prepares a mount; nothing happens to the system yet.
    ///
    /// - Parameters:
    ///   - files: What is mounted.
    ///   - mountPoint: A directory; a relative path is resolved now.
    ///   - options: How.
    ///   - log: Where messages go, libfuse's own among them.
    /// - Throws: The case that says what is wrong with the mount point, or `.sessionRefused`. A dead mount of
    ///   our own kind on the mount point is taken away first.
    public init(
        fileSystem files: any FileSystem, mountPoint: String, options: MountOptions = MountOptions(),
        log: @escaping Log = { _, _ in }
    ) throws(FuseBridgeError) {
        LibfuseLog.redirect(to: log)
        self.options = options
        self.mountPoint = try MountPoint.prepare(mountPoint, ownType: "fuse." + options.subtype, log: log)
        mount = Mount(files: files, options: options, log: log)
        libfuse = try LibfuseSession(mount, options: options)
    }

    /// A session on one end of a socket pair, which a test feeds with requests: no mount, no kernel.
    init(
        fileSystem files: any FileSystem, options: MountOptions = MountOptions(),
        attachedTo descriptor: Int32, log: @escaping Log = { _, _ in }
    ) throws(FuseBridgeError) {
        LibfuseLog.redirect(to: log)
        self.options = options
        mountPoint = ""
        mount = Mount(files: files, options: options, log: log)
        libfuse = try LibfuseSession(mount, options: options)
        guard libfuse.attach(to: descriptor) == 0 else {
            throw .sessionRefused(reason: LibfuseLog.reason() ?? "not a usable descriptor")
        }
        state.withLock { $0.phase = .mounted }
    }

    deinit {
        // A session that was mounted and never run would leave a mount that answers nobody.
        if state.withLock({ $0.phase == .mounted }) { libfuse.unmount() }
    }

    /// Mounts; from here on programs can see the mount point, and wait there until `run` answers them.
    ///
    /// - Throws: The case that says why not.
    public func mountFileSystem() throws(FuseBridgeError) {
        LibfuseLog.startListening()
        guard libfuse.mount(on: mountPoint) == 0 else {
            throw MountPoint.explainFailure(on: mountPoint, options: options, reason: LibfuseLog.reason())
        }
        state.withLock { $0.phase = .mounted }
    }

    /// Serves the mount until it is unmounted or `requestStop` is called, and unmounts it.
    ///
    /// The calling thread receives the kernel's first request and then only waits.
    ///
    /// - Parameter ready: Called once, when the mount answers; a daemon reports its success from here.
    /// - Throws: `.notMounted`, `.systemCall` when threads or memory are missing, `.connectionLost`.
    public func run(ready: () -> Void = {}) throws(FuseBridgeError) {
        let isMounted = state.withLock { state in
            guard state.phase == .mounted else { return false }
            state.phase = .running
            return true
        }
        guard isMounted else { throw .notMounted }
        defer {
            libfuse.unmount()
            state.withLock { $0.phase = .over }
        }
        WakeSignal.install()
        guard try answerFirstRequest() else { return }
        let workers = try WorkerPool(count: options.workerCount, capacity: Self.backlogCapacity)
        mount.use(workers)
        defer {
            mount.use(nil)
            workers.finish()
        }
        let loops = try startLoops()
        ready()
        waitForEnd()
        stop(loops)
        if let errno = state.withLock({ $0.failure }) { throw .connectionLost(errno) }
    }

    /// Ends `run` from any thread: requests under way are answered, then the mount is taken away.
    ///
    /// Safe to call at any time and more than once; not from a signal handler, which may interrupt a thread that
    /// holds the lock.
    public func requestStop() {
        state.withLock { $0.isStopRequested = true }
        changed.broadcast()
    }

    // MARK: The parts of running

    /// Serves alone until INIT is answered; false when the mount is gone before that.
    private func answerFirstRequest() throws(FuseBridgeError) -> Bool {
        let loop = try ReceiveLoop(libfuse)
        if !loop.isLocked {
            mount.log(.warning, "the limit on locked memory is low: mail being received may be swapped out")
        }
        while !mount.isInitialised {
            switch loop.round() {
            case .served: continue
            case .interrupted: if state.withLock({ $0.isStopRequested }) { return false }
            case .ended: return false
            case .failed(let errno): throw .connectionLost(errno)
            }
        }
        return true
    }

    private func startLoops() throws(FuseBridgeError) -> [Worker] {
        var loops: [Worker] = []
        do throws(FuseBridgeError) {
            for number in 1...Self.loopCount {
                state.withLock { $0.liveLoopCount += 1 }
                loops.append(try startLoop(number))
            }
        } catch {
            state.withLock { $0.liveLoopCount -= 1 }
            stop(loops)
            throw error
        }
        return loops
    }

    private func startLoop(_ number: Int) throws(FuseBridgeError) -> Worker {
        let (libfuse, state, changed) = (libfuse, state, changed)
        return try Worker(named: "fuse-serve-\(number)", isWakeable: true) {
            var failure: Errno?
            do throws(FuseBridgeError) {
                failure = try ReceiveLoop(libfuse).run()
            } catch {
                failure = .noMemory
            }
            state.withLock { state in
                state.liveLoopCount -= 1
                state.failure = state.failure ?? failure
            }
            changed.broadcast()
        }
    }

    /// Sleeps until a loop has ended, which says that the mount is gone, or until a stop is wanted and no
    /// notification is under way.
    private func waitForEnd() {
        state.wait(at: changed) { state -> Void? in
            if state.isStopRequested || state.liveLoopCount < Self.loopCount { state.phase = .ending }
            guard state.phase == .ending else { return nil }
            // A notification may be waiting, inside the kernel, for a directory that a request of ours holds:
            // the loops have to go on serving until it is through.
            return state.liveLoopCount < Self.loopCount || state.notifierCount == 0 ? () : nil
        }
    }

    private func stop(_ loops: [Worker]) {
        libfuse.exit()
        // A signal that comes just before the call it should interrupt is lost, so it is sent until it has worked.
        while state.withLock({ $0.liveLoopCount > 0 }) {
            for loop in loops { loop.wake() }
            Pause.brief()
        }
        for loop in loops { loop.join() }
        state.wait(at: changed) { $0.notifierCount == 0 ? () : nil }
    }
}
