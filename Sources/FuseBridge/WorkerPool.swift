import SystemPackage

/// A request that may have to wait, and what to do about it.
struct Job: ~Copyable {
    /// Answered by `work`, or with `EIO` when the job is dropped.
    let request: Request
    /// Whether it need not begin once the asker has been interrupted.
    let isAbandonable: Bool
    /// Runs on a worker; every value it needs was copied when it was made.
    let work: @Sendable (consuming Request) -> Void

    /// Does the work, unless whoever asked has been interrupted while the job waited.
    consuming func run() {
        // Nothing has started yet, so "interrupted" is the truth and leaves nothing half done.
        if isAbandonable, request.isInterrupted {
            request.fail(.interrupted)
        } else {
            work(request)
        }
    }
}

/// A fixed number of threads that exist to wait: for keys, for disks, for remote stores.
///
/// The receive loops hand over here what may block, and go on serving the rest of the mount. Parallel commits
/// are also what lets the file system's journal merge their flushes.
final class WorkerPool: Sendable {
    private struct State: ~Copyable {
        var jobs: JobQueue<Job>
        var isFinishing = false
    }

    private let state: Monitor<State>
    private let hasJobs = Condition()
    private let hasRoom = Condition()
    private let workers: [Worker]

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - count: How many jobs run at once.
    ///   - capacity: How many may wait; the next one makes its receive loop wait too.
    init(count: Int, capacity: Int) throws(FuseBridgeError) {
        let state = Monitor(State(jobs: JobQueue(capacity: capacity)))
        let hasJobs = hasJobs
        let hasRoom = hasRoom
        var workers: [Worker] = []
        do throws(FuseBridgeError) {
            for number in 1...max(1, count) {
                let worker = try Worker(named: "fuse-wait-\(number)") {
                    Self.work(state, hasJobs: hasJobs, hasRoom: hasRoom)
                }
                workers.append(worker)
            }
        } catch {
            Self.finish(state, workers: workers, hasJobs: hasJobs, hasRoom: hasRoom)
            throw error
        }
        self.state = state
        self.workers = workers
    }

    /// Queues `job`, waiting for room where there is none.
    ///
    /// Every process has at most one such request under way per thread, so a full queue means that as many
    /// threads are waiting already; holding back the receive loop then leaves the rest in the kernel's queue.
    func submit(_ job: consuming Job) {
        var pending: Job? = job
        let isQueued: Bool = state.wait(at: hasRoom) { state in
            if state.isFinishing { return false }
            guard !state.jobs.isFull, let next = pending.take() else { return nil }
            state.jobs.append(next)
            return true
        }
        if isQueued { hasJobs.signal() }
    }

    /// Lets the queued jobs finish, then ends the threads; a job submitted later is answered with `EIO`.
    func finish() {
        Self.finish(state, workers: workers, hasJobs: hasJobs, hasRoom: hasRoom)
    }

    private static func finish(
        _ state: Monitor<State>, workers: [Worker], hasJobs: Condition, hasRoom: Condition
    ) {
        state.withLock { $0.isFinishing = true }
        hasJobs.broadcast()
        hasRoom.broadcast()
        for worker in workers { worker.join() }
    }

    private static func work(_ state: Monitor<State>, hasJobs: Condition, hasRoom: Condition) {
        while let job = nextJob(state, hasJobs: hasJobs) {
            hasRoom.signal()
            job.run()
        }
    }

    private enum Turn: ~Copyable {
        case job(Job)
        case end
    }

    private static func nextJob(_ state: Monitor<State>, hasJobs: Condition) -> Job? {
        let turn: Turn = state.wait(at: hasJobs) { state in
            if let job = state.jobs.popFirst() { return .job(job) }
            return state.isFinishing ? .end : nil
        }
        switch consume turn {
        case .job(let job): return job
        case .end: return nil
        }
    }
}
