public import Cryptography

/// Why an object was not sealed or not opened.
///
/// Everything up to `legacyContentAlgorithm` is found in the metadata alone, before KMS is asked. No case
/// carries key bytes or plaintext.
public enum EnvelopeError: Error, Equatable, Sendable {
    /// No entry of an envelope is there: a plain object, or one whose envelope is an instruction file.
    case notSealed
    /// Entries that exclude each other, or one entry under two spellings: forged or broken.
    case conflictingEntries([String])
    /// An entry that the format requires is not there.
    case missingEntry(String)
    /// An entry that is not what the format says: bad base64, a wrong length, not a number.
    case malformedEntry(String)
    /// The data key is under a local key (`x-amz-key`), which no KMS can open.
    case localKey
    /// A wrapped key of a version this page of the format does not know; the text is the entry's name.
    case unknownVersion(String)
    /// `x-amz-wrap-alg` or `x-amz-w` names a wrapping that is not KMS's.
    case wrapAlgorithm(String)
    /// `x-amz-cek-alg` or `x-amz-c` names an unknown content algorithm.
    case contentAlgorithm(String)
    /// `x-amz-tag-len` is not 128.
    case tagLength(String)
    /// `x-amz-matdesc` or `x-amz-t` is no JSON object of strings; the text says what is wrong.
    case materialDescription(String)
    /// The encryption context lacks this pair, or the pair contradicts the metadata.
    case contextPair(String)
    /// The instruction file is no JSON object of entries; the text says what is wrong.
    case instructionFile(String)
    /// AES-CBC, which authenticates nothing and is read only where legacy objects are allowed.
    case legacyContentAlgorithm
    /// The body has a number of bytes that no plaintext leads to.
    case bodyByteCount(Int)
    /// The message is longer than one nonce may seal.
    case messageTooLarge(Int)
    /// KMS gave no key.
    case key(DataKeyError)
    /// KMS gave a data key of this many bytes, not 32.
    case dataKeyByteCount(Int)
    /// KMS gave a wrapped key of this many bytes, outside 1 to 6,144.
    case wrappedKeyByteCount(Int)
    /// Body and key do not belong together: the tag, the key commitment or the padding is wrong.
    case authenticationFailed
    /// The cipher failed for another reason, such as memory.
    case cipher(CryptographyError)
}
