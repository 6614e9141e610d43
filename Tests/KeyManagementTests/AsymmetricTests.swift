import AWSVocabulary
import Cryptography
import EnvelopeTesting
import Foundation
import Testing
import Trail

@testable import KeyManagement

@Suite("Key pairs and codes")
struct AsymmetricTests {
    let world: World

    init() throws { world = try World() }

    private func make(_ spec: String, _ usage: String) throws -> KeyMetadata {
        try world.makeKey(CreateKeyRequest(keyUsage: usage, keySpec: spec))
    }

    @Test(
        "sign and verify with every algorithm of their spec, raw and digested",
        arguments: [
            "RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1",
            "ECC_NIST_EDWARDS25519",
        ])
    func signing(spec: String) throws {
        let key = try make(spec, "SIGN_VERIFY")
        let exported = try world.keys.getPublicKey(GetPublicKeyRequest(keyID: key.arn), by: world.root)
        #expect(exported.algorithms == key.algorithms && !key.algorithms.isEmpty)
        #expect(key.currentKeyMaterialID == nil)
        let publicKey = try PublicKey(subjectPublicKeyInfo: exported.publicKey)
        let message = Array("message".utf8)
        for algorithm in key.algorithms {
            var request = SignRequest(keyID: key.keyID, message: message, signingAlgorithm: algorithm)
            let signed = try world.keys.sign(request, by: world.root)
            let scheme = try #require(SigningAlgorithm(rawValue: algorithm)?.scheme)
            #expect(try publicKey.isValidSignature(signed.signature, for: message, with: scheme))
            #expect(
                try world.keys.verify(request, signature: signed.signature, by: world.root).keyARN == key.arn)
            request.message = message + [0]
            #expect(throws: KeyManagementError.invalidSignature) {
                try world.keys.verify(request, signature: signed.signature, by: world.root)
            }
            guard let digest = scheme.digest else { continue }
            request.messageType = "DIGEST"
            request.message = Digest.hash(message, with: digest)
            #expect(
                code { _ = try world.keys.verify(request, signature: signed.signature, by: world.root) }
                    == nil)
            request.message = [1, 2, 3]
            #expect(
                throws: KeyManagementError.validation("Digest is invalid length for algorithm \(algorithm).")
            ) {
                try world.keys.sign(request, by: world.root)
            }
        }
    }

    @Test("refuse what they were not made for")
    func usage() throws {
        let key = try make("ECC_NIST_P256", "SIGN_VERIFY")
        #expect(
            throws: KeyManagementError.invalidKeyUsage(
                "\(key.arn) key usage is SIGN_VERIFY which is not valid for Encrypt.")
        ) {
            try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        }
        #expect(
            code {
                _ = try world.keys.generateDataKey(
                    GenerateDataKeyRequest(keyID: key.keyID, keySpec: "AES_256"), by: world.root)
            } == "InvalidKeyUsageException")
        #expect(
            throws: KeyManagementError.invalidKeyUsage(
                "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.")
        ) {
            try world.keys.sign(
                SignRequest(keyID: key.keyID, message: [1], signingAlgorithm: "ECDSA_SHA_384"), by: world.root
            )
        }
        let symmetric = try world.makeKey()
        #expect(
            code {
                _ = try world.keys.getPublicKey(GetPublicKeyRequest(keyID: symmetric.keyID), by: world.root)
            } == "UnsupportedOperationException")
        #expect(
            code {
                _ = try world.keys.sign(
                    SignRequest(keyID: symmetric.keyID, message: [1], signingAlgorithm: "ECDSA_SHA_256"),
                    by: world.root)
            } == "InvalidKeyUsageException")
        for spec in ["ML_KEM_512", "ML_DSA_44"] {
            #expect(
                code { _ = try world.makeKey(CreateKeyRequest(keyUsage: "SIGN_VERIFY", keySpec: spec)) }
                    == "UnsupportedOperationException")
        }
    }

    @Test("of RSA encrypt within their limits, and open what was encrypted offline")
    func rsaEncryption() throws {
        let key = try make("RSA_2048", "ENCRYPT_DECRYPT")
        let exported = try world.keys.getPublicKey(GetPublicKeyRequest(keyID: key.arn), by: world.root)
        for (algorithm, digest, limit) in [
            ("RSAES_OAEP_SHA_1", DigestAlgorithm.sha1, 214), ("RSAES_OAEP_SHA_256", .sha256, 190),
        ] {
            func encrypt(_ count: Int, _ context: EncryptionContext? = nil) throws -> [UInt8] {
                try world.keys.encrypt(
                    EncryptRequest(
                        keyID: key.keyID, plaintext: [UInt8](repeating: 7, count: count),
                        encryptionContext: context,
                        encryptionAlgorithm: algorithm), by: world.root
                ).ciphertextBlob
            }
            func decrypt(_ blob: [UInt8], _ keyID: String?) throws -> [UInt8] {
                let response = try world.keys.decrypt(
                    DecryptRequest(ciphertextBlob: blob, keyID: keyID, encryptionAlgorithm: algorithm),
                    by: world.root)
                #expect(response.keyMaterialID == nil)
                return response.plaintext.withUnsafeBytes { Array($0) }
            }
            #expect(try decrypt(try encrypt(limit), key.arn).count == limit)
            #expect(code { _ = try encrypt(limit + 1) } == "ValidationException")
            #expect(code { _ = try encrypt(1, ["a": "b"]) } == "ValidationException")
            #expect(code { _ = try decrypt(try encrypt(1), nil) } == "ValidationException")
            #expect(
                code { _ = try decrypt([UInt8](repeating: 1, count: 256), key.arn) }
                    == "InvalidCiphertextException")
            let offline = try PublicKey(subjectPublicKeyInfo: exported.publicKey).encrypt(
                SecretBytes(copying: [1, 2, 3]), oaep: digest)
            #expect(try decrypt(offline, key.arn) == [1, 2, 3])
        }
        let symmetric = try world.makeKey()
        let blob = try world.keys.ciphertext("to RSA", under: symmetric.keyID, by: world.root)
        let moved = try world.keys.reEncrypt(
            ReEncryptRequest(
                ciphertextBlob: blob, destinationKeyID: key.arn,
                destinationEncryptionAlgorithm: "RSAES_OAEP_SHA_256"), by: world.root)
        #expect(
            moved.destinationKeyMaterialID == nil
                && moved.sourceKeyMaterialID == symmetric.currentKeyMaterialID)
    }

    @Test("agree on a secret with the other side")
    func agreement() throws {
        let key = try make("ECC_NIST_P384", "KEY_AGREEMENT")
        let exported = try world.keys.getPublicKey(GetPublicKeyRequest(keyID: key.arn), by: world.root)
        let other = try PrivateKey.generate(.ec(.p384))
        let derived = try world.keys.deriveSharedSecret(
            DeriveSharedSecretRequest(keyID: key.keyID, publicKey: other.publicKey.subjectPublicKeyInfo),
            by: world.root)
        #expect(
            derived.sharedSecret.isEqual(
                to: try other.sharedSecret(with: PublicKey(subjectPublicKeyInfo: exported.publicKey))))
        #expect(derived.keyOrigin == "AWS_KMS")
        let foreign = try PrivateKey.generate(.ec(.p256)).publicKey.subjectPublicKeyInfo
        for bad in [foreign, [1, 2, 3]] {
            #expect(
                code {
                    _ = try world.keys.deriveSharedSecret(
                        DeriveSharedSecretRequest(keyID: key.keyID, publicKey: bad), by: world.root
                    ).keyARN
                } == "ValidationException")
        }
    }

    @Test(
        "for codes make and check them",
        arguments: [
            ("HMAC_224", "HMAC_SHA_224", 28), ("HMAC_256", "HMAC_SHA_256", 32),
            ("HMAC_384", "HMAC_SHA_384", 48), ("HMAC_512", "HMAC_SHA_512", 64),
        ])
    func codes(spec: String, algorithm: String, count: Int) throws {
        let key = try make(spec, "GENERATE_VERIFY_MAC")
        let request = MACRequest(keyID: key.arn, message: [1, 2, 3], macAlgorithm: algorithm)
        let made = try world.keys.generateMAC(request, by: world.root)
        #expect(made.mac.count == count)
        #expect(try world.keys.verifyMAC(request, mac: made.mac, by: world.root).keyARN == key.arn)
        var wrong = made.mac
        wrong[0] ^= 1
        for mac in [wrong, Array(made.mac.dropLast())] {
            #expect(throws: KeyManagementError.invalidMAC) {
                try world.keys.verifyMAC(request, mac: mac, by: world.root)
            }
        }
        let other = algorithm == "HMAC_SHA_256" ? "HMAC_SHA_512" : "HMAC_SHA_256"
        #expect(
            throws: KeyManagementError.invalidKeyUsage(
                "Algorithm \(other) is incompatible with key spec \(spec).")
        ) {
            try world.keys.generateMAC(
                MACRequest(keyID: key.arn, message: [1], macAlgorithm: other), by: world.root)
        }
    }

    @Test(
        "made as data keys open from their blob",
        arguments: ["RSA_2048", "ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"])
    func dataKeyPairs(spec: String) throws {
        let key = try world.makeKey()
        let request = GenerateDataKeyPairRequest(
            keyID: key.keyID, keyPairSpec: spec, encryptionContext: ["a": "b"])
        let made = try world.keys.generateDataKeyPair(request, by: world.root)
        let pair = try PrivateKey(pkcs8: made.privateKeyPlaintext)
        #expect(pair.publicKey.subjectPublicKeyInfo == made.publicKey)
        let opened = try world.keys.plaintext(made.privateKeyCiphertextBlob, ["a": "b"], by: world.root)
        #expect(made.privateKeyPlaintext.withUnsafeBytes { Array($0) } == opened)
        #expect(made.keyMaterialID == key.currentKeyMaterialID)
        let sealed = try world.keys.generateDataKeyPairWithoutPlaintext(request, by: world.root)
        #expect(sealed.publicKey != made.publicKey)
        #expect(
            code {
                _ = try world.keys.generateDataKeyPairWithoutPlaintext(
                    GenerateDataKeyPairRequest(keyID: key.keyID, keyPairSpec: "AES"), by: world.root)
            } == "ValidationException")
    }

    @Test("custom key stores do not exist")
    func customKeyStores() throws {
        try world.keys.describeCustomKeyStores(by: world.root)
        for operation in KeyService.unsupportedOperations {
            #expect(
                code { try world.keys.refuseCustomKeyStoreOperation(operation, by: world.root) }
                    == "UnsupportedOperationException")
            #expect(
                code {
                    try world.keys.refuseCustomKeyStoreOperation(operation, by: try world.user("mallory"))
                } == "AccessDeniedException")
        }
    }
}
