import StrictJSON

/// What `DescribeKey` is asked.
public struct DescribeKeyRequest: Sendable, Equatable {
    /// A key ID, key ARN, alias name or alias ARN.
    public var keyID: String?
    /// At most 10.
    public var grantTokens: [String]?

    /// Makes a request.
    public init(keyID: String?, grantTokens: [String]? = nil) {
        self.keyID = keyID
        self.grantTokens = grantTokens
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        return members
    }
}

extension KeyService {
    /// Describes a key, in every state.
    ///
    /// Describing `alias/aws/ses` makes the account's SES key if there is none yet.
    ///
    /// Source: KMS API, `DescribeKey`.
    public func describeKey(_ request: DescribeKeyRequest, by call: Call) throws(KeyManagementError)
        -> KeyMetadata
    {
        try answer(.describeKey, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.grantTokens(request.grantTokens)
            try shape.check()
            let named = try invocation.usableKey(request.keyID)
            try invocation.check(grantTokens: request.grantTokens)
            try invocation.authorize(named)
            return invocation.metadata(of: named.key)
        }
    }
}
