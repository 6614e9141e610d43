import AWSVocabulary
import EnvelopeTesting
import Foundation
import Testing

@testable import KeyManagement

@Suite("A grant")
struct GrantTests {
    let world: World
    let key: KeyMetadata
    let alice: Call
    let bob: Call

    init() throws {
        world = try World()
        key = try world.makeKey()
        alice = try world.user("alice")
        bob = try world.user("bob")
    }

    static let alice = "arn:aws:iam::111122223333:user/alice"
    static let bob = "arn:aws:iam::111122223333:user/bob"

    private func grant(
        _ operations: [String], to grantee: String = alice, retiring: String? = nil,
        _ constraints: GrantConstraints? = nil, name: String? = nil, by call: Call? = nil
    ) throws -> CreateGrantResponse {
        try world.keys.createGrant(
            CreateGrantRequest(
                keyID: key.arn, operations: operations, granteePrincipal: grantee,
                retiringPrincipal: retiring,
                constraints: constraints, name: name), by: call ?? world.root)
    }

    private func encrypts(_ call: Call, _ context: EncryptionContext = [:]) -> Bool {
        code { _ = try world.keys.ciphertext("x", under: key.arn, context, by: call) } == nil
    }

    @Test("lets its grantee do what it names, and ends with its revocation")
    func life() throws {
        #expect(!encrypts(alice))
        let made = try grant(["Encrypt", "DescribeKey"])
        #expect(made.grantID.count == 64)
        #expect(made.grantToken.count > 64)
        #expect(encrypts(alice))
        #expect(!encrypts(bob))
        #expect(code { _ = try world.keys.describeKey(DescribeKeyRequest(keyID: key.arn), by: alice) } == nil)
        #expect(
            code {
                _ = try world.keys.generateDataKey(
                    GenerateDataKeyRequest(keyID: key.arn, keySpec: "AES_256"), by: alice)
            } == "AccessDeniedException")
        try world.keys.revokeGrant(
            RevokeGrantRequest(keyID: key.keyID, grantID: made.grantID), by: world.root)
        #expect(!encrypts(alice))
        #expect(
            failure {
                try world.keys.revokeGrant(
                    RevokeGrantRequest(keyID: key.keyID, grantID: made.grantID), by: world.root)
            } == .notFound("Grant ID not found"))
    }

    @Test("loses against a Deny")
    func deny() throws {
        _ = try grant(["Encrypt"])
        _ = try world.user(
            "alice",
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}]}"#
        )
        #expect(!encrypts(alice))
    }

    @Test(
        "constrains the encryption context",
        arguments: [
            (GrantConstraints(encryptionContextEquals: ["a": "1"]), ["a": "1"], true),
            (GrantConstraints(encryptionContextEquals: ["a": "1"]), ["a": "1", "b": "2"], false),
            (GrantConstraints(encryptionContextEquals: ["a": "1"]), ["A": "1"], false),
            (GrantConstraints(encryptionContextEquals: ["a": "1"]), [:], false),
            (GrantConstraints(encryptionContextSubset: ["a": "1"]), ["a": "1", "b": "2"], true),
            (GrantConstraints(encryptionContextSubset: ["a": "1"]), ["a": "2", "b": "2"], false),
            (GrantConstraints(encryptionContextSubset: ["a": "1"]), ["b": "2"], false),
        ] as [(GrantConstraints, EncryptionContext, Bool)])
    func constraints(constraints: GrantConstraints, context: EncryptionContext, isAllowed: Bool) throws {
        _ = try grant(["Encrypt", "DescribeKey"], constraints)
        #expect(encrypts(alice, context) == isAllowed)
        #expect(code { _ = try world.keys.describeKey(DescribeKeyRequest(keyID: key.arn), by: alice) } == nil)
    }

    private func grant(_ operations: [String], _ constraints: GrantConstraints) throws -> CreateGrantResponse
    {
        try grant(operations, to: Self.alice, retiring: nil, constraints)
    }

    @Test("to a service needs a rule and a retirer, and holds for that rule alone")
    func service() throws {
        func request(_ source: String?, _ retiring: String?) -> CreateGrantRequest {
            CreateGrantRequest(
                keyID: key.arn, operations: ["GenerateDataKey", "Encrypt"],
                granteeServicePrincipal: "ses.amazonaws.com",
                retiringPrincipal: retiring, constraints: GrantConstraints(sourceARN: source))
        }
        for bad in [request(nil, Self.bob), request("arn:aws:ses:*", nil)] {
            #expect(code { _ = try world.keys.createGrant(bad, by: world.root) } == "ValidationException")
        }
        #expect(!encrypts(world.ses))
        _ = try world.keys.createGrant(
            request("arn:aws:ses:us-east-1:111122223333:receipt-rule-set/*:receipt-rule/invoices", Self.bob),
            by: world.root)
        #expect(encrypts(world.ses))
        var other = world.ses
        other.caller.sourceARN = .receiptRule(
            "other", in: "default-rule-set", account: .default, region: .default)
        #expect(!encrypts(other))
    }

    @Test("to an account lets its IAM decide, also in another account")
    func account() throws {
        _ = try grant(["Encrypt"], to: "arn:aws:iam::444455556666:root")
        #expect(encrypts(try world.user("ext", account: "444455556666", allowing("kms:Encrypt"))))
        #expect(!encrypts(try world.user("ext0", account: "444455556666")))
        #expect(encrypts(Call(.root(of: try AccountID("444455556666")))))
    }

    @Test("to a role covers its sessions")
    func role() throws {
        _ = try world.principals.create(try ARN("arn:aws:iam::111122223333:role/app"))
        _ = try grant(["Encrypt"], to: "arn:aws:iam::111122223333:role/app")
        #expect(
            encrypts(Call(try Caller(principal: try ARN("arn:aws:sts::111122223333:assumed-role/app/s1")))))
        #expect(
            !encrypts(Call(try Caller(principal: try ARN("arn:aws:sts::111122223333:assumed-role/other/s1"))))
        )
    }

    @Test("passed on by its grantee gives no more than he has")
    func passingOn() throws {
        _ = try grant(["Encrypt", "CreateGrant"], GrantConstraints(encryptionContextSubset: ["a": "1"]))
        let strict = GrantConstraints(encryptionContextEquals: ["a": "1"])
        #expect(
            code { _ = try grant(["Encrypt", "Decrypt"], to: Self.bob, strict, by: alice) }
                == "AccessDeniedException")
        #expect(code { _ = try grant(["Encrypt"], to: Self.bob, by: alice) } == "AccessDeniedException")
        #expect(
            code {
                _ = try grant(
                    ["Encrypt"], to: Self.bob, GrantConstraints(encryptionContextSubset: ["b": "1"]),
                    by: alice)
            } == "AccessDeniedException")
        _ = try grant(["Encrypt"], to: Self.bob, strict, by: alice)
        #expect(encrypts(bob, ["a": "1"]))
        #expect(!encrypts(bob, ["a": "1", "b": "2"]))
    }

    @Test("with a name is made once, without one every time")
    func names() throws {
        let first = try grant(["Encrypt"], name: "n")
        let second = try grant(["Encrypt"], name: "n")
        #expect(first.grantID == second.grantID)
        #expect(first.grantToken != second.grantToken)
        #expect(try grant(["Decrypt"], name: "n").grantID != first.grantID)
        #expect(try grant(["Encrypt"]).grantID != (try grant(["Encrypt"]).grantID))
        #expect(try world.keys.listGrants(ListGrantsRequest(keyID: key.arn), by: world.root).items.count == 4)
    }

    @Test("is retired by its retirer, by a grantee who may, and by the root, and by nobody else")
    func retiring() throws {
        let carol = try world.user("carol", allowing("kms:*"))
        for (retirer, operations) in [
            (bob, ["Encrypt"]), (alice, ["Encrypt", "RetireGrant"]), (world.root, ["Encrypt"]),
        ] {
            let made = try grant(operations, retiring: Self.bob)
            let request = RetireGrantRequest(keyID: key.arn, grantID: made.grantID)
            #expect(code { try world.keys.retireGrant(request, by: carol) } == "AccessDeniedException")
            try world.keys.retireGrant(request, by: retirer)
            #expect(!encrypts(alice))
        }
        let made = try grant(["Encrypt"], retiring: Self.bob)
        #expect(
            code { try world.keys.retireGrant(RetireGrantRequest(grantToken: made.grantToken), by: alice) }
                == "AccessDeniedException")
        try world.keys.retireGrant(RetireGrantRequest(grantToken: made.grantToken), by: bob)
        #expect(
            code { try world.keys.retireGrant(RetireGrantRequest(), by: world.root) } == "ValidationException"
        )
        #expect(
            code { try world.keys.retireGrant(RetireGrantRequest(grantToken: made.grantToken), by: bob) }
                == "NotFoundException")
        #expect(
            code { try world.keys.retireGrant(RetireGrantRequest(grantToken: "bogus"), by: bob) }
                == "InvalidGrantTokenException")
        #expect(
            code { try world.keys.retireGrant(RetireGrantRequest(keyID: key.arn, grantID: "xyz"), by: bob) }
                == "InvalidGrantIdException")
    }

    @Test("tokens must be ours and of a grant that exists, and give no right")
    func tokens() throws {
        let made = try grant(["Encrypt"])
        func use(_ tokens: [String], by call: Call) -> String? {
            code {
                _ = try world.keys.encrypt(
                    EncryptRequest(keyID: key.arn, plaintext: [1], grantTokens: tokens), by: call)
            }
        }
        #expect(use([made.grantToken], by: alice) == nil)
        #expect(use([made.grantToken], by: bob) == "AccessDeniedException")
        #expect(use(["AAAA"], by: world.root) == "InvalidGrantTokenException")
        #expect(
            use([String(made.grantToken.dropLast(4)) + "AAA="], by: world.root)
                == "InvalidGrantTokenException")
        #expect(use(Array(repeating: made.grantToken, count: 11), by: alice) == "ValidationException")
        try world.keys.revokeGrant(
            RevokeGrantRequest(keyID: key.keyID, grantID: made.grantID), by: world.root)
        #expect(use([made.grantToken], by: world.root) == "InvalidGrantTokenException")
    }

    @Test(
        "is refused when it makes no sense",
        arguments: [
            (CreateGrantRequest(keyID: nil, operations: [], granteePrincipal: alice), "ValidationException"),
            (
                CreateGrantRequest(keyID: nil, operations: ["Fly"], granteePrincipal: alice),
                "ValidationException"
            ),
            (
                CreateGrantRequest(keyID: nil, operations: ["decrypt"], granteePrincipal: alice),
                "ValidationException"
            ),
            (
                CreateGrantRequest(keyID: nil, operations: ["Sign"], granteePrincipal: alice),
                "ValidationException"
            ),
            (CreateGrantRequest(keyID: nil, operations: ["Decrypt"]), "ValidationException"),
            (
                CreateGrantRequest(
                    keyID: nil, operations: ["Decrypt"], granteePrincipal: alice,
                    granteeServicePrincipal: "ses.amazonaws.com"), "ValidationException"
            ),
            (
                CreateGrantRequest(keyID: nil, operations: ["Decrypt"], granteePrincipal: "alice"),
                "InvalidArnException"
            ),
            (
                CreateGrantRequest(
                    keyID: nil, operations: ["Decrypt"], granteePrincipal: "arn:aws:iam::111122223333:group/g"
                ), "InvalidArnException"
            ),
            (
                CreateGrantRequest(
                    keyID: nil, operations: ["Decrypt"],
                    granteePrincipal: "arn:aws:iam::111122223333:user/nobody"), "InvalidArnException"
            ),
            (
                CreateGrantRequest(keyID: nil, operations: ["Decrypt"], granteePrincipal: alice, name: "a b"),
                "ValidationException"
            ),
            (
                CreateGrantRequest(
                    keyID: nil, operations: ["Decrypt"], granteePrincipal: alice, dryRun: true),
                "DryRunOperationException"
            ),
        ])
    func refusals(request: CreateGrantRequest, expected: String) throws {
        var request = request
        request.keyID = key.arn
        #expect(code { _ = try world.keys.createGrant(request, by: world.root) } == expected)
        #expect(try world.keys.listGrants(ListGrantsRequest(keyID: key.arn), by: world.root).items.isEmpty)
    }

    @Test("is listed with its terms, by page, by grantee and by who may retire it")
    func listing() throws {
        for _ in 0..<5 { _ = try grant(["Encrypt"], retiring: Self.bob) }
        let last = try grant(
            ["Decrypt", "Encrypt"], to: Self.bob, GrantConstraints(encryptionContextEquals: ["a": "1"]),
            name: "x")
        var ids: [String] = []
        var marker: String?
        repeat {
            let page = try world.keys.listGrants(
                ListGrantsRequest(keyID: key.arn, limit: 2, marker: marker), by: world.root)
            ids += page.items.map(\.grantID)
            marker = page.nextMarker
        } while marker != nil
        #expect(ids.count == 6 && Set(ids).count == 6)
        let found = try world.keys.listGrants(
            ListGrantsRequest(keyID: key.keyID, granteePrincipal: Self.bob), by: world.root
        ).items
        #expect(
            found == [
                GrantListEntry(
                    keyARN: key.arn, grantID: last.grantID, name: "x", creationDate: world.clock.now,
                    granteePrincipal: Self.bob,
                    issuingAccount: "arn:aws:iam::111122223333:root", operations: ["Decrypt", "Encrypt"],
                    constraints: GrantConstraints(encryptionContextEquals: ["a": "1"]))
            ])
        let retirable = try world.keys.listRetirableGrants(
            ListRetirableGrantsRequest(retiringPrincipal: Self.bob), by: world.root)
        #expect(retirable.items.count == 5)
    }

    @Test("survives a restart and goes with its key")
    func restart() throws {
        let made = try grant(["Encrypt"])
        #expect(code { _ = try world.another().ciphertext("x", under: key.arn, by: alice) } == nil)
        _ = try world.keys.scheduleKeyDeletion(
            ScheduleKeyDeletionRequest(keyID: key.keyID, pendingWindowInDays: 7), by: world.root)
        world.clock.advance(by: 8 * 86_400)
        #expect(
            code {
                try world.keys.retireGrant(RetireGrantRequest(grantToken: made.grantToken), by: world.root)
            } == "NotFoundException")
    }

    @Test(
        "wildcards in a source ARN match as in policies",
        arguments: [
            ("abc", "abc", true), ("abc", "a*", true), ("abc", "*c", true), ("abc", "a?c", true),
            ("abc", "a?", false),
            ("", "*", true), ("", "", true), ("a", "", false), ("aXbXc", "a*b*c", true),
            ("abcabc", "*abc", true), ("ab", "a*b*c", false),
        ])
    func wildcards(text: String, pattern: String, isMatch: Bool) {
        #expect(WildcardText.matches(text, pattern: pattern) == isMatch)
    }
}
