import AWSVocabulary
import PolicyEngine
import Testing

/// The order of judgement, and each of the rules people get wrong.
@Suite("The evaluator")
struct EvaluationTests {
    private func decide(
        _ caller: String, _ policy: PolicyDocument?, _ identity: [NamedPolicy] = [],
        action: String = "kms:Decrypt",
        grant: GrantVerdict? = nil, crossAccount: Bool = true
    ) throws -> Decision {
        Evaluator.decide(
            request(try Cast.caller(caller), action, crossAccount: crossAccount), resourcePolicy: policy,
            identityPolicies: identity, grant: grant)
    }

    @Test("locks the root out of a key whose policy does not admit it")
    func rootNeedsThePolicy() throws {
        let policy = try keyPolicy(statement(#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#))
        #expect(try decide("root", policy).reason == .noResourcePolicy)
        #expect(try decide("root", nil).reason == .noResourcePolicy)
    }

    @Test("gives nobody but the root anything by the default policy alone")
    func defaultPolicy() throws {
        let policy = try PolicyDocument(
            parsing: """
                {"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions",
                "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}
                """, kind: .keyPolicy)
        let sid = StatementReference.keyPolicy(1, "Enable IAM User Permissions")
        #expect(try decide("root", policy).reason == .delegatedToRoot(by: sid))
        #expect(try decide("alice", policy).reason == .noIdentityPolicy(delegatedBy: sid))
        #expect(try decide("app", policy).reason == .noIdentityPolicy(delegatedBy: sid))
        #expect(try decide("ses", policy).reason == .noResourcePolicy)
        #expect(try decide("ext", policy, [identityPolicy(allowAll)]).reason == .noResourcePolicy)
        let allowed = try decide("alice", policy, [identityPolicy(allowAll)])
        #expect(allowed.reason == .delegated(by: sid, allowedBy: .identityPolicy(1)))
        #expect(policy.id == "key-default-1")
    }

    @Test("counts an IAM Allow for nothing where the key policy does not delegate")
    func iamAloneIsWorthNothing() throws {
        let policy = try keyPolicy(statement(#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#))
        #expect(try decide("bob", policy, [identityPolicy(allowAll)]).reason == .noResourcePolicy)
        #expect(try decide("bob", nil, [identityPolicy(allowAll)]).reason == .noResourcePolicy)
    }

    @Test("needs no IAM policy for a caller the key policy names")
    func namedCaller() throws {
        let policy = try keyPolicy(statement(#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#))
        #expect(try decide("alice", policy).reason == .allowedBy(.keyPolicy(1)))
    }

    @Test("does not extend the account's delegation to services")
    func delegationAndServices() throws {
        #expect(try !decide("ses", keyPolicy(delegation)).isAllowed)
        #expect(try !decide("ses", keyPolicy(delegation), [identityPolicy(allowAll)]).isAllowed)
    }

    @Test("lets a Deny in the key policy win over every Allow, wherever it stands", arguments: [0, 1, 2])
    func denyInKeyPolicy(_ position: Int) throws {
        var statements = [statement(#""*""#), statement(#"{"Service":"ses.amazonaws.com"}"#)]
        statements.insert(statement(#""*""#, #""kms:Decrypt""#, effect: "Deny"), at: position)
        let text = #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
        let policy = try PolicyDocument(parsing: text, kind: .keyPolicy)
        for caller in ["alice", "root", "app", "ses", "ext"] {
            let decision = try decide(
                caller, policy, [identityPolicy(allowAll)], grant: GrantVerdict(id: "g"))
            #expect(decision.reason == .explicitDeny(.keyPolicy(position + 1)))
        }
        #expect(try decide("alice", policy, action: "kms:Encrypt").isAllowed)
    }

    @Test("lets a Deny in an IAM policy win over key policy and grant")
    func denyInIdentityPolicy() throws {
        let policy = try keyPolicy(statement(#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#))
        let deny = try identityPolicy(#"{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}"#, name: "no")
        let decision = try decide(
            "alice", policy, [identityPolicy(allowAll), deny], grant: GrantVerdict(id: "g"))
        #expect(decision.reason == .explicitDeny(.identityPolicy(1, name: "no")))
    }

    @Test("names the key policy when both deny")
    func bothDeny() throws {
        let policy = try keyPolicy(statement(#""*""#, effect: "Deny"))
        let deny = try identityPolicy(#"{"Effect":"Deny","Action":"*","Resource":"*"}"#)
        #expect(try decide("alice", policy, [deny]).reason == .explicitDeny(.keyPolicy(1)))
    }

    @Test("needs both sides across accounts")
    func crossAccount() throws {
        let open = try keyPolicy(statement(#"{"AWS":"444455556666"}"#))
        let closed = try keyPolicy(delegation)
        let iam = [try identityPolicy(#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"\#(keyARN)"}"#)]
        let other = [
            try identityPolicy(#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"\#(otherKeyARN)"}"#)
        ]
        #expect(try decide("ext", open, iam).isAllowed)
        #expect(try decide("ext", open).reason == .noIdentityPolicy(delegatedBy: .keyPolicy(1)))
        #expect(try decide("ext", open, other).reason == .noIdentityPolicy(delegatedBy: .keyPolicy(1)))
        #expect(try decide("ext", closed, iam).reason == .noResourcePolicy)
        #expect(try decide("ext", open, iam, crossAccount: false).reason == .crossAccountNotSupported)
        #expect(try decide("foreignRoot", open, crossAccount: false).reason == .crossAccountNotSupported)
        #expect(try decide("alice", closed, [identityPolicy(allowAll)], crossAccount: false).isAllowed)
    }

    @Test("takes a grant where no policy allows, also across accounts")
    func grants() throws {
        let policy = try keyPolicy(statement(#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#))
        let grant = GrantVerdict(id: "abc")
        for caller in ["bob", "ext", "ses", "app"] {
            #expect(try decide(caller, policy, grant: grant).reason == .grant(id: "abc", allowedBy: nil))
        }
        #expect(try decide("alice", policy, grant: grant).reason == .allowedBy(.keyPolicy(1)))
        #expect(
            try decide("ext", policy, grant: grant, crossAccount: false).reason == .crossAccountNotSupported)
        #expect(try decide("bob", nil, grant: grant).isAllowed)
    }

    @Test("lets IAM decide for a grant whose grantee is the account")
    func accountGrant() throws {
        let policy = try keyPolicy(statement(#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#))
        let grant = GrantVerdict(id: "abc", granteeIsAccount: true)
        #expect(try decide("bob", policy, grant: grant).reason == .noIdentityPolicy(delegatedBy: nil))
        #expect(
            try decide("bob", policy, [identityPolicy(allowAll)], grant: grant).reason
                == .grant(id: "abc", allowedBy: .identityPolicy(1)))
        #expect(try decide("root", policy, grant: grant).isAllowed)
        #expect(try decide("foreignRoot", policy, grant: grant).isAllowed)
    }

    @Test("asks IAM alone for calls that touch no key; the root has them all")
    func identityOnly() throws {
        func decide(_ caller: String, _ identity: [NamedPolicy]) throws -> Decision {
            Evaluator.decideIdentityOnly(
                request(try Cast.caller(caller), "kms:ListKeys", on: "*"), identityPolicies: identity)
        }
        let list = try identityPolicy(#"{"Effect":"Allow","Action":"kms:List*","Resource":"*"}"#)
        let narrow = try identityPolicy(#"{"Effect":"Allow","Action":"kms:*","Resource":"\#(keyARN)"}"#)
        let deny = try identityPolicy(#"{"Effect":"Deny","Action":"kms:ListKeys","Resource":"*"}"#)
        #expect(try decide("root", []).reason == .accountRoot)
        #expect(try decide("alice", []).reason == .noIdentityPolicy(delegatedBy: nil))
        #expect(try decide("alice", [list]).reason == .allowedBy(.identityPolicy(1)))
        #expect(try decide("alice", [narrow]).reason == .noIdentityPolicy(delegatedBy: nil))
        #expect(try decide("alice", [list, deny]).reason == .explicitDeny(.identityPolicy(1)))
        #expect(try decide("ses", []).reason == .noIdentityPolicy(delegatedBy: nil))
        #expect(try decide("ext", [list]).reason == .crossAccountNotSupported)
    }

    @Test("takes bucket policy or IAM within an account, and both across accounts")
    func buckets() throws {
        let text = #"""
            {"Version":"2012-10-17","Statement":[
             {"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:user/alice","444455556666"]},
              "Action":"s3:GetObject","Resource":"arn:aws:s3:::mailbox/*"},
             {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::mailbox/secret/*"}]}
            """#
        let policy = try PolicyDocument(parsing: text, kind: .resourcePolicy(bucket: "mailbox"))
        func decide(_ caller: String, _ object: String, iam: Bool) throws -> Bool {
            let asked = request(try Cast.caller(caller), "s3:GetObject", on: "arn:aws:s3:::mailbox/" + object)
            let identity = iam ? [try identityPolicy(allowAll)] : []
            return Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: identity).isAllowed
        }
        #expect(try decide("alice", "a", iam: false))
        #expect(try !decide("bob", "a", iam: false))
        #expect(try decide("bob", "a", iam: true))
        #expect(try decide("root", "a", iam: false))
        #expect(try !decide("ext", "a", iam: false))
        #expect(try decide("ext", "a", iam: true))
        #expect(try !decide("ses", "a", iam: false))
        for caller in ["alice", "bob", "root", "ext"] { #expect(try !decide(caller, "secret/a", iam: true)) }
    }

    @Test("obeys kms:CallerAccount beside a principal of everyone, as managed keys' policies do")
    func callerAccount() throws {
        let policy = try keyPolicy(
            #"""
            {"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*",
             "Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}}
            """#)
        #expect(try decide("alice", policy).isAllowed)
        #expect(try decide("root", policy).isAllowed)
        #expect(try !decide("ext", policy, [identityPolicy(allowAll)]).isAllowed)
        #expect(try !decide("ses", policy).isAllowed)
    }

    @Test("lets a principal through kms:ViaService only when a service forwards the call")
    func viaService() throws {
        let policy = try keyPolicy(
            #"""
            {"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*",
             "Condition":{"StringEquals":{"kms:ViaService":"ses.us-east-1.amazonaws.com"},
                          "Bool":{"aws:ViaAWSService":"true"},"StringLike":{"aws:CalledViaFirst":"ses.*"}}}
            """#)
        var alice = try Cast.caller("alice")
        #expect(!Evaluator.decide(request(alice), resourcePolicy: policy, identityPolicies: []).isAllowed)
        alice.viaService = "ses.us-east-1.amazonaws.com"
        #expect(Evaluator.decide(request(alice), resourcePolicy: policy, identityPolicies: []).isAllowed)
    }
}

extension StatementReference {
    /// The first (or `number`th) statement of the key policy.
    static func keyPolicy(_ number: Int, _ sid: String? = nil) -> StatementReference {
        StatementReference(source: .keyPolicy, number: number, sid: sid)
    }

    static func identityPolicy(_ number: Int, name: String = "inline") -> StatementReference {
        StatementReference(source: .identityPolicy(name), number: number, sid: nil)
    }
}
