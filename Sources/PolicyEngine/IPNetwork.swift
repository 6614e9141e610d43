/// An IPv4 or IPv6 address, as 128 bits.
struct IPAddress: Sendable, Hashable {
    /// The address, in the low 32 bits for IPv4.
    let bits: UInt128
    let isVersion4: Bool

    /// Reads dotted decimal or RFC 4291 section 2.2 text; `nil` for anything else.
    ///
    /// An IPv4-mapped address (`::ffff:192.0.2.1`, as a dual-stack socket names its peers) is the IPv4
    /// address.
    init?(_ text: Substring) {
        if let four = Self.version4(text) {
            bits = UInt128(four)
            isVersion4 = true
            return
        }
        guard let six = Self.version6(text) else { return nil }
        let isMapped = six >> 32 == 0xFFFF
        bits = isMapped ? six & 0xFFFF_FFFF : six
        isVersion4 = isMapped
    }

    /// Four decimal octets.
    private static func version4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            // A leading zero would be octal to some readers.
            guard (1...3).contains(part.utf8.count), part == "0" || part.first != "0",
                part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let octet = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(octet)
        }
        return value
    }

    /// Eight groups, a run of zero groups possibly left out as `::`.
    private static func version6(_ text: Substring) -> UInt128? {
        guard let gap = text.firstRange(of: "::") else {
            guard let groups = groups(text), groups.count == 8 else { return nil }
            return value(of: groups)
        }
        guard let front = groups(text[..<gap.lowerBound]), let back = groups(text[gap.upperBound...]),
            front.count + back.count < 8
        else { return nil }
        return value(of: front + Array(repeating: 0, count: 8 - front.count - back.count) + back)
    }

    private static func value(of groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// Groups of one to four hexadecimal digits; the last two may be written as an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let four = version4(part) {
                groups += [UInt16(four >> 16), UInt16(four & 0xFFFF)]
            } else {
                guard (1...4).contains(part.utf8.count), part.first != "+",
                    let group = UInt16(part, radix: 16)
                else {
                    return nil
                }
                groups.append(group)
            }
        }
        return groups
    }
}

/// A block of addresses: `203.0.113.0/24`, `2001:db8::/32`, or one address alone.
///
/// Source: RFC 4632 section 3.1; IAM User Guide, "IP address condition operators".
struct IPNetwork: Sendable, Hashable {
    private let address: IPAddress
    private let prefixLength: Int

    /// Reads a block; bits behind the prefix are ignored, as IAM ignores them.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        self.address = address
        let width = address.isVersion4 ? 32 : 128
        guard parts.count == 2 else {
            prefixLength = width
            return
        }
        let digits = parts[1]
        guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            var length = Int(digits)
        else { return nil }
        // A mapped block (::ffff:192.0.2.0/120) counts its prefix over 128 bits.
        if address.isVersion4, first.contains(":") { length -= 96 }
        guard (0...width).contains(length) else { return nil }
        prefixLength = length
    }

    /// Whether the block holds `candidate`; blocks of one family hold no address of the other.
    func contains(_ candidate: IPAddress) -> Bool {
        guard candidate.isVersion4 == address.isVersion4 else { return false }
        let width = address.isVersion4 ? 32 : 128
        let shift = width - prefixLength
        return shift == 128 || candidate.bits >> UInt128(shift) == address.bits >> UInt128(shift)
    }
}
