import AWSVocabulary
import Foundation
import PolicyEngine
import Testing

@testable import KeyManagement

private let denied = "AccessDeniedException"

@Suite("The key of SES")
struct ManagedKeyTests {
    let world: World
    let alias = "arn:aws:kms:us-east-1:111122223333:alias/aws/ses"

    init() throws { world = try World() }

    private func seal() throws -> [UInt8] {
        try world.keys.generateDataKey(
            GenerateDataKeyRequest(
                keyID: alias, keySpec: "AES_256", encryptionContext: PolicyEnforcementTests.mailContext),
            by: world.ses
        ).ciphertextBlob
    }

    @Test("comes into being at its first use by SES, once")
    func firstUse() throws {
        #expect(
            try world.keys.listAliases(ListAliasesRequest(), by: world.root).items.map(\.targetKeyID) == [nil]
        )
        let blob = try seal()
        _ = try seal()
        #expect(try world.keys.listKeys(PageRequest(), by: world.root).items.count == 1)
        let key = try world.describe("alias/aws/ses")
        #expect(key.keyManager == "AWS")
        #expect(
            try world.keys.getKeyRotationStatus(KeyIDRequest(keyID: key.keyID), by: world.root)
                .rotationPeriodInDays == 365)
        #expect(
            try world.keys.plaintext(blob, PolicyEnforcementTests.mailContext, by: world.root).count == 32)
    }

    @Test("comes into being when the account describes it, not when it lists or decrypts")
    func firstDescription() throws {
        #expect(
            code { _ = try world.keys.ciphertext("x", under: "alias/aws/ses", by: world.root) }
                == "NotFoundException")
        let key = try world.describe(alias)
        #expect(key.keyManager == "AWS")
        #expect(try world.describe("alias/aws/ses") == key)
    }

    @Test("is made once by two openings that need it at the same time")
    func race() async throws {
        let services = [world.keys, try world.another(), try world.another()]
        let call = world.ses
        let alias = alias
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for service in services {
                group.addTask {
                    try service.generateDataKey(
                        GenerateDataKeyRequest(
                            keyID: alias, keySpec: "AES_256",
                            encryptionContext: PolicyEnforcementTests.mailContext),
                        by: call
                    ).keyARN
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
    }

    @Test("can be read by whom IAM lets, and by SES itself never")
    func reading() throws {
        let blob = try seal()
        let context = PolicyEnforcementTests.mailContext
        #expect(code { _ = try world.keys.plaintext(blob, context, by: world.ses) } == denied)
        #expect(code { _ = try world.keys.plaintext(blob, context, by: try world.user("alice")) } == denied)
        #expect(
            code {
                _ = try world.keys.plaintext(
                    blob, context, by: try world.user("bob", allowing("kms:Decrypt")))
            } == nil)
        let ext = try world.user("ext", account: "444455556666", allowing("kms:*"))
        #expect(code { _ = try world.keys.plaintext(blob, context, by: ext) } == denied)
    }

    @Test("cannot be changed by anybody")
    func immutable() throws {
        _ = try seal()
        let key = try world.describe(alias)
        let id = KeyIDRequest(keyID: key.keyID)
        let calls: [() throws -> Void] = [
            { try world.keys.disableKey(id, by: world.root) },
            {
                _ = try world.keys.scheduleKeyDeletion(
                    ScheduleKeyDeletionRequest(keyID: key.keyID), by: world.root)
            },
            {
                try world.keys.putKeyPolicy(
                    PutKeyPolicyRequest(keyID: key.keyID, policy: KeyPolicies.standard(for: .default)),
                    by: world.root)
            },
            {
                try world.keys.tagResource(
                    TagResourceRequest(keyID: key.keyID, tags: [ResourceTag(key: "a", value: "")]),
                    by: world.root)
            },
            { _ = try world.keys.rotateKeyOnDemand(id, by: world.root) },
            { try world.keys.disableKeyRotation(id, by: world.root) },
            {
                try world.keys.createAlias(
                    AliasRequest(aliasName: "alias/mine", targetKeyID: key.keyID), by: world.root)
            },
            {
                _ = try world.keys.createGrant(
                    CreateGrantRequest(
                        keyID: key.keyID, operations: ["Encrypt"],
                        granteePrincipal: "arn:aws:iam::111122223333:root"), by: world.root)
            },
        ]
        for call in calls { #expect(code(of: call) == denied) }
        #expect(try world.describe(alias) == key)
    }
}
