public import AWSVocabulary
public import FoundationEssentials
import Synchronization

extension Surroundings {
    /// Surroundings a test owns: the clock is at `date` until moved, random bytes come from a seeded generator.
    public static func fixed(
        at date: Date = Date(timeIntervalSince1970: 1_795_600_000), seed: UInt64 = 1
    ) -> Surroundings {
        TestClock(at: date, seed: seed).surroundings
    }
}

/// A clock and a random source that a test moves by hand.
public final class TestClock: Sendable {
    private let date: Mutex<Date>
    private let generator: Mutex<SeededGenerator>

    /// Starts the clock at `date`.
    public init(at date: Date = Date(timeIntervalSince1970: 1_795_600_000), seed: UInt64 = 1) {
        self.date = Mutex(date)
        generator = Mutex(SeededGenerator(seed: seed))
    }

    /// The time it shows.
    public var now: Date { date.withLock { $0 } }

    /// Moves the clock, backwards too.
    public func advance(by seconds: Double) { date.withLock { $0 += seconds } }

    /// Surroundings that read this clock.
    public var surroundings: Surroundings {
        Surroundings(
            now: { self.now },
            randomBytes: { count in
                self.generator.withLock { generator in
                    (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                }
            })
    }
}

/// A small deterministic generator (SplitMix64): the same seed gives the same test.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts from `seed`, which a failing property test prints.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
