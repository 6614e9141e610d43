public import EnvelopeCrypto
public import Mail
public import ObjectStore
public import ReceiptRules

/// Why a message was not received.
///
/// Nothing of it is stored then, with the one exception that says so.
public enum ReceivingError: Error, Equatable, Sendable {
    /// The bytes are not one message.
    case notAMessage(MailError.Reason)
    /// The message has more bytes than `limit`.
    case messageTooLarge(limit: Int)
    /// A hint is not what it should be: no address, or no IP address.
    case invalidHint(String)
    /// Neither hints nor header name a recipient.
    case noRecipient
    /// No enabled rule of the active rule set wants any of these recipients.
    case noMatchingRule(recipients: [String])
    /// A receipt filter refuses mail from this address.
    case blockedBySource(String)
    /// The rule's S3 action could not seal the message; a refusal of KMS is among the reasons.
    case sealing(rule: String, EnvelopeError)
    /// The rule's S3 action could not store the message.
    case storage(rule: String, ObjectStoreError)
    /// The rules that match would have handed the message on, but cannot here, and none of them stores it.
    case nowhereToGo(rules: [String])
    /// The rules themselves could not be read.
    case rules(ReceiptRulesError)
    /// Receiving failed as `cause` says, and what had been stored could not all be removed: these objects,
    /// written `BUCKET/KEY`, are still there.
    indirect case leftBehind([String], cause: ReceivingError)
}

extension ReceivingError: CustomStringConvertible {
    /// A sentence fragment for people.
    public var description: String {
        switch self {
        case .notAMessage(let reason): reason.description
        case .messageTooLarge(let limit): "the message is larger than \(limit) bytes"
        case .invalidHint(let text): "'\(text)' does not describe an envelope"
        case .noRecipient: "no recipient is named, neither by the directory nor in the header"
        case .noMatchingRule(let recipients):
            "no receipt rule matches \(recipients.prefix(10).joined(separator: ", "))"
                + (recipients.count > 10 ? " and \(recipients.count - 10) more" : "")
        case .blockedBySource(let address): "a receipt filter blocks mail from \(address)"
        case .sealing(let rule, let error): "rule \(rule) cannot seal the message: \(error)"
        case .storage(let rule, let error): "rule \(rule) cannot store the message: \(error)"
        case .nowhereToGo(let rules):
            "no action of the matching rules stores the message: \(rules.joined(separator: ", "))"
        case .rules(let error): error.description
        case .leftBehind(let objects, let cause):
            "\(cause); these objects could not be removed again: \(objects.joined(separator: ", "))"
        }
    }
}
