/// What is known of a message's SMTP envelope from elsewhere than its bytes.
///
/// A file that is dropped somewhere has no envelope. Whoever knows better than the header says so here: the
/// directory it was put into, a command line, or LMTP, where the envelope is real.
public struct EnvelopeHints: Sendable, Hashable {
    /// The recipients' addresses; when there are any, nothing in the message is asked for others.
    public var recipients: [String]
    /// The sender's address, empty or `<>` for the null sender; `nil` when it is not known.
    public var sender: String?
    /// The address of the host that sent the message; `nil` when it is not known, and then no filter applies.
    public var sourceIP: String?
    /// Whether the message arrived over an encrypted connection.
    public var arrivedOverTLS: Bool

    /// Makes hints; by default nothing is known.
    public init(
        recipients: [String] = [], sender: String? = nil, sourceIP: String? = nil, arrivedOverTLS: Bool = true
    ) {
        self.recipients = recipients
        self.sender = sender
        self.sourceIP = sourceIP
        self.arrivedOverTLS = arrivedOverTLS
    }
}
