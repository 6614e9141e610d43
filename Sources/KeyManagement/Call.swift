public import AWSVocabulary
public import Trail

/// Who calls, from where, and under which request ID: what every operation needs beside its request.
public struct Call: Sendable {
    /// The caller.
    public var caller: Caller
    /// The Region of the call, from the credential scope; the home's own where it is `nil`.
    public var region: Region?
    /// The ID the answer carries and the trail's record repeats; a new UUID where it is `nil`.
    public var requestID: String?
    /// What is known of a TLS connection.
    public var tls: EventRecord.TLSDetails?

    /// Describes a call.
    public init(
        _ caller: Caller, region: Region? = nil, requestID: String? = nil, tls: EventRecord.TLSDetails? = nil
    ) {
        self.caller = caller
        self.region = region
        self.requestID = requestID
        self.tls = tls
    }
}
