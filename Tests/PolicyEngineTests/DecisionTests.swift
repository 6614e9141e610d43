import AWSVocabulary
import FoundationEssentials
import PolicyEngine
import Testing

@Suite("A decision")
struct DecisionTests {
    private let alice = "arn:aws:iam::111122223333:user/alice"

    private func refusal(_ caller: String, _ policy: PolicyDocument?, _ identity: [NamedPolicy] = []) throws
        -> String
    {
        let decision = Evaluator.decide(
            request(try Cast.caller(caller)), resourcePolicy: policy, identityPolicies: identity)
        #expect(!decision.isAllowed)
        return decision.refusalText
    }

    @Test("refuses in the words of AWS, and names the side that refused")
    func refusalTexts() throws {
        let head = "User: \(alice) is not authorized to perform: kms:Decrypt on resource: \(keyARN) "
        let open = try keyPolicy(delegation)
        let closed = try keyPolicy(statement(#"{"Service":"ses.amazonaws.com"}"#, #""kms:Encrypt""#))
        let deny = try keyPolicy(statement(#""*""#, effect: "Deny"))
        let identityDeny = try identityPolicy(#"{"Effect":"Deny","Action":"kms:*","Resource":"*"}"#)
        #expect(
            try refusal("alice", open) == head
                + "because no identity-based policy allows the kms:Decrypt action")
        #expect(
            try refusal("alice", closed) == head
                + "because no resource-based policy allows the kms:Decrypt action")
        #expect(try refusal("alice", deny) == head + "with an explicit deny in a resource-based policy")
        #expect(
            try refusal("alice", open, [identityDeny]) == head
                + "with an explicit deny in an identity-based policy")
        #expect(
            try refusal("ses", closed)
                == "User: ses.amazonaws.com is not authorized to perform: kms:Decrypt on resource: "
                + "\(keyARN) because no resource-based policy allows the kms:Decrypt action")
        #expect(
            try refusal("app", open).hasPrefix("User: arn:aws:sts::111122223333:assumed-role/app/s1 is not"))
    }

    @Test("does not tell a stranger whether the key exists")
    func concealment() throws {
        let ending =
            "because the resource does not exist in this Region, no resource-based policies allow access, "
            + "or a resource-based policy explicitly denies access"
        let ext = try Cast.caller("ext")
        let missing = Decision.refusalText(concealing: keyARN, action: "kms:Decrypt", caller: ext)
        #expect(missing.hasSuffix(ending))
        #expect(try refusal("ext", keyPolicy(delegation)) == missing)
        #expect(try refusal("ext", keyPolicy(statement(#""*""#, effect: "Deny"))) == missing)
        #expect(try refusal("ext", nil) == missing)
        let admitted = try refusal("ext", keyPolicy(statement(#"{"AWS":"444455556666"}"#)))
        #expect(admitted.hasSuffix("because no identity-based policy allows the kms:Decrypt action"))
    }

    @Test("explains each statement: which decided, and what did not match in the others")
    func explanation() throws {
        let policy = try keyPolicy(
            delegation, ReceivingStatementTests.byContext,
            #"{"Effect":"Deny","NotPrincipal":"*","NotAction":"kms:Gen*","NotResource":"arn:aws:kms:*","Sid":"odd"}"#,
            #"{"Effect":"Allow","Principal":"*","Action":"kms:*"}"#)
        let context = EncryptionContext(["aws:ses:source-account": "444455556666", "aws:ses:message-id": "m"])
        let decision = Evaluator.decide(
            request(try Cast.caller("ses"), "kms:GenerateDataKey", encryptionContext: context),
            resourcePolicy: policy,
            identityPolicies: [])
        let ses = "a service is let in only by its name, ses.amazonaws.com"
        #expect(
            decision.explanation() == [
                "ses.amazonaws.com, kms:GenerateDataKey: refused: no statement of the key policy and no grant lets the caller do it",
                "key policy, statement 1 (Allow): does not match: Principal is account 111122223333; \(ses)",
                "key policy, statement 2 \"Allow SES to encrypt messages using this master key\" (Allow): does not match: "
                    + "Null kms:EncryptionContext:aws:ses:rule-name wants \"false\", and the request has no such key; "
                    + "StringEquals kms:EncryptionContext:aws:ses:source-account wants \"111122223333\", "
                    + "and the request has \"444455556666\"",
                "key policy, statement 3 \"odd\" (Deny): does not match: NotPrincipal lists ses.amazonaws.com: everyone; "
                    + "NotAction lists kms:GenerateDataKey: kms:Gen*; NotResource lists \(keyARN): arn:aws:kms:*",
                "key policy, statement 4 (Allow): does not match: Principal is everyone; \(ses); there is no Resource",
            ])
    }

    @Test("explains both statements that had to agree, and what merely matches")
    func agreement() throws {
        let policy = try keyPolicy(delegation, statement(#""*""#, #""kms:Encrypt""#), delegation)
        let decision = Evaluator.decide(
            request(try Cast.caller("alice")), resourcePolicy: policy,
            identityPolicies: [try identityPolicy(allowAll, name: "mine")])
        #expect(
            decision.explanation() == [
                "\(alice), kms:Decrypt: allowed: key policy, statement 1 lets the caller's IAM policies decide, "
                    + "and IAM policy \"mine\", statement 1 allows it",
                "key policy, statement 1 (Allow): decides",
                "key policy, statement 2 (Allow): does not match: Action is kms:Encrypt, not kms:Decrypt",
                "key policy, statement 3 (Allow): matches",
                "IAM policy \"mine\", statement 1 (Allow): decides",
            ])
        #expect(decision.decidingStatement == .keyPolicy(1))
        #expect(decision.findings().map(\.isDeciding) == [true, false, false, true])
    }

    @Test("of every kind has a sentence of its own")
    func sentences() throws {
        let named = try keyPolicy(statement(#"{"AWS":"\#(alice)"}"#))
        let identity = [try identityPolicy(allowAll)]
        let root = try Cast.caller("root")
        let user = try Cast.caller("alice")
        let bob = try Cast.caller("bob")
        let grant = GrantVerdict(id: "g1")
        let accountGrant = GrantVerdict(id: "g2", granteeIsAccount: true)
        let decisions = [
            Evaluator.decide(request(user), resourcePolicy: named, identityPolicies: []),
            Evaluator.decide(request(root), resourcePolicy: try keyPolicy(delegation), identityPolicies: []),
            Evaluator.decide(request(bob), resourcePolicy: named, identityPolicies: [], grant: grant),
            Evaluator.decide(
                request(bob), resourcePolicy: named, identityPolicies: identity, grant: accountGrant),
            Evaluator.decide(request(bob), resourcePolicy: named, identityPolicies: [], grant: accountGrant),
            Evaluator.decide(request(bob), resourcePolicy: try keyPolicy(delegation), identityPolicies: []),
            Evaluator.decide(
                request(try Cast.caller("ext"), crossAccount: false), resourcePolicy: named,
                identityPolicies: identity),
            Evaluator.decideIdentityOnly(request(root, on: "*"), identityPolicies: []),
            Evaluator.decideIdentityOnly(request(user, on: "*"), identityPolicies: []),
            Evaluator.decide(
                request(user), resourcePolicy: try keyPolicy(statement(#""*""#, effect: "Deny")),
                identityPolicies: []),
        ]
        let causes = decisions.compactMap {
            $0.explanation().first?.split(separator: ": ", maxSplits: 2).last
        }
        #expect(Set(causes).count >= 9)
        #expect(causes.contains("grant g1 allows it"))
        #expect(causes.contains("the account's root needs no policy for it"))
        #expect(
            decisions.map(\.isAllowed) == [true, true, true, true, false, false, false, true, false, false])
    }

    @Test("is equal to another of the same question and policies")
    func equality() throws {
        let policy = try keyPolicy(delegation)
        let one = Evaluator.decide(
            request(try Cast.caller("alice")), resourcePolicy: policy, identityPolicies: [])
        let same = Evaluator.decide(
            request(try Cast.caller("alice")), resourcePolicy: policy, identityPolicies: [])
        let other = Evaluator.decide(
            request(try Cast.caller("bob")), resourcePolicy: policy, identityPolicies: [])
        #expect(one == same)
        #expect(one != other)
    }
}

@Suite("A request context")
struct RequestContextTests {
    private func context(_ caller: Caller, userID: String? = nil) -> RequestContext {
        .global(for: caller, at: noon, region: region, userID: userID)
    }

    @Test("ignores the case of keys and keeps that of values")
    func keys() {
        var context = RequestContext()
        context["Kms:Key"] = ["A"]
        #expect(context["kms:kEY"] == ["A"])
        context.add("b", for: "KMS:KEY")
        #expect(context["kms:key"] == ["A", "b"])
        context["kms:key"] = []
        #expect(context["kms:key"] == nil)
        context["kms:key"] = ["x"]
        context["kms:key"] = nil
        #expect(context.contents.isEmpty)
    }

    @Test("lets the merged context's values win")
    func merging() {
        var one = RequestContext()
        one.set("1", for: "a")
        one.set("1", for: "b")
        var two = RequestContext()
        two.set(["2", "3"], for: "B")
        let merged = one.merging(two)
        #expect(merged["a"] == ["1"])
        #expect(merged["b"] == ["2", "3"])
        #expect(merged != one)
        #expect(merged == two.merging(one).merging(two))
    }

    @Test("of a user has the user's keys and none of a service's")
    func user() throws {
        var alice = try Caller(principal: ARN("arn:aws:iam::111122223333:user/team/alice"))
        alice.sourceIPAddress = "192.0.2.7"
        alice.userAgent = "cli"
        alice.tags = ["Team": "mail"]
        alice.sourceAccount = account
        let context = context(alice, userID: "AIDAX")
        let expected = [
            "aws:PrincipalArn": "arn:aws:iam::111122223333:user/team/alice",
            "aws:PrincipalAccount": "111122223333",
            "aws:PrincipalType": "User", "aws:username": "alice", "aws:userid": "AIDAX",
            "aws:PrincipalTag/team": "mail",
            "aws:SourceIp": "192.0.2.7", "aws:UserAgent": "cli", "aws:SecureTransport": "true",
            "aws:RequestedRegion": "us-east-1", "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
            "aws:CurrentTime": "2026-11-25T12:00:00Z", "aws:EpochTime": "1795608000",
        ]
        for (key, value) in expected { #expect(context[key] == [value], "\(key)") }
        #expect(context.contents.count == expected.count)
    }

    @Test("of a service has the source and none of a principal's keys")
    func service() throws {
        let context = context(try Cast.caller("ses"))
        #expect(context["aws:SourceAccount"] == ["111122223333"])
        #expect(context["aws:SourceArn"] == [ruleARN])
        #expect(context["aws:PrincipalIsAWSService"] == ["true"])
        #expect(context["aws:PrincipalServiceName"] == ["ses.amazonaws.com"])
        for key in [
            "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:username", "aws:SourceIp",
        ] {
            #expect(context[key] == nil, "\(key)")
        }
    }

    @Test("of a session has the role's ARN, of the root the account for a user ID")
    func sessionAndRoot() throws {
        #expect(context(try Cast.caller("app"))["aws:PrincipalArn"] == ["arn:aws:iam::111122223333:role/app"])
        #expect(context(try Cast.caller("app"))["aws:PrincipalType"] == ["AssumedRole"])
        #expect(context(try Cast.caller("app"))["aws:username"] == nil)
        #expect(context(try Cast.caller("root"))["aws:userid"] == ["111122223333"])
        #expect(context(try Cast.caller("root"))["aws:PrincipalType"] == ["Account"])
    }

    @Test("of a forwarded call names the service and hides the address")
    func forwarded() throws {
        var alice = try Cast.caller("alice")
        alice.sourceIPAddress = "192.0.2.7"
        alice.viaService = "ses.us-east-1.amazonaws.com"
        var context = context(alice)
        context.addKeyCaller(alice)
        #expect(context["aws:SourceIp"] == nil)
        #expect(context["aws:CalledVia"] == ["ses.amazonaws.com"])
        #expect(context["kms:ViaService"] == ["ses.us-east-1.amazonaws.com"])
        #expect(context["kms:CallerAccount"] == ["111122223333"])
    }

    @Test("has a key for each pair of the encryption context, and the names; nothing for an empty one")
    func encryptionContext() {
        var context = RequestContext()
        context.addEncryptionContext([:])
        #expect(context.contents.isEmpty)
        context.addEncryptionContext(["Dept": "a", "dept": "b", "x": ""])
        #expect(context["kms:EncryptionContext:DEPT"] == ["a", "b"])
        #expect(context["kms:EncryptionContext:x"] == [""])
        #expect(context["kms:EncryptionContextKeys"] == ["Dept", "dept", "x"])
    }

    @Test("of an authorization request has the resource's account")
    func resourceAccount() throws {
        #expect(request(try Cast.caller("ext")).context["aws:ResourceAccount"] == ["111122223333"])
    }
}
