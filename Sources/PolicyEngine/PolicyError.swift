public import StrictJSON

/// Why a text is not accepted as a policy document.
///
/// Everything is found when the document is put, so that a document once stored can always be evaluated.
public enum PolicyError: Error, Equatable, Sendable {
    /// The text is longer than its kind allows; both in bytes.
    case tooLong(byteCount: Int, limit: Int)
    /// A character other than tab, line feed, carriage return, U+0020…U+007E and U+00A0…U+00FF.
    case forbiddenCharacter(UInt32)
    /// The text is not one JSON value.
    case notJSON(JSONError)
    /// The text is JSON, but not an object.
    case notAnObject
    /// An element that a policy document does not have.
    case unknownElement(String)
    /// `Version` or `Id` of another JSON type.
    case wrongType(element: String, expected: String)
    /// A `Version` other than `2012-10-17` and `2008-10-17`.
    case unsupportedVersion(String)
    /// `Statement` is missing or an empty list.
    case noStatement
    /// A statement is not acceptable; statements are counted from 1.
    case statement(number: Int, sid: String?, StatementError)
}

/// Why one statement of a policy document is not accepted.
public enum StatementError: Error, Equatable, Sendable {
    /// The statement is not a JSON object.
    case notAnObject
    /// An element that statements do not have.
    case unknownElement(String)
    /// An element of another JSON type than it must be.
    case wrongType(element: String, expected: String)
    /// A `Sid` that policies of this kind do not take.
    case invalidSid(String)
    /// Two statements share a `Sid` where they may not.
    case repeatedSid(String)
    /// `Effect` is missing.
    case missingEffect
    /// An `Effect` other than `Allow` and `Deny`.
    case invalidEffect(String)
    /// Neither of the pair of elements, such as `Action` and `NotAction`.
    case neither(String, String)
    /// Both of a pair of elements that exclude each other.
    case both(String, String)
    /// An element that this kind of policy must not have.
    case elementNotAllowed(String)
    /// An element that lists nothing.
    case empty(String)
    /// A type of principal other than AWS, Service, Federated and CanonicalUser.
    case unknownPrincipalType(String)
    /// A text that names no principal of its type.
    case invalidPrincipal(type: String, value: String)
    /// An action without a service prefix.
    case invalidAction(String)
    /// A resource that policies of this kind cannot name.
    case invalidResource(String)
    /// A condition operator that does not exist.
    case unknownOperator(String)
    /// A condition key that is empty or that this kind of policy must not use.
    case conditionKeyNotAllowed(String)
    /// A condition value that is neither string, number, boolean nor a list of them.
    case invalidConditionValue(operator: String, key: String)
    /// `ForAllValues` on a key that is absent from many requests, where it would always hold.
    case overlyPermissiveCondition(operator: String, key: String)
    /// A policy variable that is not closed, or has no name.
    case invalidVariable(String)
}

extension PolicyError: CustomStringConvertible {
    /// A sentence fragment for people: what was found, and where.
    public var description: String {
        switch self {
        case .tooLong(let byteCount, let limit):
            "the policy has \(byteCount) bytes; at most \(limit) are allowed"
        case .forbiddenCharacter(let scalar):
            "the policy holds the character U+\(String(scalar, radix: 16, uppercase: true)); only tab, line ends, "
                + "printable Basic Latin and Latin-1 characters are allowed"
        case .notJSON(let error): "the policy is not valid JSON: \(error)"
        case .notAnObject: "the policy is not a JSON object"
        case .unknownElement(let name): "a policy has no element \"\(name)\""
        case .wrongType(let element, let expected): "\(element) must be \(expected)"
        case .unsupportedVersion(let version): "Version \"\(version)\" is neither 2012-10-17 nor 2008-10-17"
        case .noStatement: "the policy has no Statement"
        case .statement(let number, let sid, let error):
            "statement \(number)" + (sid.map { " \"\($0)\"" } ?? "") + ": \(error)"
        }
    }
}

extension StatementError: CustomStringConvertible {
    /// A sentence fragment for people.
    public var description: String {
        switch self {
        case .notAnObject: "not a JSON object"
        case .unknownElement(let name): "a statement has no element \"\(name)\""
        case .wrongType(let element, let expected): "\(element) must be \(expected)"
        case .invalidSid(let sid): "Sid \"\(sid)\" may hold only letters and digits in this kind of policy"
        case .repeatedSid(let sid): "the Sid \"\(sid)\" stands twice"
        case .missingEffect: "Effect is missing"
        case .invalidEffect(let effect): "Effect \"\(effect)\" is neither Allow nor Deny"
        case .neither(let one, let other): "\(one) or \(other) is needed"
        case .both(let one, let other): "\(one) and \(other) exclude each other"
        case .elementNotAllowed(let name): "\(name) is not allowed in this kind of policy"
        case .empty(let element): "\(element) lists nothing"
        case .unknownPrincipalType(let type):
            "the principal type \"\(type)\" is none of AWS, Service, Federated, CanonicalUser"
        case .invalidPrincipal(let type, let value): "\"\(value)\" names no principal of type \(type)"
        case .invalidAction(let action): "the action \"\(action)\" has no service prefix such as kms:"
        case .invalidResource(let resource): "the resource \"\(resource)\" cannot be named in this policy"
        case .unknownOperator(let name): "there is no condition operator \"\(name)\""
        case .conditionKeyNotAllowed(let key): "the condition key \"\(key)\" is not allowed in this policy"
        case .invalidConditionValue(let name, let key):
            "the values of \(name) \(key) must be strings, numbers or booleans"
        case .overlyPermissiveCondition(let name, let key):
            "OverlyPermissiveCondition: \(name) holds whenever the request has no \(key)"
        case .invalidVariable(let text): "the policy variable in \"\(text)\" is not closed or has no name"
        }
    }
}
