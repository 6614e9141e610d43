import AWSVocabulary
import EnvelopeTesting
import PolicyEngine
import Testing

/// What holds for every policy, tried on generated ones; the seed stands in each failure.
@Suite("For every policy")
struct PropertyTests {
    static let blocks = (UInt64(0)..<8).map { $0 }

    /// A block of seeds; a failure names the one.
    private static func seeds(_ block: UInt64) -> Range<UInt64> { block * 100 + 1..<block * 100 + 101 }

    @Test("an allowed request has a matching Allow, and no matching Deny", arguments: blocks)
    func allowNeedsAllow(_ block: UInt64) throws {
        for seed in Self.seeds(block) {
            var world = World(seed: seed)
            let (policy, asked, identity) = try world.next()
            let decision = Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: identity)
            let matching = decision.findings().filter(\.isMatch)
            if decision.isAllowed {
                #expect(matching.contains { $0.effect == .allow && $0.isDeciding }, "seed \(seed)")
                #expect(!matching.contains { $0.effect == .deny }, "seed \(seed)")
            }
            if matching.contains(where: { $0.effect == .deny }) {
                guard case .explicitDeny = decision.reason else {
                    Issue.record("seed \(seed): a Deny matches, but \(decision.reason) decided")
                    continue
                }
            }
            let deciding = decision.findings().filter { $0.isDeciding }
            #expect(!deciding.contains { !$0.isMatch }, "seed \(seed)")
        }
    }

    @Test("adding a Deny never allows more, and adding an Allow never allows less", arguments: blocks)
    func monotony(_ block: UInt64) throws {
        for seed in Self.seeds(block) {
            var world = World(seed: seed)
            let statements = world.statements()
            let (_, asked, identity) = try world.next()
            let before = try isAllowed(asked, statements, identity)
            let deny = world.statement(effect: "Deny")
            let allow = world.statement(effect: "Allow")
            if try isAllowed(asked, statements + [deny], identity) { #expect(before, "seed \(seed)") }
            if before {
                #expect(try isAllowed(asked, [allow] + statements, identity), "seed \(seed)")
                let everything = statement(#""*""#, effect: "Deny")
                #expect(try !isAllowed(asked, statements + [everything], identity), "seed \(seed)")
            }
        }
    }

    @Test("the order of statements changes nothing", arguments: blocks)
    func order(_ block: UInt64) throws {
        for seed in Self.seeds(block) {
            var world = World(seed: seed)
            let statements = world.statements()
            let (_, asked, identity) = try world.next()
            let expected = try isAllowed(asked, statements, identity)
            for _ in 0..<4 {
                let shuffled = statements.shuffled(using: &world.generator)
                #expect(try isAllowed(asked, shuffled, identity.reversed()) == expected, "seed \(seed)")
            }
        }
    }

    @Test(
        "no Allow at all refuses everyone, and an empty list of IAM policies never helps", arguments: blocks)
    func nothingByDefault(_ block: UInt64) throws {
        for seed in Self.seeds(block) {
            var world = World(seed: seed)
            let (policy, asked, identity) = try world.next()
            let denies = (0..<3).map { _ in world.statement(effect: "Deny") }
            #expect(try !isAllowed(asked, denies, [identityPolicy(allowAll)]), "seed \(seed)")
            let without = Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: [])
            let allowOnly = identity.filter { !$0.document.text.contains("Deny") }
            let with = Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: allowOnly)
            if without.isAllowed { #expect(with.isAllowed, "seed \(seed)") }
        }
    }

    @Test("a grant allows exactly what nothing denies", arguments: blocks)
    func grants(_ block: UInt64) throws {
        for seed in Self.seeds(block) {
            var world = World(seed: seed)
            let (policy, asked, identity) = try world.next()
            let without = Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: identity)
            let with = Evaluator.decide(
                asked, resourcePolicy: policy, identityPolicies: identity, grant: GrantVerdict(id: "g"))
            if case .explicitDeny = without.reason {
                #expect(with.reason == without.reason, "seed \(seed)")
            } else {
                #expect(with.isAllowed, "seed \(seed)")
            }
        }
    }

    private func isAllowed(
        _ asked: AuthorizationRequest, _ statements: [String], _ identity: [NamedPolicy]
    ) throws -> Bool {
        let text = #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
        let policy = try PolicyDocument(parsing: text, kind: .keyPolicy)
        return Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: identity).isAllowed
    }
}

/// Makes policies and requests that are likely to meet.
private struct World {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let principals = [
        #""*""#, #"{"AWS":"*"}"#, #"{"AWS":"111122223333"}"#, #"{"AWS":"arn:aws:iam::111122223333:root"}"#,
        #"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#, #"{"AWS":"arn:aws:iam::111122223333:role/app"}"#,
        #"{"AWS":["444455556666","arn:aws:iam::444455556666:user/ext"]}"#,
        #"{"Service":"ses.amazonaws.com"}"#,
        #"{"AWS":["111122223333","arn:aws:iam::111122223333:user/alice"]}"#,
    ]
    private static let actions = [
        #""kms:*""#, #""*""#, #""kms:Decrypt""#, #""kms:GenerateDataKey*""#,
        #"["kms:Encrypt","kms:Decrypt"]"#, #""s3:*""#,
    ]
    private static let resources = [
        #""*""#, #""arn:aws:kms:*:*:key/*""#, #""arn:aws:kms:us-east-1:111122223333:key/ffff*""#,
    ]
    private static let conditions = [
        #"{}"#, #"{"StringEquals":{"t:a":"1"}}"#, #"{"StringNotEquals":{"t:a":"1"}}"#,
        #"{"Null":{"t:b":"true"}}"#,
        #"{"StringLikeIfExists":{"t:b":"x*"},"Bool":{"aws:SecureTransport":"true"}}"#,
        #"{"ForAnyValue:StringEquals":{"t:c":["1","2"]}}"#,
        #"{"ForAllValues:StringEquals":{"t:c":["1","2"]}}"#,
        #"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#,
    ]
    private static let callers = ["alice", "bob", "root", "app", "ext", "foreignRoot", "ses", "s3"]
    private static let operations = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"]

    private mutating func pick(_ list: [String]) -> String {
        list[Int.random(in: list.indices, using: &generator)]
    }

    mutating func statement(effect: String? = nil, isIdentity: Bool = false) -> String {
        let effect = effect ?? (Int.random(in: 0..<3, using: &generator) == 0 ? "Deny" : "Allow")
        let element = Int.random(in: 0..<8, using: &generator) == 0 ? "NotPrincipal" : "Principal"
        let principal = isIdentity ? "" : #""\#(element)":\#(pick(Self.principals)),"#
        let action = Int.random(in: 0..<6, using: &generator) == 0 ? "NotAction" : "Action"
        let resource = Int.random(in: 0..<8, using: &generator) == 0 ? "NotResource" : "Resource"
        return
            #"{"Effect":"\#(effect)",\#(principal)"\#(action)":\#(pick(Self.actions)),"\#(resource)":\#(pick(Self.resources)),"Condition":\#(pick(Self.conditions))}"#
    }

    mutating func statements() -> [String] {
        (0..<Int.random(in: 1...5, using: &generator)).map { _ in statement() }
    }

    mutating func next() throws -> (PolicyDocument, AuthorizationRequest, [NamedPolicy]) {
        let text = #"{"Version":"2012-10-17","Statement":[\#(statements().joined(separator: ","))]}"#
        let policy = try PolicyDocument(parsing: text, kind: .keyPolicy)
        var extra: [String: [String]] = [:]
        for (key, values) in [("t:a", ["1", "2"]), ("t:b", ["x1", "y"]), ("t:c", ["1", "2", "3"])] {
            let count = Int.random(in: 0...(key == "t:c" ? 2 : 1), using: &generator)
            if count > 0 { extra[key] = Array(values.shuffled(using: &generator).prefix(count)) }
        }
        let caller = try Cast.caller(pick(Self.callers))
        let asked = request(caller, pick(Self.operations), adding: extra)
        var identity: [NamedPolicy] = []
        if case .user = caller.identity {
            for number in 0..<Int.random(in: 0...2, using: &generator) {
                identity.append(try identityPolicy(statement(isIdentity: true), name: "p\(number)"))
            }
        }
        return (policy, asked, identity)
    }
}
