import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import Synchronization

/// An object like SES's, made once, to be damaged by tests.
enum Sample {
    static let keyID = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    static let pairs: EncryptionContext = [
        "aws:ses:message-id": "d6iitobk75ur44p8kdnnp7g2n800",
        "aws:ses:rule-name": "example",
        "aws:ses:source-account": "111122223333",
    ]

    /// Metadata of a well-formed SES object; the wrapped key and the IV are only well-formed.
    static let metadata: [String: String] = [
        "x-amz-key-v2": Base64.encode([UInt8](repeating: 7, count: 184)),
        "x-amz-iv": Base64.encode([UInt8](repeating: 9, count: 12)),
        "x-amz-matdesc": pairs.adding("kms_cmk_id", keyID).jsonText,
        "x-amz-wrap-alg": "kms",
        "x-amz-cek-alg": "AES/GCM/NoPadding",
        "x-amz-tag-len": "128",
        "x-amz-unencrypted-content-length": "13",
    ]

    /// Metadata of a well-formed object in the key-committing format.
    static let committing: [String: String] = [
        "x-amz-3": Base64.encode([UInt8](repeating: 7, count: 184)),
        "x-amz-c": "115",
        "x-amz-w": "12",
        "x-amz-d": Base64.encode([UInt8](repeating: 1, count: 28)),
        "x-amz-i": Base64.encode([UInt8](repeating: 2, count: 28)),
        "x-amz-t": #"{"aws:x-amz-cek-alg":"115"}"#,
    ]
}

extension [String: String] {
    /// The same entries with one replaced, added, or for nil removed.
    func replacing(_ name: String, with value: String?) -> [String: String] {
        var entries = self
        entries[name] = value
        return entries
    }

    /// The entries with one name spelt another way.
    func renaming(_ name: String, to other: String) -> [String: String] {
        replacing(other, with: self[name]).replacing(name, with: nil)
    }
}

/// A KMS of one key, in memory: seals data keys under a fixed key with the context as authenticated data.
///
/// Fails the n-th call on request, and counts calls, so that a test can say that KMS was never asked.
final class FakeKeys: DataKeyProvider {
    private struct State {
        var callCount = 0
        var failures: [Int: DataKeyError] = [:]
    }

    private let state = Mutex(State())
    private let dataKeyByteCount: Int
    private let blobByteCount: Int?
    private static let nonce = [UInt8](repeating: 0, count: 12)

    /// - Parameters:
    ///   - dataKeyByteCount: The size of data keys; a real KMS gives 32.
    ///   - blobByteCount: A size for wrapped keys that are then useless, or nil for real ones.
    init(failing failures: [Int: DataKeyError] = [:], dataKeyByteCount: Int = 32, blobByteCount: Int? = nil) {
        self.dataKeyByteCount = dataKeyByteCount
        self.blobByteCount = blobByteCount
        state.withLock { $0.failures = failures }
    }

    var callCount: Int { state.withLock { $0.callCount } }

    func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> DataKey {
        try count()
        do throws(CryptographyError) {
            let key = try SecretBytes.random(count: dataKeyByteCount)
            let blob = try key.withUnsafeBytes { (bytes) throws(CryptographyError) in
                try AESGCM.seal(
                    bytes, key: masterKey(), nonce: Self.nonce, authenticating: context.authenticatedBytes)
            }
            let given = blobByteCount.map { [UInt8](repeating: 0, count: $0) } ?? blob
            return DataKey(plaintext: key, ciphertextBlob: given)
        } catch {
            throw .internalFailure("\(error)")
        }
    }

    func decrypt(
        _ ciphertextBlob: [UInt8], keyID: String?, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> SecretBytes {
        try count()
        do throws(CryptographyError) {
            let opened = try AESGCM.open(
                ciphertextBlob, key: masterKey(), nonce: Self.nonce,
                authenticating: context.authenticatedBytes)
            return opened.withUnsafeBytes { SecretBytes(copying: $0) }
        } catch {
            throw .invalidCiphertext
        }
    }

    private func masterKey() -> SecretBytes { SecretBytes(copying: [UInt8](repeating: 0x4b, count: 32)) }

    private func count() throws(DataKeyError) {
        let failure = state.withLock { state in
            state.callCount += 1
            return state.failures[state.callCount]
        }
        if let failure { throw failure }
    }
}
