public import AWSVocabulary

/// What an object's metadata says about how its body was sealed, parsed and checked.
///
/// Reads the V2 format (`x-amz-key-v2`, which SES writes) with `kms` or `kms+context` wrapping, and the
/// key-committing V3 format (`x-amz-3`). Refuses everything else: a missing or odd envelope must never turn
/// decryption off.
///
/// Source: S3 encryption client specification, content metadata and S3 KMS keyring.
public struct ObjectEnvelope: Sendable, Equatable {
    /// Which generation of the format.
    public enum Format: Sendable, Hashable {
        /// V2: a wrapped key, an IV, and a material description that is the encryption context.
        case v2
        /// V3: the data key derives the content key, and the object commits to it.
        case committing
    }

    /// How KMS wrapped the data key.
    public enum WrapAlgorithm: String, Sendable, Hashable {
        /// The context names the key in `kms_cmk_id`; what SES writes.
        case kms
        /// The context names the content algorithm.
        case kmsContext = "kms+context"
    }

    /// How the body was sealed, with what that needs beside the data key.
    public enum Content: Sendable, Equatable {
        /// AES-256-GCM, a 12-byte IV and a 16-byte tag at the end of the body.
        case gcm(iv: [UInt8])
        /// AES-256-CBC with PKCS#7 padding and a 16-byte IV; authenticates nothing.
        case cbc(iv: [UInt8])
        /// AES-256-GCM under a key derived from the data key; both values are 28 bytes.
        case committingGCM(messageID: [UInt8], commitment: [UInt8])
    }

    /// Which generation of the format.
    public let format: Format
    /// How KMS wrapped the data key.
    public let wrapAlgorithm: WrapAlgorithm
    /// How the body was sealed.
    public let content: Content
    /// The wrapped data key, 1 to 6,144 bytes.
    public let wrappedKey: [UInt8]
    /// Every pair that KMS must be told to unwrap it.
    public let context: EncryptionContext
    /// The entries the envelope was read from, without foreign ones; names are in lower case.
    public let metadata: [String: String]

    /// Reads the envelope in an object's user metadata, in any case of names and beside foreign entries.
    ///
    /// - Parameters:
    ///   - metadata: User metadata without the `x-amz-meta-` prefix.
    ///   - allowingLegacyCBC: Whether an unauthenticated AES-CBC body is acceptable.
    /// - Throws: `.notSealed` when no entry of an envelope is there, so that the caller may look for an
    ///   instruction file; any other case means refuse.
    public init(decoding metadata: [String: String], allowingLegacyCBC: Bool = false) throws(EnvelopeError) {
        let entries = try EnvelopeEntries(metadata)
        self = try entries.envelope(allowingLegacyCBC: allowingLegacyCBC)
    }

    /// Reads the envelope in an instruction file.
    ///
    /// - Parameters:
    ///   - instruction: The body of the object `KEY.instruction`.
    ///   - objectMetadata: The user metadata of the object itself, which must hold no wrapped key: in the V2
    ///     format nothing of the envelope, in the V3 format its commitment.
    ///   - allowingLegacyCBC: As above.
    public init(
        decodingInstruction instruction: [UInt8], objectMetadata: [String: String],
        allowingLegacyCBC: Bool = false
    ) throws(EnvelopeError) {
        let entries = try EnvelopeEntries(instruction: instruction, beside: objectMetadata)
        self = try entries.envelope(allowingLegacyCBC: allowingLegacyCBC)
    }

    /// Takes values that were checked already.
    init(
        format: Format, wrapAlgorithm: WrapAlgorithm, content: Content, wrappedKey: [UInt8],
        context: EncryptionContext, metadata: [String: String]
    ) {
        self.format = format
        self.wrapAlgorithm = wrapAlgorithm
        self.content = content
        self.wrappedKey = wrappedKey
        self.context = context
        self.metadata = metadata
    }

    /// Whether any entry of an envelope is present, well formed or not.
    ///
    /// False for a plain object and for one whose envelope is an instruction file.
    public static func isSealed(_ metadata: [String: String]) -> Bool {
        metadata.keys.contains { name in
            let name = name.lowercased()
            return EnvelopeEntry.all.contains(name) || name.hasPrefix(EnvelopeEntry.localKey + "-")
        }
    }

    /// The KMS key as the writer named it: an ARN of a key or of an alias.
    ///
    /// Absent in `kms+context` wrapping.
    public var keyID: String? { context[EnvelopeEntry.keyIDPair] }

    /// The content algorithm as the metadata names it.
    public var contentAlgorithm: String {
        switch content {
        case .gcm: ContentAlgorithmName.gcm
        case .cbc: metadata[EnvelopeEntry.contentAlgorithm] ?? ContentAlgorithmName.cbc
        case .committingGCM: ContentAlgorithmName.committing
        }
    }

    /// The length the writer says the plaintext has, which nobody authenticates: for display only.
    public var claimedPlaintextByteCount: Int? {
        metadata[EnvelopeEntry.plaintextLength].flatMap { Int($0) }
    }

    /// The length of the plaintext of a body, known without a key.
    ///
    /// - Returns: nil for AES-CBC, where only decryption tells, and for a body too short to be one.
    public func plaintextByteCount(ofBody byteCount: Int) -> Int? {
        switch content {
        case .gcm, .committingGCM: byteCount >= 16 ? byteCount - 16 : nil
        case .cbc: nil
        }
    }
}

/// The content algorithms as metadata spells them.
enum ContentAlgorithmName {
    static let gcm = "AES/GCM/NoPadding"
    static let cbc = "AES/CBC/PKCS5Padding"
    static let cbcSynonym = "AES/CBC/PKCS7Padding"
    /// Algorithm suite 0x0073 in decimal.
    static let committing = "115"
}
