import ArgumentParser
import Foundation
import ReceiptRules
import StrictJSON

/// `envelopectl rule …`.
struct RuleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule", abstract: "Receipt rules: which mail is stored where, sealed under which key.",
        subcommands: [List.self, Show.self, Create.self, Update.self, Move.self, Delete.self])

    struct Place: ParsableArguments {
        @Option(help: "The rule set. (default: the active one)") var ruleSet: String?
    }

    /// What a rule may be told on the command line.
    struct Settings: ParsableArguments {
        @Option(
            name: .customLong("recipient"), parsing: .singleValue,
            help: ArgumentHelp(
                "A condition: an address, a domain, or .domain for its subdomains; repeatable. None: everybody.",
                valueName: "condition"))
        var recipients: [String] = []
        @Option(help: "Store the mail in this bucket.") var bucket: String?
        @Option(help: "The object key's prefix.") var prefix: String?
        @Option(help: ArgumentHelp("Seal it under this KMS key: key ID, alias or ARN.", valueName: "key"))
        var kmsKey: String?
        @Option(
            name: .customLong("add-header"), parsing: .singleValue,
            help: ArgumentHelp(
                "Add a header field for the later actions; repeatable.", valueName: "name: value"))
        var headers: [String] = []
        @Flag(inversion: .prefixedNo, help: "Evaluate no later rule for a message this one matched.")
        var stop: Bool?
        @Flag(inversion: .prefixedEnableDisable, help: "Whether the rule takes part.")
        var rule: Bool?
        @Option(
            help: ArgumentHelp(
                "The whole rule as the SES API's JSON, from a file or - for standard input.",
                valueName: "file"))
        var document: String?
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a set's rules in order.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var place: Place

        func run() throws {
            let set = try RuleTargets.set(place.ruleSet, in: try options.open())
            Terminal.answer(.array(set.rules.map(\.json)), asJSON: options.json) { ruleTable(set.rules) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one rule.", aliases: ["describe"])
        @OptionGroup var options: AccountOptions
        @OptionGroup var place: Place
        @Argument(help: "The rule.") var name: String

        func run() throws {
            let account = try options.open()
            let rule = try RuleTargets.rule(name, in: place.ruleSet, of: account)
            Terminal.answer(rule.json, asJSON: options.json) { rule.json.text(pretty: true) }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a rule, before all others unless --after names one.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var place: Place
        @Argument(help: "The new rule's name.") var name: String
        @Option(help: "Stand behind this rule.") var after: String?
        @OptionGroup var settings: Settings

        func run() throws {
            let account = try options.open()
            let set = try RuleTargets.set(place.ruleSet, in: account)
            var rule = ReceiptRule(name: name, isEnabled: true)
            let document = try RuleEdit(settings, account: account).apply(to: &rule)
            try attempt("create rule \(name)") { () throws(ReceiptRulesError) in
                try account.rules.createReceiptRule(document ?? rule.json, in: set.name, after: after)
            }
        }
    }

    struct Update: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what is given and leave the rest of a rule as it is.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var place: Place
        @Argument(help: "The rule.") var name: String
        @OptionGroup var settings: Settings

        func run() throws {
            let account = try options.open()
            let set = try RuleTargets.set(place.ruleSet, in: account)
            var rule = try RuleTargets.rule(name, in: set.name, of: account)
            let document = try RuleEdit(settings, account: account).apply(to: &rule)
            try attempt("update rule \(name)") { () throws(ReceiptRulesError) in
                try account.rules.updateReceiptRule(document ?? rule.json, in: set.name)
            }
        }
    }

    struct Move: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move a rule before all others, or behind the one --after names.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var place: Place
        @Argument(help: "The rule.") var name: String
        @Option(help: "Stand behind this rule.") var after: String?

        func run() throws {
            let account = try options.open()
            let set = try RuleTargets.set(place.ruleSet, in: account)
            try attempt("move rule \(name)") { () throws(ReceiptRulesError) in
                try account.rules.setReceiptRulePosition(of: name, in: set.name, after: after)
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a rule.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var place: Place
        @Argument(help: "The rule.") var name: String

        func run() throws {
            let account = try options.open()
            let set = try RuleTargets.set(place.ruleSet, in: account)
            // The API takes an unknown name without a word; at a terminal it is a typing error.
            _ = try RuleTargets.rule(name, in: set.name, of: account)
            try attempt("delete rule \(name)") { () throws(ReceiptRulesError) in
                try account.rules.deleteReceiptRule(named: name, in: set.name)
            }
        }
    }
}

/// Finds what a command names.
enum RuleTargets {
    static func set(_ name: String?, in account: Account) throws -> RuleSet {
        try ruleSet(named: name, in: account.rules)
    }

    static func rule(_ name: String, in set: String?, of account: Account) throws -> ReceiptRule {
        let set = try self.set(set, in: account)
        return try attempt("find rule \(name)") { () throws(ReceiptRulesError) in
            try account.rules.describeReceiptRule(named: name, in: set.name)
        }
    }
}
