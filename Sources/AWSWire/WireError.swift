/// An error in the form AWS clients know: a code, a sentence, a status.
///
/// The three renderings (`JSON11.failure`, `QueryCodec.failure`, `XMLWriter` for S3) take their texts from here.
/// Messages travel to callers: they never hold a secret, and say no more than AWS says.
public struct WireError: Error, Sendable, Equatable {
    /// Whose fault it is; it decides `Type` in Query answers and whether clients try again.
    public enum Fault: String, Sendable {
        /// The caller's; the same call will fail again.
        case sender = "Sender"
        /// Ours; clients retry.
        case receiver = "Receiver"
    }

    /// The code, such as `NotFoundException`.
    public let code: String
    /// The sentence; absent for the few errors AWS sends without one.
    public let message: String?
    /// The HTTP status, 400 to 599.
    public let status: Int
    /// Further members of the error document, in order, such as `("Name", "rule-1")`.
    public let details: [Detail]

    /// One further member of an error document.
    public struct Detail: Sendable, Equatable {
        /// The member's name.
        public let name: String
        /// Its text.
        public let value: String

        /// Makes a member.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Makes an error; the status of a caller's mistake is 400 unless the protocol says otherwise.
    public init(_ code: String, _ message: String?, status: Int = 400, details: [Detail] = []) {
        self.code = code
        self.message = message
        self.status = status
        self.details = details
    }

    /// Whose fault it is, by the status.
    public var fault: Fault { status >= 500 ? .receiver : .sender }

    /// The body was not what the protocol asks for: no JSON, a wrong type, bad base64.
    public static func serialization(_ message: String) -> WireError {
        WireError("SerializationException", message)
    }
}
