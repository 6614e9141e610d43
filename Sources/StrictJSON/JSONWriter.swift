extension JSONValue {
    /// The value as JSON text.
    ///
    /// `/` is never escaped, nor is anything outside ASCII: the text is UTF-8.
    ///
    /// - Parameters:
    ///   - pretty: Two spaces a level and one member a line; otherwise no white space at all.
    ///   - sorted: Members by their names' UTF-8 bytes; otherwise in the order they were written.
    public func text(pretty: Bool = false, sorted: Bool = false) -> String {
        var writer = JSONWriter(isPretty: pretty, isSorted: sorted)
        writer.write(self, level: 0)
        return String(decoding: writer.output, as: UTF8.self)
    }
}

private struct JSONWriter {
    let isPretty: Bool
    let isSorted: Bool
    var output: [UInt8] = []

    init(isPretty: Bool, isSorted: Bool) {
        self.isPretty = isPretty
        self.isSorted = isSorted
    }

    mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text): output.append(contentsOf: text.utf8)
        case .string(let text): writeString(text)
        case .array(let elements):
            writeSequence(elements, between: ("[", "]"), level: level) { writer, element in
                writer.write(element, level: level + 1)
            }
        case .object(let object):
            writeSequence(members(of: object), between: ("{", "}"), level: level) { writer, member in
                writer.writeString(member.name)
                writer.output.append(contentsOf: (writer.isPretty ? ": " : ":").utf8)
                writer.write(member.value, level: level + 1)
            }
        }
    }

    private func members(of object: JSONObject) -> [(name: String, value: JSONValue)] {
        guard isSorted else { return object.members }
        return object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private mutating func writeSequence<Element>(
        _ elements: [Element], between brackets: (open: Unicode.Scalar, close: Unicode.Scalar), level: Int,
        write: (inout JSONWriter, Element) -> Void
    ) {
        output.append(UInt8(ascii: brackets.open))
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            breakLine(level: level + 1)
            write(&self, element)
        }
        if !elements.isEmpty { breakLine(level: level) }
        output.append(UInt8(ascii: brackets.close))
    }

    private mutating func breakLine(level: Int) {
        guard isPretty else { return }
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: 2 * level))
    }

    // RFC 8259 7: quotation mark, reverse solidus and the control characters must be escaped, nothing else.
    private mutating func writeString(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0A: output.append(contentsOf: "\\n".utf8)
            case 0x0D: output.append(contentsOf: "\\r".utf8)
            case 0x09: output.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                output.append(contentsOf: ("\\u00" + (digits.count == 1 ? "0" : "") + digits).utf8)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
