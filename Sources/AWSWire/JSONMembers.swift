internal import Cryptography
public import FoundationEssentials
public import StrictJSON

/// The members of a JSON 1.1 structure, read by name and type.
///
/// `null` is the same as absent, and members nobody asks for are ignored, since clients are newer than servers.
/// Every reader throws `SerializationException` when the member is there with another JSON type; ranges and
/// patterns are the operation's business.
public struct JSONMembers: Sendable {
    /// The members as they were parsed.
    public let object: JSONObject

    /// Wraps the members of one structure.
    public init(_ object: JSONObject) {
        self.object = object
    }

    private func value(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    private static func wrongType(_ found: JSONValue, _ wanted: String) -> WireError {
        let kind =
            switch found {
            case .null: "NULL_VALUE"
            case .bool(let value): value ? "TRUE_VALUE" : "FALSE_VALUE"
            case .number: "NUMBER_VALUE"
            case .string: "STRING_VALUE"
            case .array: "Start of list"
            case .object: "Start of structure or map"
            }
        switch found {
        case .array, .object: return .serialization("\(kind) found where not expected.")
        case .null, .bool, .number, .string:
            return .serialization("\(kind) can not be converted to \(wanted)")
        }
    }

    /// A text member.
    public func string(_ name: String) throws(WireError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw Self.wrongType(value, "a String") }
        return text
    }

    /// A whole number; `7`, `7.0` and `7e0` are the same.
    public func integer(_ name: String) throws(WireError) -> Int? {
        guard let value = value(name) else { return nil }
        if let whole = value.int { return whole }
        guard let number = value.double, let whole = Int(exactly: number) else {
            throw Self.wrongType(value, "an Integer")
        }
        return whole
    }

    /// A truth value.
    public func boolean(_ name: String) throws(WireError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let truth = value.bool else { throw Self.wrongType(value, "a Boolean") }
        return truth
    }

    /// Bytes, base64 with padding on the wire.
    public func blob(_ name: String) throws(WireError) -> [UInt8]? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw Self.wrongType(value, "a Blob") }
        guard let bytes = Base64.decode(strict: text) else {
            throw .serialization("\(name): not a valid base64 text")
        }
        return bytes
    }

    /// A point in time: seconds since 1970 as a number, fraction and exponent allowed.
    public func timestamp(_ name: String) throws(WireError) -> Date? {
        guard let value = value(name) else { return nil }
        guard let seconds = value.double, seconds.isFinite, abs(seconds) < 1e12 else {
            throw Self.wrongType(value, "a Timestamp")
        }
        return Date(timeIntervalSince1970: seconds)
    }

    /// A list of texts.
    public func strings(_ name: String) throws(WireError) -> [String]? {
        guard let list = try list(name) else { return nil }
        var texts: [String] = []
        for element in list {
            guard let text = element.string else { throw Self.wrongType(element, "a String") }
            texts.append(text)
        }
        return texts
    }

    /// A list of structures.
    public func structures(_ name: String) throws(WireError) -> [JSONMembers]? {
        guard let list = try list(name) else { return nil }
        var structures: [JSONMembers] = []
        for element in list {
            guard let object = element.object else { throw Self.wrongType(element, "a structure") }
            structures.append(JSONMembers(object))
        }
        return structures
    }

    /// A structure.
    public func structure(_ name: String) throws(WireError) -> JSONMembers? {
        guard let value = value(name) else { return nil }
        guard let object = value.object else { throw Self.wrongType(value, "a structure") }
        return JSONMembers(object)
    }

    /// A map of text to text, such as an encryption context.
    public func map(_ name: String) throws(WireError) -> [String: String]? {
        guard let members = try structure(name) else { return nil }
        var pairs: [String: String] = [:]
        for member in members.object.members {
            guard let text = member.value.string else { throw Self.wrongType(member.value, "a String") }
            pairs[member.name] = text
        }
        return pairs
    }

    private func list(_ name: String) throws(WireError) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        guard let list = value.array else { throw Self.wrongType(value, "a list") }
        return list
    }
}
