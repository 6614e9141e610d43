internal import Cryptography

/// The derivation of the key-committing format: one data key gives the content key and a value that fixes it.
///
/// Source: S3 encryption client specification, key derivation, algorithm suite 0x0073.
enum KeyCommitment {
    /// The algorithm suite as two bytes; also what the content's tag covers beside the ciphertext.
    static let suite: [UInt8] = [0x00, 0x73]
    /// The content key is used once, so the format fixes its nonce.
    static let nonce = [UInt8](repeating: 1, count: AESGCM.nonceByteCount)

    /// The content key, if the commitment fits the data key.
    ///
    /// - Throws: `.authenticationFailed` otherwise, before anything is decrypted.
    static func contentKey(
        from dataKey: borrowing SecretBytes, messageID: [UInt8], expecting commitment: [UInt8]
    ) throws(CryptographyError) -> SecretBytes {
        let computed = try HKDF.sha512(
            from: dataKey, salt: messageID, info: suite + Array("COMMITKEY".utf8), count: commitment.count)
        guard computed.isEqual(to: SecretBytes(copying: commitment)) else { throw .authenticationFailed }
        return try HKDF.sha512(
            from: dataKey, salt: messageID, info: suite + Array("DERIVEKEY".utf8), count: 32)
    }
}
