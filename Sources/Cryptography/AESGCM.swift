internal import COpenSSL

/// AES in Galois/Counter Mode: ciphertext followed by a 16-byte tag, while the nonce travels elsewhere.
///
/// Source: NIST SP 800-38D; RFC 5116 section 5. Nonces are 96 bits and tags 128 bits, the only sizes that
/// S3's encryption clients and KMS use. Never seal twice with one key and one nonce.
public enum AESGCM {
    /// The size of a nonce: 12 bytes.
    public static let nonceByteCount = 12
    /// The size of a tag: 16 bytes.
    public static let tagByteCount = 16
    /// The most bytes one nonce may seal: 2^36 − 32.
    public static let plaintextLimit = (1 << 36) - 32

    /// Seals `plaintext`: ciphertext of the same length, then the tag.
    ///
    /// - Parameters:
    ///   - plaintext: Any bytes, none too; read once, never copied.
    ///   - key: 16, 24 or 32 bytes.
    ///   - nonce: 12 bytes that this key has not met before.
    ///   - authenticating: Bytes the tag also covers; `open` needs the same.
    /// - Throws: `.invalidKeySize`, `.invalidNonceSize`, `.inputTooLarge`.
    public static func seal(
        _ plaintext: UnsafeRawBufferPointer, key: borrowing SecretBytes, nonce: [UInt8],
        authenticating: [UInt8] = []
    ) throws(CryptographyError) -> [UInt8] {
        guard plaintext.count <= plaintextLimit else { throw .inputTooLarge(plaintext.count) }
        let context = try CipherContext(
            direction: .encrypt, cipher: cipher(for: key), key: key, iv: nonce, ivByteCount: nonceByteCount)
        return try [UInt8](count: plaintext.count + tagByteCount) { (sealed) throws(CryptographyError) in
            try context.authenticate(authenticating)
            let written = try context.update(plaintext, into: sealed)
            let tag = UnsafeMutableRawBufferPointer(rebasing: sealed[written...])
            try context.finish(into: tag)
            try check(
                EVP_CIPHER_CTX_ctrl(
                    context.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tagByteCount), tag.baseAddress),
                "EVP_CTRL_AEAD_GET_TAG")
        }
    }

    /// Seals an array.
    public static func seal(
        _ plaintext: [UInt8], key: borrowing SecretBytes, nonce: [UInt8], authenticating: [UInt8] = []
    ) throws(CryptographyError) -> [UInt8] {
        try plaintext.withRawBytes { (bytes) throws(CryptographyError) in
            try seal(bytes, key: key, nonce: nonce, authenticating: authenticating)
        }
    }

    /// Opens what `seal` made.
    ///
    /// Nothing is released before the tag has been checked.
    ///
    /// - Returns: The plaintext, in memory that is wiped when it goes out of scope.
    /// - Throws: `.authenticationFailed` for any other key, nonce, bytes or tag, and for bytes shorter than a
    ///   tag; `.invalidKeySize`, `.invalidNonceSize`, `.inputTooLarge`, `.outOfSecureMemory`.
    public static func open(
        _ sealed: UnsafeRawBufferPointer, key: borrowing SecretBytes, nonce: [UInt8],
        authenticating: [UInt8] = []
    ) throws(CryptographyError) -> SecretBuffer {
        let context = try CipherContext(
            direction: .decrypt, cipher: cipher(for: key), key: key, iv: nonce, ivByteCount: nonceByteCount)
        guard sealed.count >= tagByteCount else { throw .authenticationFailed }
        let length = sealed.count - tagByteCount
        guard length <= plaintextLimit else { throw .inputTooLarge(sealed.count) }
        let ciphertext = UnsafeRawBufferPointer(rebasing: sealed[..<length])
        let tag = UnsafeRawBufferPointer(rebasing: sealed[length...])
        return try SecretBuffer(count: length) { (plaintext) throws(CryptographyError) in
            try context.authenticate(authenticating)
            _ = try context.update(ciphertext, into: plaintext)
            // SAFETY: OpenSSL copies the tag out of the pointer; it takes a mutable one for both directions.
            try check(
                EVP_CIPHER_CTX_ctrl(
                    context.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount),
                    UnsafeMutableRawPointer(mutating: tag.baseAddress)),
                "EVP_CTRL_AEAD_SET_TAG")
            // On failure the buffer of unverified bytes is wiped on its way out of this scope.
            do throws(CryptographyError) { try context.finish(into: nil) } catch {
                throw .authenticationFailed
            }
        }
    }

    /// Opens an array.
    public static func open(
        _ sealed: [UInt8], key: borrowing SecretBytes, nonce: [UInt8], authenticating: [UInt8] = []
    ) throws(CryptographyError) -> SecretBuffer {
        try sealed.withRawBytes { (bytes) throws(CryptographyError) in
            try open(bytes, key: key, nonce: nonce, authenticating: authenticating)
        }
    }

    private static let aes128 = Fetched(cipher: "AES-128-GCM")
    private static let aes192 = Fetched(cipher: "AES-192-GCM")
    private static let aes256 = Fetched(cipher: "AES-256-GCM")

    private static func cipher(for key: borrowing SecretBytes) throws(CryptographyError) -> Fetched {
        switch key.count {
        case 16: aes128
        case 24: aes192
        case 32: aes256
        default: throw .invalidKeySize(key.count)
        }
    }
}
