extension KeyService {
    /// Calls a scheduled deletion off.
    ///
    /// The key is then disabled, or waits for import where its material is gone.
    ///
    /// - Returns: The key's ARN.
    /// - Throws: `.invalidState` when no deletion is pending.
    ///
    /// Source: KMS API, `CancelKeyDeletion`.
    public func cancelKeyDeletion(_ request: KeyIDRequest, by call: Call) throws(KeyManagementError) -> String
    {
        try change(.cancelKeyDeletion, by: call, request.parameters) { invocation, store in
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            try key.check(.cancelling)
            var attributes = key.attributes
            let lacksMaterial = attributes.origin == .external && key.currentMaterial?.isPresent != true
            attributes.state = lacksMaterial ? .pendingImport : .disabled
            attributes.deletionDate = nil
            attributes.pendingWindowDays = nil
            try store.save(key, attributes)
            invocation.answerWithKeyID(key)
            return key.arn
        }
    }
}
