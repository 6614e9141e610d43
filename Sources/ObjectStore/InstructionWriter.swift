internal import CLinux
internal import DurableFiles
internal import Foundation
internal import Synchronization

/// The thread that writes instruction files behind the objects, and sweeps buckets.
///
/// What is due is a list of keys, not of contents: the thread reads the envelope from the object when it
/// comes to it, so a key that was put twice meanwhile gets the right file.
final class InstructionWriter: Sendable {
    private struct Job {
        let key: ObjectKey
        let bucket: LocalBucket
    }

    private struct State {
        var due: [Job] = []
        var next = 0
        /// Could not be written; tried again after the next one that can.
        var failed: [Job] = []
        var sweeps: [LocalBucket] = []
        var isWriting = false
        var isSweeping = false
        var hasThread = false
        var isStopping = false
        var statistics = StoreStatistics()

        var dueCount: Int { due.count - next }

        mutating func takeDue() -> Job? {
            guard next < due.count else { return nil }
            let job = due[next]
            next += 1
            // Gives the memory of what is done back, without moving the rest at every step.
            if next == due.count {
                due.removeAll(keepingCapacity: due.count <= 1_024)
                next = 0
            }
            return job
        }
    }

    /// Beyond this many due files only a sweep of the bucket is noted.
    private static let mostDue = 65_536

    private let state = Mutex(State())
    /// Held for a moment around every change that somebody may wait for; never while working.
    private let changed = NSCondition()

    // MARK: What others ask for

    /// Notes that the instruction file of `key` is due.
    func enqueue(_ key: ObjectKey, in bucket: LocalBucket) {
        change { state in
            guard !state.isStopping else { return }
            if state.dueCount < Self.mostDue {
                state.due.append(Job(key: key, bucket: bucket))
            } else if !state.sweeps.contains(where: { $0 === bucket }) {
                state.sweeps.append(bucket)
            }
        }
        startIfNeeded()
    }

    /// Notes that a bucket is to be swept.
    func sweep(_ bucket: LocalBucket) {
        change { state in
            if !state.isStopping { state.sweeps.append(bucket) }
        }
        startIfNeeded()
    }

    /// Waits until nothing is due.
    func drain(includingSweeps: Bool) {
        wait { state in
            let isIdle = state.dueCount == 0 && !state.isWriting
            let isSwept = state.sweeps.isEmpty && !state.isSweeping
            return state.isStopping || (isIdle && (isSwept || !includingSweeps))
        }
    }

    /// Ends the thread after the file it is writing.
    func stop() {
        change { $0.isStopping = true }
        wait { !$0.hasThread }
        // What is left names buckets, which own this writer; without this none of them would ever go away.
        state.withLock { state in
            state.due.removeAll()
            state.next = 0
            state.failed.removeAll()
            state.sweeps.removeAll()
        }
    }

    var statistics: StoreStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.instructionsPending = state.dueCount + (state.isWriting ? 1 : 0)
            return statistics
        }
    }

    func count(_ change: (inout StoreStatistics) -> Void) {
        state.withLock { change(&$0.statistics) }
    }

    // MARK: The thread

    private func startIfNeeded() {
        let starts = state.withLock { state in
            guard !state.hasThread, !state.isStopping else { return false }
            state.hasThread = true
            return true
        }
        if starts { Thread.detachNewThread { self.run() } }
    }

    private func run() {
        _ = linux_set_thread_name("instructions")
        // Behind the threads somebody waits for. Refusal does not matter.
        _ = linux_set_thread_nice(5)
        while waitForWork() {
            writeDue()
            sweepNext()
        }
        change { $0.hasThread = false }
    }

    /// - Returns: false when the thread is to end.
    private func waitForWork() -> Bool {
        wait { $0.isStopping || $0.dueCount > 0 || !$0.sweeps.isEmpty }
        return state.withLock { !$0.isStopping }
    }

    /// Writes what is due.
    ///
    /// - Returns: false when the thread is to end.
    @discardableResult
    func writeDue() -> Bool {
        while true {
            let (job, isStopping) = state.withLock { state in
                let job = state.isStopping ? nil : state.takeDue()
                state.isWriting = job != nil
                return (job, state.isStopping)
            }
            guard let job else { return !isStopping }
            write(job)
            change { $0.isWriting = false }
        }
    }

    private func write(_ job: Job) {
        do throws(ObjectStoreError) {
            guard try job.bucket.writeInstruction(for: job.key) else { return }
            // A disk that takes this one may take what it refused before.
            state.withLock { state in
                state.statistics.instructionsWritten += 1
                state.due += state.failed
                state.failed.removeAll()
            }
        } catch {
            state.withLock { state in
                state.statistics.instructionFailures += 1
                state.statistics.lastInstructionFailure = error.description
                if state.failed.count < Self.mostDue { state.failed.append(job) }
            }
        }
    }

    private func sweepNext() {
        let bucket = state.withLock { state -> LocalBucket? in
            guard !state.isStopping, !state.sweeps.isEmpty else { return nil }
            state.isSweeping = true
            return state.sweeps.removeFirst()
        }
        guard let bucket else { return }
        let isFinished = BucketSweep(bucket: bucket, writer: self).run()
        change { state in
            state.isSweeping = false
            if isFinished { state.statistics.sweepsFinished += 1 }
        }
    }

    // MARK: Waiting

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        // ORDER: the change first, then the condition's lock: a waiter either has seen the change or waits.
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    private func wait(until isReady: (State) -> Bool) {
        changed.lock()
        while !state.withLock({ isReady($0) }) { changed.wait() }
        changed.unlock()
    }
}
