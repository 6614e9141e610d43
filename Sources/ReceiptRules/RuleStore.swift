import AccountHome
import FoundationEssentials
import GRDB
import Mail
import StrictJSON

/// The tables of rule sets, rules, filters and identities.
enum RuleStore {
    // MARK: Rule sets

    static func hasRuleSet(_ name: String, in database: Database) throws -> Bool {
        try Int.fetchOne(database, sql: "SELECT 1 FROM rule_sets WHERE name = ?", arguments: [name]) != nil
    }

    static func requireRuleSet(_ name: String, in database: Database) throws {
        guard try hasRuleSet(name, in: database) else { throw ReceiptRulesError.ruleSetDoesNotExist(name) }
    }

    static func ruleSetCount(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM rule_sets") ?? 0
    }

    static func insertRuleSet(_ ruleSet: RuleSet, in database: Database) throws {
        try database.execute(
            sql: "INSERT INTO rule_sets (name, created, is_active, json) VALUES (?, ?, 0, ?)",
            arguments: [ruleSet.name, ruleSet.created.timeIntervalSince1970, settings(of: ruleSet)])
        for (position, rule) in ruleSet.rules.enumerated() {
            try insertRule(rule, into: ruleSet.name, at: position, in: database)
        }
    }

    static func updateSettings(of ruleSet: RuleSet, in database: Database) throws {
        try database.execute(
            sql: "UPDATE rule_sets SET json = ? WHERE name = ?",
            arguments: [settings(of: ruleSet), ruleSet.name])
    }

    private static func settings(of ruleSet: RuleSet) -> String {
        (["SesHeaders": .bool(ruleSet.addsSESHeaders)] as JSONValue).text()
    }

    static func deleteRuleSet(_ name: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM rule_sets WHERE name = ?", arguments: [name])
    }

    static func activeRuleSetName(in database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT name FROM rule_sets WHERE is_active = 1")
    }

    static func activate(_ name: String?, in database: Database) throws {
        // ORDER: off before on; a unique index admits one active set at a time.
        try database.execute(sql: "UPDATE rule_sets SET is_active = 0 WHERE is_active = 1")
        try database.execute(sql: "UPDATE rule_sets SET is_active = 1 WHERE name = ?", arguments: [name])
    }

    /// All rule sets without their rules, oldest first.
    static func ruleSets(in database: Database) throws -> [RuleSet] {
        try Row.fetchAll(database, sql: "SELECT name, created, json FROM rule_sets ORDER BY created, name")
            .map(ruleSet)
    }

    static func ruleSet(_ name: String, in database: Database) throws -> RuleSet {
        let row = try Row.fetchOne(
            database, sql: "SELECT name, created, json FROM rule_sets WHERE name = ?", arguments: [name])
        guard let row else { throw ReceiptRulesError.ruleSetDoesNotExist(name) }
        var ruleSet = try ruleSet(row)
        ruleSet.rules = try rules(of: name, in: database)
        return ruleSet
    }

    private static func ruleSet(_ row: Row) throws -> RuleSet {
        let name: String = row["name"]
        let settings = try document(row["json"], of: "rule set \(name)")
        return RuleSet(
            name: name, created: Date(timeIntervalSince1970: row["created"]),
            addsSESHeaders: settings["SesHeaders"]?.bool ?? false)
    }

    // MARK: Rules

    static func ruleNames(of ruleSet: String, in database: Database) throws -> [String] {
        try String.fetchAll(
            database, sql: "SELECT name FROM receipt_rules WHERE rule_set = ? ORDER BY position, name",
            arguments: [ruleSet])
    }

    static func rules(of ruleSet: String, in database: Database) throws -> [ReceiptRule] {
        try Row.fetchAll(
            database, sql: "SELECT name, json FROM receipt_rules WHERE rule_set = ? ORDER BY position, name",
            arguments: [ruleSet]
        ).map { row in
            let name: String = row["name"]
            let document = try document(row["json"], of: "rule \(name)")
            do throws(ReceiptRulesError) {
                return try ReceiptRule(document: document)
            } catch {
                throw ReceiptRulesError.corrupted(what: "rule \(name): \(error.message)")
            }
        }
    }

    static func insertRule(
        _ rule: ReceiptRule, into ruleSet: String, at position: Int, in database: Database
    ) throws {
        try database.execute(
            sql: "INSERT INTO receipt_rules (rule_set, name, position, json) VALUES (?, ?, ?, ?)",
            arguments: [ruleSet, rule.name, position, rule.json.text()])
    }

    static func updateRule(_ rule: ReceiptRule, of ruleSet: String, in database: Database) throws {
        try database.execute(
            sql: "UPDATE receipt_rules SET json = ? WHERE rule_set = ? AND name = ?",
            arguments: [rule.json.text(), ruleSet, rule.name])
    }

    static func deleteRule(_ name: String, of ruleSet: String, in database: Database) throws {
        try database.execute(
            sql: "DELETE FROM receipt_rules WHERE rule_set = ? AND name = ?", arguments: [ruleSet, name])
    }

    /// Puts the rules of a set into the order of `names`.
    static func setOrder(_ names: [String], of ruleSet: String, in database: Database) throws {
        for (position, name) in names.enumerated() {
            try database.execute(
                sql: "UPDATE receipt_rules SET position = ? WHERE rule_set = ? AND name = ?",
                arguments: [position, ruleSet, name])
        }
    }

    // MARK: Filters and identities

    static func filters(in database: Database) throws -> [IPFilter] {
        try Row.fetchAll(database, sql: "SELECT name, json FROM receipt_filters ORDER BY position, name").map
        { row in
            let name: String = row["name"]
            let document = try document(row["json"], of: "filter \(name)")
            do throws(ReceiptRulesError) {
                return try IPFilter(document: document)
            } catch {
                throw ReceiptRulesError.corrupted(what: "filter \(name): \(error.message)")
            }
        }
    }

    static func insertFilter(_ filter: IPFilter, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO receipt_filters (name, position, json)
                VALUES (?, (SELECT COALESCE(MAX(position) + 1, 0) FROM receipt_filters), ?)
                """,
            arguments: [filter.name, filter.json.text()])
    }

    static func deleteFilter(_ name: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM receipt_filters WHERE name = ?", arguments: [name])
    }

    static func identities(in database: Database) throws -> [DomainIdentity] {
        try Row.fetchAll(database, sql: "SELECT name, json FROM identities ORDER BY position, name").map {
            row in
            let name: String = row["name"]
            let document = try document(row["json"], of: "identity \(name)")
            guard let token = document["VerificationToken"]?.string, let domain = try? DomainName(name) else {
                throw ReceiptRulesError.corrupted(what: "identity \(name)")
            }
            return DomainIdentity(domain: domain, verificationToken: token)
        }
    }

    static func insertIdentity(_ identity: DomainIdentity, in database: Database) throws {
        let document: JSONValue = ["VerificationToken": .string(identity.verificationToken)]
        try database.execute(
            sql: """
                INSERT INTO identities (name, position, json)
                VALUES (?, (SELECT COALESCE(MAX(position) + 1, 0) FROM identities), ?)
                """,
            arguments: [identity.domain.text, document.text()])
    }

    static func deleteIdentity(_ name: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM identities WHERE name = ?", arguments: [name])
    }

    /// All that decides about a message, read in one transaction.
    static func activeRules(in database: Database) throws -> ActiveRules {
        let name = try activeRuleSetName(in: database)
        return ActiveRules(
            ruleSet: try name.map { try ruleSet($0, in: database) }, filters: try filters(in: database),
            verifiedDomains: Set(try identities(in: database).map(\.domain)))
    }

    private static func document(_ text: String, of what: String) throws -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: text)
        } catch {
            throw ReceiptRulesError.corrupted(what: "\(what): \(error)")
        }
    }
}
