import AccountHome
import Foundation
import KeyManagement
import Logging
import Synchronization
import SystemPackage
import Trail

/// What time makes due: keys whose deletion or rotation has come, and trail records to deliver.
///
/// One thread, asleep between rounds. The keys are also brought up to date by the first call that finds them due;
/// the thread sees to it when nobody calls.
final class Housekeeping: Sendable {
    /// Seconds between two rounds; CloudTrail delivers about every five minutes.
    private static let interval = 300

    private let worker: PeriodicWorker

    init(services: AccountServices, log: Logger) throws(DaemonError) {
        let delivered = "\(services.home.trailDirectory)/delivered"
        worker = try PeriodicWorker(seconds: Self.interval) {
            do throws(KeyManagementError) {
                try services.keys.performDueChanges()
            } catch {
                log.warning("keys that are due could not be changed: \(error)")
            }
            do throws(TrailError) {
                _ = try services.trail.deliver(to: delivered)
            } catch {
                log.warning("the trail could not be delivered: \(error)")
            }
        }
    }

    /// Runs the last round, so that the trail of a short-lived mount is delivered too, and ends the thread.
    func stop() { worker.stop() }
}

/// A thread that does something again and again, and once more when it is told to stop.
final class PeriodicWorker: Sendable {
    private struct State: Sendable {
        var isStopping = false
        var hasEnded = false
    }

    private let state = Mutex(State())
    /// Held for a moment around every change that somebody waits for; never while working.
    private let changed = NSCondition()

    init(seconds: Int, work: @escaping @Sendable () -> Void) throws(DaemonError) {
        do throws(Errno) {
            try DetachedThread.start {
                while !self.wait(atMost: seconds, until: \.isStopping) { work() }
                work()
                self.change { $0.hasEnded = true }
            }
        } catch {
            throw .threads(error)
        }
    }

    /// Asks for the last round and waits for it.
    func stop() {
        change { $0.isStopping = true }
        while !wait(atMost: 3600, until: \.hasEnded) {}
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        // ORDER: the change first, then the condition's lock: a waiter either has seen the change or waits.
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    /// Sleeps until the state is so, or the time is over; tells which.
    private func wait(atMost seconds: Int, until isReady: (State) -> Bool) -> Bool {
        let end = Date(timeIntervalSinceNow: Double(seconds))
        changed.lock()
        defer { changed.unlock() }
        while !state.withLock({ isReady($0) }) {
            guard changed.wait(until: end) else { return state.withLock { isReady($0) } }
        }
        return true
    }
}
