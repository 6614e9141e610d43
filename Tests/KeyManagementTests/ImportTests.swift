import AWSVocabulary
import Cryptography
import EnvelopeTesting
import Foundation
import Testing
import Trail

@testable import KeyManagement

@Suite("Imported material")
struct ImportTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey(CreateKeyRequest(origin: "EXTERNAL"))
    }

    private func load(
        _ material: [UInt8], as algorithm: String = "RSAES_OAEP_SHA_256", type: String? = nil,
        validFor: Double? = nil,
        into keyID: String? = nil
    ) throws -> KeyMaterialResponse {
        let target = keyID ?? key.keyID
        let parameters = try world.keys.getParametersForImport(
            GetParametersForImportRequest(
                keyID: target, wrappingAlgorithm: algorithm, wrappingKeySpec: "RSA_2048"), by: world.root)
        return try world.keys.importKeyMaterial(
            request(
                target, parameters, try wrap(material, parameters.publicKey, algorithm), type: type,
                validFor: validFor), by: world.root)
    }

    private func request(
        _ keyID: String, _ parameters: GetParametersForImportResponse, _ wrapped: [UInt8],
        type: String? = nil, validFor: Double? = nil
    ) -> ImportKeyMaterialRequest {
        ImportKeyMaterialRequest(
            keyID: keyID, importToken: parameters.importToken, encryptedKeyMaterial: wrapped,
            validTo: validFor.map { world.clock.now.addingTimeInterval($0) },
            expirationModel: validFor == nil ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : nil, importType: type)
    }

    private func wrap(_ material: [UInt8], _ spki: [UInt8], _ algorithm: String) throws -> [UInt8] {
        let publicKey = try PublicKey(subjectPublicKeyInfo: spki)
        let digest: DigestAlgorithm = algorithm.hasSuffix("_1") ? .sha1 : .sha256
        let secret = SecretBytes(copying: material)
        return algorithm.hasPrefix("RSA_AES")
            ? try RSAAESKeyWrap.wrap(secret, for: publicKey, oaep: digest)
            : try publicKey.encrypt(secret, oaep: digest)
    }

    @Test(
        "comes in by every wrapping algorithm, and the key works",
        arguments: [
            "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256",
        ])
    func algorithms(algorithm: String) throws {
        #expect(key.keyState == .pendingImport && !key.isEnabled && key.origin == "EXTERNAL")
        #expect(key.currentKeyMaterialID == nil && key.expirationModel == nil)
        let imported = try load(RandomBytes.make(count: 32), as: algorithm)
        let after = try world.describe(key.keyID)
        #expect(after.isEnabled && after.currentKeyMaterialID == imported.keyMaterialID)
        #expect(after.expirationModel == "KEY_MATERIAL_DOES_NOT_EXPIRE")
        let blob = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        #expect(try world.keys.plaintext(blob, by: world.root) == Array("x".utf8))
    }

    @Test("can be forgotten and imported again, but only the same; ciphertexts come back with it")
    func again() throws {
        let material = RandomBytes.make(count: 32)
        let first = try load(material)
        let blob = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        _ = try world.keys.deleteImportedKeyMaterial(
            DeleteImportedKeyMaterialRequest(keyID: key.keyID), by: world.root)
        #expect(try world.describe(key.keyID).keyState == .pendingImport)
        #expect(code { _ = try world.keys.plaintext(blob, by: world.root) } == "KMSInvalidStateException")
        #expect(code { _ = try load(RandomBytes.make(count: 32)) } == "IncorrectKeyMaterialException")
        #expect(try load(material) == first)
        #expect(try world.keys.plaintext(blob, by: world.root) == Array("x".utf8))
        #expect(try load(material, validFor: 3600) == first)
        #expect(try world.describe(key.keyID).validTo == world.clock.now.addingTimeInterval(3600))
    }

    @Test("expires at its date, and the record says so")
    func expiry() throws {
        let material = RandomBytes.make(count: 32)
        _ = try load(material, validFor: 3600)
        world.clock.advance(by: 3599)
        #expect(try world.describe(key.keyID).isEnabled)
        world.clock.advance(by: 1)
        #expect(try world.describe(key.keyID).keyState == .pendingImport)
        #expect(
            world.trail.records.contains {
                $0.eventName == "DeleteExpiredKeyMaterial" && $0.category == .serviceEvent
            })
        _ = try load(material)
        #expect(try world.describe(key.keyID).isEnabled)
    }

    @Test("needs an expiry that makes sense")
    func expiryRules() throws {
        let parameters = try world.keys.getParametersForImport(
            GetParametersForImportRequest(
                keyID: key.keyID, wrappingAlgorithm: "RSAES_OAEP_SHA_256", wrappingKeySpec: "RSA_2048"),
            by: world.root)
        #expect(parameters.parametersValidTo == world.clock.now.addingTimeInterval(86_400))
        var request = request(key.keyID, parameters, [1])
        request.expirationModel = nil
        #expect(
            failure { _ = try world.keys.importKeyMaterial(request, by: world.root) }
                == .validation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"))
        for seconds in [-1.0, 0.0, 366.0 * 86_400.0] {
            request.validTo = world.clock.now.addingTimeInterval(seconds)
            #expect(
                code { _ = try world.keys.importKeyMaterial(request, by: world.root) }
                    == "ValidationException")
        }
        request.expirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE"
        #expect(
            code { _ = try world.keys.importKeyMaterial(request, by: world.root) } == "ValidationException")
    }

    @Test("is refused with a foreign, damaged or old token, damaged wrapping or a wrong length")
    func refusals() throws {
        let other = try world.makeKey(CreateKeyRequest(origin: "EXTERNAL"))
        let parameters = try world.keys.getParametersForImport(
            GetParametersForImportRequest(
                keyID: key.keyID, wrappingAlgorithm: "RSAES_OAEP_SHA_256", wrappingKeySpec: "RSA_2048"),
            by: world.root)
        let wrapped = try wrap(RandomBytes.make(count: 32), parameters.publicKey, "RSAES_OAEP_SHA_256")
        func attempt(_ keyID: String, _ token: [UInt8], _ wrapped: [UInt8]) -> String? {
            var request = request(keyID, parameters, wrapped)
            request.importToken = token
            return code { _ = try world.keys.importKeyMaterial(request, by: world.root) }
        }
        let token = parameters.importToken
        #expect(attempt(other.keyID, token, wrapped) == "InvalidImportTokenException")
        for index in [0, 1, 5, 20, token.count - 1] {
            var changed = token
            changed[index] ^= 1
            #expect(attempt(key.keyID, changed, wrapped) == "InvalidImportTokenException")
        }
        #expect(attempt(key.keyID, token, Array(wrapped.dropLast())) == "InvalidCiphertextException")
        for count in [16, 31, 33] {
            let short = try wrap(RandomBytes.make(count: count), parameters.publicKey, "RSAES_OAEP_SHA_256")
            #expect(attempt(key.keyID, token, short) == "IncorrectKeyMaterialException")
        }
        world.clock.advance(by: 86_400)
        #expect(attempt(key.keyID, token, wrapped) == "ExpiredImportTokenException")
        let own = try world.makeKey()
        #expect(
            code {
                _ = try world.keys.getParametersForImport(
                    GetParametersForImportRequest(
                        keyID: own.keyID, wrappingAlgorithm: "RSAES_OAEP_SHA_256", wrappingKeySpec: "RSA_2048"
                    ), by: world.root)
            } == "UnsupportedOperationException")
    }

    @Test("of a second kind waits for a rotation on demand")
    func several() throws {
        let (first, second) = (RandomBytes.make(count: 32), RandomBytes.make(count: 32))
        _ = try load(first)
        let old = try world.keys.ciphertext("old", under: key.keyID, by: world.root)
        #expect(
            code { _ = try world.keys.rotateKeyOnDemand(KeyIDRequest(keyID: key.keyID), by: world.root) }
                == "KMSInvalidStateException")
        #expect(code { _ = try load(first, type: "NEW_KEY_MATERIAL") } == "IncorrectKeyMaterialException")
        let pending = try load(second, type: "NEW_KEY_MATERIAL")
        #expect(try world.describe(key.keyID).currentKeyMaterialID != pending.keyMaterialID)
        _ = try world.keys.rotateKeyOnDemand(KeyIDRequest(keyID: key.keyID), by: world.root)
        #expect(try world.describe(key.keyID).currentKeyMaterialID == pending.keyMaterialID)
        #expect(try world.keys.plaintext(old, by: world.root) == Array("old".utf8))
        let listed = try world.keys.listKeyRotations(
            ListKeyRotationsRequest(keyID: key.keyID, includeKeyMaterial: "ALL_KEY_MATERIAL"), by: world.root
        ).items
        #expect(listed.map(\.keyMaterialState) == ["NON_CURRENT", "CURRENT"])
        #expect(listed.map(\.importState) == ["IMPORTED", "IMPORTED"])
    }

    @Test("may be a key pair or a key for codes")
    func otherSpecs() throws {
        let mac = try world.makeKey(
            CreateKeyRequest(keyUsage: "GENERATE_VERIFY_MAC", keySpec: "HMAC_384", origin: "EXTERNAL"))
        let secret = RandomBytes.make(count: 48)
        _ = try load(secret, into: mac.keyID)
        let made = try world.keys.generateMAC(
            MACRequest(keyID: mac.keyID, message: [1], macAlgorithm: "HMAC_SHA_384"), by: world.root)
        #expect(made.mac == HMAC.sha384(key: SecretBytes(copying: secret), [1]))
        let signing = try world.makeKey(
            CreateKeyRequest(keyUsage: "SIGN_VERIFY", keySpec: "ECC_NIST_P256", origin: "EXTERNAL"))
        let pair = try PrivateKey.generate(.ec(.p256))
        _ = try load(
            try pair.pkcs8().withUnsafeBytes { Array($0) }, as: "RSA_AES_KEY_WRAP_SHA_256",
            into: signing.keyID)
        let exported = try world.keys.getPublicKey(GetPublicKeyRequest(keyID: signing.keyID), by: world.root)
        #expect(exported.publicKey == pair.publicKey.subjectPublicKeyInfo)
        let wrongCurve = try PrivateKey.generate(.ec(.p384)).pkcs8().withUnsafeBytes { Array($0) }
        #expect(
            code { _ = try load(wrongCurve, as: "RSA_AES_KEY_WRAP_SHA_256", into: signing.keyID) }
                == "IncorrectKeyMaterialException")
    }
}
