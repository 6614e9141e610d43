public import AccountHome

/// Why a receipt-rule operation was refused.
///
/// `code` and `message` are what Amazon SES puts on the wire; SDKs add the suffix `Exception` to some codes.
///
/// Source: Amazon SES API 2010-12-01, "Common Errors" and the operations' own; message texts as observed.
public enum ReceiptRulesError: Error, Equatable, Sendable {
    /// Members of the request break the shape of the API; one text per violation.
    case validation([String])
    /// A value has the right shape and is still not acceptable.
    case invalidParameterValue(String)
    /// There is a rule set, rule or filter of that name.
    case alreadyExists(Kind, name: String)
    /// A quota is used up, such as `Too many rules`.
    case limitExceeded(String)
    /// The active rule set cannot be deleted.
    case cannotDelete(ruleSet: String)
    /// There is no rule set of that name.
    case ruleSetDoesNotExist(String)
    /// There is no rule of that name in the rule set.
    case ruleDoesNotExist(String)
    /// An S3 action's bucket or key cannot be used.
    case invalidS3Configuration(bucket: String, message: String)
    /// A topic is malformed or cannot be published to.
    case invalidSNSTopic(topic: String, message: String)
    /// A function is malformed or cannot be invoked.
    case invalidLambdaFunction(function: String, message: String)
    /// The account's state could not be read or written.
    case home(HomeError)
    /// A stored document is not what this version wrote.
    case corrupted(what: String)

    /// What a name belongs to.
    public enum Kind: String, Equatable, Sendable {
        /// A receipt rule set.
        case ruleSet = "Rule set"
        /// A receipt rule.
        case rule = "Rule"
        /// A receipt filter.
        case filter = "Filter"
    }
}

extension ReceiptRulesError {
    /// The error code on the wire.
    public var code: String {
        switch self {
        case .validation: "ValidationError"
        case .invalidParameterValue: "InvalidParameterValue"
        case .alreadyExists: "AlreadyExists"
        case .limitExceeded: "LimitExceeded"
        case .cannotDelete: "CannotDelete"
        case .ruleSetDoesNotExist: "RuleSetDoesNotExist"
        case .ruleDoesNotExist: "RuleDoesNotExist"
        case .invalidS3Configuration: "InvalidS3Configuration"
        case .invalidSNSTopic: "InvalidSnsTopic"
        case .invalidLambdaFunction: "InvalidLambdaFunction"
        case .home, .corrupted: "InternalFailure"
        }
    }

    /// The sentence on the wire.
    public var message: String {
        switch self {
        case .validation(let violations):
            "\(violations.count) validation error\(violations.count == 1 ? "" : "s") detected: "
                + violations.joined(separator: "; ")
        case .invalidParameterValue(let message), .limitExceeded(let message): message
        case .alreadyExists(let kind, let name): "\(kind.rawValue) already exists: \(name)"
        case .cannotDelete(let ruleSet): "Cannot delete active rule set: \(ruleSet)"
        case .ruleSetDoesNotExist(let name): "Rule set does not exist: \(name)"
        case .ruleDoesNotExist(let name): "Rule does not exist: \(name)"
        case .invalidS3Configuration(_, let message), .invalidSNSTopic(_, let message),
            .invalidLambdaFunction(_, let message):
            message
        case .home(let error): "the account's state is not available: \(error)"
        case .corrupted(let what): "the stored rules are damaged: \(what)"
        }
    }
}

extension ReceiptRulesError: CustomStringConvertible {
    /// The sentence on the wire.
    public var description: String { message }
}
