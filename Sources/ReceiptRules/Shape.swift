import StrictJSON

/// The first layer of validation: members of a request that are missing, malformed or unknown.
///
/// Every violation is collected, so that one answer names them all, as SES does.
///
/// Source: observed texts of Amazon SES; there is no documentation of them.
struct Shape {
    private(set) var violations: [String] = []

    /// Refuses the request if anything was wrong with it.
    func check() throws(ReceiptRulesError) {
        guard violations.isEmpty else { throw .validation(violations) }
    }

    /// Notes that the member at `path` breaks `constraint`.
    mutating func violate(_ path: String, _ constraint: String) {
        violations.append("Value at '\(path)' failed to satisfy constraint: Member must \(constraint)")
    }

    /// Checks a name, where there is one.
    mutating func checkName(_ name: String?, at path: String) {
        guard let name else { return }
        if name.isEmpty { violate(path, "have length greater than or equal to 1") }
        if !Names.hasOnlyNameCharacters(name) { violate(path, Names.patternConstraint) }
    }

    /// Checks a name that must be there.
    mutating func requireName(_ name: String?, at path: String) {
        if name == nil { violate(path, "not be null") } else { checkName(name, at: path) }
    }

    /// The members of the object at `path`, which must be there and have no member but `known`.
    mutating func object(_ value: JSONValue?, at path: String, known: [String]) -> JSONObject? {
        guard let value, !value.isNull else {
            violate(path, "not be null")
            return nil
        }
        guard let object = value.object else {
            violate(path, "be a structure")
            return nil
        }
        // Over the wire nothing unknown comes in; in a document, a misspelt `Recipients` would match
        // everyone.
        for name in object.names where !known.contains(name) { violate(path, "not have a member '\(name)'") }
        return object
    }

    /// The text at `name`, which must be there.
    mutating func text(_ name: String, of object: JSONObject, at path: String) -> String? {
        let text = optionalText(name, of: object, at: path)
        if text == nil, object[name] ?? .null == .null { violate(Self.member(name, of: path), "not be null") }
        return text
    }

    /// The text at `name`, where there is any.
    mutating func optionalText(_ name: String, of object: JSONObject, at path: String) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.string else {
            violate(Self.member(name, of: path), "be a string")
            return nil
        }
        return text
    }

    /// The value at `name` of an enumeration, where there is one.
    mutating func optionalChoice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of object: JSONObject, at path: String
    ) -> Choice? {
        guard let text = optionalText(name, of: object, at: path) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let values = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        violate(Self.member(name, of: path), "satisfy enum value set: [\(values)]")
        return nil
    }

    /// The value at `name` of an enumeration, which must be there.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of object: JSONObject, at path: String
    ) -> Choice? {
        if object[name] ?? .null == .null { violate(Self.member(name, of: path), "not be null") }
        return optionalChoice(name, of: object, at: path)
    }

    /// The truth value at `name`; the Query protocol writes it as text.
    mutating func flag(_ name: String, of object: JSONObject, at path: String) -> Bool {
        switch object[name] ?? .null {
        case .null, .bool(false), .string("false"): return false
        case .bool(true), .string("true"): return true
        case .bool, .string, .number, .array, .object:
            violate(Self.member(name, of: path), "be true or false")
            return false
        }
    }

    /// The list at `name`; one that is not there is empty.
    mutating func list(_ name: String, of object: JSONObject, at path: String) -> [JSONValue] {
        guard let value = object[name], !value.isNull else { return [] }
        if let elements = value.array { return elements }
        violate(Self.member(name, of: path), "be a list")
        return []
    }

    /// The path of a member: the API's name with a small first letter.
    static func member(_ name: String, of path: String) -> String {
        "\(path).\(name.prefix(1).lowercased())\(name.dropFirst())"
    }
}

/// The rules for the names of rule sets, rules and filters.
enum Names {
    static let patternConstraint = "satisfy regular expression pattern: ^[a-zA-Z0-9_.-]+$"
    static let maximumLength = 64

    static func hasOnlyNameCharacters(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    /// The second layer: at most 64 characters, a letter or digit at both ends.
    ///
    /// - Parameter kind: `ruleSetName`, `ruleName` or `filterName`.
    static func check(_ name: String, as kind: String) throws(ReceiptRulesError) {
        guard let first = name.utf8.first, let last = name.utf8.last, name.utf8.count <= maximumLength,
            isAlphanumeric(first), isAlphanumeric(last)
        else { throw .invalidParameterValue("Not a valid \(kind): \(name)") }
    }

    /// A top-level name of a request, shape already checked.
    ///
    /// - Parameter parameter: The parameter's name, such as `RuleSetName`.
    static func require(
        _ name: String?, parameter: String, as kind: String
    ) throws(ReceiptRulesError) -> String {
        guard let name else { throw .invalidParameterValue("\(parameter) is required.") }
        try check(name, as: kind)
        return name
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
