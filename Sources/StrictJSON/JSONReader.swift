extension JSONValue {
    /// The deepest nesting of arrays and objects that is read; a bound, so that no text can exhaust the stack.
    public static let maximumDepth = 64

    /// Reads one JSON value that is the whole of `text`.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Reads one JSON value that is the whole of `bytes`, which are UTF-8 without byte order mark.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes: bytes)
        self = try reader.document()
    }
}

/// A cursor over the bytes of one JSON text.
struct JSONReader {
    let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        skipWhiteSpace()
        guard position == bytes.count else { throw .trailingBytes(offset: position) }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try nested { reader throws(JSONError) in try reader.object() })
        case UInt8(ascii: "["): return .array(try nested { reader throws(JSONError) in try reader.array() })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        case let other: throw .unexpectedByte(other, offset: position)
        }
    }

    private mutating func nested<Value>(
        _ body: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        guard depth < JSONValue.maximumDepth else { throw .tooDeep }
        depth += 1
        position += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        var object = JSONObject()
        skipWhiteSpace()
        if try take("}") { return object }
        while true {
            skipWhiteSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw unexpected() }
            let name = try string()
            // RFC 8259 4 only says names should be unique; here a repeated one is refused.
            guard object[name] == nil else { throw .repeatedName(name) }
            skipWhiteSpace()
            guard try take(":") else { throw unexpected() }
            object[name] = try value()
            skipWhiteSpace()
            if try take("}") { return object }
            guard try take(",") else { throw unexpected() }
        }
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        skipWhiteSpace()
        if try take("]") { return elements }
        while true {
            elements.append(try value())
            skipWhiteSpace()
            if try take("]") { return elements }
            guard try take(",") else { throw unexpected() }
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for expected in text.description.utf8 {
            guard try peek() == expected else { throw unexpected() }
            position += 1
        }
        return value
    }

    // MARK: numbers

    /// RFC 8259 6: `[ minus ] int [ frac ] [ exp ]`, without leading zeros.
    private mutating func number() throws(JSONError) -> String {
        let start = position
        if byte() == UInt8(ascii: "-") { position += 1 }
        if byte() == UInt8(ascii: "0") {
            position += 1
        } else {
            guard digits() > 0 else { throw .invalidNumber(offset: start) }
        }
        if byte() == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw .invalidNumber(offset: start) }
        }
        if byte() == UInt8(ascii: "e") || byte() == UInt8(ascii: "E") {
            position += 1
            if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { position += 1 }
            guard digits() > 0 else { throw .invalidNumber(offset: start) }
        }
        if let next = byte(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
            throw .invalidNumber(offset: start)
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = position
        while let next = byte(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { position += 1 }
        return position - start
    }

    // MARK: strings

    private mutating func string() throws(JSONError) -> String {
        position += 1
        var content: [UInt8] = []
        let start = position
        while true {
            let next = try peek()
            switch next {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw .invalidUTF8(offset: start)
                }
                return text
            case UInt8(ascii: "\\"): content.append(contentsOf: try escape())
            case 0..<0x20: throw unexpected()
            default:
                content.append(next)
                position += 1
            }
        }
    }

    /// RFC 8259 7: the two-character escapes and `\uXXXX`, pairs of surrogates together.
    private mutating func escape() throws(JSONError) -> [UInt8] {
        let start = position
        position += 1
        let kind = try peek()
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [kind]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape(start))).utf8)
        default: throw .invalidEscape(offset: start)
        }
    }

    private mutating func unicodeEscape(_ start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimalUnit(start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), try take("\\"), try take("u") else {
            throw .invalidEscape(offset: start)
        }
        let second = try hexadecimalUnit(start)
        guard (0xDC00..<0xE000).contains(second) else { throw .invalidEscape(offset: start) }
        let value = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        guard let scalar = Unicode.Scalar(value) else { throw .invalidEscape(offset: start) }
        return scalar
    }

    private mutating func hexadecimalUnit(_ start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else {
                throw .invalidEscape(offset: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: the cursor

    private func byte() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private func peek() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd }
        return bytes[position]
    }

    private func unexpected() -> JSONError {
        position < bytes.count ? .unexpectedByte(bytes[position], offset: position) : .unexpectedEnd
    }

    private mutating func take(_ expected: Unicode.Scalar) throws(JSONError) -> Bool {
        guard try peek() == UInt8(ascii: expected) else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let next = byte(), next == 0x20 || next == 0x09 || next == 0x0A || next == 0x0D {
            position += 1
        }
    }
}
