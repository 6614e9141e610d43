/// The identifier SES gives a message; object key, Received field and encryption context all carry it.
///
/// Observed, not documented: 40 characters of base32hex in lower case, which is 25 bytes of which the last is
/// always 1. Older identifiers are shorter.
public struct SESMessageID: Sendable, Hashable, CustomStringConvertible {
    /// The identifier as text.
    public let text: String

    /// The number of random bytes in an identifier.
    public static let randomByteCount = 24

    /// Makes an identifier of ``randomByteCount`` random bytes.
    ///
    /// - Parameter randomBytes: A cryptographic random source.
    public init(randomBytes: (_ count: Int) -> [UInt8]) {
        let bytes = randomBytes(Self.randomByteCount)
        precondition(bytes.count == Self.randomByteCount, "the random source gave another number of bytes")
        text = Self.base32hex(bytes + [1])
    }

    /// Takes an identifier made before: 20 to 64 of `0` to `9` and `a` to `v`.
    public init?(_ text: String) {
        guard (20...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.alphabet.contains) else {
            return nil
        }
        self.text = text
    }

    /// The identifier as text.
    public var description: String { text }

    private static let alphabet = Array("0123456789abcdefghijklmnopqrstuv".utf8)

    /// RFC 4648 7, in lower case and without padding.
    private static func base32hex(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        var (bits, bitCount): (UInt32, Int) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 5 {
                bitCount -= 5
                output.append(alphabet[Int(bits >> bitCount)])
                bits &= 1 << bitCount - 1
            }
        }
        if bitCount > 0 { output.append(alphabet[Int(bits << (5 - bitCount))]) }
        return String(decoding: output, as: UTF8.self)
    }
}
