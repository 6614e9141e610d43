extension KeyService {
    /// Makes a disabled key usable again; an enabled one stays so.
    ///
    /// - Throws: `.invalidState` while deletion or import is pending.
    ///
    /// Source: KMS API, `EnableKey`.
    public func enableKey(_ request: KeyIDRequest, by call: Call) throws(KeyManagementError) {
        try change(.enableKey, by: call, request.parameters) { invocation, store in
            try invocation.setState(.enabled, ofKey: request.keyID, store)
        }
    }
}

extension Invocation {
    /// Enables or disables a key.
    mutating func setState(_ state: KeyState, ofKey text: String?, _ store: KeyStore) throws {
        let key = try key(text)
        try authorize(key)
        try key.check(.enabling)
        answerWithKeyID(key)
        guard key.state != state else { return }
        var attributes = key.attributes
        attributes.state = state
        try store.save(key, attributes)
    }
}
