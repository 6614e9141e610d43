public import FoundationEssentials

/// What a service takes from the world around it: the time of day and random bytes.
///
/// Both arrive as values, so a test owns them and nothing below the executables reads a clock.
public struct Surroundings: Sendable {
    /// The time of day.
    public var now: @Sendable () -> Date
    /// That many bytes from a cryptographic random source.
    public var randomBytes: @Sendable (_ count: Int) -> [UInt8]

    /// Makes surroundings of a clock and a random source.
    public init(now: @escaping @Sendable () -> Date, randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.now = now
        self.randomBytes = randomBytes
    }

    /// A random UUID in lower case, version 4.
    ///
    /// Source: RFC 9562 section 5.4.
    public func uuid() -> String {
        var bytes = Array(randomBytes(16).prefix(16))
        precondition(bytes.count == 16, "the random source gave fewer bytes than it was asked for")
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Hex.encode(bytes)
        var parts: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }
}
