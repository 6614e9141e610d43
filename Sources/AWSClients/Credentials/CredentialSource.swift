public import AWSWire

/// Where a client gets what it signs with.
public protocol CredentialSource: Sendable {
    /// The credentials to sign the next request with. Asked for every request; may come from any thread.
    func credentials() throws(ClientError) -> Credentials

    /// Forgets what is remembered: a service said that it does not accept these credentials any more.
    func forget()
}

/// Credentials that never change.
public struct StaticCredentials: CredentialSource {
    private let value: Credentials

    /// Wraps credentials that are known already.
    public init(_ value: Credentials) {
        self.value = value
    }

    /// The credentials given.
    public func credentials() throws(ClientError) -> Credentials { value }

    /// Does nothing: there is no other place to ask.
    public func forget() {}
}
