/// The names of the metadata entries that make an envelope, in lower case as S3 stores them.
///
/// Source: S3 encryption client specification, content metadata; `x-amz-meta-` is HTTP's prefix and not part.
enum EnvelopeEntry {
    static let wrappedKey = "x-amz-key-v2"
    static let iv = "x-amz-iv"
    static let materialDescription = "x-amz-matdesc"
    static let wrapAlgorithm = "x-amz-wrap-alg"
    static let contentAlgorithm = "x-amz-cek-alg"
    static let tagLength = "x-amz-tag-len"
    static let plaintextLength = "x-amz-unencrypted-content-length"

    static let localKey = "x-amz-key"

    static let committingWrappedKey = "x-amz-3"
    static let committingSuite = "x-amz-c"
    static let committingCommitment = "x-amz-d"
    static let committingMessageID = "x-amz-i"
    static let committingWrapAlgorithm = "x-amz-w"
    static let committingContext = "x-amz-t"

    /// Entries of the key-committing format that no other format has.
    static let committingMarks = [committingSuite, committingCommitment, committingMessageID]
    /// Entries of the key-committing format that hold the wrapped key and what it needs.
    static let committingKeyPart = [committingWrappedKey, committingWrapAlgorithm, committingContext]

    /// Entries whose presence says that an object was sealed.
    ///
    /// The plaintext length alone does not: clients leave it on objects whose envelope is an instruction
    /// file.
    static let all: Set<String> = Set(
        [wrappedKey, iv, materialDescription, wrapAlgorithm, contentAlgorithm, tagLength, localKey]
            + committingMarks + committingKeyPart + ["x-amz-m"])

    /// The pair that `kms` wrapping adds: the key as the writer named it.
    static let keyIDPair = "kms_cmk_id"
    /// The pair that `kms+context` wrapping adds: the content algorithm.
    static let contentAlgorithmPair = "aws:x-amz-cek-alg"
}
