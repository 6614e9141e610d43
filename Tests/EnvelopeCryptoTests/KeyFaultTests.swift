import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import Testing

@Suite("When KMS fails")
struct KeyFaultTests {
    private static let failures: [DataKeyError] = [
        .accessDenied("User: x is not authorized"), .keyDisabled("alias/a"), .keyPendingDeletion("alias/a"),
        .keyNotFound("alias/a"), .invalidKeyState("pending import"), .invalidCiphertext, .incorrectKey,
        .invalidKeyUsage("SIGN_VERIFY"), .unavailable("connection refused"), .trail("disk full"),
        .internalFailure("?"),
    ]

    private let plaintext = Array("Hello".utf8)

    private func seal(_ keys: FakeKeys) throws(EnvelopeError) -> SealedObject {
        try plaintext.withBytes { (bytes) throws(EnvelopeError) in
            try ContentCipher(keys: keys).seal(
                bytes, keyID: Sample.keyID, context: Sample.pairs, for: .tester)
        }
    }

    private func open(
        _ body: [UInt8], _ metadata: [String: String], _ keys: any DataKeyProvider
    ) throws(EnvelopeError) -> [UInt8] {
        let envelope = try ObjectEnvelope(decoding: metadata)
        return try body.withBytes { (bytes) throws(EnvelopeError) in
            try ContentCipher(keys: keys).open(bytes, envelope: envelope, for: .tester).array
        }
    }

    @Test("its error comes through unchanged, on sealing and on opening", arguments: failures)
    func failure(_ error: DataKeyError) throws {
        #expect(throws: EnvelopeError.key(error)) { try seal(FakeKeys(failing: [1: error])) }
        let keys = FakeKeys(failing: [2: error])
        let sealed = try seal(keys)
        #expect(throws: EnvelopeError.key(error)) { try open(sealed.body, sealed.metadata, keys) }
        // The third call works again: nothing of the failure is remembered.
        #expect(try open(sealed.body, sealed.metadata, keys) == plaintext)
    }

    @Test("a data key that is not 32 bytes is not used", arguments: [0, 1, 16, 24, 31, 33, 64])
    func keySize(_ count: Int) {
        #expect(throws: EnvelopeError.dataKeyByteCount(count)) { try seal(FakeKeys(dataKeyByteCount: count)) }
    }

    @Test("a recovered key that is not 32 bytes is not used", arguments: [0, 16, 31, 33])
    func recoveredKeySize(_ count: Int) throws {
        let sealed = try seal(FakeKeys())
        #expect(throws: EnvelopeError.dataKeyByteCount(count)) {
            try open(sealed.body, sealed.metadata, FixedSizeKeys(byteCount: count))
        }
    }

    @Test("a wrapped key outside 1 to 6,144 bytes is not stored", arguments: [0, 6145])
    func wrappedKeySize(_ count: Int) {
        #expect(throws: EnvelopeError.wrappedKeyByteCount(count)) { try seal(FakeKeys(blobByteCount: count)) }
    }

    @Test("it is not asked about an object that cannot be opened anyway")
    func notAsked() throws {
        let keys = FakeKeys()
        let sealed = try seal(keys)
        let short = Array(sealed.body.prefix(15))
        #expect(throws: EnvelopeError.bodyByteCount(15)) { try open(short, sealed.metadata, keys) }
        #expect(keys.callCount == 1)
    }
}

/// A KMS that gives keys of one size for any blob.
private struct FixedSizeKeys: DataKeyProvider {
    let byteCount: Int

    func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> DataKey {
        throw .internalFailure("only opens")
    }

    func decrypt(
        _ ciphertextBlob: [UInt8], keyID: String?, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> SecretBytes {
        SecretBytes(copying: [UInt8](repeating: 1, count: byteCount))
    }
}
