import AWSVocabulary
import Cryptography
import Foundation
import Testing
import Trail

@testable import KeyManagement

@Suite("Symmetric encryption")
struct SymmetricTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey()
    }

    @Test("gives back what was encrypted, 1 to 4,096 bytes", arguments: [1, 2, 16, 32, 1000, 4095, 4096])
    func roundTrip(count: Int) throws {
        let plaintext = RandomBytes.make(count: count)
        let response = try world.keys.encrypt(
            EncryptRequest(keyID: key.keyID, plaintext: plaintext), by: world.root)
        #expect(response.keyARN == key.arn)
        #expect(response.encryptionAlgorithm == "SYMMETRIC_DEFAULT")
        #expect(response.ciphertextBlob.count == count + 100)
        #expect(response.ciphertextBlob[0] == 1)
        let decrypted = try world.keys.decrypt(
            DecryptRequest(ciphertextBlob: response.ciphertextBlob), by: world.root)
        #expect(decrypted.plaintext.withUnsafeBytes { Array($0) } == plaintext)
        #expect(decrypted.keyARN == key.arn)
        #expect(decrypted.keyMaterialID == key.currentKeyMaterialID)
    }

    @Test("refuses no plaintext and too much of it, without echoing it")
    func sizes() {
        let tooLong =
            "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"
        #expect(throws: KeyManagementError.validation(tooLong)) {
            try world.keys.encrypt(
                EncryptRequest(keyID: key.keyID, plaintext: RandomBytes.make(count: 4097)), by: world.root)
        }
        for plaintext in [nil, []] as [[UInt8]?] {
            #expect(
                code {
                    _ = try world.keys.encrypt(
                        EncryptRequest(keyID: key.keyID, plaintext: plaintext), by: world.root)
                } == "ValidationException")
        }
    }

    static let contextCases: [(EncryptionContext, EncryptionContext, Bool)] = [
        ([:], [:], true),
        (["a": "b"], ["a": "b"], true),
        (["a": "1", "b": "2"], ["b": "2", "a": "1"], true),
        (["": ""], ["": ""], true),
        (["a": ""], ["a": ""], true),
        (["a": "b"], [:], false),
        ([:], ["a": "b"], false),
        (["ab": "c"], ["a": "bc"], false),
        (["a": "b"], ["A": "b"], false),
        (["a": "b"], ["a": "B"], false),
        (["a": "b"], ["a": "b "], false),
        (["a": "b"], ["b": "a"], false),
        (["a": "b"], ["a": "b", "c": "d"], false),
        (["a": "b", "c": "d"], ["a": "b"], false),
        (["a": ""], [:], false),
        (["a": "bc"], ["a": "b", "c": ""], false),
        (["é": "x"], ["e\u{301}": "x"], false),
        (["k": "é"], ["k": "e\u{301}"], false),
    ]

    @Test("opens under exactly the encryption context it was sealed with", arguments: contextCases)
    func contexts(sealed: EncryptionContext, opened: EncryptionContext, isSame: Bool) throws {
        let blob = try world.keys.ciphertext("m", under: key.keyID, sealed, by: world.root)
        if isSame {
            #expect(try world.keys.plaintext(blob, opened, by: world.root) == Array("m".utf8))
        } else {
            #expect(throws: KeyManagementError.invalidCiphertext) {
                try world.keys.plaintext(blob, opened, by: world.root)
            }
            #expect(throws: KeyManagementError.invalidCiphertext) {
                try world.keys.reEncrypt(
                    ReEncryptRequest(
                        ciphertextBlob: blob, destinationKeyID: key.keyID, sourceEncryptionContext: opened),
                    by: world.root)
            }
        }
    }

    @Test("answers a wrong context and a damaged blob alike, without a message")
    func noOracle() {
        #expect(KeyManagementError.invalidCiphertext.message == nil)
        #expect(KeyManagementError.invalidCiphertext.code == "InvalidCiphertextException")
    }

    @Test("does not open a blob with any single bit changed, or cut or extended")
    func tampering() throws {
        let blob = try world.keys.ciphertext("sixteen byte msg", under: key.keyID, ["a": "b"], by: world.root)
        for index in blob.indices {
            for bit in [UInt8(1), 0x80] {
                var changed = blob
                changed[index] ^= bit
                #expect(throws: KeyManagementError.invalidCiphertext, "byte \(index)") {
                    try world.keys.plaintext(changed, ["a": "b"], by: world.root)
                }
            }
        }
        for count in 1..<blob.count {
            #expect(
                code { _ = try world.keys.plaintext(Array(blob[..<count]), ["a": "b"], by: world.root) }
                    == "InvalidCiphertextException")
        }
        #expect(
            code { _ = try world.keys.plaintext(blob + [0], ["a": "b"], by: world.root) }
                == "InvalidCiphertextException")
    }

    @Test("survives any rubbish as a ciphertext", arguments: 0..<40)
    func rubbish(seed: Int) {
        var generator = SystemRandomNumberGenerator()
        let count = Int.random(in: 1...6144, using: &generator)
        var blob = RandomBytes.make(count: count)
        if seed.isMultiple(of: 2) { blob[0] = 1 }
        #expect(code { _ = try world.keys.plaintext(blob, by: world.root) } == "InvalidCiphertextException")
    }

    @Test("refuses blobs of no bytes and of more than 6,144")
    func blobSizes() {
        for blob in [[], RandomBytes.make(count: 6145)] {
            #expect(code { _ = try world.keys.plaintext(blob, by: world.root) } == "ValidationException")
        }
    }

    @Test("seals the same plaintext differently each time")
    func freshness() throws {
        let blobs = try (0..<200).map { _ in
            try world.keys.ciphertext("same", under: key.keyID, by: world.root)
        }
        #expect(Set(blobs).count == 200)
        #expect(Set(blobs.map { Array($0[56..<84]) }).count == 200)
    }

    @Test("takes a key in the request as an assertion about the ciphertext")
    func assertion() throws {
        let other = try world.makeKey()
        let blob = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        #expect(throws: KeyManagementError.incorrectKey) {
            try world.keys.plaintext(blob, by: world.root, keyID: other.keyID)
        }
        #expect(throws: KeyManagementError.incorrectKey) {
            try world.keys.reEncrypt(
                ReEncryptRequest(ciphertextBlob: blob, destinationKeyID: key.keyID, sourceKeyID: other.keyID),
                by: world.root)
        }
        #expect(
            KeyManagementError.incorrectKey.message
                == "The key ID in the request does not identify a CMK that can perform this operation.")
    }

    @Test("does not open a blob of another Region or account")
    func foreignBlobs() throws {
        let blob = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        var call = world.root
        call.region = try Region("eu-west-1")
        #expect(throws: KeyManagementError.invalidCiphertext) { try world.keys.plaintext(blob, by: call) }
        let other = try World(seed: 3)
        #expect(throws: KeyManagementError.invalidCiphertext) {
            try other.keys.plaintext(blob, by: other.root)
        }
    }

    @Test("refuses algorithms that the key does not know")
    func algorithms() throws {
        let request = EncryptRequest(
            keyID: key.keyID, plaintext: [1], encryptionAlgorithm: "RSAES_OAEP_SHA_256")
        #expect(
            throws: KeyManagementError.invalidKeyUsage(
                "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.")
        ) {
            try world.keys.encrypt(request, by: world.root)
        }
        #expect(
            code {
                _ = try world.keys.encrypt(
                    EncryptRequest(keyID: key.keyID, plaintext: [1], encryptionAlgorithm: "ROT13"),
                    by: world.root)
            } == "ValidationException")
    }

    @Test("refuses a dry run that would succeed, and does nothing")
    func dryRun() throws {
        let blob = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        let calls: [() throws -> Void] = [
            {
                _ = try world.keys.encrypt(
                    EncryptRequest(keyID: key.keyID, plaintext: [1], dryRun: true), by: world.root)
            },
            {
                _ = try world.keys.decrypt(DecryptRequest(ciphertextBlob: blob, dryRun: true), by: world.root)
            },
            {
                _ = try world.keys.decrypt(
                    DecryptRequest(
                        ciphertextBlob: nil, keyID: key.keyID, dryRun: true,
                        dryRunModifiers: ["IGNORE_CIPHERTEXT"]), by: world.root)
            },
            {
                _ = try world.keys.generateDataKey(
                    GenerateDataKeyRequest(keyID: key.keyID, keySpec: "AES_256", dryRun: true), by: world.root
                )
            },
            {
                _ = try world.keys.reEncrypt(
                    ReEncryptRequest(ciphertextBlob: blob, destinationKeyID: key.keyID, dryRun: true),
                    by: world.root)
            },
        ]
        for call in calls { #expect(failure(of: call) == .dryRun) }
        #expect(
            failure {
                _ = try world.keys.decrypt(
                    DecryptRequest(ciphertextBlob: [1] + Array(blob.dropFirst().dropLast()), dryRun: true),
                    by: world.root)
            } == .invalidCiphertext)
        #expect(
            code {
                _ = try world.keys.decrypt(
                    DecryptRequest(
                        ciphertextBlob: nil, keyID: key.keyID, dryRunModifiers: ["IGNORE_CIPHERTEXT"]),
                    by: world.root)
            } == "ValidationException")
    }
}

@Suite("Data keys")
struct DataKeyTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey()
    }

    @Test(
        "come in the length that is asked for",
        arguments: [
            (GenerateDataKeyRequest(keyID: nil, keySpec: "AES_256"), 32),
            (.init(keyID: nil, keySpec: "AES_128"), 16),
            (.init(keyID: nil, numberOfBytes: 1), 1), (.init(keyID: nil, numberOfBytes: 1024), 1024),
        ])
    func lengths(request: GenerateDataKeyRequest, count: Int) throws {
        var request = request
        request.keyID = key.keyID
        request.encryptionContext = ["purpose": "test"]
        let made = try world.keys.generateDataKey(request, by: world.root)
        #expect(made.plaintext.count == count)
        #expect(made.keyARN == key.arn)
        #expect(made.keyMaterialID == key.currentKeyMaterialID)
        let opened = try world.keys.plaintext(made.ciphertextBlob, ["purpose": "test"], by: world.root)
        #expect(made.plaintext.withUnsafeBytes { Array($0) } == opened)
        let sealed = try world.keys.generateDataKeyWithoutPlaintext(request, by: world.root)
        #expect(
            try world.keys.plaintext(sealed.ciphertextBlob, ["purpose": "test"], by: world.root).count
                == count)
    }

    @Test(
        "need exactly one of spec and number",
        arguments: [
            (nil, nil, "Please specify either number of bytes or key spec."),
            ("AES_256", 32, "Please specify either number of bytes or key spec."),
            (
                nil, 0,
                "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1"
            ),
            (
                nil, 1025,
                "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024"
            ),
            (
                "AES_512", nil,
                "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]"
            ),
        ] as [(String?, Int?, String)])
    func shapes(spec: String?, count: Int?, message: String) {
        #expect(throws: KeyManagementError.validation(message)) {
            try world.keys.generateDataKeyWithoutPlaintext(
                GenerateDataKeyRequest(keyID: key.keyID, keySpec: spec, numberOfBytes: count), by: world.root)
        }
    }

    @Test("random bytes come in the number that is asked for")
    func random() throws {
        #expect(
            try world.keys.generateRandom(GenerateRandomRequest(numberOfBytes: 24), by: world.root).count
                == 24)
        #expect(
            failure {
                _ = try world.keys.generateRandom(GenerateRandomRequest(numberOfBytes: nil), by: world.root)
            } == .validation("NumberOfBytes is required."))
        for count in [0, 1025] {
            #expect(
                code {
                    _ = try world.keys.generateRandom(
                        GenerateRandomRequest(numberOfBytes: count), by: world.root)
                } == "ValidationException")
        }
    }

    @Test("move to another key and context without their plaintext")
    func reEncrypt() throws {
        let other = try world.makeKey()
        let blob = try world.keys.ciphertext("moved", under: key.keyID, ["from": "1"], by: world.root)
        let moved = try world.keys.reEncrypt(
            ReEncryptRequest(
                ciphertextBlob: blob, destinationKeyID: other.arn, sourceEncryptionContext: ["from": "1"],
                destinationEncryptionContext: ["to": "2"]), by: world.root)
        #expect(moved.sourceKeyARN == key.arn)
        #expect(moved.keyARN == other.arn)
        #expect(moved.sourceKeyMaterialID == key.currentKeyMaterialID)
        #expect(moved.destinationKeyMaterialID == other.currentKeyMaterialID)
        #expect(
            try world.keys.plaintext(moved.ciphertextBlob, ["to": "2"], by: world.root) == Array("moved".utf8)
        )
        #expect(throws: KeyManagementError.invalidCiphertext) {
            try world.keys.plaintext(moved.ciphertextBlob, ["from": "1"], by: world.root)
        }
        let record = try #require(world.trail.records.last { $0.eventName == "ReEncrypt" })
        #expect(record.resources.map(\.arn) == [key.arn, other.arn])
    }
}

@Suite("The ciphertext blob")
struct CiphertextBlobTests {
    @Test("has the documented layout, and says which key and material it needs")
    func layout() throws {
        let id = try #require(KeyID("1234abcd-12ab-34cd-56ef-1234567890ab"))
        let reference = KeyReference(place: KeyPlace(account: .default, region: .default), id: id)
        let material = OpenedMaterial(SecretBytes(copying: [UInt8](repeating: 9, count: 32)))
        let materialID = MaterialID(of: material.secret)
        let bytes = try [UInt8]([1, 2, 3]).withUnsafeBytes {
            try CiphertextBlob.seal(
                $0, key: reference, materialID: materialID, material: material, context: ["a": "b"])
        }
        #expect(bytes.count == 103)
        #expect(Hex.encode(bytes[0..<24]) == "0100" + "0019df6690e5" + "1234abcd12ab34cd56ef1234567890ab")
        #expect(Array(bytes[24..<56]) == materialID.bytes)
        let blob = try CiphertextBlob(bytes)
        #expect(blob.account == .default)
        #expect(blob.keyID == id)
        #expect(blob.materialID == materialID)
        #expect(
            try blob.open(with: material, context: ["a": "b"]).withUnsafeBytes { Array($0) } == [1, 2, 3])
    }

    @Test("of version 1, once written, opens for ever")
    func frozen() throws {
        let blob = try #require(Hex.decode(Self.frozenBlob))
        let material = OpenedMaterial(SecretBytes(copying: [UInt8](0..<32)))
        let opened = try CiphertextBlob(blob).open(
            with: material, context: ["aws:ses:message-id": "m", "b": "2"])
        #expect(opened.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == "frozen in November 2026")
    }

    static let frozenBlob =
        "01000019df6690e51111111122224333844455555555555552fbfac8dd2dd8b1820df79f2b626c8dad45"
        + "8b93a83451a984f92159233a999212114e7dbd9687d2609b72c5f8d4fbf1d08361538fe03425e58e7237"
        + "084e106778a17c827dc784e1a1ac93ce8dea0b14d99333dfaf1e1d3b05ecdd72413be71cb8c5cf"

    @Test(
        "key IDs have two forms and no third",
        arguments: [
            ("1234abcd-12ab-34cd-56ef-1234567890ab", true), ("mrk-1234abcd12ab34cd56ef1234567890ab", true),
            ("1234ABCD-12ab-34cd-56ef-1234567890ab", false), ("1234abcd-12ab-34cd-56ef-1234567890a", false),
            ("mrk-1234abcd12ab34cd56ef1234567890a", false),
            ("mrk-1234abcd-12ab-34cd-56ef-1234567890ab", false),
            ("1234abcd12ab34cd56ef1234567890ab", false), ("", false),
            ("g234abcd-12ab-34cd-56ef-1234567890ab", false),
        ])
    func keyIDs(text: String, isID: Bool) {
        let id = KeyID(text)
        #expect((id != nil) == isID)
        if let id { #expect(KeyID(bytes: id.bytes, isMultiRegion: id.isMultiRegion).text == text) }
    }
}
