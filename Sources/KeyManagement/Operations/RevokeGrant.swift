import PolicyEngine
import StrictJSON

/// What `RevokeGrant` is asked.
public struct RevokeGrantRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// The grant's ID.
    public var grantID: String?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(keyID: String?, grantID: String?, dryRun: Bool? = nil) {
        self.keyID = keyID
        self.grantID = grantID
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("grantId", grantID)
        members.put("dryRun", dryRun)
        return members
    }
}

extension KeyService {
    /// Ends a grant, by right of the key; the grantee's next call is refused.
    ///
    /// - Throws: `.notFound` when the key has no such grant, `.invalidGrantID`.
    ///
    /// Source: KMS API, `RevokeGrant`.
    public func revokeGrant(_ request: RevokeGrantRequest, by call: Call) throws(KeyManagementError) {
        try change(.revokeGrant, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.require(request.grantID, "grantId")
            try shape.check()
            try Shape.grantID(request.grantID)
            let id = request.grantID ?? ""
            let key = try invocation.key(request.keyID)
            let isForAWSResource = invocation.isForAWSResource
            try invocation.authorize(key) { $0.set(isForAWSResource, for: "kms:GrantIsForAWSResource") }
            guard invocation.keyring.grants[key.reference]?[id] != nil else {
                throw KeyManagementError.notFound("Grant ID not found")
            }
            if request.dryRun == true { throw KeyManagementError.dryRun }
            try store.deleteGrant(id)
        }
    }
}
