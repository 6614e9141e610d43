/// Percent-encoding as AWS prescribes it for signatures.
///
/// Only the unreserved characters stay as they are; everything else, also UTF-8 bytes, becomes `%XX` with
/// capital digits. A space is `%20`, never `+`, except in form bodies, which have a decoder of their own.
///
/// Source: RFC 3986 section 2.3; AWS General Reference, "Create a signed request", `UriEncode`.
public enum PercentEncoding {
    /// Encodes `text` for a query name or value, or for one path segment.
    public static func encode(_ text: String) -> String {
        String(decoding: encode(text.utf8, keepingSlash: false), as: UTF8.self)
    }

    /// Encodes a whole path: slashes separate and stay.
    public static func encodePath(_ text: String) -> String {
        String(decoding: encode(text.utf8, keepingSlash: true), as: UTF8.self)
    }

    /// Decodes `%XX`; what is not a valid escape stays literally, and `+` is a plus sign.
    ///
    /// - Returns: The bytes, which need not be UTF-8.
    public static func decode(_ text: some StringProtocol) -> [UInt8] {
        decode(text.utf8, plusIsSpace: false)
    }

    /// Decodes one name or value of `application/x-www-form-urlencoded`, where `+` is a space.
    ///
    /// - Returns: The text, or `nil` when the bytes are not UTF-8.
    public static func decodeForm(_ text: some Sequence<UInt8>) -> String? {
        String(validating: decode(text, plusIsSpace: true), as: UTF8.self)
    }

    static func encode(_ bytes: some Sequence<UInt8>, keepingSlash: Bool) -> [UInt8] {
        var out: [UInt8] = []
        append(bytes, to: &out, keepingSlash: keepingSlash)
        return out
    }

    static func append(_ bytes: some Sequence<UInt8>, to out: inout [UInt8], keepingSlash: Bool) {
        for byte in bytes {
            if isUnreserved(byte) || (keepingSlash && byte == UInt8(ascii: "/")) {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(digits[Int(byte >> 4)])
                out.append(digits[Int(byte & 15)])
            }
        }
    }

    private static func decode(_ bytes: some Sequence<UInt8>, plusIsSpace: Bool) -> [UInt8] {
        let input = Array(bytes)
        var out: [UInt8] = []
        out.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "%"), index + 2 < input.count,
                let high = value(input[index + 1]), let low = value(input[index + 2])
            {
                out.append(high << 4 | low)
                index += 3
                continue
            }
            out.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            index += 1
        }
        return out
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
