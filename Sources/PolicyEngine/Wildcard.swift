/// A text with the wildcards `*` (any characters, also none) and `?` (exactly one character).
///
/// Matching is on UTF-8 bytes, so it never depends on Unicode equivalence; `?` takes one whole scalar. Time
/// is at most pattern length times text length: only the last `*` is ever retried.
struct Wildcard: Sendable, Equatable {
    /// A byte of the pattern, or one of the two wildcards.
    typealias Token = UInt16
    static let anySequence: Token = 0x100
    static let anyCharacter: Token = 0x101

    private let tokens: [Token]
    private let isEverything: Bool

    /// Takes a pattern whose wildcards have been told apart from literal characters already.
    init(tokens: [Token]) {
        self.tokens = tokens
        isEverything = tokens == [Self.anySequence]
    }

    /// Takes a text in which every `*` and `?` is a wildcard.
    init(_ text: String) { self.init(tokens: Self.tokens(of: text)) }

    /// Whether the pattern is `*` alone.
    var matchesEverything: Bool { isEverything }

    /// The tokens of a text in which `*` and `?` are wildcards.
    static func tokens(of text: String) -> [Token] {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "*"): anySequence
            case UInt8(ascii: "?"): anyCharacter
            default: Token(byte)
            }
        }
    }

    /// The tokens of a text in which `*` and `?` stand for themselves.
    static func literalTokens(of text: String) -> [Token] { text.utf8.map(Token.init) }

    /// Whether the whole of `text` fits the pattern.
    func matches(_ text: String) -> Bool { matches(text.utf8.span) }

    func matches(_ text: Span<UInt8>) -> Bool {
        if isEverything { return true }
        var position = 0
        var index = 0
        var retry: (index: Int, position: Int)?
        while position < text.count {
            if index < tokens.count {
                let token = tokens[index]
                if token == Self.anySequence {
                    retry = (index, position)
                    index += 1
                    continue
                }
                if token == Self.anyCharacter || token == Token(text[position]) {
                    position =
                        token == Self.anyCharacter ? Self.scalarEnd(in: text, from: position) : position + 1
                    index += 1
                    continue
                }
            }
            guard let last = retry else { return false }
            // The last `*` takes one character more, and matching resumes behind it.
            position = Self.scalarEnd(in: text, from: last.position)
            retry = (last.index, position)
            index = last.index + 1
        }
        return tokens[index...].allSatisfy { $0 == Self.anySequence }
    }

    /// Where the scalar ends that begins at `start`.
    private static func scalarEnd(in text: Span<UInt8>, from start: Int) -> Int {
        var end = start + 1
        // RFC 3629 3: continuation bytes are 10xxxxxx.
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }
}

/// Whether two texts are the same bytes.
///
/// Swift's `==` follows canonical equivalence; policies compare exactly.
func sameBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
}
