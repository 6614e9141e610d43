public import Mail

/// All that decides about a message, as of one moment: a message is judged by one of these from first to
/// last.
public struct ActiveRules: Sendable, Hashable {
    /// The active rule set; `nil` when none is, and then no mail is accepted.
    public var ruleSet: RuleSet?
    /// The receipt filters.
    public var filters: [IPFilter]
    /// The domains verified in the account; while there is none, every domain counts as verified.
    public var verifiedDomains: Set<DomainName>

    /// Makes a value.
    public init(ruleSet: RuleSet?, filters: [IPFilter] = [], verifiedDomains: Set<DomainName> = []) {
        self.ruleSet = ruleSet
        self.filters = filters
        self.verifiedDomains = verifiedDomains
    }

    /// Whether mail for `domain` may be received: it or a domain above it is verified.
    public func isVerified(_ domain: DomainName) -> Bool {
        if verifiedDomains.isEmpty || verifiedDomains.contains(domain) { return true }
        return verifiedDomains.contains { domain.isSubdomain(of: $0) }
    }
}

/// Where the receiving line gets the rules it judges a message by.
public protocol ActiveRulesSource: Sendable {
    /// The rules as of now, as one consistent value.
    func activeRules() throws(ReceiptRulesError) -> ActiveRules
}

extension ActiveRules: ActiveRulesSource {
    /// These rules: a source that never changes.
    public func activeRules() -> ActiveRules { self }
}
