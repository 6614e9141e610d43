/// Checks a request's members before anything is looked up.
///
/// All violations are gathered and told in one message, as KMS does. Values are echoed, except where they may
/// be long or secret.
///
/// Observed, not documented: the sentences, from recorded responses.
struct Shape {
    private var violations: [String] = []

    /// A member that must be there.
    mutating func require<Value>(_ value: Value?, _ member: String) {
        if value == nil {
            violations.append(
                "Value null at '\(member)' failed to satisfy constraint: Member must not be null")
        }
    }

    /// A text that must be there and have 1 to `limit` characters.
    mutating func requireText(_ value: String?, _ member: String, atMost limit: Int) {
        require(value, member)
        text(value, member, 1...limit)
    }

    /// A text whose length, if it is there, must lie in `range`.
    mutating func text(_ value: String?, _ member: String, _ range: ClosedRange<Int>) {
        guard let value else { return }
        let count = value.unicodeScalars.count
        if count < range.lowerBound {
            fail(
                "'\(value)' ", member, "Member must have length greater than or equal to \(range.lowerBound)")
        } else if count > range.upperBound {
            fail("", member, "Member must have length less than or equal to \(range.upperBound)")
        }
    }

    /// A blob that must be there and have 1 to `limit` bytes.
    mutating func requireBlob(_ value: [UInt8]?, _ member: String, atMost limit: Int) {
        require(value, member)
        blob(value, member, atMost: limit)
    }

    /// A blob that, if it is there, has 1 to `limit` bytes.
    mutating func blob(_ value: [UInt8]?, _ member: String, atMost limit: Int) {
        guard let value else { return }
        if value.isEmpty {
            fail("", member, "Member must have length greater than or equal to 1")
        } else if value.count > limit {
            fail("", member, "Member must have length less than or equal to \(limit)")
        }
    }

    /// A length, in bytes, of something that is not echoed.
    mutating func blobLength(_ count: Int, _ member: String, atMost limit: Int) {
        if count > limit { fail("", member, "Member must have length less than or equal to \(limit)") }
    }

    /// A number that, if it is there, must lie in `range`.
    mutating func number(_ value: Int?, _ member: String, _ range: ClosedRange<Int>) {
        guard let value else { return }
        if value < range.lowerBound {
            fail("'\(value)' ", member, "Member must have value greater than or equal to \(range.lowerBound)")
        } else if value > range.upperBound {
            fail("'\(value)' ", member, "Member must have value less than or equal to \(range.upperBound)")
        }
    }

    /// A name that, if it is there, must be one of a few.
    mutating func choice(_ value: String?, _ member: String, _ choices: [String]) {
        guard let value, !choices.contains(value) else { return }
        fail(
            "'\(value)' ", member, "Member must satisfy enum value set: [\(choices.joined(separator: ", "))]")
    }

    /// A name that, if it is there, must be a case of an enumeration.
    mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ value: String?, _ member: String, of type: Choice.Type
    ) {
        choice(value, member, Choice.allCases.map(\.rawValue))
    }

    /// A list that, if it is there, must have `range` elements.
    mutating func list<Element>(_ value: [Element]?, _ member: String, _ range: ClosedRange<Int>) {
        guard let value else { return }
        if value.count < range.lowerBound {
            fail("'[]' ", member, "Member must have length greater than or equal to \(range.lowerBound)")
        } else if value.count > range.upperBound {
            fail("", member, "Member must have length less than or equal to \(range.upperBound)")
        }
    }

    /// A text that, if it is there, must satisfy a condition that a regular expression states.
    mutating func pattern(_ value: String?, _ member: String, _ expression: String, _ holds: (String) -> Bool)
    {
        guard let value, !holds(value) else { return }
        fail("'\(value)' ", member, "Member must satisfy regular expression pattern: \(expression)")
    }

    /// The identifier of a key, 1 to 2,048 characters.
    mutating func requireKeyID(_ value: String?, _ member: String = "keyId") {
        requireText(value, member, atMost: Self.identifierLimit)
    }

    /// Grant tokens: at most 10, of 1 to 8,192 characters.
    mutating func grantTokens(_ tokens: [String]?) {
        list(tokens, "grantTokens", 0...10)
        for (index, token) in (tokens ?? []).enumerated() {
            text(token, "grantTokens.\(index + 1).member", 1...8192)
        }
    }

    /// - Throws: `.validation` with all that was found, if anything was.
    func check() throws(KeyManagementError) {
        guard !violations.isEmpty else { return }
        let noun = violations.count == 1 ? "error" : "errors"
        throw .validation(
            "\(violations.count) validation \(noun) detected: \(violations.joined(separator: "; "))")
    }

    private mutating func fail(_ echo: String, _ member: String, _ constraint: String) {
        violations.append("Value \(echo)at '\(member)' failed to satisfy constraint: \(constraint)")
    }

    private static let identifierLimit = 2048

    /// The identifier of a key, checked alone.
    static func keyID(_ value: String?) throws(KeyManagementError) -> String {
        try present(value) { $0.requireKeyID(value) }
    }

    /// A required member that `checks` has let pass.
    static func present<Value>(
        _ value: Value?, _ checks: (inout Shape) -> Void
    ) throws(KeyManagementError) -> Value {
        var shape = Shape()
        checks(&shape)
        shape.require(value, "member")
        if let value, shape.violations.isEmpty { return value }
        // Two sentences for one absent member would be one too many.
        var reported = Shape()
        checks(&reported)
        try reported.check()
        throw .validation("A required member is missing")
    }
}
