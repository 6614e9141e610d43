/// Why a text is not one strict JSON value.
public enum JSONError: Error, Equatable, Sendable {
    /// The text ended inside a value.
    case unexpectedEnd
    /// A byte that cannot stand at `offset`, counted from 0.
    case unexpectedByte(UInt8, offset: Int)
    /// Bytes follow the value.
    case trailingBytes(offset: Int)
    /// An object has two members of this name.
    case repeatedName(String)
    /// A string holds an escape that RFC 8259 section 7 does not know, or half a surrogate pair.
    case invalidEscape(offset: Int)
    /// A string holds bytes that are not UTF-8.
    case invalidUTF8(offset: Int)
    /// A number that RFC 8259 section 6 does not allow.
    case invalidNumber(offset: Int)
    /// Arrays and objects nest deeper than ``JSONValue/maximumDepth``.
    case tooDeep
}

extension JSONError: CustomStringConvertible {
    /// A sentence fragment for people, such as `unexpected byte 0x7d at offset 12`.
    public var description: String {
        switch self {
        case .unexpectedEnd: "the JSON text ends too early"
        case .unexpectedByte(let byte, let offset):
            "unexpected byte 0x\(String(byte, radix: 16)) at offset \(offset) of the JSON text"
        case .trailingBytes(let offset): "text follows the JSON value at offset \(offset)"
        case .repeatedName(let name): "the member \"\(name)\" stands twice in one JSON object"
        case .invalidEscape(let offset): "invalid escape at offset \(offset) of the JSON text"
        case .invalidUTF8(let offset): "invalid UTF-8 at offset \(offset) of the JSON text"
        case .invalidNumber(let offset): "invalid number at offset \(offset) of the JSON text"
        case .tooDeep: "the JSON text nests deeper than \(JSONValue.maximumDepth) levels"
        }
    }
}
