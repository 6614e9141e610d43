extension KeyService {
    /// Makes a key unusable until it is enabled again; the next use of it fails.
    ///
    /// - Throws: `.invalidState` while deletion or import is pending.
    ///
    /// Source: KMS API, `DisableKey`.
    public func disableKey(_ request: KeyIDRequest, by call: Call) throws(KeyManagementError) {
        try change(.disableKey, by: call, request.parameters) { invocation, store in
            try invocation.setState(.disabled, ofKey: request.keyID, store)
        }
    }
}
