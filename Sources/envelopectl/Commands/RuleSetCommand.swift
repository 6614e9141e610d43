import AWSVocabulary
import ArgumentParser
import ReceiptRules
import StrictJSON

/// `envelopectl rule-set …`.
struct RuleSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule-set", abstract: "Receipt rule sets: ordered rules, one set active at a time.",
        subcommands: [
            List.self, Show.self, Create.self, Clone.self, Activate.self, Deactivate.self, Reorder.self,
            Delete.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the rule sets.")
        @OptionGroup var options: AccountOptions

        func run() throws {
            let rules = try options.open().rules
            let (sets, active) = try attempt("list the rule sets") { () throws(ReceiptRulesError) in
                (try rules.listReceiptRuleSets(), try rules.activeRuleSet()?.name)
            }
            Terminal.answer(
                .array(
                    sets.map {
                        [
                            "Name": .string($0.name), "Active": .bool($0.name == active),
                            "Created": .string(Timestamps.iso8601($0.created)),
                        ]
                    }),
                asJSON: options.json
            ) {
                var table = Table("NAME", "ACTIVE", "RULES", "CREATED")
                for set in sets {
                    table.add(
                        set.name, set.name == active ? "yes" : "", "\(set.rules.count)",
                        Timestamps.iso8601(set.created))
                }
                return table.text
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a rule set's rules in order.", aliases: ["describe"])
        @OptionGroup var options: AccountOptions
        @Argument(help: "The rule set. (default: the active one)") var name: String?

        func run() throws {
            let set = try ruleSet(named: name, in: try options.open().rules)
            Terminal.answer(set.json, asJSON: options.json) { ruleTable(set.rules) }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create an empty rule set.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The new name.") var name: String
        @Flag(help: "Add SES's header block and CRLF to every message received by this set.")
        var sesHeaders = false

        func run() throws {
            let rules = try options.open().rules
            try attempt("create rule set \(name)") { () throws(ReceiptRulesError) in
                try rules.createReceiptRuleSet(named: name)
                if sesHeaders { try rules.setSESHeaders(true, inRuleSet: name) }
            }
        }
    }

    struct Clone: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Copy a rule set with all its rules.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The set to copy.") var original: String
        @Argument(help: "The new name.") var name: String

        func run() throws {
            let rules = try options.open().rules
            try attempt("clone rule set \(original)") { () throws(ReceiptRulesError) in
                try rules.cloneReceiptRuleSet(named: name, from: original)
            }
        }
    }

    struct Activate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a rule set the active one.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The rule set.") var name: String

        func run() throws {
            let rules = try options.open().rules
            try attempt("activate rule set \(name)") { () throws(ReceiptRulesError) in
                try rules.setActiveReceiptRuleSet(named: name)
            }
        }
    }

    struct Deactivate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Leave no rule set active: all mail is refused.")
        @OptionGroup var options: AccountOptions

        func run() throws {
            let rules = try options.open().rules
            try attempt("deactivate the rule set") { () throws(ReceiptRulesError) in
                try rules.setActiveReceiptRuleSet(named: nil)
            }
        }
    }

    struct Reorder: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a set's rules into a new order; every rule must be named once.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The rule set.") var name: String
        @Argument(help: "Its rules in the new order.") var rules: [String]

        func run() throws {
            let service = try options.open().rules
            try attempt("reorder rule set \(name)") { () throws(ReceiptRulesError) in
                try service.reorderReceiptRuleSet(named: name, ruleNames: rules)
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a rule set with its rules; the active one stays.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The rule set.") var name: String

        func run() throws {
            let rules = try options.open().rules
            try attempt("delete rule set \(name)") { () throws(ReceiptRulesError) in
                try rules.deleteReceiptRuleSet(named: name)
            }
        }
    }
}

/// The named rule set, else the active one.
func ruleSet(named name: String?, in rules: RuleService) throws -> RuleSet {
    if let name {
        return try attempt("show rule set \(name)") { () throws(ReceiptRulesError) in
            try rules.describeReceiptRuleSet(named: name)
        }
    }
    let active = try attempt("find the active rule set") { () throws(ReceiptRulesError) in
        try rules.activeRuleSet()
    }
    guard let active else {
        throw Failure(
            sentence: "no rule set is active",
            hint: "name one with --rule-set, or: envelopectl rule-set activate NAME",
            status: .wrongState)
    }
    return active
}

extension RuleSet {
    /// The set as `describe-receipt-rule-set` shows it.
    var json: JSONValue {
        [
            "Metadata": ["Name": .string(name), "CreatedTimestamp": .string(Timestamps.iso8601(created))],
            "Rules": .array(rules.map(\.json)),
        ]
    }
}

/// Rules for people, one a line.
func ruleTable(_ rules: [ReceiptRule]) -> String {
    var table = Table("RULE", "ENABLED", "RECIPIENTS", "ACTIONS")
    for rule in rules {
        let recipients =
            rule.recipients.isEmpty ? "(everybody)" : rule.recipients.map(\.text).joined(separator: ", ")
        table.add(
            rule.name, rule.isEnabled ? "yes" : "no", recipients,
            rule.actions.map(\.summary).joined(separator: "; "))
    }
    return table.text
}

extension ReceiptAction {
    /// The action in a few words.
    var summary: String {
        switch self {
        case .s3(let action):
            "store in \(action.bucketName)/\(action.objectKeyPrefix ?? "")"
                + (action.kmsKeyARN.map { " sealed under \($0)" } ?? " in the clear")
        case .addHeader(let action): "add header \(action.headerName): \(action.headerValue)"
        case .stop: "stop"
        case .sns(let action): "publish to \(action.topicARN)"
        case .lambda(let action): "invoke \(action.functionARN)"
        case .bounce(let action): "bounce with \(action.smtpReplyCode)"
        case .workMail(let action): "hand to \(action.organizationARN)"
        case .connect(let action): "contact at \(action.instanceARN)"
        }
    }
}
