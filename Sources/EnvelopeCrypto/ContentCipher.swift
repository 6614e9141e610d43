public import AWSVocabulary
public import Cryptography

/// An object as it goes into the bucket.
public struct SealedObject: Sendable, Equatable {
    /// Ciphertext followed by the tag: 16 bytes longer than the plaintext.
    public let body: [UInt8]
    /// The seven entries of the envelope, names in lower case, without the `x-amz-meta-` prefix.
    public let metadata: [String: String]
}

/// Seals and opens whole objects, with a data key of their own for each.
///
/// Writes what SES writes: `kms` wrapping, AES-256-GCM, no additional authenticated data. Opens what
/// `ObjectEnvelope` accepts.
public struct ContentCipher: Sendable {
    private let keys: any DataKeyProvider
    private let randomBytes: @Sendable (_ count: Int) -> [UInt8]

    /// Makes a cipher over a source of data keys.
    ///
    /// - Parameters:
    ///   - keys: Where data keys come from.
    ///   - randomBytes: Where IVs come from; only a test that compares bytes passes another.
    public init(
        keys: any DataKeyProvider,
        randomBytes: @escaping @Sendable (_ count: Int) -> [UInt8] = { RandomBytes.make(count: $0) }
    ) {
        self.keys = keys
        self.randomBytes = randomBytes
    }

    /// Seals `plaintext` under a data key that is used for nothing else and wiped afterwards.
    ///
    /// - Parameters:
    ///   - plaintext: The object, any bytes, none too.
    ///   - keyID: The KMS key exactly as configured; it goes into the context unresolved, as `kms_cmk_id`.
    ///   - context: The other pairs to bind: for SES the message id, the rule name and the source account.
    ///   - caller: In whose name KMS is asked.
    /// - Throws: `.key` when KMS refuses; `.messageTooLarge`.
    public func seal(
        _ plaintext: UnsafeRawBufferPointer, keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(EnvelopeError) -> SealedObject {
        guard plaintext.count <= AESGCM.plaintextLimit else { throw .messageTooLarge(plaintext.count) }
        let context = context.adding(EnvelopeEntry.keyIDPair, keyID)
        let dataKey = try generateDataKey(keyID: keyID, context: context, for: caller)
        let iv = randomBytes(AESGCM.nonceByteCount)
        let body: [UInt8]
        do throws(CryptographyError) {
            body = try AESGCM.seal(plaintext, key: dataKey.plaintext, nonce: iv)
        } catch {
            throw .cipher(error)
        }
        let metadata = ObjectEnvelope.metadata(
            wrappedKey: dataKey.ciphertextBlob, iv: iv, context: context, plaintextByteCount: plaintext.count)
        return SealedObject(body: body, metadata: metadata)
    }

    /// Opens a body.
    ///
    /// Not one byte is released before the whole of it was authenticated, except for AES-CBC, which
    /// `ObjectEnvelope` accepts only where legacy objects are allowed.
    ///
    /// - Throws: `.bodyByteCount` before KMS is asked, `.key` when KMS refuses, `.authenticationFailed` when
    ///   key and body do not belong together.
    public func open(
        _ body: UnsafeRawBufferPointer, envelope: ObjectEnvelope, for caller: Caller
    ) throws(EnvelopeError) -> SecretBuffer {
        try envelope.checkBodyByteCount(body.count)
        let dataKey = try decryptDataKey(of: envelope, for: caller)
        do throws(CryptographyError) {
            return try Self.open(body, envelope.content, with: dataKey)
        } catch {
            switch error {
            case .authenticationFailed, .decryptionFailed: throw .authenticationFailed
            case .invalidKeySize, .invalidNonceSize, .invalidDigestSize, .inputTooLarge, .inputTooSmall,
                .invalidParameter, .invalidKey, .unsupportedOperation, .outOfSecureMemory, .library:
                throw .cipher(error)
            }
        }
    }

    private static func open(
        _ body: UnsafeRawBufferPointer, _ content: ObjectEnvelope.Content, with dataKey: borrowing SecretBytes
    ) throws(CryptographyError) -> SecretBuffer {
        switch content {
        case .gcm(let iv):
            return try AESGCM.open(body, key: dataKey, nonce: iv)
        case .cbc(let iv):
            return try AESCBC.open(body, key: dataKey, iv: iv)
        case .committingGCM(let messageID, let commitment):
            let key = try KeyCommitment.contentKey(
                from: dataKey, messageID: messageID, expecting: commitment)
            return try AESGCM.open(
                body, key: key, nonce: KeyCommitment.nonce, authenticating: KeyCommitment.suite)
        }
    }

    private func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(EnvelopeError) -> DataKey {
        let dataKey: DataKey
        do throws(DataKeyError) {
            dataKey = try keys.generateDataKey(keyID: keyID, context: context, for: caller)
        } catch {
            throw .key(error)
        }
        guard dataKey.plaintext.count == 32 else { throw .dataKeyByteCount(dataKey.plaintext.count) }
        let wrappedByteCount = dataKey.ciphertextBlob.count
        guard (1...EnvelopeEntries.wrappedKeyLimit).contains(wrappedByteCount) else {
            throw .wrappedKeyByteCount(wrappedByteCount)
        }
        return dataKey
    }

    private func decryptDataKey(
        of envelope: ObjectEnvelope, for caller: Caller
    ) throws(EnvelopeError) -> SecretBytes {
        let dataKey: SecretBytes
        do throws(DataKeyError) {
            // No key is named: an alias in `kms_cmk_id` may point elsewhere by now, and the blob knows its
            // key.
            dataKey = try keys.decrypt(
                envelope.wrappedKey, keyID: nil, context: envelope.context, for: caller)
        } catch {
            throw .key(error)
        }
        guard dataKey.count == 32 else { throw .dataKeyByteCount(dataKey.count) }
        return dataKey
    }
}
