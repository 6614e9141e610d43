/// What `GenerateDataKeyPairWithoutPlaintext` answers.
public struct GenerateDataKeyPairWithoutPlaintextResponse: Sendable, Equatable {
    /// The private key under the KMS key.
    public var privateKeyCiphertextBlob: [UInt8]
    /// The public key, DER `SubjectPublicKeyInfo`.
    public var publicKey: [UInt8]
    /// The ARN of the KMS key.
    public var keyARN: String
    /// The kind of pair.
    public var keyPairSpec: String
    /// The material that sealed it.
    public var keyMaterialID: String
}

extension KeyService {
    /// Makes a key pair whose private half is only handed out sealed.
    ///
    /// Source: KMS API, `GenerateDataKeyPairWithoutPlaintext`.
    public func generateDataKeyPairWithoutPlaintext(
        _ request: GenerateDataKeyPairRequest, by call: Call
    ) throws(KeyManagementError) -> GenerateDataKeyPairWithoutPlaintextResponse {
        let made = try generateDataKeyPair(request, by: call, as: .generateDataKeyPairWithoutPlaintext)
        return GenerateDataKeyPairWithoutPlaintextResponse(
            privateKeyCiphertextBlob: made.privateKeyCiphertextBlob, publicKey: made.publicKey,
            keyARN: made.keyARN, keyPairSpec: made.keyPairSpec, keyMaterialID: made.keyMaterialID)
    }
}
