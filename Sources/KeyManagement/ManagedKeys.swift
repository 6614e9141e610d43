import AWSVocabulary
import AccountHome
import Cryptography
import FoundationEssentials
import GRDB
import PolicyEngine
import StrictJSON

/// The keys that AWS manages in an account: here the one of SES, `alias/aws/ses`.
///
/// It comes into being when SES first seals under it, or when somebody of the account describes it. Its
/// policy cannot be changed, so the operations that would change the key are refused by the policy itself.
///
/// Inferred, since AWS does not publish the policy: SES may seal for this account's messages, and principals
/// of the account may read what IAM lets them read, by calling KMS directly.
enum ManagedKeys {
    static let sesAlias = "alias/aws/ses"
    static let sesService = "ses.amazonaws.com"
    /// AWS managed keys rotate every year.
    static let rotationPeriodDays = 365

    /// The policy of the SES key of an account.
    static func sesPolicy(account: AccountID) -> String {
        let names = ["rule-name", "message-id"].map { "kms:EncryptionContext:aws:ses:\($0)" }
        let present = JSONObject(names.map { ($0, .string("false")) })
        let seal: JSONValue = [
            "Sid": "Allow SES to encrypt messages that belong to this account", "Effect": "Allow",
            "Principal": ["Service": .string(sesService)], "Action": ["kms:Encrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": [
                "Null": .object(present),
                "StringEquals": ["kms:EncryptionContext:aws:ses:source-account": .string(account.text)],
            ],
        ]
        let read: JSONValue = [
            "Sid": "Allow principals of this account to read their messages as IAM permits",
            "Effect": "Allow",
            "Principal": ["AWS": .string(ARN.accountRoot(account).text)],
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Get*", "kms:List*"], "Resource": "*",
            "Condition": ["StringEquals": ["kms:CallerAccount": .string(account.text)]],
        ]
        let policy: JSONValue = ["Version": "2012-10-17", "Id": "auto-ses-1", "Statement": [seal, read]]
        return policy.text(pretty: true)
    }
}

extension KeyService {
    /// Makes the AWS managed key behind an alias, unless another call has just done so.
    func makeManagedKey(for alias: AliasReference, at now: Date) throws(KeyManagementError) {
        let attributes = KeyAttributes(
            spec: .symmetricDefault, usage: .encryptDecrypt, origin: .awsKMS, manager: .aws, state: .enabled,
            description: "Default key that protects my SES messages when no other key is defined",
            created: now,
            tags: [], rotationPeriodDays: ManagedKeys.rotationPeriodDays,
            nextRotation: now.addingTimeInterval(Double(ManagedKeys.rotationPeriodDays) * 86_400))
        let reference = KeyReference(place: alias.place, id: .random(surroundings, isMultiRegion: false))
        let material = try newMaterial(attributes.spec.makeMaterial(), for: reference, at: now)
        let known = try currentKeyring()
        try home.write(wrapping: { KeyManagementError($0) }) { database in
            let keyring = try KeyringLoader.load(database, replacing: known)
            guard keyring.aliases[alias] == nil else { return }
            let store = try KeyStore(database)
            try store.save(
                reference, attributes, policy: ManagedKeys.sesPolicy(account: alias.place.account))
            try store.save(material, of: reference)
            try store.save(Alias(reference: alias, keyID: reference.id, created: now, updated: now))
            try recordEvent("CreateKey", on: reference, at: now)
        }
    }

    /// A key's first or next material, sealed.
    func newMaterial(
        _ secret: borrowing SecretBytes, for key: KeyReference, at now: Date, position: Int = 0,
        rotation: KeyMaterial.RotationType? = nil
    ) throws(KeyManagementError) -> MaterialRow {
        let id = MaterialID(of: secret)
        return MaterialRow(
            position: position, id: id, sealed: try seal(secret, as: KeyMaterial.sealName(key: key, id: id)),
            state: .current, created: now, rotationType: rotation, rotated: rotation == nil ? nil : now)
    }

    /// Seals a secret under the home's root key.
    func seal(_ secret: borrowing SecretBytes, as name: [String]) throws(KeyManagementError) -> [UInt8] {
        do throws(HomeError) {
            return try home.rootKey.seal(secret, as: name)
        } catch {
            throw KeyManagementError(error)
        }
    }
}
