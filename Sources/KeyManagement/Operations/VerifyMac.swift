import Cryptography

extension KeyService {
    /// Checks a message authentication code.
    ///
    /// - Parameter mac: 1 to 6,144 bytes.
    /// - Throws: `.invalidMAC` when it is not the key's over this message.
    ///
    /// Source: KMS API, `VerifyMac`.
    public func verifyMAC(
        _ request: MACRequest, mac: [UInt8]?, by call: Call
    ) throws(KeyManagementError) -> MACResponse {
        try answer(.verifyMAC, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            let (key, code) = try invocation.authenticationCode(request) { shape in
                shape.requireBlob(mac, "mac", atMost: 6144)
            }
            guard constantTimeEqual(code, mac ?? []) else { throw .invalidMAC }
            if request.dryRun == true { throw .dryRun }
            return MACResponse(keyARN: key.arn, macAlgorithm: request.macAlgorithm ?? "", mac: code)
        }
    }
}
