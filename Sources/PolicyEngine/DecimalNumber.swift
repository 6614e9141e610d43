/// A decimal number of any size, compared exactly.
///
/// Account numbers and epoch milliseconds do not fit a binary fraction; two policies' limits must not become
/// equal by rounding.
struct DecimalNumber: Sendable, Hashable {
    private let isNegative: Bool
    /// Significant digits, 0…9 each, without leading or trailing zeros; empty for zero.
    private let digits: [UInt8]
    /// The position of the decimal point: the value is 0.DIGITS times ten to this power.
    private let exponent: Int

    /// Reads `[+-] digits [. digits] [e [+-] digits]`; `nil` for anything else.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        let sign = rest.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let whole = Self.takeDigits(&rest)
        var fraction: [UInt8] = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = Self.takeDigits(&rest)
            guard !fraction.isEmpty else { return nil }
        }
        guard !whole.isEmpty, let power = Self.takeExponent(&rest), rest.isEmpty else { return nil }
        let all = whole + fraction
        let leading = all.prefix { $0 == 0 }.count
        var significant = Array(all[leading...])
        while significant.last == 0 { significant.removeLast() }
        digits = significant
        isNegative = sign == UInt8(ascii: "-") && !significant.isEmpty
        exponent = significant.isEmpty ? 0 : whole.count - leading + power
    }

    /// Takes leading decimal digits off `rest`, as numbers.
    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest[digits.endIndex...]
        return digits.map { $0 - 0x30 }
    }

    /// Takes an exponent off `rest`: 0 where there is none, `nil` where it is malformed.
    private static func takeExponent(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") else { return 0 }
        rest = rest.dropFirst()
        let sign = rest.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let power = takeDigits(&rest)
        // Six digits are far beyond any real exponent and keep the arithmetic from overflowing.
        guard !power.isEmpty, power.count <= 6 else { return nil }
        let magnitude = power.reduce(0) { $0 * 10 + Int($1) }
        return sign == UInt8(ascii: "-") ? -magnitude : magnitude
    }
}

extension DecimalNumber: Comparable {
    /// Compares exactly, by sign, magnitude of the exponent, and digits.
    static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isSmallerMagnitude(than: left) : left.isSmallerMagnitude(than: right)
    }

    private func isSmallerMagnitude(than other: DecimalNumber) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        if exponent != other.exponent { return exponent < other.exponent }
        return digits.lexicographicallyPrecedes(other.digits)
    }
}
