import PolicyEngine
import StrictJSON

/// What `GetKeyPolicy` is asked.
public struct GetKeyPolicyRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// `default`, the only one there is.
    public var policyName: String?

    /// Makes a request.
    public init(keyID: String?, policyName: String? = nil) {
        self.keyID = keyID
        self.policyName = policyName
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("policyName", policyName)
        return members
    }
}

extension KeyService {
    /// The key policy, character for character as it was put.
    ///
    /// - Throws: `.notFound` for a name other than `default`.
    ///
    /// Source: KMS API, `GetKeyPolicy`.
    public func getKeyPolicy(_ request: GetKeyPolicyRequest, by call: Call) throws(KeyManagementError)
        -> String
    {
        try answer(.getKeyPolicy, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            try Shape.keyAndPolicyName(request.keyID, request.policyName)
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            guard (request.policyName ?? KeyPolicies.name) == KeyPolicies.name else {
                throw .notFound("No such policy exists")
            }
            return key.policy.text
        }
    }
}

extension Shape {
    /// The members that the policy operations share.
    static func keyAndPolicyName(_ keyID: String?, _ policyName: String?) throws(KeyManagementError) {
        var shape = Shape()
        shape.requireKeyID(keyID)
        shape.text(policyName, "policyName", 1...128)
        shape.pattern(policyName, "policyName", #"[\w]+"#) { name in
            name.unicodeScalars.allSatisfy {
                $0 == "_" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0)
            }
        }
        try shape.check()
    }
}
