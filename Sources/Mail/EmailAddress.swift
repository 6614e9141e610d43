/// One e-mail address, and the form in which it is compared.
///
/// Two addresses are equal when mail to them goes to the same place under the project's rules: the domain
/// compares as ``DomainName`` does, the local part without regard to case, composition or needless quotes.
///
/// Source: RFC 5321 section 4.1.2; RFC 5322 section 3.4.1; RFC 6532 section 3.2 for UTF-8.
public struct EmailAddress: Sendable {
    /// The local part without quotes, as it was written.
    public let localPart: String
    /// The domain.
    public let domain: DomainName
    /// The local part as it is compared: composed, in lower case.
    public let comparedLocalPart: String

    /// Makes an address of an unquoted local part and a domain.
    ///
    /// - Throws: `.invalidAddress` for a local part that is empty or holds a control character,
    ///   `.invalidDomain` for what is not a domain.
    public init(localPart: String, domain: String) throws(MailError) {
        // RFC 5321 4.1.2 admits no control characters, quoted or not; in a Received field they would be
        // dangerous.
        guard !localPart.isEmpty, localPart.utf8.allSatisfy({ $0 >= 32 && $0 != 0x7F }) else {
            throw .invalidAddress(localPart + "@" + domain)
        }
        self.domain = try DomainName(domain)
        self.localPart = localPart
        comparedLocalPart = localPart.caseFolded
    }

    /// Reads a text that is one address and nothing else: `user@example.com`, in angle brackets or not.
    ///
    /// - Throws: `.invalidAddress` when the text holds no address, more than one, a name or a comment.
    public init(parsing text: String) throws(MailError) {
        var bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "<"), bytes.last == UInt8(ascii: ">") {
            bytes = Array(bytes.dropFirst().dropLast())
        }
        guard let address = AddressParser.onlyAddress(in: bytes) else { throw .invalidAddress(text) }
        self = address
    }

    /// The user: what stands before the first `+` of the local part as it is compared; may be empty.
    public var user: Substring { comparedLocalPart.prefix { $0 != "+" } }

    /// The label: what stands behind the first `+` of the local part as it is compared.
    public var label: Substring? {
        comparedLocalPart.firstIndex(of: "+").map { comparedLocalPart[comparedLocalPart.index(after: $0)...] }
    }
}

extension EmailAddress: Hashable {
    /// Whether two addresses mean the same mailbox.
    public static func == (left: EmailAddress, right: EmailAddress) -> Bool {
        left.domain == right.domain && left.comparedLocalPart == right.comparedLocalPart
    }

    /// Hashes what ``==(_:_:)`` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(domain)
        hasher.combine(comparedLocalPart)
    }
}

extension EmailAddress: CustomStringConvertible {
    /// The address as RFC 5321 writes it: the local part quoted where it must be, the domain in A-labels.
    public var text: String {
        if Self.isDotString(localPart) { return "\(localPart)@\(domain)" }
        let escaped = localPart.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(escaped)\"@\(domain)"
    }

    /// The address as text.
    public var description: String { text }

    /// RFC 5321 4.1.2: atoms with single dots between them need no quotes; RFC 6531 3.3 adds non-ASCII.
    private static func isDotString(_ localPart: String) -> Bool {
        localPart.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            atom in
            !atom.isEmpty && atom.allSatisfy { AddressToken.isAtomByte($0) }
        }
    }
}

/// An address with the name that stands before it.
///
/// Source: RFC 5322 section 3.4, `mailbox`.
public struct Mailbox: Sendable, Hashable {
    /// The display name as it is written, quotes removed, encoded words left as they are.
    public let displayName: String?
    /// The address.
    public let address: EmailAddress

    /// Makes a mailbox.
    public init(displayName: String? = nil, address: EmailAddress) {
        self.displayName = displayName
        self.address = address
    }
}
