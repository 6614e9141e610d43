import StrictJSON

/// Reads a policy document's JSON and judges every element, so that evaluation never meets a surprise.
struct DocumentReader {
    let kind: PolicyDocument.Kind
    private(set) var id: String?
    private(set) var version = PolicyDocument.Version.v2008
    private(set) var statements: [Statement] = []
    private(set) var warnings: [PolicyWarning] = []

    init(kind: PolicyDocument.Kind) { self.kind = kind }

    /// Reads and judges the whole document.
    ///
    /// - Throws: The first thing that is wrong.
    mutating func read(_ text: String) throws(PolicyError) {
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch { throw .notJSON(error) }
        guard let document = value.object else { throw .notAnObject }
        for name in document.names where !["Version", "Id", "Statement"].contains(name) {
            throw .unknownElement(name)
        }
        try readHead(of: document)
        let listed: [JSONValue]
        switch document["Statement"] {
        case .array(let elements): listed = elements
        case .some(let single): listed = [single]
        case nil: listed = []
        }
        guard !listed.isEmpty else { throw .noStatement }
        for (index, element) in listed.enumerated() {
            do {
                statements.append(try statement(element, number: index + 1))
            } catch {
                throw .statement(number: index + 1, sid: element["Sid"]?.string, error)
            }
        }
    }

    private mutating func readHead(of document: JSONObject) throws(PolicyError) {
        if let element = document["Version"] {
            guard let text = element.string else {
                throw .wrongType(element: "Version", expected: "a string")
            }
            guard let known = PolicyDocument.Version(rawValue: text) else { throw .unsupportedVersion(text) }
            version = known
        }
        if let element = document["Id"] {
            guard let text = element.string else { throw .wrongType(element: "Id", expected: "a string") }
            id = text
        }
    }

    private static let elementNames: Set<String> = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
        "Condition",
    ]

    /// Reads one statement, the elements in the order in which a person would look at them.
    private mutating func statement(_ value: JSONValue, number: Int) throws(StatementError) -> Statement {
        guard let object = value.object else { throw .notAnObject }
        for name in object.names where !Self.elementNames.contains(name) { throw .unknownElement(name) }
        let sid = try sid(object["Sid"])
        let effect = try effect(object["Effect"])
        let principal = try principal(of: object)
        let actions = try actions(of: object)
        let resources = try resources(of: object)
        let conditions = try conditions(object["Condition"])
        if resources == nil { warnings.append(PolicyWarning(statement: number, sid: sid, kind: .noResource)) }
        if let principal, principal.isNegated, effect == .allow {
            warnings.append(PolicyWarning(statement: number, sid: sid, kind: .allowWithNotPrincipal))
        }
        for condition in conditions {
            for value in condition.values where !value.isReadable {
                let kind = PolicyWarning.Kind.valueNeverMatches(
                    operator: condition.operation.name, key: condition.key, value: value.text)
                warnings.append(PolicyWarning(statement: number, sid: sid, kind: kind))
            }
        }
        return Statement(
            sid: sid, effect: effect, principal: principal, actions: actions, resources: resources,
            conditions: conditions)
    }

    private func sid(_ value: JSONValue?) throws(StatementError) -> String? {
        guard let value else { return nil }
        guard let sid = value.string else { throw .wrongType(element: "Sid", expected: "a string") }
        guard kind == .identityPolicy else { return sid }
        // IAM's own policies take letters and digits and want each Sid once; key policies take any text.
        let isAlphanumeric = sid.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        guard isAlphanumeric else { throw .invalidSid(sid) }
        if !sid.isEmpty, statements.contains(where: { $0.sid == sid }) { throw .repeatedSid(sid) }
        return sid
    }

    private func effect(_ value: JSONValue?) throws(StatementError) -> Effect {
        guard let value else { throw .missingEffect }
        guard let text = value.string else { throw .wrongType(element: "Effect", expected: "a string") }
        guard let effect = Effect(rawValue: text) else { throw .invalidEffect(text) }
        return effect
    }

    /// `Principal` or `NotPrincipal`, which resource policies need and IAM policies must not have.
    private func principal(of object: JSONObject) throws(StatementError) -> PrincipalElement? {
        guard kind != .identityPolicy else {
            for name in ["Principal", "NotPrincipal"] where object[name] != nil {
                throw .elementNotAllowed(name)
            }
            return nil
        }
        guard let (name, value) = try either("Principal", "NotPrincipal", of: object) else {
            throw .neither("Principal", "NotPrincipal")
        }
        return try PrincipalElement(value, element: name)
    }

    private func actions(of object: JSONObject) throws(StatementError) -> ActionElement {
        guard let (name, value) = try either("Action", "NotAction", of: object) else {
            throw .neither("Action", "NotAction")
        }
        let texts = try strings(value, element: name)
        for text in texts where text != "*" {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw .invalidAction(text) }
        }
        return ActionElement(texts, isNegated: name == "NotAction")
    }

    private func resources(of object: JSONObject) throws(StatementError) -> ResourceElement? {
        guard let (name, value) = try either("Resource", "NotResource", of: object) else {
            // KMS Developer Guide, "Elements in a key policy": without Resource the statement has no effect.
            guard case .keyPolicy = kind else { throw .neither("Resource", "NotResource") }
            return nil
        }
        let texts = try strings(value, element: name)
        for text in texts {
            guard kind.canName(resource: text) else { throw .invalidResource(text) }
        }
        return try ResourceElement(
            texts, isNegated: name == "NotResource", hasVariables: version.hasVariables)
    }

    private func conditions(_ value: JSONValue?) throws(StatementError) -> [Condition] {
        guard let value else { return [] }
        guard let operators = value.object else {
            throw .wrongType(element: "Condition", expected: "an object")
        }
        var conditions: [Condition] = []
        for (name, tests) in operators.members {
            guard let operation = ConditionOperator(name) else { throw .unknownOperator(name) }
            guard let keys = tests.object else {
                throw .wrongType(element: "Condition.\(name)", expected: "an object of condition keys")
            }
            for (key, values) in keys.members {
                try check(key, under: operation)
                conditions.append(try condition(operation, key: key, values: values))
            }
        }
        return conditions
    }

    /// Reads the values of one condition; a single value is a list of one.
    private func condition(
        _ operation: ConditionOperator, key: String, values: JSONValue
    ) throws(StatementError) -> Condition {
        var read: [ConditionValue] = []
        for value in values.array ?? [values] {
            let text: String
            switch value {
            case .string(let string): text = string
            case .number(let number): text = number
            case .bool(let bool): text = bool ? "true" : "false"
            case .null, .array, .object: throw .invalidConditionValue(operator: operation.name, key: key)
            }
            read.append(try ConditionValue(text, for: operation, hasVariables: version.hasVariables))
        }
        return Condition(operation: operation, key: key, foldedKey: key.lowercased(), values: read)
    }

    /// Refuses condition keys that this kind of policy must not use, or not with this operator.
    private func check(_ key: String, under operation: ConditionOperator) throws(StatementError) {
        guard !key.isEmpty else { throw .conditionKeyNotAllowed(key) }
        guard case .keyPolicy = kind else { return }
        let folded = key.lowercased()
        // KMS Developer Guide: these keys depend on the key's tags and aliases and work in IAM policies only.
        let depends = ["kms:resourcealiases", "kms:resourcetag", "aws:resourcetag"]
        guard !depends.contains(where: { folded == $0 || folded.hasPrefix($0 + "/") }) else {
            throw .conditionKeyNotAllowed(key)
        }
        if operation.quantifier == .all,
            folded.hasPrefix("kms:encryptioncontext:") || folded == "aws:requesttag"
                || folded.hasPrefix("aws:requesttag/")
        {
            throw .overlyPermissiveCondition(operator: operation.name, key: key)
        }
    }

    /// Takes one of two elements that exclude each other; `nil` when neither is there.
    private func either(
        _ one: String, _ other: String, of object: JSONObject
    ) throws(StatementError) -> (name: String, value: JSONValue)? {
        switch (object[one], object[other]) {
        case (.some, .some): throw .both(one, other)
        case (.some(let value), nil): return (one, value)
        case (nil, .some(let value)): return (other, value)
        case (nil, nil): return nil
        }
    }
}

/// A string, or a list of at least one string.
func strings(_ value: JSONValue, element: String) throws(StatementError) -> [String] {
    if let text = value.string { return [text] }
    guard let elements = value.array else {
        throw .wrongType(element: element, expected: "a string or a list of strings")
    }
    guard !elements.isEmpty else { throw .empty(element) }
    var texts: [String] = []
    for element_ in elements {
        guard let text = element_.string else {
            throw .wrongType(element: element, expected: "a list of strings")
        }
        texts.append(text)
    }
    return texts
}
