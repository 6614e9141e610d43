import AWSVocabulary
import StrictJSON

/// What `DeleteAlias` is asked.
public struct DeleteAliasRequest: Sendable, Equatable {
    /// The name, beginning with `alias/`.
    public var aliasName: String?

    /// Makes a request.
    public init(aliasName: String?) { self.aliasName = aliasName }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("aliasName", aliasName)
        return members
    }
}

extension KeyService {
    /// Takes a name away; the key stays.
    ///
    /// The caller needs `kms:DeleteAlias` on the alias, by IAM, and on the key.
    ///
    /// Source: KMS API, `DeleteAlias`.
    public func deleteAlias(_ request: DeleteAliasRequest, by call: Call) throws(KeyManagementError) {
        try change(.deleteAlias, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireText(request.aliasName, "aliasName", atMost: Alias.nameLimit)
            try shape.check()
            let name = request.aliasName ?? ""
            try Alias.validate(name: name)
            let reference = AliasReference(place: try invocation.place, name: name)
            let alias = try invocation.alias(reference)
            try invocation.authorize(resource: reference.arn.text)
            if let key = invocation.keyring.keys[alias.target] {
                invocation.record.touch(key)
                try invocation.authorize(key)
            }
            try store.delete(alias)
        }
    }
}
