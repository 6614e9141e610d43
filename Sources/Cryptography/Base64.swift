/// Base64 in its one canonical form: the standard alphabet, padded, and nothing else.
///
/// Source: RFC 4648 section 4, with the strictness of sections 3.1 to 3.5: no line breaks, no foreign
/// characters, padding required, and the bits that padding leaves over must be zero.
public enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let invalid: UInt8 = 0xff

    /// The value of each character, 0xff where it has none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The text of `bytes`, four characters for each three bytes begun.
    public static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = self.alphabet
        let length = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: length) { text in
            var (source, target) = (0, 0)
            while source < bytes.count {
                let available = min(3, bytes.count - source)
                var group = UInt32(bytes[source]) << 16
                if available > 1 { group |= UInt32(bytes[source + 1]) << 8 }
                if available > 2 { group |= UInt32(bytes[source + 2]) }
                for index in 0..<4 {
                    let value = Int(group >> (18 - 6 * UInt32(index))) & 63
                    text[target + index] = index <= available ? alphabet[value] : padding
                }
                source += 3
                target += 4
            }
            return length
        }
    }

    /// The bytes of `text`, or nil when it is not what `encode` would have written.
    public static func decode(strict text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8(decode)
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        guard !text.isEmpty else { return [] }
        let values = self.values
        let paddingCount = text[text.count - 1] != padding ? 0 : text[text.count - 2] != padding ? 1 : 2
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        // One bad character sets a bit above the six that values use; it is looked at once, at the end.
        var seen: UInt8 = 0
        for start in stride(from: 0, to: text.count, by: 4) {
            let isLast = start + 4 == text.count
            let characterCount = isLast ? 4 - paddingCount : 4
            var group: UInt32 = 0
            for index in 0..<4 {
                let value = index < characterCount ? values[Int(text[start + index])] : 0
                seen |= value
                group = group << 6 | UInt32(value & 63)
            }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            if characterCount > 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
            if characterCount > 3 { bytes.append(UInt8(truncatingIfNeeded: group)) }
            // RFC 4648 3.5: bits that padding leaves over are zero, else two texts would mean the same bytes.
            let leftOver: UInt32 = characterCount == 2 ? 0xffff : characterCount == 3 ? 0xff : 0
            guard group & leftOver == 0 else { return nil }
        }
        return seen < 64 ? bytes : nil
    }
}
