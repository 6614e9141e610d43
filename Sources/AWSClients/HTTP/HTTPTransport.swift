public import AWSWire

/// The seam between a client and the network.
///
/// One exchange, blocking the calling thread until it is over; calls may come from any thread. Tests put a
/// scripted transport here.
public protocol HTTPTransport: Sendable {
    /// Sends `request` and waits for the whole answer.
    ///
    /// An HTTP error status is an answer, not an error. Redirections are not followed: a signature is good for
    /// one host only.
    func send(_ request: WireRequest, to endpoint: Endpoint) throws(ClientError) -> WireResponse
}
