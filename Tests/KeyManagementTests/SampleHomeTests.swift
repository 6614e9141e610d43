import AWSVocabulary
import AccountHome
import Cryptography
import EnvelopeTesting
import Foundation
import GRDB
import StrictJSON
import Testing

@testable import KeyManagement

/// A home as a released version wrote it, and what every later version must still be able to read from it.
///
/// The fixture is made by `make()` in a run with `ENVELOPEFS_MAKE_SAMPLE_HOME` set to a new directory, and
/// then never again for the same schema.
enum SampleHome {
    static let mailKey = "11111111-2222-4333-8444-555555555555"
    static let signingKey = "22222222-3333-4444-8555-666666666666"
    static let multiKey = "mrk-33333333444455556666777777777777"
    static let doomedKey = "44444444-5555-4666-8777-888888888888"
    static let context: EncryptionContext = ["aws:ses:message-id": "m1", "aws:ses:rule-name": "invoices"]
    static let date = Date(timeIntervalSince1970: 1_795_600_000)

    /// Makes the home in `directory` and writes the ciphertexts to look for into `expected.json` beside its
    /// files.
    static func make(in directory: String) throws {
        let world = try World(at: directory)
        let keys = world.keys
        let root = world.root
        func create(_ id: String, _ request: CreateKeyRequest = CreateKeyRequest()) throws {
            _ = try keys.createKey(request, by: root, fixing: FixedKey(id: try #require(KeyID(id))))
        }
        try create(
            mailKey, CreateKeyRequest(description: "mail", tags: [ResourceTag(key: "team", value: "mail")]))
        try create(signingKey, CreateKeyRequest(keyUsage: "SIGN_VERIFY", keySpec: "ECC_NIST_P256"))
        try create(multiKey, CreateKeyRequest(multiRegion: true))
        try create(doomedKey)
        try keys.createAlias(AliasRequest(aliasName: "alias/invoices", targetKeyID: mailKey), by: root)
        var blobs = [try keys.ciphertext("before rotation", under: mailKey, context, by: root)]
        _ = try keys.rotateKeyOnDemand(KeyIDRequest(keyID: mailKey), by: root)
        blobs.append(try keys.ciphertext("after rotation", under: "alias/invoices", context, by: root))
        _ = try keys.replicateKey(ReplicateKeyRequest(keyID: multiKey, replicaRegion: "eu-west-1"), by: root)
        blobs.append(try keys.ciphertext("everywhere", under: multiKey, by: root))
        let alice = try world.user("alice", allowing("kms:Decrypt"))
        let grant = try keys.createGrant(
            CreateGrantRequest(keyID: mailKey, operations: ["Encrypt"], granteePrincipal: alice.caller.name),
            by: root)
        let access = try world.principals.createAccessKey(
            for: .principal(try ARN(alice.caller.name)), label: "laptop")
        let message = Array("signed".utf8)
        let signed = try keys.sign(
            SignRequest(keyID: signingKey, message: message, signingAlgorithm: "ECDSA_SHA_256"), by: root)
        _ = try keys.scheduleKeyDeletion(ScheduleKeyDeletionRequest(keyID: doomedKey), by: root)
        let expected: JSONValue = [
            "blobs": .array(blobs.map { .string(Base64.encode($0)) }),
            "grantToken": .string(grant.grantToken),
            "accessKeyID": .string(access.description.id), "secretAccessKey": .string(access.secretAccessKey),
            "signature": .string(Base64.encode(signed.signature)),
        ]
        try Data(expected.text(pretty: true).utf8).write(
            to: URL(fileURLWithPath: "\(directory)/expected.json"))
    }

    /// Checks everything that ``make(in:)`` put there.
    static func check(_ directory: String) throws {
        let text = try String(contentsOfFile: "\(directory)/expected.json", encoding: .utf8)
        let expected = try JSONValue(parsing: text)
        let world = try World(at: directory)
        let keys = world.keys
        let blobs = (expected["blobs"]?.array ?? []).compactMap { $0.string.flatMap(Base64.decode(strict:)) }
        try #require(blobs.count == 3)
        let alice = Call(try Caller(principal: try ARN("arn:aws:iam::111122223333:user/alice")))
        #expect(try keys.plaintext(blobs[0], context, by: alice) == Array("before rotation".utf8))
        #expect(try keys.plaintext(blobs[1], context, by: alice) == Array("after rotation".utf8))
        #expect(code { _ = try keys.plaintext(blobs[1], by: alice) } == "InvalidCiphertextException")
        var europe = world.root
        europe.region = try Region("eu-west-1")
        #expect(try keys.plaintext(blobs[2], by: europe) == Array("everywhere".utf8))
        let token = try #require(expected["grantToken"]?.string)
        let encrypt = EncryptRequest(keyID: mailKey, plaintext: [1], grantTokens: [token])
        #expect(code { _ = try keys.encrypt(encrypt, by: alice) } == nil)
        let credential = try world.principals.credential(
            accessKeyID: try #require(expected["accessKeyID"]?.string), sessionToken: nil)
        let secret = credential.withSecretAccessKey { String(decoding: $0, as: UTF8.self) }
        #expect(secret == expected["secretAccessKey"]?.string)
        let signature = expected["signature"]?.string.flatMap(Base64.decode(strict:))
        let request = SignRequest(
            keyID: signingKey, message: Array("signed".utf8), signingAlgorithm: "ECDSA_SHA_256")
        #expect(code { _ = try keys.verify(request, signature: signature, by: world.root) } == nil)
        #expect(try world.describe(doomedKey).deletionDate == date.addingTimeInterval(30 * 86_400))
        let mail = try world.describe("alias/invoices")
        #expect(mail.description == "mail" && mail.creationDate == date)
        #expect(
            try keys.listResourceTags(KeyPageRequest(keyID: mailKey), by: world.root).items == [
                ResourceTag(key: "team", value: "mail")
            ])
    }
}

@Suite("A sample home")
struct SampleHomeTests {
    private static let fixture = Bundle.module.resourcePath.map { "\($0)/Fixtures/home-1" }

    @Test("as this version writes it reads back whole")
    func fresh() throws {
        let directory = NSTemporaryDirectory() + "envelopefs-sample-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try SampleHome.make(in: directory)
        try SampleHome.check(directory)
    }

    @Test("of schema 1 is read by this version")
    func frozen() throws {
        let source = try #require(Self.fixture)
        let directory = NSTemporaryDirectory() + "envelopefs-sample-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for name in ["account.sqlite", "root.key", "expected.json"] {
            try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(directory)/\(name)")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: "\(directory)/\(name)")
        }
        try SampleHome.check(directory)
    }

    @Test(
        "is made on request",
        .enabled(if: ProcessInfo.processInfo.environment["ENVELOPEFS_MAKE_SAMPLE_HOME"] != nil))
    func generate() throws {
        let directory = try #require(ProcessInfo.processInfo.environment["ENVELOPEFS_MAKE_SAMPLE_HOME"])
        try SampleHome.make(in: directory)
        // One file instead of three: whoever copies the fixture copies the write-ahead log with it.
        let queue = try DatabaseQueue(path: "\(directory)/account.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        let material = OpenedMaterial(SecretBytes(copying: [UInt8](0..<32)))
        let id = try #require(KeyID(SampleHome.mailKey))
        let blob = try Array("frozen in November 2026".utf8).withUnsafeBytes {
            try CiphertextBlob.seal(
                $0, key: KeyReference(place: KeyPlace(account: .default, region: .default), id: id),
                materialID: MaterialID(of: material.secret), material: material,
                context: ["aws:ses:message-id": "m", "b": "2"])
        }
        print("frozen blob: \(Hex.encode(blob))")
    }
}
