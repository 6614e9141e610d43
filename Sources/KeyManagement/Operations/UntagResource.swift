import PolicyEngine
import StrictJSON

/// What `UntagResource` is asked.
public struct UntagResourceRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// The names of the tags to take away.
    public var tagKeys: [String]?

    /// Makes a request.
    public init(keyID: String?, tagKeys: [String]?) {
        self.keyID = keyID
        self.tagKeys = tagKeys
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        if let tagKeys { members["tagKeys"] = .array(tagKeys.map(JSONValue.string)) }
        return members
    }
}

extension KeyService {
    /// Takes tags off a key; names it does not have are no error.
    ///
    /// Source: KMS API, `UntagResource`.
    public func untagResource(_ request: UntagResourceRequest, by call: Call) throws(KeyManagementError) {
        try change(.untagResource, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.require(request.tagKeys, "tagKeys")
            for (index, name) in (request.tagKeys ?? []).enumerated() {
                shape.text(name, "tagKeys.\(index + 1).member", 1...128)
            }
            try shape.check()
            let names = request.tagKeys ?? []
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) { $0.set(names, for: "aws:TagKeys") }
            try key.check(.managing)
            var attributes = key.attributes
            attributes.tags.removeAll { names.contains($0.key) }
            try store.save(key, attributes)
        }
    }
}
