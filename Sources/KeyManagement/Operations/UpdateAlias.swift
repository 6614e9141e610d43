import AWSVocabulary

extension KeyService {
    /// Points an alias at another key of the same kind and usage.
    ///
    /// The caller needs `kms:UpdateAlias` on the alias, by IAM, and on both keys.
    ///
    /// Source: KMS API, `UpdateAlias`.
    public func updateAlias(_ request: AliasRequest, by call: Call) throws(KeyManagementError) {
        try change(.updateAlias, by: call, request.parameters) { invocation, store in
            let name = try request.checkedName()
            let reference = AliasReference(place: try invocation.place, name: name)
            let alias = try invocation.alias(reference)
            let old = invocation.keyring.keys[alias.target]
            let key = try invocation.key(request.targetKeyID)
            try invocation.authorize(resource: reference.arn.text)
            if let old {
                invocation.record.touch(old)
                try invocation.authorize(old)
            }
            try invocation.authorize(key)
            try key.checkSharesAccount(with: reference)
            try key.check(.managing)
            if let old, old.usage != key.usage || old.spec.isAsymmetric != key.spec.isAsymmetric {
                throw KeyManagementError.validation(
                    "Aliases can only be moved between keys of the same type and key usage.")
            }
            if alias.keyID != key.id { try invocation.checkAliasLimit(of: key) }
            try store.save(
                Alias(reference: reference, keyID: key.id, created: alias.created, updated: invocation.now))
        }
    }
}
