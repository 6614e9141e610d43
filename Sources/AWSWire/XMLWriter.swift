/// Writes XML documents from the outside in; what is opened is always closed.
///
/// Text is escaped; names are the program's own and are not. There is no indentation, as in AWS's answers.
///
/// Source: Extensible Markup Language (XML) 1.0, sections 2.4 and 2.11.
public struct XMLWriter: Sendable {
    /// The document so far, UTF-8.
    public private(set) var bytes: [UInt8]

    /// Starts a document.
    ///
    /// - Parameter declaration: Whether to begin with `<?xml …?>`; S3 does, Query services do not.
    public init(declaration: Bool = false) {
        bytes = declaration ? Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8) : []
    }

    /// The document so far as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Writes an element with whatever `content` writes inside it.
    public mutating func element(
        _ name: String, attributes: [(name: String, value: String)] = [], content: (inout XMLWriter) -> Void
    ) {
        open(name, attributes)
        content(&self)
        bytes.append(contentsOf: "</\(name)>".utf8)
    }

    /// Writes an element that holds text.
    public mutating func element(
        _ name: String, attributes: [(name: String, value: String)] = [], text: String
    ) {
        element(name, attributes: attributes) { $0.append(escaping: text) }
    }

    /// Writes a list: one `member` element for each value, inside an element named `name`.
    public mutating func list<Element>(
        _ name: String, of values: [Element], member: (inout XMLWriter, Element) -> Void
    ) {
        element(name) { xml in
            for value in values { xml.element("member") { member(&$0, value) } }
        }
    }

    /// Writes text inside the current element.
    public mutating func append(escaping text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
            // A reader turns a bare carriage return into a line feed, so it travels as a reference. Other
            // control characters have no legal form in XML 1.0; AWS sends the reference, and so do we.
            case 0x00...0x08, 0x0B...0x1F, 0x7F:
                bytes.append(contentsOf: "&#x\(String(byte, radix: 16));".utf8)
            default: bytes.append(byte)
            }
        }
    }

    private mutating func open(_ name: String, _ attributes: [(name: String, value: String)]) {
        bytes.append(contentsOf: "<\(name)".utf8)
        for attribute in attributes {
            bytes.append(contentsOf: " \(attribute.name)=\"".utf8)
            append(escaping: attribute.value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }
}
