/// A domain in the one form in which domains are compared: A-labels, lower case, no trailing dot.
///
/// Unicode labels become A-labels after composition and case folding. That is IDNA as far as comparing needs
/// it; which code points a registry admits is not checked, for a domain no registry admits matches none.
///
/// Source: RFC 5890 section 2.3.2.1; RFC 5321 section 2.3.5; RFC 1035 section 2.3.4 for the lengths.
public struct DomainName: Sendable, Hashable, CustomStringConvertible {
    /// The compared form, such as `xn--bcher-kva.example`; an address literal keeps its brackets.
    public let text: String

    /// Reads a domain: labels of letters, digits, hyphens, underscores and non-ASCII characters, or a literal
    /// in brackets.
    ///
    /// - Throws: `.invalidDomain` for an empty label, a character no host name has, a label over 63 or a name
    ///   over 255 bytes in its A-label form.
    public init(_ source: String) throws(MailError) {
        if source.utf8.first == 0x5B {
            guard Self.isLiteral(source) else { throw .invalidDomain(source) }
            text = source.lowercased()
            return
        }
        // RFC 3490 3.1: three further characters separate labels.
        var labels = source.unicodeScalars.split(omittingEmptySubsequences: false) {
            $0 == "." || $0 == "\u{3002}" || $0 == "\u{FF0E}" || $0 == "\u{FF61}"
        }
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        var result: [String] = []
        for label in labels {
            guard let ascii = Self.asciiLabel(label) else { throw .invalidDomain(source) }
            result.append(ascii)
        }
        text = result.joined(separator: ".")
        guard text.utf8.count <= Self.maximumByteCount else { throw .invalidDomain(source) }
    }

    private static let maximumByteCount = 255
    private static let maximumLabelByteCount = 63

    /// Whether this is an address literal, `[192.0.2.1]` or `[IPv6:…]`, and so no name at all.
    public var isLiteral: Bool { text.utf8.first == 0x5B }

    /// The compared form.
    public var description: String { text }

    /// Whether this name lies at any depth below `parent`; no name lies below itself.
    public func isSubdomain(of parent: DomainName) -> Bool {
        !isLiteral && text.utf8.count > parent.text.utf8.count + 1 && text.hasSuffix("." + parent.text)
    }

    /// One label in lower case, as an A-label where it needs that.
    private static func asciiLabel(_ label: Substring.UnicodeScalarView) -> String? {
        // An A-label is no shorter than the number of characters it stands for.
        guard !label.isEmpty, label.count <= maximumLabelByteCount, label.allSatisfy(isLabelCharacter) else {
            return nil
        }
        let folded = String(Substring(label)).caseFolded
        if folded.utf8.allSatisfy({ $0 < 0x80 }) { return folded }
        guard folded.unicodeScalars.count <= maximumLabelByteCount else { return nil }
        let encoded = "xn--" + Punycode.encode(Array(folded.unicodeScalars))
        return encoded.utf8.count <= maximumLabelByteCount ? encoded : nil
    }

    private static func isLabelCharacter(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return switch UInt8(scalar.value) {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
            default: false
            }
        }
        return !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
    }

    private static func isLiteral(_ text: String) -> Bool {
        // RFC 5321 4.1.3: printable ASCII except brackets and the backslash.
        let content = text.utf8.dropFirst().dropLast()
        return text.utf8.last == 0x5D && !content.isEmpty && text.utf8.count <= maximumByteCount
            && content.allSatisfy { (33...126).contains($0) && ![0x5B, 0x5C, 0x5D].contains($0) }
    }
}
