import AccountHome
import EnvelopeTesting
import Foundation
import GRDB
import ReceiptRules
import StrictJSON

/// A home of its own in a temporary directory, with its rules; gone when the test is.
final class Fixture: Sendable {
    let directory: String
    let home: Home
    let clock = TestClock()
    let service: RuleService

    init(targets: ActionTargets = .unchecked) throws {
        directory = FileManager.default.temporaryDirectory.path + "/receipt-rules-\(UUID().uuidString)"
        home = try Home.open(at: directory, creating: true)
        service = try RuleService(home: home, surroundings: clock.surroundings, targets: targets)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// The service of another process on the same home.
    func otherService(targets: ActionTargets = .unchecked) throws -> RuleService {
        try RuleService(
            home: Home.open(at: directory, creating: false), surroundings: clock.surroundings,
            targets: targets)
    }

    /// A rule set `set` with rules of these names, in this order.
    func makeSet(_ rules: [String] = []) throws {
        try service.createReceiptRuleSet(named: "set")
        for rule in rules.reversed() { try service.createReceiptRule(["Name": .string(rule)], in: "set") }
    }

    func names(_ ruleSet: String = "set") throws -> [String] {
        try service.describeReceiptRuleSet(named: ruleSet).rules.map(\.name)
    }
}
