public import AWSVocabulary
public import Cryptography
public import EnvelopeCrypto
public import KeyManagement

/// Data keys from the KMS of this process.
///
/// Every call is judged and recorded as if it had come over the network; what is saved is the network.
public struct LocalDataKeys: DataKeyProvider {
    private let keys: KeyService

    /// Answers for `keys`.
    public init(_ keys: KeyService) { self.keys = keys }

    /// Makes a 256-bit data key under the KMS key that `keyID` names.
    public func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> DataKey {
        do throws(KeyManagementError) {
            let response = try keys.generateDataKey(
                GenerateDataKeyRequest(keyID: keyID, keySpec: "AES_256", encryptionContext: context),
                by: Call(caller))
            let blob = response.ciphertextBlob
            return DataKey(plaintext: response.takePlaintext(), ciphertextBlob: blob)
        } catch {
            throw DataKeyError(error)
        }
    }

    /// Recovers a data key.
    public func decrypt(
        _ ciphertextBlob: [UInt8], keyID: String?, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> SecretBytes {
        do throws(KeyManagementError) {
            let response = try keys.decrypt(
                DecryptRequest(ciphertextBlob: ciphertextBlob, keyID: keyID, encryptionContext: context),
                by: Call(caller))
            return response.takePlaintext()
        } catch {
            throw DataKeyError(error)
        }
    }
}

extension DataKeyError {
    /// Says in the envelope's words what KMS said in its own.
    init(_ error: KeyManagementError) {
        let message = error.message ?? error.code
        switch error {
        case .accessDenied: self = .accessDenied(message)
        case .disabled: self = .keyDisabled(message)
        case .invalidState:
            self = error.isPendingDeletion ? .keyPendingDeletion(message) : .invalidKeyState(message)
        case .notFound, .invalidARN, .validation: self = .keyNotFound(message)
        case .invalidCiphertext: self = .invalidCiphertext
        case .incorrectKey: self = .incorrectKey
        case .invalidKeyUsage, .unsupportedOperation: self = .invalidKeyUsage(message)
        case .keyUnavailable: self = .unavailable(message)
        case .trail: self = .trail(message)
        case .alreadyExists, .conflict, .dryRun, .expiredImportToken, .incorrectKeyMaterial,
            .invalidAliasName,
            .invalidGrantID, .invalidGrantToken, .invalidImportToken, .invalidMarker, .invalidMAC,
            .invalidSignature, .internalFailure, .limitExceeded, .malformedPolicyDocument, .notAuthorized,
            .tag:
            self = .internalFailure("\(error)")
        }
    }
}
