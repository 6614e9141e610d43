import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import StrictJSON
import Testing

/// The published objects: what official clients wrote or agreed on must open, damage must not.
@Suite("Vectors of the S3 encryption client's format")
struct VectorTests {
    private static let decrypted = vectors("decrypt") + vectors("commit-v3")
    private static let refused = vectors("refuse")
    /// Vectors that our own writer would have written, byte for byte.
    private static let written = decrypted.filter { $0.format == "v2/kms/gcm" && $0.instruction == nil }

    private static func vectors(_ file: String) -> [Vector] {
        do { return try Vector.all(in: file) } catch { return [] }
    }

    @Test("every vector of the files was understood")
    func counts() {
        #expect(Self.decrypted.count == 25)
        #expect(Self.refused.count == 33)
        #expect(Self.refused.allSatisfy { $0.isRefused })
        #expect(Self.written.count == 17)
    }

    @Test("opens to the recorded plaintext", arguments: decrypted.filter { $0.body != nil })
    func decrypts(_ vector: Vector) throws {
        let plaintext = try vector.opened()
        #expect(plaintext == vector.plaintext)
        #expect(Hex.encode(Digest.sha256(plaintext)) == vector.plaintextDigest)
    }

    @Test("is refused", arguments: refused)
    func refuses(_ vector: Vector) {
        #expect(throws: EnvelopeError.self) { try vector.opened() }
    }

    @Test("is refused for the right reason", arguments: refused)
    func reason(_ vector: Vector) throws {
        let expected = try #require(Self.reasons[vector.id], "no reason noted for \(vector.id)")
        let thrown = #expect(throws: EnvelopeError.self) { try vector.opened() }
        // How the JSON reader words it is not this module's business.
        if case .materialDescription = thrown, case .materialDescription = expected { return }
        #expect(thrown == expected)
    }

    @Test("written again from its key, blob and IV is byte for byte the same", arguments: written)
    func writes(_ vector: Vector) throws {
        let plaintext = try #require(vector.plaintext)
        let iv = try #require(vector.iv)
        let keyID = try #require(vector.keys.context["kms_cmk_id"])
        let cipher = ContentCipher(keys: vector.keys, randomBytes: { _ in iv })
        var context = vector.keys.context.dictionary
        context["kms_cmk_id"] = nil
        let pairs = EncryptionContext(context)
        let sealed = try plaintext.withBytes { (bytes) throws(EnvelopeError) in
            try cipher.seal(bytes, keyID: keyID, context: pairs, for: .tester)
        }
        if let body = vector.body { #expect(sealed.body == body) }
        #expect(Hex.encode(Digest.sha256(sealed.body)) == vector.bodyDigest)
        var recorded = vector.metadata.filter { $0.key.hasPrefix("x-amz-") }
        if vector.id.hasPrefix("gcm-matdesc-") {
            // These hold the same pairs in another spelling, which we read and do not write.
            #expect(recorded["x-amz-matdesc"] != sealed.metadata["x-amz-matdesc"])
            recorded["x-amz-matdesc"] = sealed.metadata["x-amz-matdesc"]
        }
        #expect(sealed.metadata == recorded)
        let opened = try sealed.body.withBytes { (bytes) throws(EnvelopeError) in
            try cipher.open(bytes, envelope: ObjectEnvelope(decoding: sealed.metadata), for: .tester).array
        }
        #expect(opened == plaintext)
    }

    @Test("the material description is SES's own text")
    func materialDescription() throws {
        let example = try #require(Self.written.first { $0.id == "gcm-worked-example" })
        let text =
            #"{"aws:ses:message-id":"d6iitobk75ur44p8kdnnp7g2n800","aws:ses:rule-name":"example-receipt-rule-name","#
            + #""aws:ses:source-account":"111122223333","kms_cmk_id":"arn:aws:kms:us-east-1:111122223333:key/"#
            + #"1234abcd-12ab-34cd-56ef-1234567890ab"}"#
        #expect(example.metadata["x-amz-matdesc"] == text)
        #expect(example.keys.context.jsonText == text)
    }

    @Test("the metadata of a real SES object is understood")
    func realSample() throws {
        let sample = try Vector.fixture("ses-real-sample")
        let metadata = try #require(sample["object"]?["metadata"]?.object?.stringMembers)
        let facts = try #require(sample["facts"])
        let envelope = try ObjectEnvelope(decoding: metadata)
        #expect(envelope.format == .v2)
        #expect(envelope.wrapAlgorithm == .kms)
        #expect(envelope.wrappedKey.count == facts["wrapped_key_bytes"]?.int)
        #expect(envelope.context.jsonText == metadata["x-amz-matdesc"])
        #expect(envelope.keyID?.hasSuffix(":alias/aws/ses") == true)
        #expect(envelope.plaintextByteCount(ofBody: 3962) == facts["plaintext_len"]?.int)
        #expect(envelope.claimedPlaintextByteCount == 3946)
    }

    /// Why each vector is refused.
    ///
    /// Damage that only KMS or the tag can see looks alike on purpose.
    private static let reasons: [String: EnvelopeError] = [
        "refuse-ciphertext-bit-flipped": .authenticationFailed,
        "refuse-tag-bit-flipped": .authenticationFailed,
        "refuse-last-byte-dropped": .authenticationFailed,
        "refuse-one-byte-appended": .authenticationFailed,
        "refuse-body-shorter-than-tag": .bodyByteCount(15),
        "refuse-body-empty": .bodyByteCount(0),
        "refuse-iv-bit-flipped": .authenticationFailed,
        "refuse-wrapped-key-bit-flipped": .key(.invalidCiphertext),
        "refuse-matdesc--rule-name-changed": .key(.invalidCiphertext),
        "refuse-matdesc--account-changed": .key(.invalidCiphertext),
        "refuse-matdesc--pair-added": .key(.invalidCiphertext),
        "refuse-matdesc--message-id-removed": .key(.invalidCiphertext),
        "refuse-matdesc--kms-cmk-id-changed": .key(.invalidCiphertext),
        "refuse-matdesc--kms-cmk-id-removed": .contextPair("kms_cmk_id"),
        "refuse-matdesc--not-json": .materialDescription(""),
        "refuse-matdesc--empty-object": .contextPair("kms_cmk_id"),
        "refuse-no-x-amz-key-v2": .missingEntry("x-amz-key-v2"),
        "refuse-no-x-amz-iv": .missingEntry("x-amz-iv"),
        "refuse-no-x-amz-matdesc": .missingEntry("x-amz-matdesc"),
        "refuse-no-metadata-at-all": .notSealed,
        "refuse-cek-alg-unknown": .contentAlgorithm("AES/CTR/NoPadding"),
        "refuse-cek-alg-relabelled-cbc": .tagLength("128"),
        "differ-no-x-amz-cek-alg": .missingEntry("x-amz-cek-alg"),
        "differ-no-x-amz-wrap-alg": .missingEntry("x-amz-wrap-alg"),
        "differ-no-x-amz-tag-len": .missingEntry("x-amz-tag-len"),
        "differ-tag-len-96": .tagLength("96"),
        "differ-wrap-alg-unknown": .wrapAlgorithm("AESWrap"),
        "differ-wrap-alg-relabelled-kms-context": .contextPair("aws:x-amz-cek-alg"),
        "differ-x-amz-key-present-as-well": .conflictingEntries(["x-amz-key", "x-amz-key-v2"]),
        "refuse-envelope-of-another-mail": .authenticationFailed,
        "differ-ctx-cek-alg-mismatch": .contextPair("aws:x-amz-cek-alg"),
        "differ-cbc-truncated": .bodyByteCount(495),
        "refuse-v1-raw-key": .localKey,
    ]
}
