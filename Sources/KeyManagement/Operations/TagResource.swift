import PolicyEngine
import StrictJSON

/// What `TagResource` is asked.
public struct TagResourceRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// The tags to set.
    public var tags: [ResourceTag]?

    /// Makes a request.
    public init(keyID: String?, tags: [ResourceTag]?) {
        self.keyID = keyID
        self.tags = tags
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        if let tags { members["tags"] = Tags.json(tags, lowerCamelCase: true) }
        return members
    }
}

extension KeyService {
    /// Sets tags on a key, over those of the same names.
    ///
    /// Source: KMS API, `TagResource`.
    public func tagResource(_ request: TagResourceRequest, by call: Call) throws(KeyManagementError) {
        try change(.tagResource, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.require(request.tags, "tags")
            Tags.check(request.tags, &shape)
            try shape.check()
            let tags = request.tags ?? []
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) { Tags.addConditionKeys(tags, to: &$0) }
            try key.check(.managing)
            try Tags.check(tags)
            var attributes = key.attributes
            attributes.tags = try Tags.merge(attributes.tags, tags)
            try store.save(key, attributes)
        }
    }
}
