/// Punycode: Unicode labels written with the letters, digits and hyphens that DNS knows.
///
/// Source: RFC 3492; sections 5 (parameters), 6.1 (bias adaptation) and 6.3 (encoding). Decoding is left out:
/// addresses are compared in their encoded form.
enum Punycode {
    private static let base = 36
    private static let minimumThreshold = 1
    private static let maximumThreshold = 26
    private static let skew = 38
    private static let damp = 700
    private static let initialBias = 72
    private static let initialCode = 0x80
    private static let delimiter: UInt8 = 0x2D

    /// The encoded form of `label`, without the prefix `xn--`.
    ///
    /// The work grows with the square of the length; callers bound that by the 63 bytes of a label.
    static func encode(_ label: some Collection<Unicode.Scalar>) -> String {
        var output = label.filter(\.isASCII).map { UInt8($0.value) }
        let basicCount = output.count
        if basicCount > 0 { output.append(delimiter) }
        var (code, delta, bias, handled) = (initialCode, 0, initialBias, basicCount)
        // RFC 3492 6.3: code points in ascending order, whatever their place in the label.
        while let next = label.lazy.map({ Int($0.value) }).filter({ $0 >= code }).min() {
            delta += (next - code) * (handled + 1)
            code = next
            for scalar in label {
                let value = Int(scalar.value)
                if value < code { delta += 1 }
                guard value == code else { continue }
                appendInteger(delta, bias: bias, to: &output)
                bias = adapted(delta, count: handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Writes a generalised variable-length integer.
    private static func appendInteger(_ integer: Int, bias: Int, to output: inout [UInt8]) {
        var rest = integer
        var position = base
        while true {
            let threshold = min(max(position - bias, minimumThreshold), maximumThreshold)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            position += base
        }
        output.append(digit(rest))
    }

    /// RFC 3492 6.1: the bias that suits deltas of about this size.
    private static func adapted(_ delta: Int, count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / count
        var position = 0
        while delta > (base - minimumThreshold) * maximumThreshold / 2 {
            delta /= base - minimumThreshold
            position += base
        }
        return position + (base - minimumThreshold + 1) * delta / (delta + skew)
    }

    /// `a` to `z` for 0 to 25, `0` to `9` for 26 to 35.
    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? 0x61 + value : 0x30 + value - 26)
    }
}
