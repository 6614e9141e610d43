// JSON as RFC 8259 defines it, read strictly.
//
// The documents that cross EnvelopeFS's borders decide who may read mail: key policies, material
// descriptions, requests. Two readers that disagree about such a text are a hole, so what RFC 8259 leaves
// open is closed here: a repeated member name, text after the value, an unpaired surrogate and nesting
// beyond a fixed depth are errors. Numbers keep their source text, so nothing is rounded on the way through.

/// One JSON value.
///
/// Source: RFC 8259 section 3.
public enum JSONValue: Sendable, Hashable {
    /// The literal `null`.
    case null
    /// The literals `true` and `false`.
    case bool(Bool)
    /// A number, as its source text spells it.
    case number(String)
    /// A string, escapes undone.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object, members in source order.
    case object(JSONObject)
}

extension JSONValue {
    /// The string, where this is one.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The object, where this is one.
    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The elements, where this is an array.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The truth value, where this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number as an integer, where it is one without fraction or exponent and fits in 64 bits.
    public var int: Int? {
        if case .number(let text) = self { Int(text) } else { nil }
    }

    /// The number as a double, where this is one.
    public var double: Double? {
        if case .number(let text) = self { Double(text) } else { nil }
    }

    /// Whether this is the literal `null`.
    public var isNull: Bool { self == .null }

    /// The member of that name, where this is an object that has one.
    public subscript(name: String) -> JSONValue? { object?[name] }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Makes `null`.
    public init(nilLiteral: ()) { self = .null }

    /// Makes `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// Makes a number.
    public init(integerLiteral value: Int) { self = .number(String(value)) }

    /// Makes a number.
    public init(floatLiteral value: Double) { self = .number(String(value)) }

    /// Makes a string.
    public init(stringLiteral value: String) { self = .string(value) }

    /// Makes an array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Makes an object; of a repeated name the last value stays.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue {
    /// Makes a string, or `null` where there is none.
    public init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }

    /// Makes a number.
    public init(_ value: Int) { self = .number(String(value)) }
}
