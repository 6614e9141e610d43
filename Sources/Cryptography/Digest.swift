internal import COpenSSL

/// Digests of bytes that are in memory; `DigestStream` takes them piece by piece.
///
/// Source: FIPS 180-4 (SHA), RFC 1321 (MD5).
public enum Digest {
    /// The digest of `bytes` under any of the algorithms.
    public static func hash(_ bytes: UnsafeRawBufferPointer, with algorithm: DigestAlgorithm) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, used in
            let code = EVP_Digest(
                bytes.baseAddress, bytes.count, buffer.baseAddress, nil, algorithm.implementation, nil)
            precondition(code == 1, "hashing bytes in memory cannot fail")
            used = algorithm.byteCount
        }
    }

    /// The digest of an array under any of the algorithms.
    public static func hash(_ bytes: [UInt8], with algorithm: DigestAlgorithm) -> [UInt8] {
        bytes.withRawBytes { hash($0, with: algorithm) }
    }

    /// SHA-256: 32 bytes.
    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { hash(bytes, with: .sha256) }
    /// SHA-256: 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, with: .sha256) }
    /// SHA-384: 48 bytes.
    public static func sha384(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { hash(bytes, with: .sha384) }
    /// SHA-384: 48 bytes.
    public static func sha384(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, with: .sha384) }
    /// SHA-512: 64 bytes.
    public static func sha512(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { hash(bytes, with: .sha512) }
    /// SHA-512: 64 bytes.
    public static func sha512(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, with: .sha512) }
    /// SHA-1: 20 bytes, not for anything that must resist collisions.
    public static func sha1(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { hash(bytes, with: .sha1) }
    /// SHA-1: 20 bytes, not for anything that must resist collisions.
    public static func sha1(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, with: .sha1) }
    /// MD5: 16 bytes, for S3 entity tags only.
    public static func md5(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { hash(bytes, with: .md5) }
    /// MD5: 16 bytes, for S3 entity tags only.
    public static func md5(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, with: .md5) }
}

// SAFETY: the context has one owner, which cannot be copied, and is reached through mutating methods only.
/// A digest over bytes that arrive in pieces.
public struct DigestStream: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer
    /// The algorithm the stream was begun with.
    public let algorithm: DigestAlgorithm

    /// Begins a digest; traps when there is no memory for it, as an array would.
    public init(_ algorithm: DigestAlgorithm) {
        guard let context = EVP_MD_CTX_new(),
            EVP_DigestInit_ex2(context, algorithm.implementation, nil) == 1
        else { preconditionFailure("out of memory for a digest") }
        self.context = context
        self.algorithm = algorithm
    }

    deinit {
        // OpenSSL wipes the state, which holds the last bytes that were hashed.
        EVP_MD_CTX_free(context)
    }

    /// Adds `bytes` to what is hashed.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let code = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(code == 1, "hashing bytes in memory cannot fail")
    }

    /// Adds an array to what is hashed.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withRawBytes { update($0) }
    }

    /// The digest of all bytes so far; the stream ends with it.
    public consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, used in
            let code = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            precondition(code == 1, "hashing bytes in memory cannot fail")
            used = algorithm.byteCount
        }
    }
}
