public import Mail

/// A rule that a message meets, and the recipients that made it match.
public struct RuleMatch: Sendable, Hashable {
    /// The rule.
    public let rule: ReceiptRule
    /// The recipients that match the rule, in the envelope's order.
    public let recipients: [EmailAddress]
}

/// What one rule has to do with one message, for people who ask why.
public enum RuleVerdict: Sendable, Hashable {
    /// The rule runs, for these recipients.
    case applies([EmailAddress])
    /// The rule is disabled.
    case disabled
    /// The rule asks for TLS, and the message came without.
    case needsTLS
    /// No recipient meets a condition of the rule.
    case noRecipientMatches
    /// Recipients meet the conditions, but their domains are not verified in the account.
    case domainNotVerified([EmailAddress])
    /// A rule before this one ended the evaluation of the rule set.
    case stopped(by: String)
}

/// Decides which rules of the active rule set a message meets.
///
/// Source: Amazon SES Developer Guide, "Email receiving concepts". That a stop action ends evaluation for the
/// whole message, also for recipients that only later rules would match, is inferred from its wording.
public struct Matcher: Sendable {
    private let rules: ActiveRules

    /// Makes a matcher over one consistent state of the account.
    public init(_ rules: ActiveRules) { self.rules = rules }

    /// The rules that run, in order; each at most once, however many recipients match it.
    ///
    /// - Parameters:
    ///   - recipients: The envelope recipients.
    ///   - arrivedOverTLS: Whether the message came over an encrypted connection.
    public func matches(for recipients: [EmailAddress], arrivedOverTLS: Bool = true) -> [RuleMatch] {
        verdicts(for: recipients, arrivedOverTLS: arrivedOverTLS).compactMap { rule, verdict in
            if case .applies(let matched) = verdict {
                RuleMatch(rule: rule, recipients: matched)
            } else {
                nil
            }
        }
    }

    /// What each rule of the set has to do with the message, in order.
    public func verdicts(
        for recipients: [EmailAddress], arrivedOverTLS: Bool = true
    ) -> [(rule: ReceiptRule, verdict: RuleVerdict)] {
        var stoppingRule: String?
        return (rules.ruleSet?.rules ?? []).map { rule in
            if let stoppingRule { return (rule, .stopped(by: stoppingRule)) }
            let verdict = verdict(of: rule, for: recipients, arrivedOverTLS: arrivedOverTLS)
            if case .applies = verdict, rule.stopsRuleSet { stoppingRule = rule.name }
            return (rule, verdict)
        }
    }

    private func verdict(
        of rule: ReceiptRule, for recipients: [EmailAddress], arrivedOverTLS: Bool
    ) -> RuleVerdict {
        guard rule.isEnabled else { return .disabled }
        // Sources disagree on what becomes of mail without TLS; the rule not applying leads to refusal as
        // well.
        guard rule.tlsPolicy == .optional || arrivedOverTLS else { return .needsTLS }
        let matching = recipients.filter { recipient in
            rule.recipients.isEmpty || rule.recipients.contains { $0.matches(recipient) }
        }
        guard !matching.isEmpty else { return .noRecipientMatches }
        let verified = matching.filter { rules.isVerified($0.domain) }
        return verified.isEmpty ? .domainNotVerified(matching) : .applies(verified)
    }
}
