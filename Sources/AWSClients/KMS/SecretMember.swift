internal import Cryptography

/// Takes one secret out of a JSON body without making text of it.
///
/// A data key arrives as base64 inside JSON. Parsed the usual way it would lie about in strings that nobody can
/// wipe; here it goes from the body's bytes into `SecretBytes`, and its characters in the body are overwritten.
/// Only the outermost object is searched. The body is not otherwise validated: parse it afterwards.
enum SecretMember {
    /// Why there is no secret.
    enum Failure: Error, Equatable {
        case absent
        case notBase64
    }

    /// Decodes the member `name` of `body` and blanks it there.
    static func take(_ name: String, from body: inout [UInt8]) throws(Failure) -> SecretBytes {
        guard let range = find(name, in: body) else { throw .absent }
        // JSON may escape the solidus, the only base64 character it may (RFC 8259 section 7).
        let escapes = range.filter { body[$0] == UInt8(ascii: "\\") }
        guard escapes.allSatisfy({ $0 + 1 < range.upperBound && body[$0 + 1] == UInt8(ascii: "/") }) else {
            throw .notBase64
        }
        let padding = range.reversed().prefix { body[$0] == UInt8(ascii: "=") }.count
        let count = range.count - escapes.count
        guard count % 4 == 0, padding <= 2, count > 0 else { throw .notBase64 }
        let secret = try SecretBytes(count: count / 4 * 3 - padding) { (out) throws(Failure) in
            try decode(body[range].dropLast(padding), into: out)
        }
        for index in range { body[index] = UInt8(ascii: "*") }
        return secret
    }

    private static func decode(
        _ characters: ArraySlice<UInt8>, into out: UnsafeMutableRawBufferPointer
    ) throws(Failure) {
        var bits: UInt32 = 0
        var bitCount = 0
        var place = 0
        for character in characters where character != UInt8(ascii: "\\") {
            guard let value = value(of: character) else { throw .notBase64 }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                guard place < out.count else { throw .notBase64 }
                out[place] = UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
                place += 1
            }
        }
        // RFC 4648 section 3.5: the bits behind the last byte must be zero.
        guard place == out.count, bits & (1 << UInt32(bitCount) - 1) == 0 else { throw .notBase64 }
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// The characters between the quotation marks of the value of `name` in the outermost object.
    private static func find(_ name: String, in body: [UInt8]) -> Range<Int>? {
        var index = 0
        var depth = 0
        var lastName: Range<Int>?
        var isValue = false
        while index < body.count {
            switch body[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                isValue = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","): isValue = false
            case UInt8(ascii: ":"): isValue = true
            case UInt8(ascii: "\""):
                guard let end = endOfString(from: index + 1, in: body) else { return nil }
                let content = index + 1..<end
                if depth == 1, isValue, let lastName, body[lastName].elementsEqual(name.utf8) {
                    return content
                }
                if !isValue { lastName = content }
                index = end
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func endOfString(from start: Int, in body: [UInt8]) -> Int? {
        var index = start
        while index < body.count {
            if body[index] == UInt8(ascii: "\"") { return index }
            index += body[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }
}
