/// A request as it stands on the wire, without a socket.
///
/// `path` and `query` keep the exact text of the request line: a signature covers the bytes that were sent,
/// so nothing here decodes or normalises them.
public struct WireRequest: Sendable, Equatable {
    /// The method in capitals, such as `POST`.
    public var method: String
    /// The path, percent-encoded, from the first slash up to the question mark.
    public var path: String
    /// What follows the question mark, without it; empty when there is none.
    public var query: String
    /// The header fields, `host` among them.
    public var headers: HeaderList
    /// The body; empty when there is none.
    public var body: [UInt8]

    /// Makes a request from its parts.
    public init(
        method: String, path: String = "/", query: String = "", headers: HeaderList = HeaderList(),
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The request target: path, and the query when there is one.
    public var target: String { query.isEmpty ? path : path + "?" + query }
}

/// An answer as it stands on the wire, without a socket.
public struct WireResponse: Sendable, Equatable {
    /// The status code, such as 200.
    public var status: Int
    /// The header fields.
    public var headers: HeaderList
    /// The body; empty when there is none.
    public var body: [UInt8]

    /// Makes an answer from its parts.
    public init(status: Int, headers: HeaderList = HeaderList(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether the status is 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }
}
