import CLinux
import Glibc
import SystemPackage

/// A thread of our own, with a name and without the process's signals.
///
/// Signals sent to the process must reach the thread that the executable has set aside for them, so a worker
/// blocks all of them; a receive loop lets in `WakeSignal` alone.
struct Worker: Sendable {
    private let thread: pthread_t

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: At most 15 bytes, shown by `ps -L` and `top -H`.
    ///   - isWakeable: Lets `wake()` interrupt the thread's system call.
    ///   - body: Runs on the new thread.
    /// - Throws: `.systemCall` when the system has no thread to give.
    init(
        named name: String, isWakeable: Bool = false, body: @escaping @Sendable () -> Void
    ) throws(FuseBridgeError) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var former = sigset_t()
        var blocked = sigset_t()
        sigfillset(&blocked)
        if isWakeable { sigdelset(&blocked, WakeSignal.number) }
        // ORDER: the mask is set before the thread exists, since a thread inherits it; a signal that came
        // between start and mask would be handled on the wrong thread.
        pthread_sigmask(SIG_SETMASK, &blocked, &former)
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, Self.main, start.toOpaque())
        pthread_sigmask(SIG_SETMASK, &former, nil)
        guard code == 0 else {
            start.release()
            throw .systemCall("pthread_create", Errno(rawValue: code))
        }
        self.thread = thread
    }

    /// Waits for the thread's end; to be called once.
    func join() {
        pthread_join(thread, nil)
    }

    /// Makes a wakeable thread's blocking call return; it may come a moment too early, so call it again.
    func wake() {
        pthread_kill(thread, WakeSignal.number)
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        argument in
        guard let argument else { return nil }
        // SAFETY: the pointer is the retained `Start` of `init`, handed over exactly once.
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        _ = linux_set_thread_name(start.name)
        start.body()
        return nil
    }
}

/// The signal that only interrupts: SIGURG, which nobody minds when it strays, since by default it is ignored.
enum WakeSignal {
    static let number = SIGURG

    /// Installs a handler that does nothing, so that a signal ends a blocking call with `EINTR`.
    ///
    /// The default action would be no action at all, and the call would go on.
    static func install() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        sigemptyset(&action.sa_mask)
        action.sa_flags = 0
        sigaction(number, &action, nil)
    }
}

/// A short sleep, for the one place that has to try again.
enum Pause {
    /// One millisecond.
    static func brief() {
        usleep(1000)
    }
}
