public import AWSVocabulary
public import AccountHome
import GRDB

/// SES's receipt rules of one account: the operations of the API, and the rules as the receiving line needs
/// them.
///
/// Each operation is one transaction: it happens wholly or not at all, and the next message sees it, in this
/// process and in others. Names and documents arrive as the wire has them, optional where a caller may leave
/// them out, because saying what is missing is part of the API.
///
/// Validation runs in SES's order: the request's shape, names, then existence, conflicts and quotas, then
/// what the actions name.
///
/// Source: Amazon SES API 2010-12-01.
public final class RuleService: Sendable {
    /// The rule set of a home that was told nothing else.
    public static let defaultRuleSetName = "default-rule-set"
    /// The rule in it.
    public static let defaultRuleName = "default"
    /// The bucket that rule stores into.
    public static let defaultBucketName = "mailbox"

    static let maximumRuleSetCount = 40
    static let maximumRuleCount = 200
    static let maximumFilterCount = 100
    private static let defaultsSetting = "receipt-rules.defaults-made"

    let home: Home
    let surroundings: Surroundings
    let targets: ActionTargets
    private let snapshot: Snapshot<ActiveRules>

    /// Opens the rules of `home`; a home that never had any gets the default rule set, active.
    ///
    /// - Parameters:
    ///   - home: The account's state.
    ///   - surroundings: The clock, and the random source of verification tokens.
    ///   - targets: Who is asked when a rule is saved.
    /// - Throws: `.home`.
    public init(
        home: Home, surroundings: Surroundings, targets: ActionTargets = .unchecked
    ) throws(ReceiptRulesError) {
        self.home = home
        self.surroundings = surroundings
        self.targets = targets
        snapshot = Snapshot(of: home) { database in try RuleStore.activeRules(in: database) }
        try makeDefaults()
    }

    private func makeDefaults() throws(ReceiptRulesError) {
        if try read({ try Settings.value(of: Self.defaultsSetting, in: $0) }) != nil { return }
        let key = ARN.kmsAlias("alias/aws/ses", account: home.account, region: home.region)
        let rule = ReceiptRule(
            name: Self.defaultRuleName, isEnabled: true,
            actions: [.s3(S3Action(bucketName: Self.defaultBucketName, kmsKeyARN: key.text))])
        let ruleSet = RuleSet(name: Self.defaultRuleSetName, created: surroundings.now(), rules: [rule])
        try write { database in
            // Another process may have been here since the question was asked.
            guard try Settings.value(of: Self.defaultsSetting, in: database) == nil else { return }
            try Settings.set(Self.defaultsSetting, to: "1", in: database)
            guard try RuleStore.ruleSetCount(in: database) == 0 else { return }
            try RuleStore.insertRuleSet(ruleSet, in: database)
            try RuleStore.activate(ruleSet.name, in: database)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(ReceiptRulesError) -> Value {
        try home.read(wrapping: ReceiptRulesError.home, body)
    }

    func write<Value>(_ body: (Database) throws -> Value) throws(ReceiptRulesError) -> Value {
        try home.write(wrapping: ReceiptRulesError.home, body)
    }
}

extension RuleService: ActiveRulesSource {
    /// The active rule set, the filters and the verified domains, as of the last commit.
    public func activeRules() throws(ReceiptRulesError) -> ActiveRules {
        do throws(HomeError) {
            return try snapshot.current()
        } catch {
            throw .home(error)
        }
    }

    /// The active rule set, or `nil` when none is active.
    public func activeRuleSet() throws(ReceiptRulesError) -> RuleSet? { try activeRules().ruleSet }
}
