/// A receipt filter: accept or refuse mail by the address of the connecting host, before any rule is looked
/// at.
///
/// Source: Amazon SES API 2010-12-01, `ReceiptFilter`; Developer Guide, "Creating IP address filters".
public struct IPFilter: Sendable, Hashable {
    /// What happens to mail from the block.
    public enum Policy: String, Sendable, Hashable, CaseIterable {
        /// It is let through, whatever other filters say.
        case allow = "Allow"
        /// It is refused.
        case block = "Block"
    }

    /// The name, like a rule's.
    public var name: String
    /// What happens to mail from the block.
    public var policy: Policy
    /// The addresses.
    public var block: AddressBlock

    /// Makes a filter.
    public init(name: String, policy: Policy, block: AddressBlock) {
        self.name = name
        self.policy = policy
        self.block = block
    }

    /// Whether `filters` refuse mail from `source`.
    ///
    /// The documentation says that allowing beats blocking and does not say how blocks of different size
    /// rank; here any filter that allows the address wins.
    public static func blocks(_ source: IPAddress, in filters: [IPFilter]) -> Bool {
        let matching = filters.filter { $0.block.contains(source) }
        return !matching.isEmpty && !matching.contains { $0.policy == .allow }
    }
}

/// An IPv4 or IPv6 address.
///
/// Source: RFC 791; RFC 4291 section 2.2 for the text form.
public struct IPAddress: Sendable, Hashable {
    /// Four or sixteen bytes in network order.
    public let bytes: [UInt8]

    /// Reads an address.
    ///
    /// It is `nil` for anything but plain dotted decimal or IPv6 text. An IPv6 form of an IPv4
    /// address, such as `::ffff:192.0.2.1`, is read as that IPv4 address.
    public init?(_ text: String) {
        guard let address = Self.parse(text) else { return nil }
        bytes = address.isMapped ? Array(address.bytes.suffix(4)) : address.bytes
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var isMapped: Bool {
        bytes.count == 16 && bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
    }

    /// Reads an address but no IPv4-mapped one.
    static func unmapped(_ text: String) -> IPAddress? {
        parse(text).flatMap { $0.isMapped ? nil : $0 }
    }

    private static func parse(_ text: String) -> IPAddress? {
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let bytes = text.contains(":") ? v6(text[...]) : v4(text[...])
        return bytes.map(IPAddress.init(bytes:))
    }

    private static func v4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part == "0" || part.first != "0", let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func v6(_ text: Substring) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            let bytes = groups(text)
            return bytes?.count == 16 ? bytes : nil
        }
        let rest = text[gap.upperBound...]
        guard !rest.contains("::"),
            let left = gap.lowerBound == text.startIndex ? [] : groups(text[..<gap.lowerBound]),
            let right = rest.isEmpty ? [] : groups(rest), left.count + right.count <= 14
        else { return nil }
        return left + [UInt8](repeating: 0, count: 16 - left.count - right.count) + right
    }

    /// The bytes of colon-separated groups; the last may be a dotted IPv4 address.
    private static func groups(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.contains(".") {
                guard index == parts.count - 1, let tail = v4(part) else { return nil }
                bytes += tail
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }
}

/// A block of addresses as a filter names it: one address, or an address and a prefix length.
///
/// Source: RFC 4632 section 3.1; RFC 4291 section 2.3. Host bits may be set and do not count, as in SES.
public struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
    /// The block as it was written.
    public let text: String
    private let address: IPAddress
    private let prefixLength: Int

    /// Reads a block; `nil` for brackets, zones, IPv4-mapped addresses and prefix lengths out of range.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress.unmapped(String(first)) else { return nil }
        let bitCount = address.bytes.count * 8
        self.text = text
        self.address = address
        guard parts.count == 2 else {
            prefixLength = bitCount
            return
        }
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(parts[1]), length <= bitCount
        else { return nil }
        prefixLength = length
    }

    /// The block as it was written.
    public var description: String { text }

    /// Whether `candidate` lies in the block; addresses of the other family never do.
    public func contains(_ candidate: IPAddress) -> Bool {
        guard candidate.bytes.count == address.bytes.count else { return false }
        return (0..<prefixLength).allSatisfy { bit in
            let mask: UInt8 = 0x80 >> UInt8(bit % 8)
            return candidate.bytes[bit / 8] & mask == address.bytes[bit / 8] & mask
        }
    }
}
