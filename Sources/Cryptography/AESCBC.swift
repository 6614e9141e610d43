internal import COpenSSL

/// AES-256 in Cipher Block Chaining mode with PKCS#7 padding, for objects that old clients left behind.
///
/// It authenticates nothing. Every failure to decrypt is the same error, so that nobody learns from padding.
///
/// Source: NIST SP 800-38A; RFC 5652 section 6.3.
public enum AESCBC {
    /// The size of a block and of an initialisation vector: 16 bytes.
    public static let blockByteCount = 16

    /// Decrypts whole blocks and removes 1 to 16 bytes of padding.
    ///
    /// - Throws: `.decryptionFailed` for an empty or partial body and for bad padding; `.invalidKeySize`,
    ///   `.invalidNonceSize`, `.outOfSecureMemory`.
    public static func open(
        _ sealed: UnsafeRawBufferPointer, key: borrowing SecretBytes, iv: [UInt8]
    ) throws(CryptographyError) -> SecretBuffer {
        let context = try CipherContext(
            direction: .decrypt, cipher: cipher, key: key, iv: iv, ivByteCount: blockByteCount)
        guard !sealed.isEmpty && sealed.count.isMultiple(of: blockByteCount) else { throw .decryptionFailed }
        var length = 0
        // One block more than comes out: OpenSSL holds the last block back and writes it on finishing.
        var plaintext = try SecretBuffer(count: sealed.count + blockByteCount) {
            (room) throws(CryptographyError) in
            length = try context.update(sealed, into: room)
            let rest = UnsafeMutableRawBufferPointer(rebasing: room[length...])
            do throws(CryptographyError) {
                length += try context.finish(into: rest)
            } catch {
                throw .decryptionFailed
            }
        }
        try plaintext.truncate(to: length)
        return plaintext
    }

    /// Encrypts with padding; the result is 1 to 16 bytes longer, a whole number of blocks.
    ///
    /// We write no such objects; tests do.
    public static func seal(
        _ plaintext: UnsafeRawBufferPointer, key: borrowing SecretBytes, iv: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let context = try CipherContext(
            direction: .encrypt, cipher: cipher, key: key, iv: iv, ivByteCount: blockByteCount)
        let blockCount = plaintext.count / blockByteCount + 1
        return try [UInt8](count: blockCount * blockByteCount) { (room) throws(CryptographyError) in
            let written = try context.update(plaintext, into: room)
            try context.finish(into: UnsafeMutableRawBufferPointer(rebasing: room[written...]))
        }
    }

    private static let cipher = Fetched(cipher: "AES-256-CBC")
}
