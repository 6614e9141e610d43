import AWSVocabulary
import Foundation
import PolicyEngine
import Testing

@testable import KeyManagement

/// One row of the table in the Developer Guide: what each state answers, as error codes.
struct StateRow: Sendable, CustomStringConvertible {
    var name: String
    var enabled: String? = nil
    var disabled: String?
    var pendingDeletion: String?
    var pendingImport: String?
    /// What is called, with a key and a ciphertext of it (of another key while it has no material).
    var call: @Sendable (World, KeyMetadata, [UInt8]) throws -> Void

    var description: String { name }

    func expected(in state: KeyState) -> String? {
        switch state {
        case .enabled: enabled
        case .disabled: disabled
        case .pendingDeletion, .pendingReplicaDeletion: pendingDeletion
        case .pendingImport: pendingImport
        }
    }
}

private let invalid = "KMSInvalidStateException"
private let isDisabled = "DisabledException"
private let unsupported = "UnsupportedOperationException"

extension StateRow {
    private static func use(
        _ name: String, _ call: @escaping @Sendable (World, KeyMetadata, [UInt8]) throws -> Void
    ) -> StateRow {
        StateRow(
            name: name, disabled: isDisabled, pendingDeletion: invalid, pendingImport: invalid, call: call)
    }

    private static func always(
        _ name: String, _ call: @escaping @Sendable (World, KeyMetadata, [UInt8]) throws -> Void
    ) -> StateRow {
        StateRow(name: name, disabled: nil, pendingDeletion: nil, pendingImport: nil, call: call)
    }

    private static func managing(
        _ name: String, _ call: @escaping @Sendable (World, KeyMetadata, [UInt8]) throws -> Void
    ) -> StateRow {
        StateRow(name: name, disabled: nil, pendingDeletion: invalid, pendingImport: nil, call: call)
    }

    static let user = "arn:aws:iam::111122223333:user/alice"

    static let uses: [StateRow] = [
        use("Encrypt") { world, key, _ in
            _ = try world.keys.ciphertext("x", under: key.keyID, by: world.root)
        },
        use("GenerateDataKey") { world, key, _ in
            _ = try world.keys.generateDataKey(
                GenerateDataKeyRequest(keyID: key.keyID, keySpec: "AES_256"), by: world.root)
        },
        use("GenerateDataKeyWithoutPlaintext") { world, key, _ in
            _ = try world.keys.generateDataKeyWithoutPlaintext(
                GenerateDataKeyRequest(keyID: key.keyID, keySpec: "AES_256"), by: world.root)
        },
        StateRow(
            name: "Decrypt", disabled: isDisabled, pendingDeletion: invalid,
            pendingImport: "IncorrectKeyException"
        ) {
            world, key, blob in
            _ = try world.keys.plaintext(blob, by: world.root, keyID: key.keyID)
        },
        use("ReEncrypt to") { world, key, _ in
            let other = try world.makeKey()
            let blob = try world.keys.ciphertext("x", under: other.keyID, by: world.root)
            _ = try world.keys.reEncrypt(
                ReEncryptRequest(ciphertextBlob: blob, destinationKeyID: key.keyID), by: world.root)
        },
        use("CreateGrant") { world, key, _ in
            _ = try world.keys.createGrant(
                CreateGrantRequest(keyID: key.keyID, operations: ["Decrypt"], granteePrincipal: user),
                by: world.root)
        },
        StateRow(
            name: "EnableKeyRotation", disabled: isDisabled, pendingDeletion: invalid,
            pendingImport: unsupported
        ) {
            world, key, _ in
            try world.keys.enableKeyRotation(EnableKeyRotationRequest(keyID: key.keyID), by: world.root)
        },
        StateRow(
            name: "DisableKeyRotation", disabled: isDisabled, pendingDeletion: invalid,
            pendingImport: unsupported
        ) {
            world, key, _ in
            try world.keys.disableKeyRotation(KeyIDRequest(keyID: key.keyID), by: world.root)
        },
        use("RotateKeyOnDemand") { world, key, _ in
            _ = try world.keys.rotateKeyOnDemand(KeyIDRequest(keyID: key.keyID), by: world.root)
        },
    ]

    static let reads: [StateRow] = [
        StateRow(
            name: "GetKeyRotationStatus", disabled: nil, pendingDeletion: nil, pendingImport: unsupported
        ) {
            world, key, _ in
            _ = try world.keys.getKeyRotationStatus(KeyIDRequest(keyID: key.keyID), by: world.root)
        },
        always("DescribeKey") { world, key, _ in _ = try world.describe(key.keyID) },
        always("GetKeyPolicy") { world, key, _ in
            _ = try world.keys.getKeyPolicy(GetKeyPolicyRequest(keyID: key.keyID), by: world.root)
        },
        always("PutKeyPolicy") { world, key, _ in
            try world.keys.putKeyPolicy(
                PutKeyPolicyRequest(keyID: key.keyID, policy: KeyPolicies.standard(for: .default)),
                by: world.root)
        },
        always("ListAliases") { world, key, _ in
            _ = try world.keys.listAliases(ListAliasesRequest(keyID: key.keyID), by: world.root)
        },
        always("ListGrants") { world, key, _ in
            _ = try world.keys.listGrants(ListGrantsRequest(keyID: key.keyID), by: world.root)
        },
        always("ListKeyPolicies") { world, key, _ in
            _ = try world.keys.listKeyPolicies(KeyPageRequest(keyID: key.keyID), by: world.root)
        },
        always("ListResourceTags") { world, key, _ in
            _ = try world.keys.listResourceTags(KeyPageRequest(keyID: key.keyID), by: world.root)
        },
        always("ListKeyRotations") { world, key, _ in
            _ = try world.keys.listKeyRotations(ListKeyRotationsRequest(keyID: key.keyID), by: world.root)
        },
    ]

    static let changes: [StateRow] = [
        StateRow(name: "EnableKey", disabled: nil, pendingDeletion: invalid, pendingImport: invalid) {
            world, key, _ in
            try world.keys.enableKey(KeyIDRequest(keyID: key.keyID), by: world.root)
        },
        StateRow(name: "DisableKey", disabled: nil, pendingDeletion: invalid, pendingImport: invalid) {
            world, key, _ in
            try world.keys.disableKey(KeyIDRequest(keyID: key.keyID), by: world.root)
        },
        managing("CreateAlias") { world, key, _ in
            try world.keys.createAlias(
                AliasRequest(aliasName: "alias/n", targetKeyID: key.keyID), by: world.root)
        },
        managing("UpdateAlias to") { world, key, _ in
            let other = try world.makeKey()
            try world.keys.createAlias(
                AliasRequest(aliasName: "alias/n", targetKeyID: other.keyID), by: world.root)
            try world.keys.updateAlias(
                AliasRequest(aliasName: "alias/n", targetKeyID: key.keyID), by: world.root)
        },
        managing("TagResource") { world, key, _ in
            try world.keys.tagResource(
                TagResourceRequest(keyID: key.keyID, tags: [ResourceTag(key: "a", value: "b")]),
                by: world.root)
        },
        managing("UntagResource") { world, key, _ in
            try world.keys.untagResource(
                UntagResourceRequest(keyID: key.keyID, tagKeys: ["a"]), by: world.root)
        },
        managing("UpdateKeyDescription") { world, key, _ in
            try world.keys.updateKeyDescription(
                UpdateKeyDescriptionRequest(keyID: key.keyID, description: "d"), by: world.root)
        },
        managing("ScheduleKeyDeletion") { world, key, _ in
            _ = try world.keys.scheduleKeyDeletion(
                ScheduleKeyDeletionRequest(keyID: key.keyID), by: world.root)
        },
        StateRow(
            name: "CancelKeyDeletion", enabled: invalid, disabled: invalid, pendingDeletion: nil,
            pendingImport: invalid
        ) { world, key, _ in
            _ = try world.keys.cancelKeyDeletion(KeyIDRequest(keyID: key.keyID), by: world.root)
        },
    ]

    static let all = uses + reads + changes
}

@Suite("The state of a key")
struct StateTableTests {
    static let states: [KeyState] = [.enabled, .disabled, .pendingDeletion, .pendingImport]

    @Test("decides what may be done with it", arguments: StateRow.all, states)
    func table(row: StateRow, state: KeyState) throws {
        let world = try World()
        let (key, blob) = try prepare(world, state)
        let found = code { try row.call(world, key, blob) }
        #expect(found == row.expected(in: state))
    }

    private func prepare(_ world: World, _ state: KeyState) throws -> (KeyMetadata, [UInt8]) {
        let key = try world.makeKey(CreateKeyRequest(origin: state == .pendingImport ? "EXTERNAL" : nil))
        let source = state == .pendingImport ? try world.makeKey() : key
        let blob = try world.keys.ciphertext("x", under: source.keyID, by: world.root)
        if state == .disabled { try world.keys.disableKey(KeyIDRequest(keyID: key.keyID), by: world.root) }
        if state == .pendingDeletion {
            _ = try world.keys.scheduleKeyDeletion(
                ScheduleKeyDeletionRequest(keyID: key.keyID), by: world.root)
        }
        return (key, blob)
    }

    @Test("is told in AWS's words")
    func messages() throws {
        let world = try World()
        for (state, suffix) in [
            (KeyState.disabled, "is disabled."), (.pendingDeletion, "is pending deletion."),
            (.pendingImport, "is pending import."),
        ] {
            let key = try world.makeKey(in: state)
            let error = failure { _ = try world.keys.ciphertext("x", under: key.keyID, by: world.root) }
            #expect(error?.message == "\(key.arn) \(suffix)")
        }
    }

    @Test("is not told to a caller without permission, whatever it is", arguments: states)
    func secrecy(state: KeyState) throws {
        let world = try World()
        let key = try world.makeKey(in: state)
        let mallory = try world.user("mallory")
        let error = failure { _ = try world.keys.ciphertext("x", under: key.keyID, by: mallory) }
        #expect(
            error
                == .accessDenied(
                    "User: arn:aws:iam::111122223333:user/mallory is not authorized to perform: kms:Encrypt on resource: \(key.arn) because no identity-based policy allows the kms:Encrypt action"
                ))
    }

    @Test("an alias can be taken from a key that is pending deletion")
    func aliasFromDying() throws {
        let world = try World()
        let dying = try world.makeKey()
        let living = try world.makeKey()
        for name in ["alias/a", "alias/b"] {
            try world.keys.createAlias(
                AliasRequest(aliasName: name, targetKeyID: dying.keyID), by: world.root)
        }
        _ = try world.keys.scheduleKeyDeletion(ScheduleKeyDeletionRequest(keyID: dying.keyID), by: world.root)
        try world.keys.updateAlias(
            AliasRequest(aliasName: "alias/a", targetKeyID: living.keyID), by: world.root)
        try world.keys.deleteAlias(DeleteAliasRequest(aliasName: "alias/b"), by: world.root)
        #expect(try world.describe("alias/a").keyID == living.keyID)
    }
}
