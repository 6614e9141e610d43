import AWSVocabulary
import GRDB

extension RuleService {
    /// `CreateReceiptRuleSet`: makes an empty, inactive rule set.
    ///
    /// - Throws: `.alreadyExists`, `.limitExceeded` beyond 40.
    public func createReceiptRuleSet(named name: String?) throws(ReceiptRulesError) {
        let name = try checkedRuleSetName(name)
        let ruleSet = RuleSet(name: name, created: surroundings.now())
        try write { database in
            try Self.checkRoom(for: name, in: database)
            try RuleStore.insertRuleSet(ruleSet, in: database)
        }
    }

    /// `CloneReceiptRuleSet`: copies a rule set with its rules; the copy is inactive.
    ///
    /// - Throws: `.alreadyExists` for the new name before `.ruleSetDoesNotExist` for the original;
    ///   `.limitExceeded`.
    public func cloneReceiptRuleSet(
        named name: String?, from originalName: String?
    ) throws(ReceiptRulesError) {
        var shape = Shape()
        shape.checkName(name, at: "ruleSetName")
        shape.checkName(originalName, at: "originalRuleSetName")
        try shape.check()
        let name = try Names.require(name, parameter: "RuleSetName", as: "ruleSetName")
        let originalName = try Names.require(
            originalName, parameter: "OriginalRuleSetName", as: "ruleSetName")
        let now = surroundings.now()
        try write { database in
            try Self.checkRoom(for: name, in: database)
            var ruleSet = try RuleStore.ruleSet(originalName, in: database)
            ruleSet.name = name
            ruleSet.created = now
            try RuleStore.insertRuleSet(ruleSet, in: database)
        }
    }

    /// `DeleteReceiptRuleSet`: deletes a rule set and its rules; a name that is unknown is no error.
    ///
    /// - Throws: `.cannotDelete` for the active set.
    public func deleteReceiptRuleSet(named name: String?) throws(ReceiptRulesError) {
        let name = try checkedRuleSetName(name)
        try write { database in
            guard try RuleStore.activeRuleSetName(in: database) != name else {
                throw ReceiptRulesError.cannotDelete(ruleSet: name)
            }
            try RuleStore.deleteRuleSet(name, in: database)
        }
    }

    /// `DescribeReceiptRuleSet`: a rule set with its rules in order.
    ///
    /// - Throws: `.ruleSetDoesNotExist`.
    public func describeReceiptRuleSet(named name: String?) throws(ReceiptRulesError) -> RuleSet {
        let name = try checkedRuleSetName(name)
        return try read { database in try RuleStore.ruleSet(name, in: database) }
    }

    /// `DescribeActiveReceiptRuleSet`: the active set, or `nil`.
    public func describeActiveReceiptRuleSet() throws(ReceiptRulesError) -> RuleSet? { try activeRuleSet() }

    /// `ListReceiptRuleSets`: every rule set without its rules, oldest first.
    ///
    /// SES pages by 100, and an account has at most 40; so there is one page, and no token is ever valid.
    ///
    /// - Throws: `.invalidParameterValue` for a token.
    public func listReceiptRuleSets(nextToken: String? = nil) throws(ReceiptRulesError) -> [RuleSet] {
        if let nextToken, !nextToken.isEmpty {
            throw .invalidParameterValue("Invalid NextToken: \(nextToken)")
        }
        return try read { database in try RuleStore.ruleSets(in: database) }
    }

    /// `SetActiveReceiptRuleSet`: makes a rule set the active one; without a name, none is active any more.
    ///
    /// - Throws: `.ruleSetDoesNotExist`; the active set stays then.
    public func setActiveReceiptRuleSet(named name: String?) throws(ReceiptRulesError) {
        let name = try name.map { name throws(ReceiptRulesError) in try checkedRuleSetName(name) }
        try write { database in
            if let name { try RuleStore.requireRuleSet(name, in: database) }
            try RuleStore.activate(name, in: database)
        }
    }

    /// `ReorderReceiptRuleSet`: puts the rules of a set into the order of `ruleNames`.
    ///
    /// - Throws: `.ruleSetDoesNotExist`; `.invalidParameterValue` for a rule that stands twice or is left
    ///   out, `.ruleDoesNotExist` for an unknown one, in this order of precedence. Nothing has changed then.
    public func reorderReceiptRuleSet(
        named name: String?, ruleNames: [String]?
    ) throws(ReceiptRulesError) {
        var shape = Shape()
        shape.checkName(name, at: "ruleSetName")
        shape.checkOrder(ruleNames)
        try shape.check()
        let name = try Names.require(name, parameter: "RuleSetName", as: "ruleSetName")
        let order = ruleNames ?? []
        try write { database in
            try RuleStore.requireRuleSet(name, in: database)
            let present = try RuleStore.ruleNames(of: name, in: database)
            var seen: Set<String> = []
            for rule in order where !seen.insert(rule).inserted {
                throw ReceiptRulesError.invalidParameterValue("Multiple positions found for rule: \(rule)")
            }
            let missing = present.filter { !seen.contains($0) }
            guard missing.isEmpty else {
                throw ReceiptRulesError.invalidParameterValue(
                    "Positions for rules not found: \(missing.joined(separator: ", "))")
            }
            for rule in order where !present.contains(rule) { throw ReceiptRulesError.ruleDoesNotExist(rule) }
            try RuleStore.setOrder(order, of: name, in: database)
        }
    }

    /// Decides whether the messages a rule set judges get SES's header block and CRLF; no part of SES's API.
    ///
    /// - Throws: `.ruleSetDoesNotExist`.
    public func setSESHeaders(_ addsSESHeaders: Bool, inRuleSet name: String?) throws(ReceiptRulesError) {
        let name = try checkedRuleSetName(name)
        try write { database in
            var ruleSet = try RuleStore.ruleSet(name, in: database)
            ruleSet.addsSESHeaders = addsSESHeaders
            try RuleStore.updateSettings(of: ruleSet, in: database)
        }
    }

    func checkedRuleSetName(_ name: String?) throws(ReceiptRulesError) -> String {
        var shape = Shape()
        shape.checkName(name, at: "ruleSetName")
        try shape.check()
        return try Names.require(name, parameter: "RuleSetName", as: "ruleSetName")
    }

    private static func checkRoom(for name: String, in database: Database) throws {
        guard try !RuleStore.hasRuleSet(name, in: database) else {
            throw ReceiptRulesError.alreadyExists(.ruleSet, name: name)
        }
        guard try RuleStore.ruleSetCount(in: database) < maximumRuleSetCount else {
            throw ReceiptRulesError.limitExceeded("Too many rule sets")
        }
    }
}

extension Shape {
    private static let longestOrderEntry = 100

    /// Checks the list of a reordering; however many entries are malformed, that is one violation.
    mutating func checkOrder(_ ruleNames: [String]?) {
        guard let ruleNames else { return violate("ruleNames", "not be null") }
        let isSound = ruleNames.allSatisfy {
            Names.hasOnlyNameCharacters($0) && $0.utf8.count <= Self.longestOrderEntry
        }
        guard !isSound else { return }
        let constraints = [
            "have length less than or equal to \(Self.longestOrderEntry)",
            "have length greater than or equal to 1", Names.patternConstraint,
        ]
        violate(
            "ruleNames",
            "satisfy constraint: [\(constraints.map { "Member must \($0)" }.joined(separator: ", "))]")
    }
}
