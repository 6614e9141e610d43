import AWSVocabulary
public import FoundationEssentials
public import StrictJSON

/// What `DescribeKey` and `CreateKey` tell about a key.
///
/// Source: KMS API Reference, `KeyMetadata`.
public struct KeyMetadata: Sendable, Equatable {
    /// The owning account.
    public var accountID: String
    /// The key's ID.
    public var keyID: String
    /// The key's ARN.
    public var arn: String
    /// When it was made.
    public var creationDate: Date
    /// Whether the state is `Enabled`.
    public var isEnabled: Bool { keyState == .enabled }
    /// Free text, empty if none.
    public var description: String
    /// What it is for.
    public var keyUsage: KeyUsage
    /// Its state.
    public var keyState: KeyState
    /// `AWS_KMS` or `EXTERNAL`.
    public var origin: String
    /// `CUSTOMER` or `AWS`.
    public var keyManager: String
    /// The kind of material.
    public var keySpec: KeySpec
    /// The algorithms it can be used with.
    public var algorithms: [String]
    /// Whether it is a multi-Region key.
    public var isMultiRegion: Bool
    /// Where the primary and the replicas are, for multi-Region keys.
    public var multiRegion: MultiRegionConfiguration?
    /// When it will be deleted, once that is scheduled.
    public var deletionDate: Date?
    /// The waiting time of a primary key that waits for its replicas.
    public var pendingDeletionWindowInDays: Int?
    /// When imported material expires.
    public var validTo: Date?
    /// `KEY_MATERIAL_EXPIRES` or `KEY_MATERIAL_DOES_NOT_EXPIRE`, for imported material.
    public var expirationModel: String?
    /// The material that seals now, of symmetric keys: 64 hexadecimal digits.
    public var currentKeyMaterialID: String?
}

/// The places of a multi-Region key.
public struct MultiRegionConfiguration: Sendable, Equatable {
    /// A key of the set.
    public struct Member: Sendable, Equatable {
        /// Its ARN.
        public var arn: String
        /// Its Region.
        public var region: String
    }

    /// Whether the key described is the primary.
    public var isPrimary: Bool
    /// The primary.
    public var primary: Member
    /// The replicas, by Region.
    public var replicas: [Member]
}

extension Invocation {
    /// The metadata of a key, as of this call's state.
    func metadata(of key: Key) -> KeyMetadata {
        metadata(key.reference, key.attributes, key.materials.map(\.row))
    }

    /// The metadata of a key that is about to be saved.
    func metadata(_ reference: KeyReference, _ attributes: KeyAttributes, _ materials: [MaterialRow])
        -> KeyMetadata
    {
        let current = materials.last { $0.state == .current }
        let isWaiting = attributes.state == .pendingReplicaDeletion
        return KeyMetadata(
            accountID: reference.place.account.text, keyID: reference.id.text, arn: reference.arn.text,
            creationDate: attributes.created, description: attributes.description, keyUsage: attributes.usage,
            keyState: attributes.state, origin: attributes.origin.rawValue,
            keyManager: attributes.manager.rawValue, keySpec: attributes.spec,
            algorithms: attributes.spec.algorithms(for: attributes.usage),
            isMultiRegion: reference.id.isMultiRegion, multiRegion: configuration(reference, attributes),
            deletionDate: attributes.state == .pendingDeletion ? attributes.deletionDate : nil,
            pendingDeletionWindowInDays: isWaiting ? attributes.pendingWindowDays : nil,
            validTo: current?.validTo,
            expirationModel: current?.sealed == nil ? nil : current?.expirationModel?.rawValue,
            currentKeyMaterialID: attributes.spec == .symmetricDefault && current?.sealed != nil
                ? current?.id.text : nil)
    }

    private func configuration(
        _ reference: KeyReference, _ attributes: KeyAttributes
    ) -> MultiRegionConfiguration? {
        guard reference.id.isMultiRegion, let primaryRegion = attributes.primaryRegion else { return nil }
        let primary = KeyReference(
            place: KeyPlace(account: reference.place.account, region: primaryRegion), id: reference.id)
        var members = Set(
            keyring.keys.values.filter { $0.id == reference.id && $0.account == reference.place.account }
                .map(\.reference))
        members.insert(reference)
        members.remove(primary)
        let replicas = members.sorted { $0.place.region.text < $1.place.region.text }
        return MultiRegionConfiguration(
            isPrimary: primary == reference, primary: Self.member(primary),
            replicas: replicas.map(Self.member))
    }

    private static func member(_ reference: KeyReference) -> MultiRegionConfiguration.Member {
        MultiRegionConfiguration.Member(arn: reference.arn.text, region: reference.place.region.text)
    }
}

extension KeyMetadata {
    /// The metadata as JSON, with the names and the number format of the API.
    public var json: JSONObject {
        var members = JSONObject()
        members.put("AWSAccountId", accountID)
        members.put("KeyId", keyID)
        members.put("Arn", arn)
        members["CreationDate"] = Self.seconds(creationDate)
        members.put("Enabled", isEnabled)
        members.put("Description", description)
        members.put("KeyUsage", keyUsage.rawValue)
        members.put("KeyState", keyState.rawValue)
        if let deletionDate { members["DeletionDate"] = Self.seconds(deletionDate) }
        if let validTo { members["ValidTo"] = Self.seconds(validTo) }
        members.put("Origin", origin)
        members.put("ExpirationModel", expirationModel)
        members.put("KeyManager", keyManager)
        members.put("CustomerMasterKeySpec", keySpec.rawValue)
        members.put("KeySpec", keySpec.rawValue)
        if !algorithms.isEmpty { members[algorithmsName] = .array(algorithms.map(JSONValue.string)) }
        members.put("MultiRegion", isMultiRegion)
        members["MultiRegionConfiguration"] = multiRegion.map { .object($0.json) }
        members.put("PendingDeletionWindowInDays", pendingDeletionWindowInDays)
        members.put("CurrentKeyMaterialId", currentKeyMaterialID)
        return members
    }

    /// The member that lists the algorithms.
    public var algorithmsName: String {
        switch keyUsage {
        case .encryptDecrypt: "EncryptionAlgorithms"
        case .signVerify: "SigningAlgorithms"
        case .generateVerifyMAC: "MacAlgorithms"
        case .keyAgreement: "KeyAgreementAlgorithms"
        }
    }

    private static func seconds(_ date: Date) -> JSONValue {
        .number(String(date.timeIntervalSince1970))
    }
}

extension MultiRegionConfiguration {
    /// The configuration as JSON, with the names of the API.
    public var json: JSONObject {
        [
            "MultiRegionKeyType": isPrimary ? "PRIMARY" : "REPLICA",
            "PrimaryKey": .object(primary.json),
            "ReplicaKeys": .array(replicas.map { .object($0.json) }),
        ]
    }
}

extension MultiRegionConfiguration.Member {
    /// The member as JSON, with the names of the API.
    var json: JSONObject { ["Arn": .string(arn), "Region": .string(region)] }
}

extension JSONValue {
    /// The same value with the names of all members in lower camel case, as event records write them.
    var lowerCamelCased: JSONValue {
        switch self {
        case .object(let object):
            .object(JSONObject(object.members.map { (Self.lowered($0.name), $0.value.lowerCamelCased) }))
        case .array(let elements): .array(elements.map(\.lowerCamelCased))
        case .null, .bool, .number, .string: self
        }
    }

    private static func lowered(_ name: String) -> String {
        if name.hasPrefix("AWS") { return "aWS" + name.dropFirst(3) }
        return name.prefix(1).lowercased() + name.dropFirst()
    }
}
