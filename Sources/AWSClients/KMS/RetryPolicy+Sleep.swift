internal import Glibc

extension RetryPolicy {
    /// Blocks the calling thread for `seconds`.
    public static let sleep: @Sendable (_ seconds: Double) -> Void = { seconds in
        let whole = seconds.rounded(.down)
        var wanted = timespec(tv_sec: Int(whole), tv_nsec: Int((seconds - whole) * 1e9))
        var left = timespec()
        while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
    }
}
