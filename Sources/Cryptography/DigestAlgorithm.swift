internal import COpenSSL

/// A hash function.
///
/// MD5 and SHA-1 are here because S3 entity tags and RSAES-OAEP ask for them; neither resists collisions.
public enum DigestAlgorithm: Sendable, Hashable, CaseIterable {
    case md5, sha1, sha224, sha256, sha384, sha512

    /// The size of a digest in bytes.
    public var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha224: 28
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The name OpenSSL's providers know it by.
    var name: StaticString {
        switch self {
        case .md5: "MD5"
        case .sha1: "SHA1"
        case .sha224: "SHA2-224"
        case .sha256: "SHA2-256"
        case .sha384: "SHA2-384"
        case .sha512: "SHA2-512"
        }
    }

    /// OpenSSL's implementation, fetched once: a fetch costs as much as hashing a short message.
    var implementation: OpaquePointer {
        switch self {
        case .md5: Self.md5Implementation.pointer
        case .sha1: Self.sha1Implementation.pointer
        case .sha224: Self.sha224Implementation.pointer
        case .sha256: Self.sha256Implementation.pointer
        case .sha384: Self.sha384Implementation.pointer
        case .sha512: Self.sha512Implementation.pointer
        }
    }

    private static let md5Implementation = Fetched(digest: .md5)
    private static let sha1Implementation = Fetched(digest: .sha1)
    private static let sha224Implementation = Fetched(digest: .sha224)
    private static let sha256Implementation = Fetched(digest: .sha256)
    private static let sha384Implementation = Fetched(digest: .sha384)
    private static let sha512Implementation = Fetched(digest: .sha512)
}

// SAFETY: fetched methods are immutable and counted by OpenSSL; they may be used from any thread.
/// An algorithm fetched from OpenSSL's providers, kept for the life of the process.
struct Fetched: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Traps when the default provider lacks the algorithm: then this libcrypto is not the one we were built
    /// for.
    private init(_ pointer: OpaquePointer?, _ name: StaticString) {
        guard let pointer else { preconditionFailure("OpenSSL's default provider lacks \(name)") }
        self.pointer = pointer
    }

    init(digest: DigestAlgorithm) {
        self.init(EVP_MD_fetch(nil, digest.name.characters, nil), digest.name)
    }

    init(cipher name: StaticString) {
        self.init(EVP_CIPHER_fetch(nil, name.characters, nil), name)
    }

    init(mac name: StaticString) {
        self.init(EVP_MAC_fetch(nil, name.characters, nil), name)
    }

    init(kdf name: StaticString) {
        self.init(EVP_KDF_fetch(nil, name.characters, nil), name)
    }
}

extension StaticString {
    /// The text as C wants it; it lives as long as the process.
    var characters: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
