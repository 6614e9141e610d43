/// One lexical token of an address list; comments and white space are not tokens, but are remembered.
struct AddressToken {
    enum Kind {
        /// A run of atom bytes, dots included.
        case atom
        /// A quoted string, its quotes and escapes removed.
        case quoted
        /// An address literal, with its brackets.
        case literal
        /// One of `< > @ , ; :`.
        case special(UInt8)
    }

    let kind: Kind
    let bytes: [UInt8]
    /// Whether white space or a comment stands before the token.
    let followsBlank: Bool

    func isSpecial(_ character: Unicode.Scalar) -> Bool {
        if case .special(let byte) = kind { byte == UInt8(ascii: character) } else { false }
    }

    /// RFC 5322 3.2.3 `atext`, or a byte of a UTF-8 or Latin-1 character (RFC 6532 3.2, and real mail).
    static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...32, 0x7F: false
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "\\"),
            UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "\""):
            false
        default: true
        }
    }
}

/// Splits an unfolded field body into tokens, never failing and in linear time.
///
/// What cannot be a token (an unclosed quote, a stray bracket, a control byte) counts as white space: the
/// addresses around it are still found.
struct AddressTokenizer {
    private let bytes: [UInt8]
    private var position = 0
    /// Whether something that is no token was passed over since the last token.
    private(set) var followsBlank = false
    // INVARIANT: once the search for a closing quote or parenthesis has run to the end in vain, it never
    // starts again; each of them runs to the end at most once, so hostile input cannot make the work
    // quadratic.
    private var quotesAreBroken = false
    private var commentsAreBroken = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next token, or `nil` at the end.
    mutating func next() -> AddressToken? {
        while position < bytes.count {
            if let token = token(startingWith: bytes[position]) {
                followsBlank = false
                return token
            }
            followsBlank = true
        }
        return nil
    }

    private mutating func token(startingWith byte: UInt8) -> AddressToken? {
        switch byte {
        case UInt8(ascii: "\""): return quotedString()
        case UInt8(ascii: "("):
            skipComment()
            return nil
        case UInt8(ascii: "["): return literal()
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: ":"):
            position += 1
            return AddressToken(kind: .special(byte), bytes: [byte], followsBlank: followsBlank)
        default: return atom()
        }
    }

    private mutating func atom() -> AddressToken? {
        let end = bytes[position...].firstIndex { !AddressToken.isAtomByte($0) && $0 != UInt8(ascii: ".") }
        let run = position..<(end ?? bytes.endIndex)
        guard !run.isEmpty else {
            position += 1
            return nil
        }
        position = run.upperBound
        return AddressToken(kind: .atom, bytes: Array(bytes[run]), followsBlank: followsBlank)
    }

    /// RFC 5322 3.2.4: the quotes and the backslash of a quoted pair are not part of the content.
    private mutating func quotedString() -> AddressToken? {
        var content: [UInt8] = []
        var index = position + 1
        position += 1
        guard !quotesAreBroken else { return nil }
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                position = index + 1
                return AddressToken(kind: .quoted, bytes: content, followsBlank: followsBlank)
            case UInt8(ascii: "\\") where index + 1 < bytes.count:
                content.append(bytes[index + 1])
                index += 2
            default:
                content.append(bytes[index])
                index += 1
            }
        }
        quotesAreBroken = true
        return nil
    }

    /// RFC 5322 3.2.2: comments nest, and a quoted pair in one closes nothing.
    private mutating func skipComment() {
        var depth = 0
        var index = position
        position += 1
        guard !commentsAreBroken else { return }
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\\"): index += 1
            default: break
            }
            index += 1
            guard depth > 0 else {
                position = index
                return
            }
        }
        commentsAreBroken = true
    }

    /// RFC 5322 3.4.1 `domain-literal`, without the white space the obsolete syntax allows in it.
    private mutating func literal() -> AddressToken? {
        let end = bytes[(position + 1)...].firstIndex {
            !(33...126).contains($0) || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]")
        }
        guard let end, bytes[end] == UInt8(ascii: "]") else {
            position += 1
            return nil
        }
        let range = position...end
        position = end + 1
        return AddressToken(kind: .literal, bytes: Array(bytes[range]), followsBlank: followsBlank)
    }
}
