import AWSVocabulary
import AccountHome
import Cryptography
import EnvelopeTesting
import Foundation
import GRDB
import StrictJSON
import Testing
import Trail

@testable import KeyManagement

@Suite("The trail")
struct RecordTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey()
        world.trail.removeAll()
    }

    @Test("tells of a data key for SES what CloudTrail tells")
    func generateDataKey() throws {
        let context: EncryptionContext = ["aws:ses:message-id": "m"]
        try world.keys.createAlias(AliasRequest(aliasName: "alias/a", targetKeyID: key.keyID), by: world.root)
        try world.keys.putKeyPolicy(
            PutKeyPolicyRequest(
                keyID: key.keyID,
                policy:
                    #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},"Action":"kms:GenerateDataKey","Resource":"*"}]}"#
            ),
            by: world.root)
        var call = world.ses
        call.requestID = "11111111-2222-3333-4444-555555555555"
        let made = try world.keys.generateDataKey(
            GenerateDataKeyRequest(keyID: "alias/a", keySpec: "AES_256", encryptionContext: context), by: call
        )
        let record = try #require(world.trail.last).json()
        #expect(record["eventName"] == "GenerateDataKey")
        #expect(record["eventSource"] == "kms.amazonaws.com")
        #expect(record["userIdentity"] == ["type": "AWSService", "invokedBy": "ses.amazonaws.com"])
        #expect(record["sourceIPAddress"] == "ses.amazonaws.com")
        #expect(
            record["requestParameters"] == [
                "keyId": "alias/a", "keySpec": "AES_256", "encryptionContext": ["aws:ses:message-id": "m"],
            ])
        #expect(record["responseElements"] == .null)
        #expect(record["additionalEventData"] == ["keyMaterialId": .string(made.keyMaterialID)])
        #expect(record["requestID"] == "11111111-2222-3333-4444-555555555555")
        #expect(record["readOnly"] == true)
        let arns = record["resources"]?.array?.compactMap { $0["ARN"]?.string }
        #expect(arns == ["arn:aws:kms:us-east-1:111122223333:alias/a", key.arn])
    }

    @Test("tells of a refused call who and what, but neither parameters nor key")
    func refused() throws {
        let alice = try world.user("alice")
        _ = code { _ = try world.keys.ciphertext("x", under: key.keyID, ["secret": "subject"], by: alice) }
        let record = try #require(world.trail.last).json()
        #expect(record["errorCode"] == "AccessDenied")
        #expect(record["errorMessage"]?.string?.contains("is not authorized to perform: kms:Encrypt") == true)
        #expect(record["requestParameters"] == .null)
        #expect(record["resources"] == nil)
        #expect(record["userIdentity"]?["userName"] == "alice")
        #expect(!record.text().contains("subject"))
    }

    @Test("tells of a failed call its error, parameters and key")
    func failed() throws {
        let blob = try world.keys.ciphertext("x", under: key.keyID, ["a": "1"], by: world.root)
        _ = code { _ = try world.keys.plaintext(blob, ["a": "2"], by: world.root) }
        let record = try #require(world.trail.last).json()
        #expect(record["errorCode"] == "InvalidCiphertextException")
        #expect(record["requestParameters"]?["encryptionContext"] == ["a": "2"])
        #expect(record["requestParameters"]?["encryptionAlgorithm"] == "SYMMETRIC_DEFAULT")
        #expect(record["resources"]?.array?.first?["ARN"] == .string(key.arn))
    }

    @Test("spells the defaults of a new key out, and names what changed")
    func management() throws {
        let made = try world.makeKey()
        let record = try #require(world.trail.last).json()
        #expect(record["requestParameters"]?["keySpec"] == "SYMMETRIC_DEFAULT")
        #expect(record["requestParameters"]?["keyUsage"] == "ENCRYPT_DECRYPT")
        #expect(record["responseElements"]?["keyMetadata"]?["keyId"] == .string(made.keyID))
        #expect(record["responseElements"]?["keyMetadata"]?["aWSAccountId"] == "111122223333")
        #expect(record["readOnly"] == false)
        try world.keys.disableKey(KeyIDRequest(keyID: made.keyID), by: world.root)
        #expect(try #require(world.trail.last).json()["responseElements"] == ["keyId": .string(made.arn)])
    }

    @Test("holds neither plaintext nor ciphertext nor tokens")
    func secrets() throws {
        let plaintext = "attack at dawn"
        let blob = try world.keys.ciphertext(plaintext, under: key.keyID, by: world.root)
        let grant = try world.keys.createGrant(
            CreateGrantRequest(
                keyID: key.arn, operations: ["Decrypt"], granteePrincipal: "arn:aws:iam::111122223333:root"),
            by: world.root)
        _ = try world.keys.decrypt(
            DecryptRequest(ciphertextBlob: blob, grantTokens: [grant.grantToken]), by: world.root
        ).keyARN
        try world.keys.retireGrant(RetireGrantRequest(grantToken: grant.grantToken), by: world.root)
        let text = world.trail.records.map { $0.json().text() }.joined()
        for secret in [
            plaintext, Base64.encode(Array(plaintext.utf8)), Base64.encode(blob), grant.grantToken,
        ] {
            #expect(!text.contains(secret))
        }
    }

    @Test("gets one record for each call, whatever its end")
    func count() throws {
        for index in 0..<10 {
            _ = code { _ = try world.describe(index.isMultiple(of: 2) ? key.keyID : "nothing") }
        }
        #expect(world.trail.records.count == 10)
        #expect(Set(world.trail.records.map(\.eventID)).count == 10)
    }

    @Test("that cannot be written makes every call fail, and nothing has changed")
    func unwritable() throws {
        let blob = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        let before = try world.describe(key.keyID)
        world.trail.setFailing(true)
        for row in StateRow.all where row.name != "CancelKeyDeletion" {
            #expect(code { try row.call(world, key, blob) } == "KMSInternalException", "\(row.name)")
        }
        world.trail.setFailing(false)
        #expect(try world.describe(key.keyID) == before)
        #expect(try world.keys.listKeys(PageRequest(), by: world.root).items.count == 1)
        #expect(try world.keys.listGrants(ListGrantsRequest(keyID: key.keyID), by: world.root).items.isEmpty)
        #expect(
            try world.keys.listAliases(ListAliasesRequest(keyID: key.keyID), by: world.root).items.isEmpty)
    }

    @Test("tells when a key was last used")
    func lastUsage() throws {
        func usage() throws -> KeyLastUsage {
            try world.keys.getKeyLastUsage(KeyIDRequest(keyID: key.keyID), by: world.root)
        }
        #expect(try usage().lastUse == nil)
        world.clock.advance(by: 60)
        let blob = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        let moment = world.clock.now
        world.clock.advance(by: 60)
        _ = try world.describe(key.keyID)
        _ = code { _ = try world.keys.plaintext(Array(blob.dropLast()), by: world.root) }
        let use = try #require(try usage().lastUse)
        #expect(use.operation == "Encrypt")
        #expect(use.timestamp == moment)
        #expect(use.cloudTrailEventID != nil && use.kmsRequestID != nil)
        let other = try world.makeKey()
        _ = try world.keys.reEncrypt(
            ReEncryptRequest(ciphertextBlob: blob, destinationKeyID: other.keyID), by: world.root)
        #expect(try usage().lastUse?.operation == "ReEncrypt")
        #expect(
            try world.keys.getKeyLastUsage(KeyIDRequest(keyID: other.keyID), by: world.root).lastUse?
                .operation == "ReEncrypt")
    }

    @Test("on disk holds the records too")
    func onDisk() throws {
        let trail = try Trail(
            directory: world.home.trailDirectory, account: world.home.account, region: world.home.region,
            surroundings: world.clock.surroundings)
        let keys = KeyService(home: world.home, trail: trail, surroundings: world.clock.surroundings)
        _ = try keys.ciphertext("x", under: key.keyID, by: world.root)
        #expect(
            try trail.records(matching: TrailQuery(resource: key.arn)).map { $0["eventName"] } == ["Encrypt"])
        #expect(
            try keys.getKeyLastUsage(KeyIDRequest(keyID: key.keyID), by: world.root).lastUse?.operation
                == "Encrypt")
    }
}

@Suite("The state of an account")
struct DurabilityTests {
    @Test("holds no material and no secret in the clear, in any file")
    func sealedAtRest() throws {
        let world = try World()
        let material = RandomBytes.make(count: 32)
        let fixed = try world.keys.createKey(
            CreateKeyRequest(), by: world.root, fixing: FixedKey(id: nil, material: .init(copying: material)))
        let pair = try PrivateKey.generate(.ec(.p256)).pkcs8()
        let pairBytes = pair.withUnsafeBytes { Array($0) }
        _ = try world.keys.createKey(
            CreateKeyRequest(keyUsage: "SIGN_VERIFY", keySpec: "ECC_NIST_P256"), by: world.root,
            fixing: FixedKey(id: nil, material: pair.copy()))
        let plaintext = Array("this must never be stored".utf8)
        let blob = try world.keys.encrypt(
            EncryptRequest(keyID: fixed.keyID, plaintext: plaintext), by: world.root)
        let data = try world.keys.generateDataKey(
            GenerateDataKeyRequest(keyID: fixed.keyID, keySpec: "AES_256"), by: world.root)
        let dataKey = data.plaintext.withUnsafeBytes { Array($0) }
        let access = try world.principals.createAccessKey(for: .principal(.accountRoot(.default)), label: "r")
        let secrets: [[UInt8]] = [
            material, Array(pairBytes[20..<68]), plaintext, dataKey, Array(access.secretAccessKey.utf8),
            Array(Hex.encode(material).utf8), Array(Base64.encode(material).utf8),
        ]
        let files = try world.allFiles()
        #expect(files.contains { $0.name.hasSuffix("-wal") })
        for (name, bytes) in files where name != "root.key" {
            for secret in secrets { #expect(bytes.range(of: Data(secret)) == nil, "\(name)") }
        }
        _ = blob
    }

    @Test("does not open with a material moved to another key's row")
    func swappedMaterial() throws {
        let world = try World()
        let first = try world.makeKey()
        let second = try world.makeKey()
        try world.home.write { database in
            try database.execute(
                sql: """
                    UPDATE materials SET sealed = (SELECT sealed FROM materials WHERE key_id = ?1),
                        material_id = (SELECT material_id FROM materials WHERE key_id = ?1) WHERE key_id = ?2
                    """, arguments: [first.keyID, second.keyID])
        }
        let later = try world.another()
        #expect(
            code { _ = try later.ciphertext("x", under: second.keyID, by: world.root) }
                == "KMSInternalException")
        #expect(code { _ = try later.ciphertext("x", under: first.keyID, by: world.root) } == nil)
    }

    @Test("is seen by a second opening at its next call: keys, states, aliases, grants, users")
    func twoOpenings() throws {
        let world = try World()
        let other = try world.another()
        let key = try world.makeKey()
        let blob = try other.ciphertext("x", under: key.keyID, by: world.root)
        for _ in 0..<10 {
            try world.keys.disableKey(KeyIDRequest(keyID: key.keyID), by: world.root)
            #expect(code { _ = try other.plaintext(blob, by: world.root) } == "DisabledException")
            try other.enableKey(KeyIDRequest(keyID: key.keyID), by: world.root)
            #expect(code { _ = try world.keys.plaintext(blob, by: world.root) } == nil)
        }
        try other.createAlias(AliasRequest(aliasName: "alias/a", targetKeyID: key.keyID), by: world.root)
        #expect(try world.describe("alias/a").keyID == key.keyID)
        try world.keys.deleteAlias(DeleteAliasRequest(aliasName: "alias/a"), by: world.root)
        #expect(
            code { _ = try other.describeKey(DescribeKeyRequest(keyID: "alias/a"), by: world.root) }
                == "NotFoundException")
        let alice = try world.user("alice", allowing("kms:Decrypt"))
        #expect(code { _ = try other.plaintext(blob, by: alice) } == nil)
        try PrincipalService(other).delete(try ARN("arn:aws:iam::111122223333:user/alice"))
        #expect(code { _ = try world.keys.plaintext(blob, by: alice) } == "AccessDeniedException")
    }

    @Test("loses no update when several openings change one key at the same time")
    func noLostUpdate() async throws {
        let world = try World()
        let key = try world.makeKey()
        let services = [world.keys, try world.another(), try world.another()]
        let root = world.root
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, service) in services.enumerated() {
                group.addTask {
                    for number in 0..<8 {
                        let tag = ResourceTag(key: "t\(index)-\(number)", value: "v")
                        try service.tagResource(TagResourceRequest(keyID: key.keyID, tags: [tag]), by: root)
                        _ = try service.rotateKeyOnDemand(KeyIDRequest(keyID: key.keyID), by: root)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try world.keys.listResourceTags(KeyPageRequest(keyID: key.keyID), by: root).items.count == 24)
        #expect(
            try world.keys.listKeyRotations(ListKeyRotationsRequest(keyID: key.keyID), by: root).items.count
                == 24)
    }

    @Test("never enables a key whose deletion another opening has just scheduled")
    func raceOfStates() async throws {
        let world = try World()
        let other = try world.another()
        let root = world.root
        for _ in 0..<10 {
            let key = try world.makeKey()
            try world.keys.disableKey(KeyIDRequest(keyID: key.keyID), by: root)
            async let scheduling: Void = {
                _ = try world.keys.scheduleKeyDeletion(ScheduleKeyDeletionRequest(keyID: key.keyID), by: root)
            }()
            async let enabling: Void = { try? other.enableKey(KeyIDRequest(keyID: key.keyID), by: root) }()
            _ = try await (scheduling, enabling)
            #expect(try world.describe(key.keyID).keyState == .pendingDeletion)
        }
    }

    @Test("that cannot be read or written fails the call, is recorded, and changes nothing")
    func databaseFaults() throws {
        let world = try World()
        let key = try world.makeKey()
        try world.home.write {
            try $0.execute(
                sql: "CREATE TRIGGER full BEFORE INSERT ON keys BEGIN SELECT RAISE(ABORT, 'disk'); END")
        }
        world.trail.removeAll()
        #expect(
            code { try world.keys.disableKey(KeyIDRequest(keyID: key.keyID), by: world.root) }
                == "KMSInternalException")
        #expect(world.trail.last?.json()["errorCode"] == "KMSInternalException")
        #expect(try world.describe(key.keyID).isEnabled)
        try world.home.write { try $0.execute(sql: "DROP TRIGGER full") }
        try world.home.write {
            try $0.execute(sql: "UPDATE keys SET policy = 'no policy', revision = 1000000")
        }
        try world.home.write {
            try $0.execute(sql: "UPDATE counters SET value = 1000000 WHERE name = 'revision'")
        }
        #expect(
            code { _ = try world.keys.ciphertext("x", under: key.keyID, by: world.root) }
                == "KMSInternalException")
    }

    @Test("busy and full databases are told as trouble that may pass")
    func passing() {
        #expect(
            KeyManagementError(HomeError.database(code: 5, message: "busy")).code == "KeyUnavailableException"
        )
        #expect(
            KeyManagementError(HomeError.database(code: 13, message: "full")).code
                == "KeyUnavailableException")
        #expect(
            KeyManagementError(HomeError.database(code: 11, message: "malformed")).code
                == "KMSInternalException")
        #expect(KeyManagementError(HomeError.rootKeyMismatch).isServerFault)
        #expect(!KeyManagementError.invalidCiphertext.isServerFault)
    }

    @Test("uses keys in tens of microseconds")
    func cost() throws {
        let world = try World()
        let key = try world.makeKey()
        let blob = try world.keys.ciphertext(
            String(repeating: "k", count: 32), under: key.keyID, by: world.root)
        let count = 500
        let elapsed = try ContinuousClock().measure {
            for _ in 0..<count { _ = try world.keys.plaintext(blob, by: world.root) }
        }
        print("decrypt: \(elapsed / count) a call")
        #expect(elapsed / count < .milliseconds(3))
    }
}
