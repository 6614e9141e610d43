public import StrictJSON

/// The pairs of names and values that KMS binds into a ciphertext.
///
/// Two contexts are equal when they hold the same pairs, byte for byte and case included; order has no
/// meaning, and an empty context equals an absent one. Swift compares strings by canonical equivalence, so
/// all comparing is done on UTF-8 bytes here.
///
/// Source: KMS Developer Guide, "Encryption context".
public struct EncryptionContext: Sendable {
    /// One name with its value.
    public struct Pair: Sendable {
        /// The name, case kept.
        public let key: String
        /// The value, possibly empty.
        public let value: String
    }

    /// The pairs, names ascending by their UTF-8 bytes.
    public let pairs: [Pair]

    /// Makes a context of these pairs.
    public init(_ pairs: [String: String] = [:]) {
        self.pairs = pairs.map { Pair(key: $0.key, value: $0.value) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// The value of the pair with exactly this name.
    public subscript(key: String) -> String? {
        pairs.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The number of pairs.
    public var count: Int { pairs.count }

    /// Whether there are no pairs.
    public var isEmpty: Bool { pairs.isEmpty }

    /// The pairs as a dictionary.
    public var dictionary: [String: String] {
        Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// This context with one pair more, or with that pair's value replaced.
    public func adding(_ key: String, _ value: String) -> EncryptionContext {
        EncryptionContext(dictionary.merging([key: value]) { _, new in new })
    }

    /// The one form in which a context is authenticated.
    ///
    /// The number of pairs, then name and value of each, every string preceded by its length; numbers are
    /// 4 bytes, big-endian. Lengths make it unambiguous: `{"ab": "c"}` and `{"a": "bc"}` differ.
    public var authenticatedBytes: [UInt8] {
        var bytes = bigEndian(pairs.count)
        for pair in pairs {
            for text in [pair.key, pair.value] {
                bytes.append(contentsOf: bigEndian(text.utf8.count))
                bytes.append(contentsOf: text.utf8)
            }
        }
        return bytes
    }

    /// The context as a JSON object, names ascending.
    public var jsonValue: JSONValue {
        .object(JSONObject(pairs.map { ($0.key, .string($0.value)) }))
    }

    /// The context as one line of JSON: names ascending, no white space, `/` not escaped, as SES writes it.
    public var jsonText: String { jsonValue.text() }

    private func bigEndian(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian) { Array($0) }
    }
}

extension EncryptionContext: Hashable {
    /// Compares by bytes.
    public static func == (left: EncryptionContext, right: EncryptionContext) -> Bool {
        left.authenticatedBytes == right.authenticatedBytes
    }

    /// Hashes by bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(authenticatedBytes) }
}

extension EncryptionContext: ExpressibleByDictionaryLiteral {
    /// Makes a context; of a repeated name the last value stays.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}
