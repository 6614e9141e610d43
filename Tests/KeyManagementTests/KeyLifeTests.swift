import AWSVocabulary
import Cryptography
import EnvelopeTesting
import Foundation
import PolicyEngine
import StrictJSON
import Testing
import Trail

@testable import KeyManagement

@Suite("The life of a key")
struct KeyLifeTests {
    let world: World

    init() throws { world = try World() }

    @Test("begins with the metadata AWS gives a new symmetric key")
    func metadata() throws {
        let key = try world.makeKey()
        #expect(KeyID(key.keyID)?.isMultiRegion == false)
        #expect(key.arn == "arn:aws:kms:us-east-1:111122223333:key/\(key.keyID)")
        #expect(key.accountID == "111122223333")
        #expect(key.creationDate == world.clock.now)
        #expect(key.isEnabled)
        #expect(key.currentKeyMaterialID?.count == 64)
        var json = key.json
        for name in ["KeyId", "Arn", "CreationDate", "CurrentKeyMaterialId"] { json[name] = nil }
        #expect(
            json == [
                "AWSAccountId": "111122223333", "Enabled": true, "Description": "",
                "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS",
                "KeyManager": "CUSTOMER",
                "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
                "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": false,
            ])
        #expect(try world.describe(key.keyID) == key)
        #expect(try world.describe(key.arn) == key)
    }

    @Test(
        "refuses requests that contradict themselves",
        arguments: [
            (
                CreateKeyRequest(keySpec: "RSA_2048"),
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
            ),
            (
                CreateKeyRequest(keyUsage: "SIGN_VERIFY"),
                "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"
            ),
            (
                CreateKeyRequest(keyUsage: "ENCRYPT_DECRYPT", keySpec: "ECC_NIST_P256"),
                "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256"
            ),
            (
                CreateKeyRequest(keySpec: "SYMMETRIC_DEFAULT", customerMasterKeySpec: "SYMMETRIC_DEFAULT"),
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request."
            ),
        ])
    func contradictions(request: CreateKeyRequest, message: String) {
        #expect(throws: KeyManagementError.validation(message)) { try world.makeKey(request) }
    }

    @Test("tells all violations of a request's shape in one message")
    func violations() throws {
        let request = CreateKeyRequest(
            description: String(repeating: "x", count: 8193), keyUsage: "FLY", origin: "MOON")
        let error = try #require(failure { _ = try world.makeKey(request) })
        let message = try #require(error.message)
        #expect(error.code == "ValidationException")
        #expect(
            message.hasPrefix(
                "3 validation errors detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192; "
            ))
        #expect(
            message.contains(
                "Value 'FLY' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: ["
            ))
        #expect(message.contains("Value 'MOON' at 'origin'"))
        #expect(!message.contains("xxxx"))
    }

    @Test("can be switched off and on, as often as one likes")
    func enabling() throws {
        let key = try world.makeKey()
        let request = KeyIDRequest(keyID: key.arn)
        for _ in 0..<2 {
            try world.keys.disableKey(request, by: world.root)
            #expect(try world.describe(key.keyID).keyState == .disabled)
            #expect(try world.describe(key.keyID).isEnabled == false)
        }
        for _ in 0..<2 {
            try world.keys.enableKey(request, by: world.root)
            #expect(try world.describe(key.keyID).isEnabled)
        }
    }

    @Test("ends after the waiting time, with everything that belongs to it")
    func deletion() throws {
        let key = try world.makeKey()
        try world.keys.createAlias(
            AliasRequest(aliasName: "alias/gone", targetKeyID: key.keyID), by: world.root)
        let blob = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        let scheduled = try world.keys.scheduleKeyDeletion(
            ScheduleKeyDeletionRequest(keyID: key.keyID, pendingWindowInDays: 7), by: world.root)
        #expect(scheduled.keyARN == key.arn)
        #expect(scheduled.keyState == .pendingDeletion)
        #expect(scheduled.deletionDate == world.clock.now.addingTimeInterval(7 * 86_400))
        #expect(try world.describe(key.keyID).deletionDate == scheduled.deletionDate)

        world.clock.advance(by: 7 * 86_400 - 1)
        #expect(try world.describe(key.keyID).keyState == .pendingDeletion)
        world.clock.advance(by: 1)
        #expect(throws: KeyManagementError.notFound("Key '\(key.arn)' does not exist")) {
            try world.describe(key.keyID)
        }
        #expect(throws: KeyManagementError.invalidCiphertext) {
            try world.keys.plaintext(blob, by: world.root)
        }
        #expect(throws: KeyManagementError.self) { try world.describe("alias/gone") }
        #expect(try world.keys.listKeys(PageRequest(), by: world.root).items.isEmpty)
        let event = try #require(world.trail.records.first { $0.eventName == "DeleteKey" })
        #expect(event.category == .serviceEvent)
        #expect(event.resources.map(\.arn) == [key.arn])
    }

    @Test("can be saved from deletion, disabled")
    func cancelling() throws {
        let key = try world.makeKey(in: .pendingDeletion)
        #expect(try world.keys.cancelKeyDeletion(KeyIDRequest(keyID: key.keyID), by: world.root) == key.arn)
        let after = try world.describe(key.keyID)
        #expect(after.keyState == .disabled)
        #expect(after.deletionDate == nil)
        world.clock.advance(by: 90 * 86_400)
        #expect(try world.describe(key.keyID).keyState == .disabled)
        #expect(throws: KeyManagementError.invalidState("\(key.arn) is not pending deletion.")) {
            try world.keys.cancelKeyDeletion(KeyIDRequest(keyID: key.keyID), by: world.root)
        }
    }

    @Test(
        "allows waiting times of 7 to 30 days",
        arguments: [(6, false), (7, true), (30, true), (31, false), (0, false)])
    func waitingTimes(days: Int, isAllowed: Bool) throws {
        let key = try world.makeKey()
        let found = code {
            _ = try world.keys.scheduleKeyDeletion(
                ScheduleKeyDeletionRequest(keyID: key.keyID, pendingWindowInDays: days), by: world.root)
        }
        #expect(found == (isAllowed ? nil : "ValidationException"))
    }

    @Test("is listed page by page, each key once, while others are made")
    func paging() throws {
        var made: Set<String> = []
        for _ in 0..<7 { made.insert(try world.makeKey().keyID) }
        var seen: [String] = []
        var marker: String?
        repeat {
            let page = try world.keys.listKeys(PageRequest(limit: 3, marker: marker), by: world.root)
            #expect(page.items.count <= 3)
            #expect(page.isTruncated == (page.nextMarker != nil))
            seen += page.items.map(\.keyID)
            marker = page.nextMarker
            _ = try world.makeKey()
        } while marker != nil
        #expect(Set(seen).count == seen.count)
        #expect(made.isSubset(of: seen))
    }

    @Test("lists refuse foreign markers and limits out of range")
    func badPaging() throws {
        for marker in ["x", "AAAA", "MTpMaXN0QWxpYXNlczphbGlhcy94"] {
            #expect(
                code { _ = try world.keys.listKeys(PageRequest(marker: marker), by: world.root) }
                    == "InvalidMarkerException")
        }
        for limit in [0, -1, 1001] {
            #expect(
                code { _ = try world.keys.listKeys(PageRequest(limit: limit), by: world.root) }
                    == "ValidationException")
        }
    }

    @Test("carries a description that can be changed")
    func description() throws {
        let key = try world.makeKey(CreateKeyRequest(description: "before"))
        #expect(key.description == "before")
        try world.keys.updateKeyDescription(
            UpdateKeyDescriptionRequest(keyID: key.keyID, description: ""), by: world.root)
        #expect(try world.describe(key.keyID).description == "")
    }

    @Test("may have a fixed ID and material, which open old ciphertexts in another home")
    func fixed() throws {
        let id = try #require(KeyID("1234abcd-12ab-34cd-56ef-1234567890ab"))
        let material = Array(repeating: UInt8(0x5A), count: 32)
        let first = try world.keys.createKey(
            CreateKeyRequest(), by: world.root, fixing: FixedKey(id: id, material: .init(copying: material)))
        #expect(first.keyID == id.text)
        let blob = try world.keys.ciphertext("portable", under: id.text, by: world.root)
        let other = try World(seed: 2)
        let second = try other.keys.createKey(
            CreateKeyRequest(), by: other.root, fixing: FixedKey(id: id, material: .init(copying: material)))
        #expect(second.currentKeyMaterialID == first.currentKeyMaterialID)
        #expect(try other.keys.plaintext(blob, by: other.root) == Array("portable".utf8))
        #expect(throws: KeyManagementError.alreadyExists("Key '\(first.arn)' already exists")) {
            try world.keys.createKey(CreateKeyRequest(), by: world.root, fixing: FixedKey(id: id))
        }
        #expect(
            code {
                _ = try world.keys.createKey(
                    CreateKeyRequest(), by: world.root,
                    fixing: FixedKey(id: nil, material: .init(copying: [1, 2, 3])))
            } == "ValidationException")
    }

    @Test("survives a restart, with what it sealed")
    func restart() throws {
        let key = try world.makeKey(
            CreateKeyRequest(description: "old", tags: [ResourceTag(key: "a", value: "b")]))
        try world.keys.createAlias(
            AliasRequest(aliasName: "alias/mail", targetKeyID: key.keyID), by: world.root)
        let blob = try world.keys.ciphertext("still here", under: "alias/mail", ["a": "b"], by: world.root)
        let later = try world.another()
        #expect(try later.describeKey(DescribeKeyRequest(keyID: "alias/mail"), by: world.root) == key)
        #expect(try later.plaintext(blob, ["a": "b"], by: world.root) == Array("still here".utf8))
        #expect(
            try later.listResourceTags(KeyPageRequest(keyID: key.keyID), by: world.root).items == [
                ResourceTag(key: "a", value: "b")
            ])
    }
}

@Suite("Naming a key")
struct KeyNamingTests {
    let world: World

    init() throws { world = try World() }

    @Test(
        "fails as AWS fails",
        arguments: [
            ("fake-key-id", KeyManagementError.notFound("Invalid keyId 'fake-key-id'")),
            (
                "1234abcd12ab34cd56ef1234567890ab",
                .notFound("Invalid keyId '1234abcd12ab34cd56ef1234567890ab'")
            ),
            ("mrk-1234", .notFound("Invalid keyId 'mrk-1234'")),
            (
                "1234abcd-12ab-34cd-56ef-1234567890ab",
                .notFound(
                    "Key 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist"
                )
            ),
            (
                "arn:aws:kms:eu-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                .notFound("Invalid arn eu-west-2")
            ),
            ("alias/none", .notFound("Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.")),
            (
                "arn:aws:kms:us-east-1:111122223333:alias/none",
                .notFound("Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.")
            ),
            ("arn:aws:s3:::bucket", .invalidARN("Invalid arn arn:aws:s3:::bucket")),
            ("arn:aws:kms:us-east-1", .invalidARN("Invalid arn arn:aws:kms:us-east-1")),
            (
                "arn:aws:kms:us-east-1:111122223333:grant/x",
                .invalidARN("Invalid arn arn:aws:kms:us-east-1:111122223333:grant/x")
            ),
        ])
    func unknown(name: String, expected: KeyManagementError) {
        #expect(throws: expected) { try world.describe(name) }
    }

    @Test("takes 1 to 2,048 characters")
    func lengths() {
        let empty =
            "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1"
        #expect(throws: KeyManagementError.validation(empty)) { try world.describe("") }
        let absent =
            "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"
        #expect(throws: KeyManagementError.validation(absent)) {
            try world.keys.enableKey(KeyIDRequest(keyID: nil), by: world.root)
        }
        #expect(code { _ = try world.describe(String(repeating: "a", count: 2049)) } == "ValidationException")
    }

    @Test("by alias is for the use of keys, not for their management")
    func aliases() throws {
        let key = try world.makeKey()
        try world.keys.createAlias(AliasRequest(aliasName: "alias/x", targetKeyID: key.arn), by: world.root)
        let arn = "arn:aws:kms:us-east-1:111122223333:alias/x"
        for name in [key.keyID, key.arn, "alias/x", arn] {
            #expect(try world.describe(name).keyID == key.keyID)
            let blob = try world.keys.ciphertext("t", under: name, by: world.root)
            #expect(try world.keys.plaintext(blob, by: world.root, keyID: name) == Array("t".utf8))
        }
        #expect(throws: KeyManagementError.notFound("Invalid keyId 'alias/x'")) {
            try world.keys.disableKey(KeyIDRequest(keyID: "alias/x"), by: world.root)
        }
        #expect(throws: KeyManagementError.invalidARN("Invalid arn \(arn)")) {
            try world.keys.disableKey(KeyIDRequest(keyID: arn), by: world.root)
        }
    }

    @Test("does not tell a caller of another account, or without permission, whether the key exists")
    func concealment() throws {
        let key = try world.makeKey()
        let stranger = try world.user("ext", account: "444455556666", allowing("kms:*"))
        let mallory = try world.user("mallory")
        let absent = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        func refusal(_ arn: String, _ caller: Call) -> KeyManagementError? {
            failure { _ = try world.keys.describeKey(DescribeKeyRequest(keyID: arn), by: caller) }
        }
        let ending =
            "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
        for arn in [key.arn, absent] {
            let expected =
                "User: arn:aws:iam::444455556666:user/ext is not authorized to perform: kms:DescribeKey on resource: \(arn) \(ending)"
            #expect(refusal(arn, stranger) == .accessDenied(expected))
        }
        #expect(refusal(absent, mallory)?.code == "AccessDeniedException")
        let reader = try world.user("reader", allowing("kms:DescribeKey"))
        #expect(refusal(absent, reader)?.code == "NotFoundException")
    }
}
