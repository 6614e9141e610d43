/// Every KMS operation that is judged and recorded.
///
/// Source: KMS API Reference, "Actions"; KMS Developer Guide, "Permissions reference" (cross-account use,
/// states).
public enum Operation: String, Sendable, CaseIterable {
    case cancelKeyDeletion = "CancelKeyDeletion"
    case connectCustomKeyStore = "ConnectCustomKeyStore"
    case createAlias = "CreateAlias"
    case createCustomKeyStore = "CreateCustomKeyStore"
    case createGrant = "CreateGrant"
    case createKey = "CreateKey"
    case decrypt = "Decrypt"
    case deleteAlias = "DeleteAlias"
    case deleteCustomKeyStore = "DeleteCustomKeyStore"
    case deleteImportedKeyMaterial = "DeleteImportedKeyMaterial"
    case deriveSharedSecret = "DeriveSharedSecret"
    case describeCustomKeyStores = "DescribeCustomKeyStores"
    case describeKey = "DescribeKey"
    case disableKey = "DisableKey"
    case disableKeyRotation = "DisableKeyRotation"
    case disconnectCustomKeyStore = "DisconnectCustomKeyStore"
    case enableKey = "EnableKey"
    case enableKeyRotation = "EnableKeyRotation"
    case encrypt = "Encrypt"
    case generateDataKey = "GenerateDataKey"
    case generateDataKeyPair = "GenerateDataKeyPair"
    case generateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext"
    case generateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext"
    case generateMAC = "GenerateMac"
    case generateRandom = "GenerateRandom"
    case getKeyLastUsage = "GetKeyLastUsage"
    case getKeyPolicy = "GetKeyPolicy"
    case getKeyRotationStatus = "GetKeyRotationStatus"
    case getParametersForImport = "GetParametersForImport"
    case getPublicKey = "GetPublicKey"
    case importKeyMaterial = "ImportKeyMaterial"
    case listAliases = "ListAliases"
    case listGrants = "ListGrants"
    case listKeyPolicies = "ListKeyPolicies"
    case listKeyRotations = "ListKeyRotations"
    case listKeys = "ListKeys"
    case listResourceTags = "ListResourceTags"
    case listRetirableGrants = "ListRetirableGrants"
    case putKeyPolicy = "PutKeyPolicy"
    case reEncrypt = "ReEncrypt"
    case replicateKey = "ReplicateKey"
    case retireGrant = "RetireGrant"
    case revokeGrant = "RevokeGrant"
    case rotateKeyOnDemand = "RotateKeyOnDemand"
    case scheduleKeyDeletion = "ScheduleKeyDeletion"
    case sign = "Sign"
    case tagResource = "TagResource"
    case untagResource = "UntagResource"
    case updateAlias = "UpdateAlias"
    case updateCustomKeyStore = "UpdateCustomKeyStore"
    case updateKeyDescription = "UpdateKeyDescription"
    case updatePrimaryRegion = "UpdatePrimaryRegion"
    case verify = "Verify"
    case verifyMAC = "VerifyMac"

    /// The action a policy must allow.
    ///
    /// `ReEncrypt` is two actions and asks for them itself.
    var action: String { "kms:\(rawValue)" }

    /// Whether the operation may be used on a key of another account.
    var allowsCrossAccount: Bool {
        isCryptographic
            || [
                .describeKey, .getPublicKey, .createGrant, .listGrants, .revokeGrant, .retireGrant,
                .getKeyRotationStatus,
            ].contains(self)
    }

    /// Whether the operation uses key material; the record then says read-only, and it counts as a key's use.
    var isCryptographic: Bool {
        switch self {
        case .decrypt, .deriveSharedSecret, .encrypt, .generateDataKey, .generateDataKeyPair,
            .generateDataKeyPairWithoutPlaintext, .generateDataKeyWithoutPlaintext, .generateMAC, .reEncrypt,
            .sign, .verify, .verifyMAC:
            true
        default: false
        }
    }

    /// Whether the record says that nothing was changed.
    var isReadOnly: Bool {
        isCryptographic || self == .generateRandom
            || ["Get", "List", "Describe"].contains { rawValue.hasPrefix($0) }
    }
}
