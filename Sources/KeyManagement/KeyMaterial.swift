import AWSVocabulary
import AccountHome
import Cryptography
import FoundationEssentials
import Synchronization

/// The ID of key material: 64 hexadecimal digits, different for different material.
struct MaterialID: Hashable, Sendable {
    static let byteCount = 32
    let bytes: [UInt8]

    /// The ID as text, as `CurrentKeyMaterialId` and `KeyMaterialId` show it.
    var text: String { Hex.encode(bytes) }

    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    init?(text: String) {
        guard let bytes = Hex.decode(text) else { return nil }
        self.init(bytes)
    }

    /// The ID of `secret`.
    ///
    /// It is a keyed hash with the material as its key: equal material has an equal ID in every home, which
    /// lets a re-import be recognised and fixed test keys open old ciphertexts, and the ID tells nothing
    /// about it.
    init(of secret: borrowing SecretBytes) {
        bytes = HMAC.sha256(key: secret, Array("envelopefs/kms/material-id/1".utf8))
    }
}

/// One material of a key: sealed as stored, opened at first use and wiped with the last reference.
final class KeyMaterial: Sendable {
    /// Where a material stands among those of its key.
    enum State: String, Sendable {
        /// Makes new ciphertexts.
        case current = "CURRENT"
        /// Opens old ones only.
        case nonCurrent = "NON_CURRENT"
        /// Imported for the next rotation on demand.
        case pendingRotation = "PENDING_ROTATION"
    }

    /// What made a material current.
    enum RotationType: String, Sendable {
        case automatic = "AUTOMATIC"
        case onDemand = "ON_DEMAND"
    }

    let key: KeyReference
    /// The place among the key's materials, from 0.
    let position: Int
    let id: MaterialID
    /// `nil` while imported material is deleted or expired.
    let sealed: [UInt8]?
    let state: State
    let created: Date
    let rotationType: RotationType?
    let rotated: Date?
    let description: String?
    let expirationModel: ExpirationModel?
    let validTo: Date?

    private let opened = Mutex<OpenedMaterial?>(nil)

    init(row: MaterialRow, of key: KeyReference) {
        self.key = key
        position = row.position
        id = row.id
        sealed = row.sealed
        state = row.state
        created = row.created
        rotationType = row.rotationType
        rotated = row.rotated
        description = row.description
        expirationModel = row.expirationModel
        validTo = row.validTo
    }

    /// Whether the material itself is there.
    var isPresent: Bool { sealed != nil }

    /// The row this was read from.
    var row: MaterialRow {
        MaterialRow(
            position: position, id: id, sealed: sealed, state: state, created: created,
            rotationType: rotationType,
            rotated: rotated, description: description, expirationModel: expirationModel, validTo: validTo)
    }

    /// The material, opened; the same object for every caller.
    ///
    /// - Throws: `.invalidState` when it was imported and is gone, `.internalFailure` when it does not open.
    func open(with rootKey: RootKey) throws(KeyManagementError) -> OpenedMaterial {
        if let known = opened.withLock({ $0 }) { return known }
        guard let sealed else { throw .invalidState("\(key.arn) is pending import.") }
        do throws(HomeError) {
            let secret = try rootKey.open(sealed, as: Self.sealName(key: key, id: id))
            let material = OpenedMaterial(secret)
            return opened.withLock { slot in
                // Two callers may have opened it at once; all go on with the first.
                let kept = slot ?? material
                slot = kept
                return kept
            }
        } catch {
            throw KeyManagementError(error)
        }
    }

    /// The name under which the root key seals a material: a sealed material put under another key does not
    /// open.
    static func sealName(key: KeyReference, id: MaterialID) -> [String] {
        ["kms-material", key.arn.text, id.text]
    }
}

/// Where an imported material's expiry comes from.
enum ExpirationModel: String, Sendable, CaseIterable {
    case expires = "KEY_MATERIAL_EXPIRES"
    case doesNotExpire = "KEY_MATERIAL_DOES_NOT_EXPIRE"
}

/// The columns of a material's row.
struct MaterialRow: Sendable {
    var position: Int
    var id: MaterialID
    var sealed: [UInt8]?
    var state: KeyMaterial.State
    var created: Date
    var rotationType: KeyMaterial.RotationType?
    var rotated: Date?
    var description: String?
    var expirationModel: ExpirationModel?
    var validTo: Date?
}

/// Material in the clear, in secret memory; AES and HMAC keys as they are, key pairs as PKCS #8.
final class OpenedMaterial: Sendable {
    let secret: SecretBytes
    private let parsed = Mutex<PrivateKey?>(nil)

    init(_ secret: consuming SecretBytes) { self.secret = secret }

    /// The key pair that the material is, parsed at first use.
    func privateKey() throws(KeyManagementError) -> PrivateKey {
        if let known = parsed.withLock({ $0 }) { return known }
        let key = try translating { () throws(CryptographyError) in try PrivateKey(pkcs8: secret) }
        parsed.withLock { $0 = key }
        return key
    }
}
