import AWSVocabulary
import Cryptography

/// A symmetric KMS ciphertext, as `Encrypt` and `GenerateDataKey` return it.
///
/// ```
/// offset  bytes
///      0      1  version, 0x01
///      1      1  flags; bit 0: the key is a multi-Region key. All other bits are zero.
///      2      6  account that owns the key, as a number, big-endian
///      8     16  key ID
///     24     32  key material ID
///     56     16  salt
///     72     12  nonce
///     84      n  ciphertext, as long as the plaintext
///   84+n     16  tag
/// ```
///
/// A plaintext of n bytes gives n + 100 bytes: 132 for a 256-bit data key, 4,196 at most.
///
/// **Keys.** No material encrypts directly. Each message has its own key, HKDF-SHA-256 of the material with
/// the salt: AES-GCM under one key with random nonces is safe for 2^32 messages only, while 128 bits of salt
/// carry one material through 2^64 messages before two of them are likely to share a key, and then the random
/// nonce still keeps them apart.
///
/// **Authenticated.** The header (bytes 0 to 83) and the encryption context in its unambiguous form
/// (``EncryptionContext/authenticatedBytes``). The context itself is not stored.
///
/// The Region is not in the blob: a key is looked up in the Region of the call, so that a ciphertext of a
/// multi-Region key opens in all its Regions and any other ciphertext in its own alone.
///
/// Source: RFC 5116 section 5.2 (AEAD_AES_256_GCM); RFC 5869; KMS Developer Guide, "Cryptographic details".
struct CiphertextBlob: Sendable {
    static let version: UInt8 = 1
    static let headerByteCount = 84
    static let overheadByteCount = headerByteCount + AESGCM.tagByteCount
    /// The longest blob that a request may carry.
    static let byteCountLimit = 6144
    private static let saltByteCount = 16
    private static let saltOffset = 56

    /// The account in the header.
    let account: AccountID
    /// The key ID in the header.
    let keyID: KeyID
    /// The material in the header.
    let materialID: MaterialID
    private let bytes: [UInt8]

    /// Reads the header of `bytes`; whether it is genuine, only ``open(with:context:)`` knows.
    ///
    /// - Throws: `.invalidCiphertext` for whatever is not a blob of this version.
    init(_ bytes: [UInt8]) throws(KeyManagementError) {
        guard bytes.count >= Self.overheadByteCount, bytes.count <= Self.byteCountLimit,
            bytes[0] == Self.version, bytes[1] & ~1 == 0,
            let account = Self.account(Array(bytes[2..<8])),
            let materialID = MaterialID(Array(bytes[24..<56]))
        else { throw .invalidCiphertext }
        self.account = account
        self.materialID = materialID
        keyID = KeyID(bytes: Array(bytes[8..<24]), isMultiRegion: bytes[1] & 1 == 1)
        self.bytes = bytes
    }

    /// Seals `plaintext` under a material of a key.
    static func seal(
        _ plaintext: UnsafeRawBufferPointer, key: KeyReference, materialID: MaterialID,
        material: OpenedMaterial, context: EncryptionContext
    ) throws(CryptographyError) -> [UInt8] {
        var blob: [UInt8] = []
        blob.reserveCapacity(plaintext.count + overheadByteCount)
        blob.append(version)
        blob.append(key.id.isMultiRegion ? 1 : 0)
        let account = UInt64(key.place.account.text) ?? 0
        withUnsafeBytes(of: account.bigEndian) { blob.append(contentsOf: $0[2...]) }
        blob.append(contentsOf: key.id.bytes)
        blob.append(contentsOf: materialID.bytes)
        let random = RandomBytes.make(count: saltByteCount + AESGCM.nonceByteCount)
        blob.append(contentsOf: random)
        let messageKey = try Self.messageKey(of: material, salt: Array(random[..<saltByteCount]))
        blob += try AESGCM.seal(
            plaintext, key: messageKey, nonce: Array(random[saltByteCount...]),
            authenticating: blob + context.authenticatedBytes)
        return blob
    }

    /// Opens the blob.
    ///
    /// - Returns: The plaintext, wiped when it goes out of scope.
    /// - Throws: `.authenticationFailed` when header, ciphertext or context are not those of the sealing.
    func open(
        with material: OpenedMaterial, context: EncryptionContext
    ) throws(CryptographyError) -> SecretBytes {
        let nonceOffset = Self.saltOffset + Self.saltByteCount
        let messageKey = try Self.messageKey(of: material, salt: Array(bytes[Self.saltOffset..<nonceOffset]))
        let nonce = Array(bytes[nonceOffset..<Self.headerByteCount])
        let authenticated = Array(bytes[..<Self.headerByteCount]) + context.authenticatedBytes
        return try bytes.withRawBytes { (raw: UnsafeRawBufferPointer) throws(CryptographyError) in
            let opened = try AESGCM.open(
                UnsafeRawBufferPointer(rebasing: raw[Self.headerByteCount...]), key: messageKey, nonce: nonce,
                authenticating: authenticated)
            return opened.withUnsafeBytes { SecretBytes(copying: $0) }
        }
    }

    private static func messageKey(
        of material: OpenedMaterial, salt: [UInt8]
    ) throws(CryptographyError) -> SecretBytes {
        try HKDF.sha256(
            from: material.secret, salt: salt, info: Array("envelopefs/kms/message-key/1".utf8), count: 32)
    }

    private static func account(_ bytes: [UInt8]) -> AccountID? {
        let number = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let digits = String(number)
        return try? AccountID(String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits)
    }
}
