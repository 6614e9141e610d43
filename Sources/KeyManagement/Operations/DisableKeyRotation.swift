extension KeyService {
    /// Stops automatic rotation; what was rotated stays.
    ///
    /// Source: KMS API, `DisableKeyRotation`.
    public func disableKeyRotation(_ request: KeyIDRequest, by call: Call) throws(KeyManagementError) {
        try change(.disableKeyRotation, by: call, request.parameters) { invocation, store in
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            try key.checkRotates(automatically: true)
            try key.check(.use)
            var attributes = key.attributes
            attributes.rotationPeriodDays = nil
            attributes.nextRotation = nil
            try store.save(key, attributes)
        }
    }
}
