/// One header field of a message, as byte ranges over the original.
///
/// Source: RFC 5322 section 2.2; the ranges count from the first byte that was scanned.
public struct HeaderField: Sendable, Hashable {
    /// The field name, without the blanks that the obsolete syntax allows before the colon.
    public let name: Range<Int>
    /// Everything behind the colon up to the last line's end, folds included, the last line break not.
    public let body: Range<Int>

    /// Makes a field of its two ranges.
    public init(name: Range<Int>, body: Range<Int>) {
        self.name = name
        self.body = body
    }
}

/// What the bytes of header fields mean, without regard to where they stand.
enum HeaderBytes {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon: UInt8 = 0x3A

    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// RFC 5322 2.2: printable US-ASCII, except the colon.
    static func isNameByte(_ byte: UInt8) -> Bool { (33...126).contains(byte) && byte != colon }

    static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// The text of `bytes`: UTF-8 (RFC 6532) where it is that, else one character a byte.
    ///
    /// 8-bit headers of unknown charset are common; read as Latin-1, unlike bytes stay unlike text.
    static func text<Bytes: Collection<UInt8>>(_ bytes: Bytes) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var scalars = String.UnicodeScalarView()
        for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
        return String(scalars)
    }
}

/// The field names by which a file shows that it is mail.
///
/// A list and not a rule, because `name: value` lines also open password files, package lists and YAML. Real
/// mail that carries none of these was not seen among 6,400 messages.
///
/// Source: IANA, "Permanent Message Header Field Names", for mail; delivery fields as mail servers write
/// them.
enum MailFieldNames {
    static let names: Set<String> = [
        "apparently-to", "auto-submitted", "authentication-results", "bcc", "cc", "date", "delivered-to",
        "dkim-signature", "domainkey-signature", "envelope-from", "envelope-to", "errors-to", "from",
        "in-reply-to", "mailing-list", "message-id", "mime-version", "received", "references", "reply-to",
        "return-path", "sender", "subject", "to",
    ]
    static let prefixes = ["arc-", "content-", "list-", "received-", "resent-", "x-"]
    /// Longer names match only by prefix; reading more of them would be work for nothing.
    static let longestPrefix = 24

    static func contains(_ name: some Collection<UInt8>) -> Bool {
        let lower = String(decoding: name.prefix(longestPrefix).map(HeaderBytes.lowercased), as: UTF8.self)
        if prefixes.contains(where: lower.hasPrefix) { return true }
        return name.count <= longestPrefix && names.contains(lower)
    }
}
