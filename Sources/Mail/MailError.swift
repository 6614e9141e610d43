/// Why bytes are not the mail they were taken for.
///
/// No case carries text of the message: a refused file may be somebody's letter, or no mail at all.
public enum MailError: Error, Equatable, Sendable {
    /// The bytes are not one message.
    case notAMessage(Reason)
    /// The text is not one e-mail address.
    case invalidAddress(String)
    /// The text is not a domain name.
    case invalidDomain(String)

    /// What keeps bytes from being one message.
    public enum Reason: Equatable, Sendable {
        /// There is not a single byte.
        case empty
        /// The first line is no header field.
        case noHeaderField
        /// There are fields, but none that mail has: `name: value` alone makes many other files too.
        case noMailField
        /// The file is a mailbox of at least two messages, the second of which begins at this byte offset.
        case severalMessages(second: Int)
    }
}

extension MailError: CustomStringConvertible {
    /// A sentence fragment for people.
    public var description: String {
        switch self {
        case .notAMessage(let reason): reason.description
        case .invalidAddress(let text): "'\(text)' is not an e-mail address"
        case .invalidDomain(let text): "'\(text)' is not a domain name"
        }
    }
}

extension MailError.Reason: CustomStringConvertible {
    /// A sentence fragment for people.
    public var description: String {
        switch self {
        case .empty: "the file is empty"
        case .noHeaderField: "the file does not begin with a header field"
        case .noMailField: "none of the header's fields is one that mail has"
        case .severalMessages(let second):
            "the file is an mbox of several messages, the second begins at byte \(second): split it first"
        }
    }
}
