internal import COpenSSL

/// Keyed hashes.
///
/// Source: RFC 2104, FIPS 198-1. Compare results with `isValid` or `constantTimeEqual`, never with `==`.
public enum HMAC {
    /// The code of `message` under `key`, as long as the digest.
    public static func code(
        for message: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, with algorithm: DigestAlgorithm
    ) -> [UInt8] {
        // SAFETY: the template is never used itself, only duplicated, which reads it.
        guard let context = EVP_MAC_CTX_dup(template(algorithm).pointer) else {
            preconditionFailure("out of memory for a keyed hash")
        }
        defer { EVP_MAC_CTX_free(context) }
        // OpenSSL takes a null key for "the key you have"; an empty one needs an address.
        let none: [UInt8] = [0]
        let initialised = none.withRawBytes { spare in
            EVP_MAC_init(context, key.bytePointer ?? spare.bytePointer, key.count, nil)
        }
        precondition(initialised == 1, "a keyed hash takes any key")
        return [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, used in
            let updated = EVP_MAC_update(context, message.bytePointer, message.count)
            let finished = EVP_MAC_final(context, buffer.baseAddress, &used, buffer.count)
            precondition(updated == 1 && finished == 1, "hashing bytes in memory cannot fail")
        }
    }

    /// The code of `message` under a secret key.
    public static func code(
        for message: [UInt8], key: borrowing SecretBytes, with algorithm: DigestAlgorithm
    ) -> [UInt8] {
        key.withUnsafeBytes { key in message.withRawBytes { code(for: $0, key: key, with: algorithm) } }
    }

    /// The code of `message` under a key in an array, as signature schemes derive them.
    public static func code(for message: [UInt8], key: [UInt8], with algorithm: DigestAlgorithm) -> [UInt8] {
        key.withRawBytes { key in message.withRawBytes { code(for: $0, key: key, with: algorithm) } }
    }

    /// Whether `code` is the whole code of `message`, in a time that does not depend on its bytes.
    public static func isValid(
        _ code: [UInt8], for message: [UInt8], key: borrowing SecretBytes, with algorithm: DigestAlgorithm
    ) -> Bool {
        constantTimeEqual(code, self.code(for: message, key: key, with: algorithm))
    }

    /// HMAC-SHA-256 under a key in an array.
    public static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        code(for: message, key: key, with: .sha256)
    }

    /// HMAC-SHA-256 under a secret key.
    public static func sha256(key: borrowing SecretBytes, _ message: [UInt8]) -> [UInt8] {
        code(for: message, key: key, with: .sha256)
    }

    /// HMAC-SHA-224 under a secret key.
    public static func sha224(key: borrowing SecretBytes, _ message: [UInt8]) -> [UInt8] {
        code(for: message, key: key, with: .sha224)
    }

    /// HMAC-SHA-384 under a secret key.
    public static func sha384(key: borrowing SecretBytes, _ message: [UInt8]) -> [UInt8] {
        code(for: message, key: key, with: .sha384)
    }

    /// HMAC-SHA-512 under a secret key.
    public static func sha512(key: borrowing SecretBytes, _ message: [UInt8]) -> [UInt8] {
        code(for: message, key: key, with: .sha512)
    }

    private static let implementation = Fetched(mac: "HMAC")
    private static let md5Template = ContextTemplate(.md5)
    private static let sha1Template = ContextTemplate(.sha1)
    private static let sha224Template = ContextTemplate(.sha224)
    private static let sha256Template = ContextTemplate(.sha256)
    private static let sha384Template = ContextTemplate(.sha384)
    private static let sha512Template = ContextTemplate(.sha512)

    private static func template(_ algorithm: DigestAlgorithm) -> ContextTemplate {
        switch algorithm {
        case .md5: md5Template
        case .sha1: sha1Template
        case .sha224: sha224Template
        case .sha256: sha256Template
        case .sha384: sha384Template
        case .sha512: sha512Template
        }
    }

    // SAFETY: immutable after initialisation; OpenSSL only reads it when it duplicates it.
    /// A context that knows its digest and no key, to be duplicated: choosing the digest is the slow part.
    private struct ContextTemplate: @unchecked Sendable {
        let pointer: OpaquePointer

        init(_ algorithm: DigestAlgorithm) {
            var parameters = ParameterList()
            parameters.add("digest", text: algorithm.name)
            guard let context = EVP_MAC_CTX_new(HMAC.implementation.pointer),
                parameters.withPointer({ EVP_MAC_CTX_set_params(context, $0) }) == 1
            else { preconditionFailure("OpenSSL's keyed hash does not take \(algorithm.name)") }
            pointer = context
        }
    }
}
