import StrictJSON

/// What `UpdateKeyDescription` is asked.
public struct UpdateKeyDescriptionRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// At most 8,192 characters.
    public var description: String?

    /// Makes a request.
    public init(keyID: String?, description: String?) {
        self.keyID = keyID
        self.description = description
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("description", description)
        return members
    }
}

extension KeyService {
    /// Replaces a key's description.
    ///
    /// Source: KMS API, `UpdateKeyDescription`.
    public func updateKeyDescription(
        _ request: UpdateKeyDescriptionRequest, by call: Call
    ) throws(KeyManagementError) {
        try change(.updateKeyDescription, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.require(request.description, "description")
            shape.text(request.description, "description", 0...8192)
            try shape.check()
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            try key.check(.managing)
            var attributes = key.attributes
            attributes.description = request.description ?? ""
            try store.save(key, attributes)
        }
    }
}
