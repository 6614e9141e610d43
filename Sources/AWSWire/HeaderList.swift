/// The header fields of one HTTP message, in order, names in lower case.
///
/// HTTP compares names without case, and SigV4 signs them in lower case, so the list keeps only that spelling.
/// A name may occur more than once; order among equal names is kept, since a signature covers it.
///
/// Source: RFC 9110 section 5.
public struct HeaderList: Sendable, Hashable {
    /// One field: a name in lower case and its value as it was given.
    public struct Field: Sendable, Hashable {
        /// The name, lower case.
        public let name: String
        /// The value, not trimmed.
        public let value: String

        /// Makes a field; `name` is lowered here.
        public init(_ name: String, _ value: String) {
            self.name = name.lowercased()
            self.value = value
        }
    }

    /// All fields in the order they were added.
    public private(set) var fields: [Field]

    /// Makes a list from pairs of name and value.
    public init(_ pairs: [(String, String)] = []) {
        fields = pairs.map { Field($0.0, $0.1) }
    }

    /// Adds a field behind the others, also when the name is already there.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name, value))
    }

    /// The first value under `name`; setting replaces every value, and `nil` removes them.
    public subscript(name: String) -> String? {
        get {
            let wanted = name.lowercased()
            return fields.first { $0.name == wanted }?.value
        }
        set {
            let wanted = name.lowercased()
            guard let newValue else {
                fields.removeAll { $0.name == wanted }
                return
            }
            guard let place = fields.firstIndex(where: { $0.name == wanted }) else {
                fields.append(Field(wanted, newValue))
                return
            }
            fields.removeAll { $0.name == wanted }
            fields.insert(Field(wanted, newValue), at: min(place, fields.count))
        }
    }

    /// Every value under `name`, in order.
    public func values(of name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name == wanted }.map(\.value)
    }

    /// How many fields there are.
    public var count: Int { fields.count }
}

extension HeaderList: ExpressibleByDictionaryLiteral {
    /// Makes a list from a literal, in the order written; a name may be repeated.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }
}
