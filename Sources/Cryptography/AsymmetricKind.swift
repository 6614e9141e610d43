internal import COpenSSL

/// The curves that KMS offers, over prime fields.
///
/// Source: NIST SP 800-186 (P-256, P-384, P-521); SEC 2 section 2.4.1 (secp256k1).
public enum EllipticCurve: Sendable, Hashable, CaseIterable {
    case p256, p384, p521, secp256k1

    /// The size of a coordinate, and of an ECDH shared secret, in bytes.
    public var coordinateByteCount: Int {
        switch self {
        case .p256, .secp256k1: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// OpenSSL's name.
    var groupName: StaticString {
        switch self {
        case .p256: "prime256v1"
        case .p384: "secp384r1"
        case .p521: "secp521r1"
        case .secp256k1: "secp256k1"
        }
    }
}

/// What kind of pair a public or private key belongs to.
public enum AsymmetricKind: Sendable, Hashable {
    /// RSA with two primes; 2048, 3072 or 4096 bits, nothing else is accepted.
    case rsa(bitCount: Int)
    /// Elliptic curve, for ECDSA and ECDH.
    case ec(EllipticCurve)
    /// Edwards curve, for pure Ed25519.
    case ed25519

    /// Every kind there is.
    public static let all: [AsymmetricKind] =
        rsaBitCounts.map { .rsa(bitCount: $0) } + EllipticCurve.allCases.map { .ec($0) } + [.ed25519]

    static let rsaBitCounts = [2048, 3072, 4096]

    /// The kind of a key that OpenSSL has parsed.
    ///
    /// - Throws: `.invalidKey` for every kind or size that is not listed here.
    init(of key: OpaquePointer) throws(CryptographyError) {
        if EVP_PKEY_is_a(key, "RSA") == 1 {
            let bitCount = Int(EVP_PKEY_get_bits(key))
            guard Self.rsaBitCounts.contains(bitCount) else {
                throw .invalidKey("RSA key of \(bitCount) bits")
            }
            self = .rsa(bitCount: bitCount)
        } else if EVP_PKEY_is_a(key, "EC") == 1 {
            let name = Self.groupName(of: key)
            guard let curve = EllipticCurve.allCases.first(where: { "\($0.groupName)" == name }) else {
                throw .invalidKey("elliptic curve \(name)")
            }
            self = .ec(curve)
        } else if EVP_PKEY_is_a(key, "ED25519") == 1 {
            self = .ed25519
        } else {
            throw .invalidKey("neither RSA nor EC nor Ed25519")
        }
    }

    private static func groupName(of key: OpaquePointer) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 80) { buffer in
            guard let base = buffer.baseAddress, EVP_PKEY_get_group_name(key, base, buffer.count, nil) == 1
            else {
                ERR_clear_error()
                return "without a name"
            }
            return String(cString: base)
        }
    }
}

/// How a signature is made.
///
/// The digest belongs to the scheme; RSA-PSS salts are as long as it.
public enum SignatureScheme: Sendable, Hashable {
    /// RSASSA-PSS with MGF1 over the same digest (RFC 8017 section 8.1).
    case rsaPSS(DigestAlgorithm)
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    case rsaPKCS1(DigestAlgorithm)
    /// ECDSA, signatures as DER sequences of two integers (FIPS 186-5 section 6; RFC 3279 section 2.2.3).
    case ecdsa(DigestAlgorithm)
    /// Pure Ed25519, 64 bytes, over messages only (RFC 8032 section 5.1).
    case ed25519

    /// The digest whose result is signed; nil for Ed25519, which hashes inside.
    public var digest: DigestAlgorithm? {
        switch self {
        case .rsaPSS(let digest), .rsaPKCS1(let digest), .ecdsa(let digest): digest
        case .ed25519: nil
        }
    }

    /// Whether keys of this kind sign so.
    public func fits(_ kind: AsymmetricKind) -> Bool {
        switch (self, kind) {
        case (.rsaPSS, .rsa), (.rsaPKCS1, .rsa), (.ecdsa, .ec), (.ed25519, .ed25519): true
        case (.rsaPSS, _), (.rsaPKCS1, _), (.ecdsa, _), (.ed25519, _): false
        }
    }
}
