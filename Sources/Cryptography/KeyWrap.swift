internal import COpenSSL

/// Keys sealed under keys, without a nonce: AES key wrap with padding.
///
/// Source: RFC 5649; NIST SP 800-38F section 6.3 (KWP).
public enum AESKeyWrap {
    /// Wraps 1 byte or more; the result is 8 to 15 bytes longer, in whole groups of 8.
    ///
    /// - Parameters:
    ///   - secret: The key to wrap.
    ///   - key: The key that wraps: 16, 24 or 32 bytes.
    /// - Throws: `.inputTooSmall` for an empty secret, `.invalidKeySize`.
    public static func wrap(
        _ secret: borrowing SecretBytes, with key: borrowing SecretBytes
    ) throws(CryptographyError) -> [UInt8] {
        guard secret.count > 0 else { throw .inputTooSmall(0) }
        guard secret.count <= secretLimit else { throw .inputTooLarge(secret.count) }
        let context = try context(.encrypt, key)
        let groupCount = (secret.count + 7) / 8 + 1
        return try [UInt8](count: groupCount * 8) { (output) throws(CryptographyError) in
            try secret.withUnsafeBytes { (bytes) throws(CryptographyError) in
                _ = try context.update(bytes, into: output)
            }
        }
    }

    /// Unwraps what `wrap` made.
    ///
    /// - Throws: `.authenticationFailed` for anything else, `.invalidKeySize`.
    public static func unwrap(
        _ wrapped: [UInt8], with key: borrowing SecretBytes
    ) throws(CryptographyError) -> SecretBytes {
        let context = try context(.decrypt, key)
        guard wrapped.count >= 16 && wrapped.count.isMultiple(of: 8) && wrapped.count <= secretLimit + 15
        else {
            throw .authenticationFailed
        }
        return try SecretBytes(capacity: wrapped.count) { (output) throws(CryptographyError) in
            try wrapped.withRawBytes { (bytes) throws(CryptographyError) in
                do throws(CryptographyError) {
                    return try context.update(bytes, into: output)
                } catch {
                    throw .authenticationFailed
                }
            }
        }
    }

    /// More than any key; OpenSSL's own limit is 2^31 bytes.
    private static let secretLimit = 1 << 20
    private static let aes128 = Fetched(cipher: "AES-128-WRAP-PAD")
    private static let aes192 = Fetched(cipher: "AES-192-WRAP-PAD")
    private static let aes256 = Fetched(cipher: "AES-256-WRAP-PAD")

    private static func context(
        _ direction: CipherContext.Direction, _ key: borrowing SecretBytes
    ) throws(CryptographyError) -> CipherContext {
        let cipher =
            switch key.count {
            case 16: aes128
            case 24: aes192
            case 32: aes256
            default: throw CryptographyError.invalidKeySize(key.count)
            }
        return try CipherContext(
            direction: direction, cipher: cipher, key: key, iv: [], ivByteCount: 0,
            flags: EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
    }
}

/// Secrets of any length under an RSA key: a fresh AES-256 key under OAEP, then the secret under that key.
///
/// KMS calls it `RSA_AES_KEY_WRAP_SHA_1` and `_SHA_256`.
///
/// Source: PKCS #11 section 2.1.21, `CKM_RSA_AES_KEY_WRAP`: the two ciphertexts follow each other.
public enum RSAAESKeyWrap {
    /// Wraps `secret` for the owner of the private key.
    ///
    /// - Throws: `.unsupportedOperation` for keys other than RSA, `.inputTooSmall` for an empty secret.
    public static func wrap(
        _ secret: borrowing SecretBytes, for publicKey: PublicKey, oaep digest: DigestAlgorithm
    ) throws(CryptographyError) -> [UInt8] {
        let key = try SecretBytes.random(count: 32)
        return try publicKey.encrypt(key, oaep: digest) + AESKeyWrap.wrap(secret, with: key)
    }

    /// Unwraps what `wrap` made.
    ///
    /// - Throws: `.authenticationFailed` for anything else, `.unsupportedOperation` for keys other than RSA.
    public static func unwrap(
        _ wrapped: [UInt8], with privateKey: PrivateKey, oaep digest: DigestAlgorithm
    ) throws(CryptographyError) -> SecretBytes {
        guard case .rsa(let bitCount) = privateKey.kind else {
            throw .unsupportedOperation("RSA key wrap with a key of kind \(privateKey.kind)")
        }
        guard wrapped.count > bitCount / 8 else { throw .authenticationFailed }
        // Whatever is wrong with either part, the answer is the same.
        do throws(CryptographyError) {
            let key = try privateKey.decrypt(Array(wrapped.prefix(bitCount / 8)), oaep: digest)
            guard key.count == 32 else { throw .authenticationFailed }
            return try AESKeyWrap.unwrap(Array(wrapped.dropFirst(bitCount / 8)), with: key)
        } catch {
            throw .authenticationFailed
        }
    }
}
