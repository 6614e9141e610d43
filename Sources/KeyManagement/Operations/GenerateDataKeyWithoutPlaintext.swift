/// What `GenerateDataKeyWithoutPlaintext` answers.
public struct GenerateDataKeyWithoutPlaintextResponse: Sendable, Equatable {
    /// The data key under the KMS key.
    public var ciphertextBlob: [UInt8]
    /// The ARN of the KMS key.
    public var keyARN: String
    /// The material that sealed it.
    public var keyMaterialID: String
}

extension KeyService {
    /// Makes a data key that is only handed out sealed, for use later.
    ///
    /// Source: KMS API, `GenerateDataKeyWithoutPlaintext`.
    public func generateDataKeyWithoutPlaintext(
        _ request: GenerateDataKeyRequest, by call: Call
    ) throws(KeyManagementError) -> GenerateDataKeyWithoutPlaintextResponse {
        let made = try generateDataKey(request, by: call, as: .generateDataKeyWithoutPlaintext)
        return GenerateDataKeyWithoutPlaintextResponse(
            ciphertextBlob: made.ciphertextBlob, keyARN: made.keyARN, keyMaterialID: made.keyMaterialID)
    }
}
