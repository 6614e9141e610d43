import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import Synchronization

/// A KMS with one key, which it keeps in the blob: nothing like a secret, all a test needs.
final class FakeKeys: DataKeyProvider {
    static let arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    private struct State {
        var refusal: DataKeyError?
        var decryptCalls = 0
        var generateCalls = 0
        var callers: [Caller] = []
    }

    private let state = Mutex(State())

    var decryptCalls: Int { state.withLock { $0.decryptCalls } }
    var generateCalls: Int { state.withLock { $0.generateCalls } }
    var callers: [Caller] { state.withLock { $0.callers } }

    func refuse(with error: DataKeyError?) { state.withLock { $0.refusal = error } }

    func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> DataKey {
        let refusal = state.withLock { state in
            state.generateCalls += 1
            return state.refusal
        }
        if let refusal { throw refusal }
        let key = RandomBytes.make(count: 32)
        let blob = key + Digest.sha256(key + context.authenticatedBytes)
        return DataKey(plaintext: SecretBytes(copying: key), ciphertextBlob: blob)
    }

    func decrypt(
        _ ciphertextBlob: [UInt8], keyID: String?, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> SecretBytes {
        let refusal = state.withLock { state in
            state.decryptCalls += 1
            state.callers.append(caller)
            return state.refusal
        }
        if let refusal { throw refusal }
        let key = Array(ciphertextBlob.prefix(32))
        guard ciphertextBlob == key + Digest.sha256(key + context.authenticatedBytes) else {
            throw .invalidCiphertext
        }
        return SecretBytes(copying: key)
    }
}
