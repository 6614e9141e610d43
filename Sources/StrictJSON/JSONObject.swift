/// The members of a JSON object, each name once, in the order they were written.
///
/// Two objects are equal when they have equal members, in whatever order: RFC 8259 section 4 gives the order
/// no meaning, and a policy that comes back reordered must compare equal.
public struct JSONObject: Sendable {
    private var order: [String] = []
    private var values: [String: JSONValue] = [:]

    /// Makes an object without members.
    public init() {}

    /// Makes an object of `members`; of a repeated name the last value stays, in the first one's place.
    public init(_ members: [(String, JSONValue)]) {
        for (name, value) in members { self[name] = value }
    }

    /// The value of the member called `name`; assigning `nil` removes the member.
    public subscript(name: String) -> JSONValue? {
        get { values[name] }
        set {
            if let newValue {
                if values.updateValue(newValue, forKey: name) == nil { order.append(name) }
            } else if values.removeValue(forKey: name) != nil {
                order.removeAll { $0 == name }
            }
        }
    }

    /// The members in order.
    public var members: [(name: String, value: JSONValue)] {
        order.compactMap { name in values[name].map { (name, $0) } }
    }

    /// The names in order.
    public var names: [String] { order }

    /// The number of members.
    public var count: Int { order.count }

    /// Whether there is no member.
    public var isEmpty: Bool { order.isEmpty }

    /// The members whose values are all strings, or `nil` when one is not.
    public var stringMembers: [String: String]? {
        var result: [String: String] = [:]
        for (name, value) in values {
            guard let text = value.string else { return nil }
            result[name] = text
        }
        return result
    }
}

extension JSONObject: Hashable {
    /// Compares members without regard to their order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool { left.values == right.values }

    /// Hashes members without regard to their order.
    public func hash(into hasher: inout Hasher) { hasher.combine(values) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Makes an object; of a repeated name the last value stays.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
