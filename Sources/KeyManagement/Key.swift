import AWSVocabulary
import FoundationEssentials
import PolicyEngine

/// One KMS key as of a snapshot: everything about it but aliases and grants.
///
/// Immutable and shared by reference, so that a call holds a consistent key however long it takes.
final class Key: Sendable {
    let reference: KeyReference
    /// The ARN as text, which every answer and record needs.
    let arn: String
    let attributes: KeyAttributes
    /// The key policy, parsed once.
    let policy: PolicyDocument
    /// Every material the key has had, oldest first.
    let materials: [KeyMaterial]

    init(
        reference: KeyReference, attributes: KeyAttributes, policy: PolicyDocument, materials: [KeyMaterial]
    ) {
        self.reference = reference
        arn = reference.arn.text
        self.attributes = attributes
        self.policy = policy
        self.materials = materials
    }

    var id: KeyID { reference.id }
    var spec: KeySpec { attributes.spec }
    var usage: KeyUsage { attributes.usage }
    var state: KeyState { attributes.state }
    var account: AccountID { reference.place.account }
    var isAWSManaged: Bool { attributes.manager == .aws }

    /// The material that new ciphertexts are made with; `nil` until something has been imported.
    var currentMaterial: KeyMaterial? { materials.last { $0.state == .current } }

    /// The material of that ID, current or not.
    func material(id: MaterialID) -> KeyMaterial? { materials.last { $0.id == id } }

    /// Whether the key is the primary or a replica of a multi-Region key.
    var isPrimary: Bool { attributes.primaryRegion == reference.place.region }

    /// Where the policy decision finds the key.
    var resource: String { arn }

    /// Whether a background change is due at `now`.
    func isDue(at now: Date) -> Bool { nextDue.map { $0 <= now } ?? false }

    /// When time alone will change the key next: its deletion, its rotation or the expiry of a material.
    var nextDue: Date? {
        let dates = [
            state == .pendingDeletion ? attributes.deletionDate : nil,
            state == .enabled ? attributes.nextRotation : nil,
            materials.compactMap { $0.isPresent ? $0.validTo : nil }.min(),
        ]
        return dates.compactMap { $0 }.min()
    }
}

/// The columns of a key's row.
struct KeyAttributes: Sendable, Equatable {
    var spec: KeySpec
    var usage: KeyUsage
    var origin: KeyOrigin
    var manager: KeyManager
    var state: KeyState
    var description: String
    var created: Date
    var tags: [ResourceTag]
    /// The waiting time chosen when the deletion was scheduled.
    var pendingWindowDays: Int?
    /// When the key goes for good.
    var deletionDate: Date?
    /// The period of automatic rotation, `nil` while that is off.
    var rotationPeriodDays: Int?
    var nextRotation: Date?
    /// The Region of the primary key, for multi-Region keys.
    var primaryRegion: Region?
}

/// A name and a value attached to a key.
public struct ResourceTag: Sendable, Hashable {
    /// 1 to 128 characters.
    public var key: String
    /// 0 to 256 characters.
    public var value: String

    /// Makes a tag.
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// The name AWS gives the type; ``ResourceTag`` is the one to use beside Swift Testing, which has a `Tag`
/// too.
public typealias Tag = ResourceTag
