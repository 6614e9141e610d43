/// An ARN whose six parts may each hold wildcards.
///
/// Wildcards stay inside their part; only the sixth, the resource, may hold colons and so span them.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Resource" and "Amazon Resource Name (ARN) condition
/// operators".
struct ARNPattern: Sendable, Equatable {
    private let parts: [Wildcard]

    /// Takes a condition value apart; `nil` when it has fewer than six parts.
    init?(whole tokens: [Wildcard.Token]) {
        parts = Self.parts(of: tokens)
        guard parts.count == 6 else { return nil }
    }

    /// Takes a `Resource` apart; parts that are missing at its end may be anything, so `arn:aws:kms` means
    /// `arn:aws:kms:*:*:*`.
    init(completing tokens: [Wildcard.Token]) {
        var parts = Self.parts(of: tokens)
        while parts.count < 6 { parts.append(Wildcard(tokens: [Wildcard.anySequence])) }
        self.parts = parts
    }

    private static func parts(of tokens: [Wildcard.Token]) -> [Wildcard] {
        let colon = Wildcard.Token(UInt8(ascii: ":"))
        return tokens.split(separator: colon, maxSplits: 5, omittingEmptySubsequences: false)
            .map { Wildcard(tokens: Array($0)) }
    }

    /// Whether `text` is an ARN whose parts fit, each for itself; letter case counts.
    func matches(_ text: String) -> Bool { matches(text.utf8.span) }

    func matches(_ text: Span<UInt8>) -> Bool {
        // A part ends at the next colon, whatever the pattern says: no wildcard reaches over it.
        var start = 0
        for (index, part) in parts.enumerated() {
            var end = text.count
            if index < 5 {
                guard let colon = Self.colon(in: text, from: start) else { return false }
                end = colon
            }
            guard part.matches(text.extracting(start..<end)) else { return false }
            start = end + 1
        }
        return true
    }

    private static func colon(in text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < text.count {
            if text[index] == UInt8(ascii: ":") { return index }
            index += 1
        }
        return nil
    }
}
