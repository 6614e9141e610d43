import PolicyEngine
import StrictJSON

/// What `PutKeyPolicy` is asked.
public struct PutKeyPolicyRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// The policy document, at most 32,768 bytes.
    public var policy: String?
    /// `default`, the only one there is.
    public var policyName: String?
    /// Whether to accept a policy that locks the caller out.
    public var bypassPolicyLockoutSafetyCheck: Bool?

    /// Makes a request.
    public init(
        keyID: String?, policy: String?, policyName: String? = nil,
        bypassPolicyLockoutSafetyCheck: Bool? = nil
    ) {
        self.keyID = keyID
        self.policy = policy
        self.policyName = policyName
        self.bypassPolicyLockoutSafetyCheck = bypassPolicyLockoutSafetyCheck
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("policyName", policyName ?? KeyPolicies.name)
        members.put("policy", policy)
        members.put("bypassPolicyLockoutSafetyCheck", bypassPolicyLockoutSafetyCheck ?? false)
        return members
    }
}

extension KeyService {
    /// Replaces the key policy, in every state of the key; the next call obeys it.
    ///
    /// - Throws: `.malformedPolicyDocument` for what is no policy and, unless the check is bypassed, for a
    ///   policy under which the caller could not put another.
    ///
    /// Source: KMS API, `PutKeyPolicy`.
    public func putKeyPolicy(_ request: PutKeyPolicyRequest, by call: Call) throws(KeyManagementError) {
        try change(.putKeyPolicy, by: call, request.parameters) { invocation, store in
            try Shape.keyAndPolicyName(request.keyID, request.policyName)
            var shape = Shape()
            shape.requireText(request.policy, "policy", atMost: 131_072)
            try shape.check()
            let bypasses = request.bypassPolicyLockoutSafetyCheck ?? false
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) { context in
                context.set(bypasses ? "true" : "false", for: "kms:BypassPolicyLockoutSafetyCheck")
            }
            guard (request.policyName ?? KeyPolicies.name) == KeyPolicies.name else {
                throw KeyManagementError.notFound("No such policy exists")
            }
            let policy = try invocation.policy(request.policy, forKeyAt: key.reference)
            if !bypasses { try invocation.checkLockout(of: key, by: policy) }
            try store.save(key.reference, key.attributes, policy: policy.text)
        }
    }
}
