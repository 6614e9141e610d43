import AWSVocabulary
import Foundation
import PolicyEngine
import Testing

@testable import KeyManagement

/// A key policy of the default statement, so that the root can still manage the key, and `statements`.
private func policy(_ statements: String...) -> String {
    let root =
        #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#
    return #"{"Version":"2012-10-17","Statement":[\#(([root] + statements).joined(separator: ","))]}"#
}

private let denied = "AccessDeniedException"

@Suite("A key policy")
struct PolicyEnforcementTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey()
    }

    private func put(_ text: String, by call: Call? = nil, bypassing: Bool? = nil) throws {
        try world.keys.putKeyPolicy(
            PutKeyPolicyRequest(keyID: key.keyID, policy: text, bypassPolicyLockoutSafetyCheck: bypassing),
            by: call ?? world.root)
    }

    private func encrypts(_ call: Call, _ context: EncryptionContext = [:]) -> String? {
        code { _ = try world.keys.ciphertext("x", under: key.arn, context, by: call) }
    }

    /// The statement that lets SES seal, as the KMS guide had it.
    static let sealing = #"""
        {"Sid":"Allow SES to encrypt messages using this CMK","Effect":"Allow",
         "Principal":{"Service":"ses.amazonaws.com"},"Action":["kms:Encrypt","kms:GenerateDataKey*"],"Resource":"*",
         "Condition":{"Null":{"kms:EncryptionContext:aws:ses:rule-name":false,"kms:EncryptionContext:aws:ses:message-id":false},
         "StringEquals":{"kms:EncryptionContext:aws:ses:source-account":"111122223333"}}}
        """#

    static let mailContext: EncryptionContext = [
        "aws:ses:rule-name": "invoices", "aws:ses:message-id": "m1", "aws:ses:source-account": "111122223333",
        "kms_cmk_id": "arn:aws:kms:us-east-1:111122223333:alias/invoices",
    ]

    @Test("of the default kind leaves every decision to IAM, and the root needs none")
    func standard() throws {
        #expect(encrypts(world.root) == nil)
        #expect(encrypts(try world.user("alice")) == denied)
        #expect(encrypts(try world.user("bob", allowing("kms:Encrypt"))) == nil)
        #expect(encrypts(try world.user("carol", allowing("kms:Decrypt"))) == denied)
        #expect(encrypts(try world.user("dave", allowing("kms:Encrypt", on: key.arn))) == nil)
        #expect(encrypts(try world.user("eve", allowing("kms:Encrypt", on: key.arn + "x"))) == denied)
        #expect(encrypts(world.ses, Self.mailContext) == denied)
    }

    @Test("without delegation makes an IAM permission worthless")
    func noDelegation() throws {
        let alice = try world.user("alice", allowing("kms:*"))
        let text =
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"kms:*","Resource":"*"}}"#
        try put(text, by: alice)
        #expect(encrypts(alice) == nil)
        #expect(encrypts(world.root) == denied)
        #expect(encrypts(try world.user("bob", allowing("kms:*"))) == denied)
    }

    @Test("that names a user lets him without IAM, and an explicit Deny anywhere wins")
    func denyWins() throws {
        let alice = try world.user("alice")
        let allow =
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"kms:Encrypt","Resource":"*"}"#
        try put(policy(allow))
        #expect(encrypts(alice) == nil)
        let deny =
            #"{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:secret":"yes"}}}"#
        try put(policy(allow, deny))
        #expect(encrypts(alice, ["secret": "no"]) == nil)
        #expect(
            failure { _ = try world.keys.ciphertext("x", under: key.keyID, ["secret": "yes"], by: alice) }
                == .accessDenied(
                    "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Encrypt on resource: \(key.arn) with an explicit deny in a resource-based policy"
                ))
        _ = try world.user(
            "alice",
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:*","Resource":"*"}]}"#)
        #expect(encrypts(alice, ["secret": "no"]) == denied)
    }

    @Test(
        "admits SES under exactly its conditions",
        arguments: [
            (mailContext, true),
            (
                [
                    "aws:ses:rule-name": "", "aws:ses:message-id": "",
                    "aws:ses:source-account": "111122223333",
                ], true
            ),
            (
                [
                    "AWS:SES:Rule-Name": "r", "aws:ses:message-id": "m",
                    "aws:ses:source-account": "111122223333",
                ], true
            ),
            (["aws:ses:message-id": "m", "aws:ses:source-account": "111122223333"], false),
            (["aws:ses:rule-name": "r", "aws:ses:source-account": "111122223333"], false),
            (["aws:ses:rule-name": "r", "aws:ses:message-id": "m"], false),
            (
                [
                    "aws:ses:rule-name": "r", "aws:ses:message-id": "m",
                    "aws:ses:source-account": "444455556666",
                ], false
            ),
            ([:], false),
        ] as [(EncryptionContext, Bool)])
    func sesStatement(context: EncryptionContext, isAllowed: Bool) throws {
        try put(policy(Self.sealing))
        let expected = isAllowed ? nil : denied
        #expect(encrypts(world.ses, context) == expected)
        let request = GenerateDataKeyRequest(keyID: key.arn, keySpec: "AES_256", encryptionContext: context)
        #expect(code { _ = try world.keys.generateDataKey(request, by: world.ses) } == expected)
        #expect(
            code { _ = try world.keys.generateDataKeyWithoutPlaintext(request, by: world.ses) } == expected)
    }

    @Test("with the SES statement lets SES do nothing else, and nobody else do it")
    func onlySES() throws {
        try put(policy(Self.sealing))
        let blob = try world.keys.ciphertext("x", under: key.keyID, Self.mailContext, by: world.ses)
        let calls: [(String, (Call) throws -> Void)] = [
            ("Decrypt", { _ = try world.keys.plaintext(blob, Self.mailContext, by: $0) }),
            (
                "ReEncrypt",
                {
                    _ = try world.keys.reEncrypt(
                        ReEncryptRequest(
                            ciphertextBlob: blob, destinationKeyID: key.keyID,
                            sourceEncryptionContext: Self.mailContext,
                            destinationEncryptionContext: Self.mailContext), by: $0)
                }
            ),
            ("DescribeKey", { _ = try world.keys.describeKey(DescribeKeyRequest(keyID: key.arn), by: $0) }),
            (
                "CreateGrant",
                {
                    _ = try world.keys.createGrant(
                        CreateGrantRequest(
                            keyID: key.arn, operations: ["Decrypt"],
                            granteePrincipal: "arn:aws:iam::111122223333:root"), by: $0)
                }
            ),
            (
                "PutKeyPolicy",
                { try world.keys.putKeyPolicy(PutKeyPolicyRequest(keyID: key.arn, policy: policy()), by: $0) }
            ),
        ]
        for (name, call) in calls { #expect(code { try call(world.ses) } == denied, "\(name)") }
        let others = [
            Call(.service("s3.amazonaws.com", sourceAccount: .default)), try world.user("alice"),
            try world.user("ext", account: "444455556666", allowing("kms:*")),
        ]
        for other in others { #expect(encrypts(other, Self.mailContext) == denied, "\(other.caller.name)") }
    }

    @Test(
        "in the form of the SES guide looks at source account and rule",
        arguments: [
            (
                "111122223333",
                "arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/invoices",
                true
            ),
            (
                "444455556666",
                "arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/invoices",
                false
            ),
            (
                "111122223333",
                "arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/other",
                false
            ),
        ])
    func sesGuideStatement(account: String, rule: String, isAllowed: Bool) throws {
        try put(
            policy(
                #"{"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},"Action":"kms:GenerateDataKey*","Resource":"*","Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333","AWS:SourceArn":"arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/invoices"}}}"#
            ))
        let call = Call(
            .service("ses.amazonaws.com", sourceAccount: try AccountID(account), sourceARN: try ARN(rule)))
        let found = code {
            _ = try world.keys.generateDataKey(
                GenerateDataKeyRequest(keyID: key.arn, keySpec: "AES_256"), by: call)
        }
        #expect(found == (isAllowed ? nil : denied))
    }

    @Test(
        "reaches across accounts when both sides allow",
        arguments: [
            ("arn:aws:iam::444455556666:root", true, true),
            ("arn:aws:iam::444455556666:user/ext", true, true),
            ("arn:aws:iam::444455556666:root", false, false), ("arn:aws:iam::111122223333:root", true, false),
        ])
    func crossAccount(principal: String, hasIAM: Bool, isAllowed: Bool) throws {
        let ext =
            hasIAM
            ? try world.user("ext", account: "444455556666", allowing("kms:*"))
            : try world.user("ext", account: "444455556666")
        try put(
            policy(#"{"Effect":"Allow","Principal":{"AWS":"\#(principal)"},"Action":"kms:*","Resource":"*"}"#)
        )
        let found = code { _ = try world.keys.ciphertext("x", under: key.arn, by: ext) }
        #expect(found == (isAllowed ? nil : denied))
        #expect(code { try world.keys.disableKey(KeyIDRequest(keyID: key.arn), by: ext) } == denied)
    }

    @Test("that would lock its author out is refused, unless he insists")
    func lockout() throws {
        let locking =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:Decrypt","Resource":"*"}]}"#
        let expected = KeyManagementError.malformedPolicyDocument(
            "The new key policy will not allow you to update the key policy in the future.")
        #expect(throws: expected) { try put(locking) }
        #expect(throws: expected) { try world.makeKey(CreateKeyRequest(policy: locking)) }
        #expect(
            try world.keys.getKeyPolicy(GetKeyPolicyRequest(keyID: key.keyID), by: world.root)
                == KeyPolicies.standard(for: .default))
        try put(locking, bypassing: true)
        #expect(encrypts(world.root) == denied)
        #expect(code { try put(policy()) } == denied)
    }

    @Test(
        "comes back as it was put, and is refused when it is none",
        arguments: [
            "", "{}", "[]", #"{"Version":"2012-10-17","Statement":[]}"#,
            #"{"Version":"2013-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}"#,
            #"{"Version":"2012-10-17","Statement":[{"Effect":"allow","Principal":"*","Action":"kms:*","Resource":"*"}]}"#,
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#,
        ])
    func malformed(text: String) throws {
        let found = code { try put(text, bypassing: true) }
        #expect(found == (text.isEmpty ? "ValidationException" : "MalformedPolicyDocumentException"))
        #expect(encrypts(world.root) == nil)
        let odd = policy().replacingOccurrences(of: ",", with: " ,\n\t")
        try put(odd)
        #expect(try world.keys.getKeyPolicy(GetKeyPolicyRequest(keyID: key.keyID), by: world.root) == odd)
    }

    @Test("is at most 32,768 bytes, is called default, and names only principals that exist")
    func bounds() throws {
        let long = policy() + String(repeating: " ", count: 32_769)
        #expect(code { try put(long) } == "LimitExceededException")
        #expect(
            code {
                _ = try world.keys.getKeyPolicy(
                    GetKeyPolicyRequest(keyID: key.keyID, policyName: "other"), by: world.root)
            } == "NotFoundException")
        #expect(
            try world.keys.listKeyPolicies(KeyPageRequest(keyID: key.keyID), by: world.root).items == [
                "default"
            ])
        let ghost = policy(
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/ghost"},"Action":"kms:*","Resource":"*"}"#
        )
        // Nobody manages users here yet, so nobody can say that there is none of that name.
        try put(ghost)
        _ = try world.user("alice")
        #expect(code { try put(ghost) } == "MalformedPolicyDocumentException")
    }

    @Test("is obeyed by the next call after it changed, in another opening of the home too")
    func immediacy() throws {
        let other = try world.another()
        for _ in 0..<20 {
            try put(policy(Self.sealing))
            #expect(
                code { _ = try other.ciphertext("x", under: key.keyID, Self.mailContext, by: world.ses) }
                    == nil)
            try put(policy())
            #expect(
                code { _ = try other.ciphertext("x", under: key.keyID, Self.mailContext, by: world.ses) }
                    == denied)
        }
    }

    @Test("is explained by the statement that decides, without a call")
    func explaining() throws {
        try put(policy(Self.sealing))
        world.trail.removeAll()
        var question = PolicyQuestion(
            caller: world.ses.caller, action: "kms:GenerateDataKey", keyID: key.keyID,
            encryptionContext: Self.mailContext)
        let allowed = try world.keys.explain(question)
        #expect(allowed.isAllowed)
        #expect(allowed.decidingStatement?.sid == "Allow SES to encrypt messages using this CMK")
        question.encryptionContext = [:]
        let refused = try world.keys.explain(question)
        #expect(!refused.isAllowed)
        #expect(refused.explanation().contains { $0.contains("kms:EncryptionContext:aws:ses:rule-name") })
        question.action = "Decrypt"
        #expect(try !world.keys.explain(question).isAllowed)
        question.action = "kms:Fly"
        #expect(code { _ = try world.keys.explain(question) } == "ValidationException")
        #expect(world.trail.records.isEmpty)
    }

    @Test(
        "conditions see the key's alias, spec, usage and the caller",
        arguments: [
            (#""kms:RequestAlias":"alias/a""#, true), (#""kms:RequestAlias":"alias/b""#, false),
            (#""kms:KeySpec":"SYMMETRIC_DEFAULT""#, true), (#""kms:KeyUsage":"SIGN_VERIFY""#, false),
            (#""kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT""#, true),
            (#""kms:CallerAccount":"111122223333""#, true),
            (#""kms:MultiRegion":"false""#, true), (#""kms:KeyOrigin":"EXTERNAL""#, false),
            (#""aws:PrincipalArn":"arn:aws:iam::111122223333:user/alice""#, true),
            (#""aws:username":"alice""#, true),
            (#""kms:ViaService":"ses.us-east-1.amazonaws.com""#, false),
            (#""aws:PrincipalTag/team":"mail""#, false),
        ])
    func conditions(condition: String, isAllowed: Bool) throws {
        let alice = try world.user("alice")
        try world.keys.createAlias(AliasRequest(aliasName: "alias/a", targetKeyID: key.keyID), by: world.root)
        try put(
            policy(
                #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{\#(condition)}}}"#
            ))
        let found = code { _ = try world.keys.ciphertext("x", under: "alias/a", by: alice) }
        #expect(found == (isAllowed ? nil : denied))
    }
}
