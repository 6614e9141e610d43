/// A policy value that may hold variables: `arn:aws:kms:*:*:key/${aws:PrincipalTag/team}`.
///
/// Variables exist under Version 2012-10-17 only. `${*}`, `${?}` and `${$}` are the characters themselves;
/// `${key, 'default'}` falls back where the key is absent. What a variable brings in is always literal: a tag
/// that holds `*` is no wildcard.
///
/// Source: IAM User Guide, "IAM policy elements: Variables and tags".
struct Template: Sendable, Equatable {
    /// A piece of plain pattern, or a variable.
    enum Part: Sendable, Equatable {
        case tokens([Wildcard.Token])
        case variable(foldedKey: String, default: String?)
    }

    private(set) var parts: [Part] = []

    /// Reads a value.
    ///
    /// - Parameters:
    ///   - hasWildcards: Whether `*` and `?` outside variables are wildcards.
    ///   - hasVariables: Whether the document's version knows variables.
    /// - Throws: `.invalidVariable` for `${` that is not closed, or has no name.
    init(_ text: String, hasWildcards: Bool, hasVariables: Bool) throws(StatementError) {
        func tokens(_ part: Substring) -> [Wildcard.Token] {
            hasWildcards ? Wildcard.tokens(of: String(part)) : Wildcard.literalTokens(of: String(part))
        }
        guard hasVariables else {
            parts = [.tokens(tokens(text[...]))]
            return
        }
        var rest = text[...]
        while let opening = rest.firstRange(of: "${") {
            append(tokens(rest[..<opening.lowerBound]))
            rest = rest[opening.upperBound...]
            guard let variable = Self.variable(in: &rest) else { throw .invalidVariable(text) }
            switch variable {
            case .tokens(let tokens): append(tokens)
            case .variable: parts.append(variable)
            }
        }
        append(tokens(rest))
    }

    /// The tokens where no variable is involved.
    var constant: [Wildcard.Token]? {
        switch parts.count {
        case 0: return []
        case 1:
            guard case .tokens(let tokens) = parts[0] else { return nil }
            return tokens
        default: return nil
        }
    }

    /// The tokens with every variable replaced; `nil` when one is absent, has several values, and no default.
    func resolved(in context: RequestContext) -> [Wildcard.Token]? {
        var result: [Wildcard.Token] = []
        for part in parts {
            switch part {
            case .tokens(let tokens): result.append(contentsOf: tokens)
            case .variable(let key, let fallback):
                // INVARIANT: only a key with exactly one value can be a variable; the IAM guide leaves no
                // other.
                guard let value = context.singleValue(foldedKey: key) ?? fallback else { return nil }
                result.append(contentsOf: Wildcard.literalTokens(of: value))
            }
        }
        return result
    }

    /// Adds plain pattern, joined with what stands before it.
    private mutating func append(_ tokens: [Wildcard.Token]) {
        guard !tokens.isEmpty else { return }
        if case .tokens(let before) = parts.last {
            parts[parts.count - 1] = .tokens(before + tokens)
        } else {
            parts.append(.tokens(tokens))
        }
    }

    /// Reads what follows `${`, the closing brace included.
    private static func variable(in rest: inout Substring) -> Part? {
        guard let end = rest.firstIndex(where: { $0 == "}" || $0 == "," }) else { return nil }
        var name = rest[..<end].drop { $0 == " " }
        while name.last == " " { name.removeLast() }
        if rest[end] == "}", ["*", "?", "$"].contains(name) {
            rest = rest[rest.index(after: end)...]
            return .tokens(Wildcard.literalTokens(of: String(name)))
        }
        guard !name.isEmpty, !name.contains("$"), !name.contains("{") else { return nil }
        if rest[end] == "}" {
            rest = rest[rest.index(after: end)...]
            return .variable(foldedKey: name.lowercased(), default: nil)
        }
        var quoted = rest[rest.index(after: end)...].drop { $0 == " " }
        guard quoted.popFirst() == "'", let close = quoted.firstIndex(of: "'") else { return nil }
        let fallback = String(quoted[..<close])
        var behind = quoted[quoted.index(after: close)...].drop { $0 == " " }
        guard behind.popFirst() == "}" else { return nil }
        rest = behind
        return .variable(foldedKey: name.lowercased(), default: fallback)
    }
}
