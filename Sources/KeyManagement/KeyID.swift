public import AWSVocabulary

/// The ID of a KMS key: a UUID, or `mrk-` and 32 hexadecimal digits for a multi-Region key.
///
/// Digits are in lower case.
///
/// Source: KMS Developer Guide, "Key identifiers (KeyId)".
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    /// The ID as text.
    public let text: String

    /// The 16 bytes that the digits spell.
    let bytes: [UInt8]

    /// Whether the ID is a multi-Region key's.
    public let isMultiRegion: Bool

    /// Takes `text` if it has one of the two forms.
    public init?(_ text: String) {
        guard let bytes = Self.parse(text) else { return nil }
        self.text = text
        self.bytes = bytes
        isMultiRegion = text.hasPrefix(Self.multiRegionPrefix)
    }

    /// The ID of 16 bytes.
    init(bytes: [UInt8], isMultiRegion: Bool) {
        precondition(bytes.count == 16, "a key ID has 16 bytes")
        self.bytes = bytes
        self.isMultiRegion = isMultiRegion
        let digits = Hex.encode(bytes)
        text = isMultiRegion ? Self.multiRegionPrefix + digits : Self.hyphenated(digits)
    }

    /// A new ID: random, version 4.
    static func random(_ surroundings: Surroundings, isMultiRegion: Bool) -> KeyID {
        if !isMultiRegion, let id = KeyID(surroundings.uuid()) { return id }
        return KeyID(bytes: Array(surroundings.randomBytes(16).prefix(16)), isMultiRegion: isMultiRegion)
    }

    /// The ID as text.
    public var description: String { text }

    private static let multiRegionPrefix = "mrk-"
    private static let groups = [8, 4, 4, 4, 12]

    private static func parse(_ text: String) -> [UInt8]? {
        let digits: String
        if text.hasPrefix(multiRegionPrefix) {
            digits = String(text.dropFirst(multiRegionPrefix.count))
        } else {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.map(\.utf8.count) == groups else { return nil }
            digits = parts.joined()
        }
        guard digits.utf8.count == 32, !digits.utf8.contains(where: { (0x41...0x5A).contains($0) }) else {
            return nil
        }
        return Hex.decode(digits)
    }

    private static func hyphenated(_ digits: String) -> String {
        var rest = digits[...]
        var parts: [Substring] = []
        for length in groups {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }
}

/// Where keys and aliases live: one Region of one account.
public struct KeyPlace: Hashable, Sendable {
    /// The owning account.
    public let account: AccountID
    /// The Region.
    public let region: Region

    /// Names a Region of an account.
    public init(account: AccountID, region: Region) {
        self.account = account
        self.region = region
    }
}

/// The full name of a key: replicas of a multi-Region key share an ID and differ in their place.
public struct KeyReference: Hashable, Sendable {
    /// Where the key lives.
    public let place: KeyPlace
    /// Its ID there.
    public let id: KeyID

    /// Names a key.
    public init(place: KeyPlace, id: KeyID) {
        self.place = place
        self.id = id
    }

    /// The key's ARN.
    public var arn: ARN { .kmsKey(id.text, account: place.account, region: place.region) }
}

/// The full name of an alias.
struct AliasReference: Hashable, Sendable {
    let place: KeyPlace
    /// The name with its prefix `alias/`.
    let name: String

    var arn: ARN { .kmsAlias(name, account: place.account, region: place.region) }
}
