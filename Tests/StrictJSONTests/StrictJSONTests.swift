import StrictJSON
import Testing

@Suite("Strict JSON")
struct StrictJSONTests {
    @Test(
        "a value survives writing and reading",
        arguments: [
            "null", "true", "false", "0", "-0.5e+10", "\"\"", "\"a/b\"", "[]", "{}", "[1,[2,{\"a\":null}]]",
            "{\"b\":1,\"a\":\"\\\\ \\\" \\n \\u0001 é 😀\"}",
        ])
    func roundTrip(_ text: String) throws {
        #expect(try JSONValue(parsing: text).text() == text)
    }

    @Test(
        "what RFC 8259 or strictness forbids is refused",
        arguments: [
            ("", JSONError.unexpectedEnd), ("{", .unexpectedEnd), ("[1,]", .unexpectedByte(0x5D, offset: 3)),
            ("{\"a\":1,\"a\":2}", .repeatedName("a")), ("{\"a\":1,\"\\u0061\":2}", .repeatedName("a")),
            ("1 2", .trailingBytes(offset: 2)), ("01", .invalidNumber(offset: 0)),
            ("1.", .invalidNumber(offset: 0)),
            ("-", .invalidNumber(offset: 0)), ("\"\\x\"", .invalidEscape(offset: 1)),
            ("\"\\ud800\"", .invalidEscape(offset: 1)), ("\"\\udc00\"", .invalidEscape(offset: 1)),
            ("\"\n\"", .unexpectedByte(0x0A, offset: 1)), ("nul", .unexpectedEnd),
            ("nulx", .unexpectedByte(0x78, offset: 3)),
            ("\u{FEFF}1", .unexpectedByte(0xEF, offset: 0)), ("+1", .unexpectedByte(0x2B, offset: 0)),
        ])
    func refusal(_ text: String, _ error: JSONError) {
        #expect(throws: error) { try JSONValue(parsing: text) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func invalidUTF8() {
        #expect(throws: JSONError.invalidUTF8(offset: 1)) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test("nesting is bounded")
    func depth() throws {
        let limit = JSONValue.maximumDepth
        let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        #expect(try JSONValue(parsing: deepest).text() == deepest)
        #expect(throws: JSONError.tooDeep) { try JSONValue(parsing: "[\(deepest)]") }
    }

    @Test(
        "escapes are undone",
        arguments: [
            ("\"\\u00e9\"", "é"), ("\"\\ud83d\\ude00\"", "😀"), ("\"\\/\"", "/"),
            ("\"\\b\\f\\n\\r\\t\"", "\u{8}\u{C}\n\r\t"),
        ])
    func escapes(_ text: String, _ expected: String) throws {
        #expect(try JSONValue(parsing: text).string == expected)
    }

    @Test("objects compare without order and write with it")
    func order() throws {
        let left = try JSONValue(parsing: "{\"b\":1,\"a\":2}")
        let right = try JSONValue(parsing: "{\"a\":2,\"b\":1}")
        #expect(left == right)
        #expect(left.text() == "{\"b\":1,\"a\":2}")
        #expect(left.text(sorted: true) == right.text())
    }

    @Test("pretty text reads back as the same value")
    func pretty() throws {
        let value: JSONValue = ["a": [1, 2.5, true, nil], "b": ["c": "d"], "e": [], "f": [:]]
        let text = value.text(pretty: true)
        #expect(text.contains("\n  \"a\": [\n"))
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test("no bytes crash the reader")
    func hostileBytes() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let alphabet = Array("{}[]\",:\\u0019eE+-.tfn \n\u{80}".utf8)
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            state = state &* 6_364_136_223_846_793_005 &+ 1
            for shift in 0..<Int(state >> 59) {
                bytes.append(alphabet[Int((state >> (shift % 48)) % UInt64(alphabet.count))])
            }
            if let value = try? JSONValue(parsing: bytes) {
                #expect((try? JSONValue(parsing: value.text())) == value)
            }
        }
    }
}
