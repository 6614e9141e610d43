/// User metadata of an object: names in lower case, each with one value.
///
/// The names are what follows `x-amz-meta-` over HTTP and `user.` in extended attributes; an encryption
/// envelope is seven of them, `x-amz-key-v2` first.
///
/// Source: S3 User Guide, "User-defined object metadata"; `user.` names as rclone's local backend has them.
public struct ObjectMetadata: Sendable, Hashable {
    /// The entries; names are in lower case.
    public let entries: [String: String]

    /// No metadata.
    public static let none = ObjectMetadata(unchecked: [:])

    /// Entries that a store can keep.
    ///
    /// - Parameters:
    ///   - entries: Upper case in names is made lower case, as S3 does.
    /// - Throws: `.invalidMetadata` for a name that is not an HTTP token of at most 200 bytes, for two names
    ///   that differ in case only, and for a value with a control character.
    public init(_ entries: [String: String]) throws(ObjectStoreError) {
        var lowered: [String: String] = [:]
        lowered.reserveCapacity(entries.count)
        for (name, value) in entries {
            let name = name.lowercased()
            if let reason = Self.objection(toName: name) ?? Self.objection(toValue: value) {
                throw .invalidMetadata(name: name, reason: reason)
            }
            guard lowered.updateValue(value, forKey: name) == nil else {
                throw .invalidMetadata(name: name, reason: "it is there twice, in upper and lower case")
            }
        }
        self.entries = lowered
    }

    init(unchecked entries: [String: String]) {
        self.entries = entries
    }

    /// The value of one entry.
    public subscript(name: String) -> String? { entries[name] }

    /// Whether there is no entry.
    public var isEmpty: Bool { entries.isEmpty }

    /// How many entries there are.
    public var count: Int { entries.count }

    /// Whether an encryption client's wrapped key is among the entries, of any version of its format.
    public var hasWrappedKey: Bool {
        entries.keys.contains { Self.wrappedKeyNames.contains($0) }
    }

    /// `x-amz-key` wraps under a local key, `x-amz-key-v2` is the SES format, `x-amz-3` the committing one.
    static let wrappedKeyNames: Set<String> = ["x-amz-key", "x-amz-key-v2", "x-amz-3"]

    // RFC 9110 5.6.2: a field name is a token.
    static func objection(toName name: String) -> String? {
        guard (1...200).contains(name.utf8.count) else { return "a name has 1 to 200 bytes" }
        let isToken = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
        return isToken ? nil : "a name has letters, digits and !#$%&'*+-.^_`|~ only"
    }

    static func objection(toValue value: String) -> String? {
        value.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }
            ? "a value has no control characters" : nil
    }
}
