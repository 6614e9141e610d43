public import AWSVocabulary
internal import Cryptography
internal import StrictJSON

extension ObjectEnvelope {
    /// The seven entries as SES writes them.
    static func metadata(
        wrappedKey: [UInt8], iv: [UInt8], context: EncryptionContext, plaintextByteCount: Int
    ) -> [String: String] {
        [
            EnvelopeEntry.wrappedKey: Base64.encode(wrappedKey),
            EnvelopeEntry.iv: Base64.encode(iv),
            EnvelopeEntry.materialDescription: context.jsonText,
            EnvelopeEntry.wrapAlgorithm: WrapAlgorithm.kms.rawValue,
            EnvelopeEntry.contentAlgorithm: ContentAlgorithmName.gcm,
            EnvelopeEntry.tagLength: "128",
            EnvelopeEntry.plaintextLength: String(plaintextByteCount),
        ]
    }

    /// The body of an instruction file that says the same: one JSON object, names ascending.
    ///
    /// The plaintext length is left out, because the Python client refuses a file that has it; so are the V3
    /// format's commitment entries, which stay on the object.
    public var instructionFileText: String {
        let left = Set(EnvelopeEntry.committingMarks + [EnvelopeEntry.plaintextLength])
        let members = metadata.filter { !left.contains($0.key) }.sorted { $0.key < $1.key }
        return JSONValue.object(JSONObject(members.map { ($0.key, .string($0.value)) })).text()
    }

    /// The metadata of the same object after KMS has wrapped its data key anew (`ReEncrypt`).
    ///
    /// The body stays as it is. Only V2 envelopes with `kms` wrapping can name another key.
    ///
    /// - Parameters:
    ///   - wrappedKey: The data key under the new KMS key, 1 to 6,144 bytes.
    ///   - context: The context it was wrapped under, `kms_cmk_id` included.
    /// - Throws: `.wrapAlgorithm`, `.wrappedKeyByteCount`, `.contextPair`.
    public func rewrapped(
        _ wrappedKey: [UInt8], context: EncryptionContext
    ) throws(EnvelopeError) -> [String: String] {
        guard format == .v2, wrapAlgorithm == .kms else { throw .wrapAlgorithm(wrapAlgorithm.rawValue) }
        guard (1...EnvelopeEntries.wrappedKeyLimit).contains(wrappedKey.count) else {
            throw .wrappedKeyByteCount(wrappedKey.count)
        }
        guard context[EnvelopeEntry.keyIDPair] != nil else { throw .contextPair(EnvelopeEntry.keyIDPair) }
        var rewrapped = metadata
        rewrapped[EnvelopeEntry.wrappedKey] = Base64.encode(wrappedKey)
        rewrapped[EnvelopeEntry.materialDescription] = context.jsonText
        return rewrapped
    }

    /// Refuses a body whose length no plaintext leads to, before KMS is asked for a key.
    func checkBodyByteCount(_ byteCount: Int) throws(EnvelopeError) {
        let isPossible =
            switch content {
            case .gcm, .committingGCM: byteCount >= AESGCM.tagByteCount
            case .cbc: byteCount > 0 && byteCount.isMultiple(of: 16)
            }
        guard isPossible else { throw .bodyByteCount(byteCount) }
    }
}
