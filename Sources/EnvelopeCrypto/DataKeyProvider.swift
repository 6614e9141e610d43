public import AWSVocabulary
public import Cryptography

/// A key for the contents of one object, in the clear and as KMS sealed it.
public struct DataKey: ~Copyable, Sendable {
    /// The key itself, 32 bytes, wiped when this value goes out of scope.
    public let plaintext: SecretBytes
    /// What KMS makes the key from again: 1 to 6,144 bytes that mean nothing to anyone else.
    public let ciphertextBlob: [UInt8]

    /// Pairs a key with its sealed form.
    public init(plaintext: consuming SecretBytes, ciphertextBlob: [UInt8]) {
        self.plaintext = plaintext
        self.ciphertextBlob = ciphertextBlob
    }
}

/// Where data keys come from: a KMS in this process, or one behind HTTP.
///
/// The format never learns which. Calls block until they are answered, and may come from any thread.
public protocol DataKeyProvider: Sendable {
    /// Makes a 256-bit data key under a KMS key.
    ///
    /// - Parameters:
    ///   - keyID: A key id, key ARN, alias name or alias ARN, as the receipt rule has it.
    ///   - context: Pairs that `decrypt` must repeat exactly.
    ///   - caller: In whose name KMS decides.
    func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> DataKey

    /// Recovers a data key.
    ///
    /// - Parameters:
    ///   - ciphertextBlob: As `generateDataKey` returned it.
    ///   - keyID: The key that must have sealed it, or nil for whichever did.
    ///   - context: The pairs the key was made under; order does not matter, case does.
    ///   - caller: In whose name KMS decides.
    /// - Throws: `.invalidCiphertext` for a damaged blob and a wrong context alike.
    func decrypt(
        _ ciphertextBlob: [UInt8], keyID: String?, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> SecretBytes
}

/// Why there is no data key; the texts name keys and reasons, never key bytes.
public enum DataKeyError: Error, Equatable, Sendable {
    /// No policy allows the call, or one denies it; the text is KMS's sentence.
    case accessDenied(String)
    /// The KMS key is disabled; the text names it.
    case keyDisabled(String)
    /// The KMS key is scheduled for deletion; the text names it.
    case keyPendingDeletion(String)
    /// There is no such KMS key or alias; the text names it.
    case keyNotFound(String)
    /// The KMS key cannot work now, for example while its material is not imported; the text says why.
    case invalidKeyState(String)
    /// Blob and context do not belong together, or the blob is damaged.
    case invalidCiphertext
    /// The blob was sealed under another KMS key than the one named.
    case incorrectKey
    /// The KMS key is not made for this; the text says for what.
    case invalidKeyUsage(String)
    /// KMS does not answer; the text says where and why.
    case unavailable(String)
    /// The call could not be recorded, and what is not recorded does not happen; the text says why.
    case trail(String)
    /// KMS failed for a reason of its own; the text says what is known.
    case internalFailure(String)
}
