import Cryptography

/// What `Verify` answers; a signature that does not match is an error, never `false`.
public struct VerifyResponse: Sendable, Equatable {
    /// The ARN of the key.
    public var keyARN: String
    /// How the signature was made.
    public var signingAlgorithm: String
}

extension KeyService {
    /// Checks a signature of a message, or of a digest of one.
    ///
    /// - Parameter signature: 1 to 6,144 bytes.
    /// - Throws: `.invalidSignature` when it is not the key's over this message.
    ///
    /// Source: KMS API, `Verify`.
    public func verify(
        _ request: SignRequest, signature: [UInt8]?, by call: Call
    ) throws(KeyManagementError) -> VerifyResponse {
        try answer(.verify, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            let (key, scheme) = try invocation.authorizeSigning(request) { shape in
                shape.requireBlob(signature, "signature", atMost: 6144)
            }
            let publicKey = try invocation.keyPair(of: key).publicKey
            let message = request.message ?? []
            let isValid = try translating { () throws(CryptographyError) in
                request.isDigest
                    ? try publicKey.isValidSignature(signature ?? [], forDigest: message, with: scheme)
                    : try publicKey.isValidSignature(signature ?? [], for: message, with: scheme)
            }
            guard isValid else { throw .invalidSignature }
            if request.dryRun == true { throw .dryRun }
            return VerifyResponse(keyARN: key.arn, signingAlgorithm: request.signingAlgorithm ?? "")
        }
    }
}
