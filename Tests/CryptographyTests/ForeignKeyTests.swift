import Cryptography
import Foundation
import Testing

/// Keys, signatures and ciphertexts that other libraries made; `Fixtures/make_asymmetric.py` says which.
@Suite("Other libraries' keys")
struct ForeignKeyTests {
    /// One key with everything that was made with it.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let kind: String
        let pkcs8, spki: Data
        let signatures: [String: Data]
        let ciphertexts, wrapped: [String: Data]?
        let peer, sharedSecret: Data?

        enum CodingKeys: String, CodingKey {
            case kind, pkcs8, spki, signatures, ciphertexts, wrapped
            case peer = "peer_spki"
            case sharedSecret = "shared_secret"
        }

        var testDescription: String { kind }

        func privateKey() throws -> PrivateKey { try PrivateKey(pkcs8: SecretBytes(copying: [UInt8](pkcs8))) }
        func publicKey() throws -> PublicKey { try PublicKey(subjectPublicKeyInfo: [UInt8](spki)) }
    }

    private struct File: Decodable {
        let message, secret, wrappedSecret: Data
        let keys: [Case]

        enum CodingKeys: String, CodingKey {
            case message, secret, keys
            case wrappedSecret = "wrapped_secret"
        }
    }

    private static let file: File? = {
        guard
            let url = Bundle.module.url(
                forResource: "asymmetric", withExtension: "json", subdirectory: "Fixtures"),
            let data = FileManager.default.contents(atPath: url.path)
        else { return nil }
        do { return try JSONDecoder().decode(File.self, from: data) } catch { return nil }
    }()

    private static let kinds: [String: AsymmetricKind] = [
        "RSA_2048": .rsa(bitCount: 2048), "RSA_3072": .rsa(bitCount: 3072), "RSA_4096": .rsa(bitCount: 4096),
        "ECC_NIST_P256": .ec(.p256), "ECC_NIST_P384": .ec(.p384), "ECC_NIST_P521": .ec(.p521),
        "ECC_SECG_P256K1": .ec(.secp256k1),
    ]

    private static let digests: [String: DigestAlgorithm] = [
        "SHA_1": .sha1, "SHA_256": .sha256, "SHA_384": .sha384, "SHA_512": .sha512,
    ]

    private static func digest(of name: String) throws -> DigestAlgorithm {
        try #require(digests.first { name.hasSuffix($0.key) }?.value)
    }

    private static func scheme(_ name: String) throws -> SignatureScheme {
        let digest = try digest(of: name)
        if name.hasPrefix("RSASSA_PSS") { return .rsaPSS(digest) }
        return name.hasPrefix("RSASSA") ? .rsaPKCS1(digest) : .ecdsa(digest)
    }

    @Test("are all there")
    func counts() { #expect(Self.file?.keys.count == 7) }

    @Test("are read, and written back as they were", arguments: file?.keys ?? [])
    func encodings(_ key: Case) throws {
        let privateKey = try key.privateKey()
        #expect(privateKey.kind == Self.kinds[key.kind])
        try privateKey.validate()
        let publicKey = try key.publicKey()
        #expect(publicKey == privateKey.publicKey)
        #expect(publicKey.subjectPublicKeyInfo == [UInt8](key.spki))
    }

    @Test("made signatures that are valid", arguments: file?.keys ?? [])
    func signatures(_ key: Case) throws {
        let message = [UInt8](try #require(Self.file?.message))
        #expect(!key.signatures.isEmpty)
        for (name, signature) in key.signatures {
            let scheme = try Self.scheme(name)
            #expect(
                try key.publicKey().isValidSignature([UInt8](signature), for: message, with: scheme),
                "\(name)")
        }
    }

    @Test("made ciphertexts that open", arguments: file?.keys.filter { $0.ciphertexts != nil } ?? [])
    func ciphertexts(_ key: Case) throws {
        let secret = try #require(Self.file?.secret)
        let wrapped = try #require(Self.file?.wrappedSecret)
        let privateKey = try key.privateKey()
        for (name, ciphertext) in key.ciphertexts ?? [:] {
            let opened = try privateKey.decrypt([UInt8](ciphertext), oaep: Self.digest(of: name))
            #expect(opened.array == [UInt8](secret), "\(name)")
        }
        for (name, ciphertext) in key.wrapped ?? [:] {
            let opened = try RSAAESKeyWrap.unwrap(
                [UInt8](ciphertext), with: privateKey, oaep: Self.digest(of: name))
            #expect(opened.array == [UInt8](wrapped), "\(name)")
        }
    }

    @Test("agree on the same secret", arguments: file?.keys.filter { $0.sharedSecret != nil } ?? [])
    func agreement(_ key: Case) throws {
        let peer = try PublicKey(subjectPublicKeyInfo: [UInt8](try #require(key.peer)))
        let secret = try key.privateKey().sharedSecret(with: peer)
        #expect(secret.array == [UInt8](try #require(key.sharedSecret)))
    }

    @Test("Ed25519 agrees with RFC 8032 section 7.1")
    func ed25519() throws {
        let vectors = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                    + "d25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                    + "387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ]
        for (seed, point, message, signature) in vectors {
            let key = try PrivateKey(pkcs8: secret("302e020100300506032b657004220420" + seed))
            #expect(key.publicKey.subjectPublicKeyInfo == hex("302a300506032b6570032100" + point))
            #expect(try key.signature(for: hex(message), with: .ed25519) == hex(signature))
        }
    }

    @Test("a P-256 key without its public half agrees with RFC 6979 A.2.5 and NIST's ECDH example")
    func p256() throws {
        let head = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"
        let point = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
        let key = try PrivateKey(
            pkcs8: secret(head + "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"))
        #expect(
            key.publicKey.subjectPublicKeyInfo
                == hex(
                    point + "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                        + "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"))
        let signature = hex(
            "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                + "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
        #expect(try key.publicKey.isValidSignature(signature, for: "sample".bytes, with: .ecdsa(.sha256)))
        let own = try PrivateKey(
            pkcs8: secret(head + "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"))
        let peer = try PublicKey(
            subjectPublicKeyInfo: hex(
                point + "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
                    + "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"))
        #expect(
            try own.sharedSecret(with: peer).array
                == hex("46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"))
    }

    @Test("malformed, truncated and foreign encodings are refused", arguments: file?.keys ?? [])
    func malformed(_ key: Case) throws {
        let (secret, open) = ([UInt8](key.pkcs8), [UInt8](key.spki))
        for bytes in [[], [0x30], Array(secret.dropLast()), secret + [0], open] {
            #expect(throws: CryptographyError.invalidKey("not a DER PKCS#8 private key")) {
                try PrivateKey(pkcs8: SecretBytes(copying: bytes))
            }
        }
        for bytes in [[], [0x30], Array(open.dropLast()), open + [0], secret] {
            #expect(throws: CryptographyError.invalidKey("not a DER SubjectPublicKeyInfo")) {
                try PublicKey(subjectPublicKeyInfo: bytes)
            }
        }
    }

    @Test("a point that is not on its curve is refused")
    func offCurve() throws {
        let key = try TestKeys.key(.ec(.p256)).publicKey
        let bytes = key.subjectPublicKeyInfo
        for bit in [(bytes.count - 1) * 8, (bytes.count - 40) * 8] {
            #expect(throws: CryptographyError.self) {
                try PublicKey(subjectPublicKeyInfo: bytes.flipping(bit: bit))
            }
        }
        // The point at infinity is encoded as one zero byte.
        let infinity = hex("3019301306072a8648ce3d020106082a8648ce3d030107030200" + "00")
        #expect(throws: CryptographyError.self) { try PublicKey(subjectPublicKeyInfo: infinity) }
    }

    @Test("a private key whose parts do not fit is found out")
    func inconsistent() throws {
        let key = try #require(Self.file?.keys.first { $0.kind == "ECC_NIST_P256" })
        // The last byte belongs to the public point that the private key carries along.
        let damaged = [UInt8](key.pkcs8).flipping(bit: ([UInt8](key.pkcs8).count - 60) * 8)
        #expect(throws: CryptographyError.self) {
            try PrivateKey(pkcs8: SecretBytes(copying: damaged)).validate()
        }
        let rsa = try #require(Self.file?.keys.first { $0.kind == "RSA_2048" })
        let broken = [UInt8](rsa.pkcs8).flipping(bit: ([UInt8](rsa.pkcs8).count - 10) * 8)
        #expect(throws: CryptographyError.self) {
            try PrivateKey(pkcs8: SecretBytes(copying: broken)).validate()
        }
    }

    @Test("keys of a kind or size that KMS does not know are refused")
    func foreignKinds() {
        // X25519, and P-224.
        for text in [
            "302a300506032b656e032100e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "304e301006072a8648ce3d020106052b81040021033a0004b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21"
                + "bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
        ] {
            #expect(throws: CryptographyError.self) { try PublicKey(subjectPublicKeyInfo: hex(text)) }
        }
        #expect(throws: CryptographyError.invalidParameter("RSA key of 1024 bits")) {
            try PrivateKey.generate(.rsa(bitCount: 1024))
        }
    }
}
