import AWSVocabulary
import EnvelopeTesting
import FoundationEssentials
import ReceiptRules
import StrictJSON
import Testing

@Suite("Rule set operations")
struct RuleSetOperationTests {
    @Test(
        "a new home has one active rule set with a catch-all rule that seals under the account's key for SES")
    func defaults() throws {
        let fixture = try Fixture()
        let ruleSet = try #require(try fixture.service.activeRuleSet())
        #expect(ruleSet.name == "default-rule-set" && ruleSet.rules.count == 1 && !ruleSet.addsSESHeaders)
        let action = S3Action(
            bucketName: "mailbox", kmsKeyARN: "arn:aws:kms:us-east-1:111122223333:alias/aws/ses")
        #expect(ruleSet.rules == [ReceiptRule(name: "default", isEnabled: true, actions: [.s3(action)])])
        #expect(try fixture.service.describeActiveReceiptRuleSet() == ruleSet)
    }

    @Test("the default rule set is made once: who deletes it is rid of it")
    func defaultsStayAway() throws {
        let fixture = try Fixture()
        try fixture.service.setActiveReceiptRuleSet(named: nil)
        try fixture.service.deleteReceiptRuleSet(named: "default-rule-set")
        #expect(try fixture.otherService().listReceiptRuleSets() == [])
    }

    @Test("CreateReceiptRuleSet makes an empty, inactive set")
    func create() throws {
        let fixture = try Fixture()
        try fixture.makeSet()
        let ruleSet = try fixture.service.describeReceiptRuleSet(named: "set")
        #expect(ruleSet == RuleSet(name: "set", created: fixture.clock.now))
        #expect(try fixture.service.activeRuleSet()?.name == "default-rule-set")
        #expect(throws: ReceiptRulesError.alreadyExists(.ruleSet, name: "set")) { try fixture.makeSet() }
    }

    @Test(
        "the name of a rule set is checked in layers",
        arguments: [
            (nil, "InvalidParameterValue", "RuleSetName is required."),
            (
                "", "ValidationError",
                "2 validation errors detected: Value at 'ruleSetName' failed to satisfy constraint: Member must have length "
                    + "greater than or equal to 1; Value at 'ruleSetName' failed to satisfy constraint: Member must satisfy "
                    + "regular expression pattern: ^[a-zA-Z0-9_.-]+$"
            ),
            (
                "a b", "ValidationError",
                "1 validation error detected: Value at 'ruleSetName' failed to satisfy constraint: Member must satisfy "
                    + "regular expression pattern: ^[a-zA-Z0-9_.-]+$"
            ),
            ("set-", "InvalidParameterValue", "Not a valid ruleSetName: set-"),
            (".set", "InvalidParameterValue", "Not a valid ruleSetName: .set"),
        ] as [(String?, String, String)])
    func names(_ name: String?, _ code: String, _ message: String) throws {
        let fixture = try Fixture()
        let calls: [(RuleService) throws -> Void] = [
            { try $0.createReceiptRuleSet(named: name) }, { try $0.deleteReceiptRuleSet(named: name) },
            { _ = try $0.describeReceiptRuleSet(named: name) },
            { try $0.cloneReceiptRuleSet(named: name, from: "a") },
            { try $0.reorderReceiptRuleSet(named: name, ruleNames: []) },
            { try $0.createReceiptRule(["Name": "r"], in: name) },
            { try $0.deleteReceiptRule(named: "r", in: name) },
            { try $0.setReceiptRulePosition(of: "r", in: name) },
        ]
        for call in calls {
            let error = #expect(throws: ReceiptRulesError.self) { try call(fixture.service) }
            #expect(error?.code == code)
            #expect(error?.message == message)
        }
    }

    @Test("the 41st rule set is one too many")
    func quota() throws {
        let fixture = try Fixture()
        for number in 2...40 { try fixture.service.createReceiptRuleSet(named: "set\(number)") }
        #expect(throws: ReceiptRulesError.limitExceeded("Too many rule sets")) {
            try fixture.service.createReceiptRuleSet(named: "set41")
        }
        #expect(throws: ReceiptRulesError.alreadyExists(.ruleSet, name: "set2")) {
            try fixture.service.createReceiptRuleSet(named: "set2")
        }
        #expect(throws: ReceiptRulesError.limitExceeded("Too many rule sets")) {
            try fixture.service.cloneReceiptRuleSet(named: "set41", from: "set2")
        }
    }

    @Test("CloneReceiptRuleSet copies rules in order, with a time of its own, and the copy is inactive")
    func clone() throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a", "b", "c"])
        try fixture.service.setSESHeaders(true, inRuleSet: "set")
        try fixture.service.setActiveReceiptRuleSet(named: "set")
        fixture.clock.advance(by: 60)
        try fixture.service.cloneReceiptRuleSet(named: "copy", from: "set")
        let (original, copy) = (
            try fixture.service.describeReceiptRuleSet(named: "set"),
            try fixture.service.describeReceiptRuleSet(named: "copy")
        )
        #expect(copy.rules == original.rules && copy.addsSESHeaders)
        #expect(copy.created == original.created + 60)
        #expect(try fixture.service.activeRuleSet()?.name == "set")
        try fixture.service.deleteReceiptRule(named: "b", in: "copy")
        #expect(try fixture.names("set") == ["a", "b", "c"])
    }

    @Test("an existing target is reported before a missing source")
    func clonePrecedence() throws {
        let fixture = try Fixture()
        try fixture.makeSet()
        #expect(throws: ReceiptRulesError.alreadyExists(.ruleSet, name: "set")) {
            try fixture.service.cloneReceiptRuleSet(named: "set", from: "nowhere")
        }
        #expect(throws: ReceiptRulesError.ruleSetDoesNotExist("nowhere")) {
            try fixture.service.cloneReceiptRuleSet(named: "copy", from: "nowhere")
        }
        #expect(throws: ReceiptRulesError.invalidParameterValue("OriginalRuleSetName is required.")) {
            try fixture.service.cloneReceiptRuleSet(named: "copy", from: nil)
        }
    }

    @Test(
        "DeleteReceiptRuleSet takes the rules along, refuses the active set, and does not mind an unknown one"
    )
    func delete() throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a"])
        try fixture.service.deleteReceiptRuleSet(named: "set")
        try fixture.service.deleteReceiptRuleSet(named: "set")
        #expect(throws: ReceiptRulesError.ruleSetDoesNotExist("set")) { try fixture.names() }
        try fixture.makeSet()
        #expect(try fixture.names() == [])
        let error = #expect(throws: ReceiptRulesError.cannotDelete(ruleSet: "default-rule-set")) {
            try fixture.service.deleteReceiptRuleSet(named: "default-rule-set")
        }
        #expect(error?.message == "Cannot delete active rule set: default-rule-set")
    }

    @Test("SetActiveReceiptRuleSet switches, deactivates, and leaves the active set alone when it fails")
    func setActive() throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a"])
        try fixture.service.setActiveReceiptRuleSet(named: "set")
        #expect(try fixture.service.activeRuleSet()?.rules.map(\.name) == ["a"])
        #expect(throws: ReceiptRulesError.ruleSetDoesNotExist("nowhere")) {
            try fixture.service.setActiveReceiptRuleSet(named: "nowhere")
        }
        #expect(try fixture.service.activeRuleSet()?.name == "set")
        try fixture.service.setActiveReceiptRuleSet(named: nil)
        #expect(try fixture.service.activeRuleSet() == nil)
    }

    @Test("ListReceiptRuleSets lists by age, without rules, in one page")
    func list() throws {
        let fixture = try Fixture()
        for name in ["z", "a"] {
            fixture.clock.advance(by: 1)
            try fixture.service.createReceiptRuleSet(named: name)
        }
        let ruleSets = try fixture.service.listReceiptRuleSets()
        #expect(ruleSets.map(\.name) == ["default-rule-set", "z", "a"])
        #expect(ruleSets.flatMap(\.rules).isEmpty)
        #expect(throws: ReceiptRulesError.self) { try fixture.service.listReceiptRuleSets(nextToken: "x") }
    }

    @Test(
        "ReorderReceiptRuleSet takes an exact permutation and nothing else",
        arguments: [
            (["c", "a", "b"], nil),
            (
                ["a", "a", "x"],
                ReceiptRulesError.invalidParameterValue("Multiple positions found for rule: a")
            ),
            (["x"], .invalidParameterValue("Positions for rules not found: a, b, c")),
            (["b", "x"], .invalidParameterValue("Positions for rules not found: a, c")),
            (["c", "b", "x", "a"], .ruleDoesNotExist("x")),
            ([], .invalidParameterValue("Positions for rules not found: a, b, c")),
        ] as [([String], ReceiptRulesError?)])
    func reorder(_ order: [String], _ error: ReceiptRulesError?) throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a", "b", "c"])
        if let error {
            #expect(throws: error) {
                try fixture.service.reorderReceiptRuleSet(named: "set", ruleNames: order)
            }
            #expect(try fixture.names() == ["a", "b", "c"])
        } else {
            try fixture.service.reorderReceiptRuleSet(named: "set", ruleNames: order)
            #expect(try fixture.names() == order)
        }
    }

    @Test(
        "malformed entries of an order are one violation",
        arguments: [["", "a b"], [String(repeating: "x", count: 101)]])
    func reorderShape(_ order: [String]) throws {
        let fixture = try Fixture()
        let error = #expect(throws: ReceiptRulesError.self) {
            try fixture.service.reorderReceiptRuleSet(named: "nowhere", ruleNames: order)
        }
        #expect(error?.message.hasPrefix("1 validation error detected: Value at 'ruleNames' failed") == true)
        #expect(throws: ReceiptRulesError.ruleSetDoesNotExist("nowhere")) {
            try fixture.service.reorderReceiptRuleSet(named: "nowhere", ruleNames: [])
        }
        let missing = #expect(throws: ReceiptRulesError.self) {
            try fixture.service.reorderReceiptRuleSet(named: "set", ruleNames: nil)
        }
        #expect(
            missing?.message.hasSuffix("'ruleNames' failed to satisfy constraint: Member must not be null")
                == true)
    }

    @Test("another process's change is seen by the next question")
    func otherProcess() throws {
        let fixture = try Fixture()
        let other = try fixture.otherService()
        #expect(try fixture.service.activeRules() == other.activeRules())
        try other.createReceiptRule(["Name": "first", "Enabled": true], in: "default-rule-set")
        #expect(try fixture.service.activeRuleSet()?.rules.map(\.name) == ["first", "default"])
        try other.setSESHeaders(true, inRuleSet: "default-rule-set")
        #expect(try fixture.service.activeRuleSet()?.addsSESHeaders == true)
    }
}
