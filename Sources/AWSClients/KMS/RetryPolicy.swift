/// How often and how patiently a call is repeated.
///
/// The pause doubles with each attempt and is shortened by a random part, so that many clients do not come back
/// together ("full jitter").
public struct RetryPolicy: Sendable {
    /// The most attempts, the first included; at least 1.
    public var attemptLimit: Int
    /// The longest pause before the second attempt, in seconds.
    public var firstPauseSeconds: Double
    /// The longest pause at all, in seconds.
    public var longestPauseSeconds: Double
    /// Waits for a number of seconds; a test puts a recorder here.
    public var pause: @Sendable (_ seconds: Double) -> Void

    /// Makes a policy.
    public init(
        attemptLimit: Int = 4, firstPauseSeconds: Double = 0.05, longestPauseSeconds: Double = 2,
        pause: @escaping @Sendable (Double) -> Void = RetryPolicy.sleep
    ) {
        self.attemptLimit = max(1, attemptLimit)
        self.firstPauseSeconds = firstPauseSeconds
        self.longestPauseSeconds = longestPauseSeconds
        self.pause = pause
    }

    /// The pause after attempt number `attempt`, counted from 1.
    ///
    /// - Parameter chance: 0 to 1; the part of the longest possible pause to take.
    public func pauseSeconds(after attempt: Int, chance: Double) -> Double {
        var longest = firstPauseSeconds
        for _ in 1..<max(attempt, 1) where longest < longestPauseSeconds { longest *= 2 }
        return min(longest, longestPauseSeconds) * chance
    }
}
