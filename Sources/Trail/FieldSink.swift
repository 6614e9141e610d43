import StrictJSON

/// What takes down the fields of a record: as a JSON value, or straight as the bytes of a line.
///
/// A record is described once, in `describe(to:)`. Appending is on the line of every call, and writing bytes
/// costs a fifth of what building the value and then its text would.
protocol FieldSink {
    /// Takes down a string.
    mutating func put(_ name: String, _ text: String)
    /// Takes down a truth value.
    mutating func put(_ name: String, _ flag: Bool)
    /// Takes down a value of any kind.
    mutating func put(_ name: String, _ value: JSONValue)
    /// Takes down an object, whose fields `describe` gives.
    mutating func object(_ name: String, _ describe: (inout Self) -> Void)
    /// Takes down a list of objects, one for each element.
    mutating func list<Element>(
        _ name: String, of elements: [Element], _ describe: (inout Self, Element) -> Void)
}

extension FieldSink {
    /// Takes down a string, where there is one.
    mutating func put(_ name: String, ifAny text: String?) {
        if let text { put(name, text) }
    }
}

/// Takes fields down as a JSON object.
struct ObjectSink: FieldSink {
    private(set) var object = JSONObject()

    mutating func put(_ name: String, _ text: String) { object[name] = .string(text) }
    mutating func put(_ name: String, _ flag: Bool) { object[name] = .bool(flag) }
    mutating func put(_ name: String, _ value: JSONValue) { object[name] = value }

    mutating func object(_ name: String, _ describe: (inout ObjectSink) -> Void) {
        var inner = ObjectSink()
        describe(&inner)
        object[name] = .object(inner.object)
    }

    mutating func list<Element>(
        _ name: String, of elements: [Element], _ describe: (inout ObjectSink, Element) -> Void
    ) {
        object[name] = .array(
            elements.map { element in
                var inner = ObjectSink()
                describe(&inner, element)
                return .object(inner.object)
            })
    }
}

/// Takes fields down as the bytes of a JSON object without white space, and so without a line feed.
struct LineSink: FieldSink {
    private var bytes: [UInt8] = []
    private var isFirst = true

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
        open()
    }

    mutating func put(_ name: String, _ text: String) {
        begin(name)
        write(text)
    }

    mutating func put(_ name: String, _ flag: Bool) {
        begin(name)
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    mutating func put(_ name: String, _ value: JSONValue) {
        begin(name)
        write(value)
    }

    mutating func object(_ name: String, _ describe: (inout LineSink) -> Void) {
        begin(name)
        open()
        describe(&self)
        close()
    }

    mutating func list<Element>(
        _ name: String, of elements: [Element], _ describe: (inout LineSink, Element) -> Void
    ) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            open()
            describe(&self, element)
            close()
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The whole line, with its line feed.
    consuming func finish() -> [UInt8] {
        close()
        bytes.append(0x0A)
        return bytes
    }

    private mutating func close() {
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    private mutating func open() {
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
    }

    /// Begins a field of ours, whose name needs no escape.
    private mutating func begin(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        writePlain(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): write(text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            open()
            for member in object.members {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                write(member.name)
                bytes.append(UInt8(ascii: ":"))
                write(member.value)
            }
            close()
        }
    }

    private mutating func write(_ text: String) {
        if Self.needsEscape(text.utf8.span) {
            bytes.append(contentsOf: JSONValue.string(text).text().utf8)
        } else {
            writePlain(text)
        }
    }

    private mutating func writePlain(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    /// RFC 8259 7: only quotation mark, reverse solidus and control characters must be escaped.
    private static func needsEscape(_ text: Span<UInt8>) -> Bool {
        for index in text.indices {
            let byte = text[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return true }
        }
        return false
    }
}
