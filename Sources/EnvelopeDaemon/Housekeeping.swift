import AccountHome
import Glibc
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
    private let work: @Sendable () -> Void
    private let seconds: Int

    init(seconds: Int, work: @escaping @Sendable () -> Void) throws(DaemonError) {
        self.seconds = seconds
        self.work = work
        let box = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<PeriodicWorker>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw .threads(Errno(rawValue: code))
        }
        pthread_detach(thread)
    }

    /// Asks for the last round and waits for it.
    func stop() {
        state.withLock { $0.isStopping = true }
        while !state.withLock({ $0.hasEnded }) { usleep(5_000) }
    }

    private func run() {
        while !waitForRound() { work() }
        work()
        state.withLock { $0.hasEnded = true }
    }

    /// Sleeps until the next round; true when it was told to stop.
    private func waitForRound() -> Bool {
        for _ in 0..<(seconds * 10) {
            if state.withLock({ $0.isStopping }) { return true }
            usleep(100_000)
        }
        return state.withLock { $0.isStopping }
    }
}
