import GRDB
public import StrictJSON

extension RuleService {
    /// `CreateReceiptRule`: inserts a rule, behind the rule `after` or, without one, before all others.
    ///
    /// - Parameters:
    ///   - document: The rule, as ``ReceiptRule/init(document:)`` reads it.
    ///   - ruleSetName: The rule set.
    ///   - after: The rule to stand behind.
    /// - Throws: `.ruleSetDoesNotExist`, `.alreadyExists`, `.ruleDoesNotExist` for `after`, `.limitExceeded`
    ///   beyond 200 rules, then what is wrong with the actions.
    public func createReceiptRule(
        _ document: JSONValue?, in ruleSetName: String?, after: String? = nil
    ) throws(ReceiptRulesError) {
        let (rule, ruleSetName) = try checked(document, in: ruleSetName, after: after)
        try read { database in _ = try Self.place(for: rule, in: ruleSetName, after: after, database) }
        try checkActions(of: rule, in: ruleSetName)
        try write { database in
            // Asking the targets took time, so everything is decided again where nothing can come between.
            let order = try Self.place(for: rule, in: ruleSetName, after: after, database)
            try RuleStore.insertRule(rule, into: ruleSetName, at: order.count, in: database)
            try RuleStore.setOrder(order, of: ruleSetName, in: database)
        }
    }

    /// `UpdateReceiptRule`: replaces a rule whole; name and position stay.
    ///
    /// What the document leaves out takes the API's defaults.
    ///
    /// - Throws: `.ruleSetDoesNotExist`, `.ruleDoesNotExist`, then what is wrong with the actions.
    public func updateReceiptRule(
        _ document: JSONValue?, in ruleSetName: String?
    ) throws(ReceiptRulesError) {
        let (rule, ruleSetName) = try checked(document, in: ruleSetName, after: nil)
        try read { database in try Self.require(rule.name, in: ruleSetName, database) }
        try checkActions(of: rule, in: ruleSetName)
        try write { database in
            try Self.require(rule.name, in: ruleSetName, database)
            try RuleStore.updateRule(rule, of: ruleSetName, in: database)
        }
    }

    /// `DescribeReceiptRule`: one rule.
    ///
    /// - Throws: `.ruleSetDoesNotExist`, `.ruleDoesNotExist`.
    public func describeReceiptRule(
        named name: String?, in ruleSetName: String?
    ) throws(ReceiptRulesError) -> ReceiptRule {
        let (name, ruleSetName) = try checked(name, in: ruleSetName, after: nil)
        return try read { database in
            let rules = try RuleStore.ruleSet(ruleSetName, in: database).rules
            guard let rule = rules.first(where: { $0.name == name }) else {
                throw ReceiptRulesError.ruleDoesNotExist(name)
            }
            return rule
        }
    }

    /// `DeleteReceiptRule`: deletes a rule; a name that is unknown is no error.
    ///
    /// - Throws: `.ruleSetDoesNotExist`.
    public func deleteReceiptRule(
        named name: String?, in ruleSetName: String?
    ) throws(ReceiptRulesError) {
        let (name, ruleSetName) = try checked(name, in: ruleSetName, after: nil)
        try write { database in
            try RuleStore.requireRuleSet(ruleSetName, in: database)
            try RuleStore.deleteRule(name, of: ruleSetName, in: database)
        }
    }

    /// `SetReceiptRulePosition`: moves a rule behind the rule `after` or, without one, before all others.
    ///
    /// - Throws: `.ruleSetDoesNotExist`, `.ruleDoesNotExist` for either rule.
    public func setReceiptRulePosition(
        of name: String?, in ruleSetName: String?, after: String? = nil
    ) throws(ReceiptRulesError) {
        let (name, ruleSetName) = try checked(name, in: ruleSetName, after: after)
        try write { database in
            try Self.require(name, in: ruleSetName, database)
            if let after { try Self.require(after, in: ruleSetName, database) }
            // Observed: a rule behind itself stays where it is.
            guard after != name else { return }
            let others = try RuleStore.ruleNames(of: ruleSetName, in: database).filter { $0 != name }
            try RuleStore.setOrder(
                Self.inserting(name, into: others, after: after), of: ruleSetName, in: database)
        }
    }

    private func checked(
        _ document: JSONValue?, in ruleSetName: String?, after: String?
    ) throws(ReceiptRulesError) -> (ReceiptRule, String) {
        var shape = Shape()
        shape.checkName(ruleSetName, at: "ruleSetName")
        let draft = RuleDraft(document, shape: &shape)
        shape.checkName(after, at: "after")
        try shape.check()
        let ruleSetName = try Names.require(ruleSetName, parameter: "RuleSetName", as: "ruleSetName")
        let rule = try draft.rule()
        if let after { try Names.check(after, as: "ruleName") }
        return (rule, ruleSetName)
    }

    private func checked(
        _ name: String?, in ruleSetName: String?, after: String?
    ) throws(ReceiptRulesError) -> (name: String, ruleSetName: String) {
        var shape = Shape()
        shape.checkName(ruleSetName, at: "ruleSetName")
        shape.checkName(name, at: "ruleName")
        shape.checkName(after, at: "after")
        try shape.check()
        let ruleSetName = try Names.require(ruleSetName, parameter: "RuleSetName", as: "ruleSetName")
        let name = try Names.require(name, parameter: "RuleName", as: "ruleName")
        if let after { try Names.check(after, as: "ruleName") }
        return (name, ruleSetName)
    }

    private func checkActions(of rule: ReceiptRule, in ruleSetName: String) throws(ReceiptRulesError) {
        try ActionChecks(identities: try activeRules()).check(rule)
        try targets.check(rule, in: ruleSetName)
    }

    /// The order of the set's rules once `rule` is among them.
    private static func place(
        for rule: ReceiptRule, in ruleSetName: String, after: String?, _ database: Database
    ) throws -> [String] {
        try RuleStore.requireRuleSet(ruleSetName, in: database)
        let present = try RuleStore.ruleNames(of: ruleSetName, in: database)
        guard !present.contains(rule.name) else {
            throw ReceiptRulesError.alreadyExists(.rule, name: rule.name)
        }
        if let after, !present.contains(after) { throw ReceiptRulesError.ruleDoesNotExist(after) }
        guard present.count < maximumRuleCount else {
            throw ReceiptRulesError.limitExceeded("Too many rules")
        }
        return inserting(rule.name, into: present, after: after)
    }

    private static func inserting(_ name: String, into names: [String], after: String?) -> [String] {
        var result = names
        let index = after.flatMap { names.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
        result.insert(name, at: index)
        return result
    }

    private static func require(_ name: String, in ruleSetName: String, _ database: Database) throws {
        try RuleStore.requireRuleSet(ruleSetName, in: database)
        guard try RuleStore.ruleNames(of: ruleSetName, in: database).contains(name) else {
            throw ReceiptRulesError.ruleDoesNotExist(name)
        }
    }
}
