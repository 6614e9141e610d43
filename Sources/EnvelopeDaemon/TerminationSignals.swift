import Glibc

/// Turns SIGINT, SIGTERM and SIGHUP into a call on a thread of its own.
///
/// The signals are blocked in every thread (call ``block()`` before any other thread starts) and fetched by
/// one that waits for them, so nothing ever runs in the narrow world of a signal handler.
public enum TerminationSignals {
    /// Blocks the signals for this thread and all that it starts, and ignores SIGPIPE.
    public static func block() {
        var set = watched()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Starts the thread; `action` runs there once for every signal that arrives, with its number.
    public static func watch(_ action: @escaping @Sendable (Int32) -> Void) {
        try? DetachedThread.start {
            var set = watched()
            while true {
                var number: Int32 = 0
                if sigwait(&set, &number) == 0 { action(number) }
            }
        }
    }

    private static func watched() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
        return set
    }
}
