import StrictJSON

/// A request for one page of what belongs to a key.
public struct KeyPageRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// How many items at most.
    public var limit: Int?
    /// Where the page before said to go on.
    public var marker: String?

    /// Makes a request.
    public init(keyID: String?, limit: Int? = nil, marker: String? = nil) {
        self.keyID = keyID
        self.limit = limit
        self.marker = marker
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("limit", limit)
        members.put("marker", marker)
        return members
    }
}

extension KeyService {
    /// Lists the names of a key's policies: always `default`.
    ///
    /// Source: KMS API, `ListKeyPolicies`.
    public func listKeyPolicies(_ request: KeyPageRequest, by call: Call) throws(KeyManagementError) -> Page<
        String
    > {
        try answer(.listKeyPolicies, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) in
            let paging = try Paging(
                .listKeyPolicies, limit: request.limit, marker: request.marker, standard: 100, maximum: 1000)
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            return paging.page([KeyPolicies.name].filter { $0 > paging.after }, name: { $0 })
        }
    }
}
