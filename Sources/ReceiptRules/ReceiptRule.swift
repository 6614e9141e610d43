public import FoundationEssentials

/// One receipt rule: which recipients it is for, and what happens to their mail.
///
/// Source: Amazon SES API 2010-12-01, `ReceiptRule`.
public struct ReceiptRule: Sendable, Hashable {
    /// Whether the rule asks for mail that arrived over TLS.
    public enum TLSPolicy: String, Sendable, Hashable, CaseIterable {
        /// Any mail will do.
        case optional = "Optional"
        /// The rule does not apply to mail that arrived in clear.
        case require = "Require"
    }

    /// 1 to 64 of `A-Z a-z 0-9 _ . -`, a letter or digit at both ends; so it is always ASCII.
    public var name: String
    /// Whether the rule takes part.
    public var isEnabled: Bool
    /// Whether the rule asks for TLS.
    public var tlsPolicy: TLSPolicy
    /// The conditions, of which one must match; empty for every recipient.
    public var recipients: [RecipientCondition]
    /// What is done, in this order.
    public var actions: [ReceiptAction]
    /// Whether the message is to be scanned for spam and viruses.
    public var isScanEnabled: Bool

    /// Makes a rule with the API's defaults.
    public init(
        name: String, isEnabled: Bool = false, tlsPolicy: TLSPolicy = .optional,
        recipients: [RecipientCondition] = [], actions: [ReceiptAction] = [], isScanEnabled: Bool = false
    ) {
        self.name = name
        self.isEnabled = isEnabled
        self.tlsPolicy = tlsPolicy
        self.recipients = recipients
        self.actions = actions
        self.isScanEnabled = isScanEnabled
    }

    /// Whether no later rule is evaluated once this one was.
    public var stopsRuleSet: Bool {
        actions.contains { action in
            if case .stop = action { true } else { false }
        }
    }
}

/// An ordered list of receipt rules; at most one is active in an account.
///
/// Source: Amazon SES API 2010-12-01, `ReceiptRuleSetMetadata` and `DescribeReceiptRuleSet`.
public struct RuleSet: Sendable, Hashable {
    /// The name, like a rule's.
    public var name: String
    /// When it was made.
    public var created: Date
    /// The rules in order of evaluation.
    public var rules: [ReceiptRule]
    /// Whether messages get the header block that SES adds, and CRLF.
    ///
    /// No part of the API; off unless set.
    public var addsSESHeaders: Bool

    /// Makes a rule set.
    public init(name: String, created: Date, rules: [ReceiptRule] = [], addsSESHeaders: Bool = false) {
        self.name = name
        self.created = created
        self.rules = rules
        self.addsSESHeaders = addsSESHeaders
    }
}
