/// Encoded words, undone as far as finding an address in them needs.
///
/// Only the octets come back: every charset that mail uses spells an address's characters as ASCII does, and
/// whatever else they mean is nobody's address.
///
/// Source: RFC 2047 sections 2, 4.1, 4.2 and 6.2.
enum EncodedWord {
    /// `bytes` with each encoded word replaced by its octets; `nil` when there is none.
    static func decodingAll(in bytes: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var position = 0
        var found = false
        /// The blanks since the last encoded word, while nothing else came between.
        var blanks: Int?
        while position < bytes.count {
            if let word = word(in: bytes, at: position) {
                // RFC 2047 6.2: white space between two encoded words is not shown.
                if let blanks { result.removeLast(blanks) }
                result += word.octets
                position = word.end
                blanks = 0
                found = true
            } else {
                blanks = HeaderBytes.isBlank(bytes[position]) ? blanks.map { $0 + 1 } : nil
                result.append(bytes[position])
                position += 1
            }
        }
        return found ? result : nil
    }

    /// RFC 2047 2: an encoded word is at most 75 characters; longer ones occur.
    private static let longest = 1024

    /// The encoded word that begins at `start`, if one does.
    private static func word(in bytes: [UInt8], at start: Int) -> (octets: [UInt8], end: Int)? {
        let window = bytes[start..<min(start + longest, bytes.count)]
        guard window.starts(with: [0x3D, 0x3F]) else { return nil }
        let question = UInt8(ascii: "?")
        let parts = window.dropFirst(2).split(
            separator: question, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[1].count == 1, let encoding = parts[1].first,
            parts[3].first == UInt8(ascii: "="), !parts[2].contains(where: HeaderBytes.isBlank)
        else { return nil }
        switch HeaderBytes.lowercased(encoding) {
        case UInt8(ascii: "b"): return (base64(parts[2]), parts[3].startIndex + 1)
        case UInt8(ascii: "q"): return (quotedPrintable(parts[2]), parts[3].startIndex + 1)
        default: return nil
        }
    }

    /// RFC 2047 4.2: an underscore is a space, `=XX` an octet; a broken escape stays as it is.
    private static func quotedPrintable(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var position = text.startIndex
        while position < text.endIndex {
            if text[position] == UInt8(ascii: "="), position + 2 < text.endIndex,
                let octet = UInt8(
                    String(decoding: text[position + 1...position + 2], as: UTF8.self), radix: 16)
            {
                result.append(octet)
                position += 3
            } else {
                result.append(text[position] == UInt8(ascii: "_") ? HeaderBytes.space : text[position])
                position += 1
            }
        }
        return result
    }

    /// RFC 2045 6.8: characters outside the alphabet are passed over.
    private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var (bits, bitCount): (UInt32, Int) = (0, 0)
        for value in text.lazy.compactMap(sextet) {
            bits = bits << 6 | value
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            bits &= 1 << bitCount - 1
        }
        return result
    }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x61) + 26
        case 0x30...0x39: UInt32(byte - 0x30) + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
