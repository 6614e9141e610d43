import AWSVocabulary
import FoundationEssentials
import KeyManagement
import StrictJSON

// Answers of KMS as JSON for programs: the names of the KMS API, times in RFC 3339.

extension AliasListEntry {
    /// The alias as `ListAliases` names its members.
    var json: JSONValue {
        .members([
            ("AliasName", .string(aliasName)), ("AliasArn", .string(aliasARN)),
            ("TargetKeyId", targetKeyID.json),
            ("CreationDate", creationDate.json), ("LastUpdatedDate", lastUpdatedDate.json),
        ])
    }
}

extension KeyRotationListEntry {
    /// The material as `ListKeyRotations` names its members.
    var json: JSONValue {
        .members([
            ("KeyId", .string(keyID)), ("KeyMaterialId", .string(keyMaterialID)),
            ("KeyMaterialState", keyMaterialState.json), ("RotationDate", rotationDate.json),
            ("RotationType", rotationType.json),
        ])
    }
}

extension JSONValue {
    /// An object of the members that have a value.
    static func members(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(JSONObject(members.compactMap { name, value in value.map { (name, $0) } }))
    }
}

extension String? {
    var json: JSONValue? { map(JSONValue.string) }
}

extension Date? {
    var json: JSONValue? { map { .string(Timestamps.iso8601($0)) } }
}
