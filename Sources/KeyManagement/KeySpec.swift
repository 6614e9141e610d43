import Cryptography

/// The kind of key material a KMS key has.
///
/// Left out: `SM2` (China Regions only), and what OpenSSL 3.0 cannot do: the post-quantum specs `ML_DSA_…`
/// and `ML_KEM_…` (from version 3.5 on) and the algorithm `ED25519_PH_SHA_512` (from 3.2 on). They are
/// refused by name.
///
/// Source: KMS API Reference, `CreateKey`, KeySpec.
public enum KeySpec: String, Sendable, CaseIterable {
    /// AES-256.
    case symmetricDefault = "SYMMETRIC_DEFAULT"
    /// RSA, 2,048 bits.
    case rsa2048 = "RSA_2048"
    /// RSA, 3,072 bits.
    case rsa3072 = "RSA_3072"
    /// RSA, 4,096 bits.
    case rsa4096 = "RSA_4096"
    /// NIST P-256.
    case eccNISTP256 = "ECC_NIST_P256"
    /// NIST P-384.
    case eccNISTP384 = "ECC_NIST_P384"
    /// NIST P-521.
    case eccNISTP521 = "ECC_NIST_P521"
    /// The curve of cryptocurrencies.
    case eccSECGP256K1 = "ECC_SECG_P256K1"
    /// Ed25519.
    case eccNISTEdwards25519 = "ECC_NIST_EDWARDS25519"
    /// A key for HMAC-SHA-224, 28 bytes.
    case hmac224 = "HMAC_224"
    /// A key for HMAC-SHA-256, 32 bytes.
    case hmac256 = "HMAC_256"
    /// A key for HMAC-SHA-384, 48 bytes.
    case hmac384 = "HMAC_384"
    /// A key for HMAC-SHA-512, 64 bytes.
    case hmac512 = "HMAC_512"
}

extension KeySpec {
    /// Specs that KMS has and this service does not.
    static let unsupportedNames = [
        "ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024", "SM2",
    ]
}

/// What a KMS key is for.
public enum KeyUsage: String, Sendable, CaseIterable {
    /// Encrypting and decrypting.
    case encryptDecrypt = "ENCRYPT_DECRYPT"
    /// Signing and verifying.
    case signVerify = "SIGN_VERIFY"
    /// Making and checking message authentication codes.
    case generateVerifyMAC = "GENERATE_VERIFY_MAC"
    /// Deriving shared secrets.
    case keyAgreement = "KEY_AGREEMENT"
}

extension KeySpec {
    /// The family, which decides how the material is made and used.
    enum Family: Sendable {
        case symmetric, rsa, ellipticCurve, edwardsCurve, hmac
    }

    var family: Family {
        switch self {
        case .symmetricDefault: .symmetric
        case .rsa2048, .rsa3072, .rsa4096: .rsa
        case .eccNISTP256, .eccNISTP384, .eccNISTP521, .eccSECGP256K1: .ellipticCurve
        case .eccNISTEdwards25519: .edwardsCurve
        case .hmac224, .hmac256, .hmac384, .hmac512: .hmac
        }
    }

    /// Whether the key has a public half.
    var isAsymmetric: Bool {
        switch family {
        case .rsa, .ellipticCurve, .edwardsCurve: true
        case .symmetric, .hmac: false
        }
    }

    /// The usages a key of this spec may have.
    var usages: [KeyUsage] {
        switch self {
        case .symmetricDefault: [.encryptDecrypt]
        case .rsa2048, .rsa3072, .rsa4096: [.encryptDecrypt, .signVerify]
        case .eccNISTP256, .eccNISTP384, .eccNISTP521: [.signVerify, .keyAgreement]
        case .eccSECGP256K1, .eccNISTEdwards25519: [.signVerify]
        case .hmac224, .hmac256, .hmac384, .hmac512: [.generateVerifyMAC]
        }
    }

    /// The length of symmetric and HMAC material in bytes; `nil` for key pairs.
    var materialByteCount: Int? {
        switch self {
        case .symmetricDefault, .hmac256: 32
        case .hmac224: 28
        case .hmac384: 48
        case .hmac512: 64
        case .rsa2048, .rsa3072, .rsa4096, .eccNISTP256, .eccNISTP384, .eccNISTP521, .eccSECGP256K1,
            .eccNISTEdwards25519:
            nil
        }
    }

    /// The kind of key pair; `nil` for symmetric and HMAC keys.
    var pairKind: AsymmetricKind? {
        switch self {
        case .rsa2048: .rsa(bitCount: 2048)
        case .rsa3072: .rsa(bitCount: 3072)
        case .rsa4096: .rsa(bitCount: 4096)
        case .eccNISTP256: .ec(.p256)
        case .eccNISTP384: .ec(.p384)
        case .eccNISTP521: .ec(.p521)
        case .eccSECGP256K1: .ec(.secp256k1)
        case .eccNISTEdwards25519: .ed25519
        case .symmetricDefault, .hmac224, .hmac256, .hmac384, .hmac512: nil
        }
    }

    /// New material of this spec: random bytes, or a new key pair as PKCS #8.
    func makeMaterial() throws(KeyManagementError) -> SecretBytes {
        try translating { () throws(CryptographyError) in
            if let kind = pairKind { return try PrivateKey.generate(kind).pkcs8() }
            return try SecretBytes.random(count: materialByteCount ?? 0)
        }
    }

    /// Refuses material that is not what this spec needs.
    ///
    /// - Throws: `.validation`.
    func check(_ secret: borrowing SecretBytes) throws(KeyManagementError) {
        if let count = materialByteCount {
            guard secret.count == count else {
                throw .validation("Key material for \(rawValue) has \(count) bytes, not \(secret.count)")
            }
            return
        }
        do throws(CryptographyError) {
            let pair = try PrivateKey(pkcs8: secret)
            try pair.validate()
            if pair.kind == pairKind { return }
        } catch {
            throw .validation("The key material is not a PKCS #8 private key: \(error)")
        }
        throw .validation("The key material is not of the spec \(rawValue)")
    }

    /// The names of the algorithms a key of this spec and usage can be used with.
    func algorithms(for usage: KeyUsage) -> [String] {
        switch usage {
        case .encryptDecrypt:
            family == .symmetric
                ? [EncryptionAlgorithm.symmetricDefault.rawValue]
                : [EncryptionAlgorithm.rsaOAEPSHA1.rawValue, EncryptionAlgorithm.rsaOAEPSHA256.rawValue]
        case .signVerify: signingAlgorithms.map(\.rawValue)
        case .generateVerifyMAC: macAlgorithm.map { [$0.rawValue] } ?? []
        case .keyAgreement: ["ECDH"]
        }
    }

    private var signingAlgorithms: [SigningAlgorithm] {
        switch self {
        case .rsa2048, .rsa3072, .rsa4096:
            [.pkcs1SHA256, .pkcs1SHA384, .pkcs1SHA512, .pssSHA256, .pssSHA384, .pssSHA512]
        case .eccNISTP256, .eccSECGP256K1: [.ecdsaSHA256]
        case .eccNISTP384: [.ecdsaSHA384]
        case .eccNISTP521: [.ecdsaSHA512]
        case .eccNISTEdwards25519: [.ed25519SHA512]
        case .symmetricDefault, .hmac224, .hmac256, .hmac384, .hmac512: []
        }
    }

    private var macAlgorithm: MACAlgorithm? {
        switch self {
        case .hmac224: .hmacSHA224
        case .hmac256: .hmacSHA256
        case .hmac384: .hmacSHA384
        case .hmac512: .hmacSHA512
        case .symmetricDefault, .rsa2048, .rsa3072, .rsa4096, .eccNISTP256, .eccNISTP384, .eccNISTP521,
            .eccSECGP256K1, .eccNISTEdwards25519:
            nil
        }
    }
}

/// How a plaintext is encrypted.
enum EncryptionAlgorithm: String, Sendable, CaseIterable {
    case symmetricDefault = "SYMMETRIC_DEFAULT"
    case rsaOAEPSHA1 = "RSAES_OAEP_SHA_1"
    case rsaOAEPSHA256 = "RSAES_OAEP_SHA_256"
}

/// How a message is signed.
enum SigningAlgorithm: String, Sendable, CaseIterable {
    case pssSHA256 = "RSASSA_PSS_SHA_256"
    case pssSHA384 = "RSASSA_PSS_SHA_384"
    case pssSHA512 = "RSASSA_PSS_SHA_512"
    case pkcs1SHA256 = "RSASSA_PKCS1_V1_5_SHA_256"
    case pkcs1SHA384 = "RSASSA_PKCS1_V1_5_SHA_384"
    case pkcs1SHA512 = "RSASSA_PKCS1_V1_5_SHA_512"
    case ecdsaSHA256 = "ECDSA_SHA_256"
    case ecdsaSHA384 = "ECDSA_SHA_384"
    case ecdsaSHA512 = "ECDSA_SHA_512"
    case ed25519SHA512 = "ED25519_SHA_512"
    case ed25519PHSHA512 = "ED25519_PH_SHA_512"
}

/// How a message authentication code is made.
enum MACAlgorithm: String, Sendable, CaseIterable {
    case hmacSHA224 = "HMAC_SHA_224"
    case hmacSHA256 = "HMAC_SHA_256"
    case hmacSHA384 = "HMAC_SHA_384"
    case hmacSHA512 = "HMAC_SHA_512"
}

/// Where a key's material comes from.
enum KeyOrigin: String, Sendable, CaseIterable {
    case awsKMS = "AWS_KMS"
    case external = "EXTERNAL"
}

/// Who manages a key.
enum KeyManager: String, Sendable {
    case customer = "CUSTOMER"
    case aws = "AWS"
}
