public import Mail

/// One entry of a receipt rule's recipient list.
///
/// Conditions compare with the recipients of the SMTP envelope, never with the `To` and `Cc` fields.
///
/// Source: Amazon SES Developer Guide, "Creating receipt rules", recipient conditions. Not documented, and
/// chosen here: letter case and needless quotes of the local part do not count, IDNs compare as A-labels.
public struct RecipientCondition: Sendable, Hashable, CustomStringConvertible {
    /// What a condition covers.
    public enum Form: Sendable, Hashable {
        /// `user@example.com`: that address, and that user with any label.
        case user(EmailAddress)
        /// `user+label@example.com`: exactly that address.
        case labelledUser(EmailAddress)
        /// `example.com`: every address at that domain and at no other.
        case domain(DomainName)
        /// `.example.com`: every address at any domain below, not at the domain itself.
        case subdomains(of: DomainName)
    }

    /// The condition as it was written.
    public let text: String
    /// The condition as it is compared.
    public let form: Form

    /// Reads a condition.
    ///
    /// - Throws: `.invalidAddress` or `.invalidDomain` when the text is none of the four forms.
    public init(_ text: String) throws(MailError) {
        self.text = text
        if text.utf8.first == UInt8(ascii: ".") {
            form = .subdomains(of: try Self.name(String(text.dropFirst())))
        } else if text.utf8.contains(UInt8(ascii: "@")) {
            let address = try EmailAddress(parsing: text)
            form = address.label == nil ? .user(address) : .labelledUser(address)
        } else {
            form = .domain(try Self.name(text))
        }
    }

    private static func name(_ text: String) throws(MailError) -> DomainName {
        let name = try DomainName(text)
        guard !name.isLiteral else { throw .invalidDomain(text) }
        return name
    }

    /// The condition as it was written.
    public var description: String { text }

    /// The domain that must be verified for the condition to matter.
    public var domain: DomainName {
        switch form {
        case .user(let address), .labelledUser(let address): address.domain
        case .domain(let domain), .subdomains(let domain): domain
        }
    }

    /// Whether `recipient` meets the condition.
    public func matches(_ recipient: EmailAddress) -> Bool {
        switch form {
        case .user(let address):
            address.domain == recipient.domain && address.comparedLocalPart[...] == recipient.user
        case .labelledUser(let address): address == recipient
        case .domain(let domain): domain == recipient.domain
        case .subdomains(let domain): recipient.domain.isSubdomain(of: domain)
        }
    }
}
