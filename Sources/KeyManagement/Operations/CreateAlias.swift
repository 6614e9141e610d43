import AWSVocabulary
import StrictJSON

/// What `CreateAlias` and `UpdateAlias` are asked.
public struct AliasRequest: Sendable, Equatable {
    /// The name, beginning with `alias/`, at most 256 characters.
    public var aliasName: String?
    /// The ID or ARN of the key it shall point at.
    public var targetKeyID: String?

    /// Makes a request.
    public init(aliasName: String?, targetKeyID: String?) {
        self.aliasName = aliasName
        self.targetKeyID = targetKeyID
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("aliasName", aliasName)
        members.put("targetKeyId", targetKeyID)
        return members
    }

    /// Checks both members.
    ///
    /// - Returns: The name.
    func checkedName() throws(KeyManagementError) -> String {
        var shape = Shape()
        shape.requireText(aliasName, "aliasName", atMost: Alias.nameLimit)
        shape.requireKeyID(targetKeyID, "targetKeyId")
        try shape.check()
        let name = aliasName ?? ""
        try Alias.validate(name: name)
        let target = targetKeyID ?? ""
        if target.hasPrefix(Alias.prefix) || target.contains(":\(Alias.prefix)") {
            throw .validation("Aliases must refer to keys. Not aliases")
        }
        return name
    }
}

extension KeyService {
    /// Gives a key a name.
    ///
    /// The caller needs `kms:CreateAlias` on the alias, by IAM, and on the key.
    ///
    /// - Throws: `.alreadyExists`, `.notAuthorized` for names under `alias/aws/`, `.limitExceeded` beyond 50
    ///   aliases.
    ///
    /// Source: KMS API, `CreateAlias`.
    public func createAlias(_ request: AliasRequest, by call: Call) throws(KeyManagementError) {
        try change(.createAlias, by: call, request.parameters) { invocation, store in
            let name = try request.checkedName()
            let reference = AliasReference(place: try invocation.place, name: name)
            let key = try invocation.key(request.targetKeyID)
            invocation.record.touch(reference)
            try invocation.authorize(resource: reference.arn.text)
            try invocation.authorize(key)
            try key.checkSharesAccount(with: reference)
            try key.check(.managing)
            guard invocation.keyring.aliases[reference] == nil else {
                throw KeyManagementError.alreadyExists(
                    "An alias with the name \(reference.arn) already exists")
            }
            try invocation.checkAliasLimit(of: key)
            try store.save(
                Alias(reference: reference, keyID: key.id, created: invocation.now, updated: invocation.now))
        }
    }
}

extension Key {
    /// An alias and its key live in one account and Region.
    func checkSharesAccount(with alias: AliasReference) throws(KeyManagementError) {
        guard reference.place == alias.place else {
            throw .invalidARN("The alias and the key must be in the same account and Region.")
        }
    }
}

extension Invocation {
    /// A key has at most 50 aliases.
    func checkAliasLimit(of key: Key) throws(KeyManagementError) {
        guard keyring.aliases(of: key.reference).count < 50 else {
            throw .limitExceeded("The key \(key.arn) has reached its limit of 50 aliases.")
        }
    }

    /// The customer's alias of that name.
    mutating func alias(_ reference: AliasReference) throws(KeyManagementError) -> Alias {
        guard let alias = keyring.aliases[reference] else {
            throw .notFound("Alias \(reference.arn) is not found.")
        }
        record.touch(reference)
        return alias
    }
}
