import AWSVocabulary
import GRDB
import PolicyEngine
import StrictJSON

/// What `UpdatePrimaryRegion` is asked.
public struct UpdatePrimaryRegionRequest: Sendable, Equatable {
    /// A key ID or key ARN of a multi-Region primary key.
    public var keyID: String?
    /// The Region of the replica that shall be the primary.
    public var primaryRegion: String?

    /// Makes a request.
    public init(keyID: String?, primaryRegion: String?) {
        self.keyID = keyID
        self.primaryRegion = primaryRegion
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("primaryRegion", primaryRegion)
        return members
    }
}

extension KeyService {
    /// Makes a replica the primary, and the primary a replica.
    ///
    /// Rotation goes with the primary.
    ///
    /// - Throws: `.unsupportedOperation` unless the key is a primary, `.notFound` when there is no replica
    ///   there.
    ///
    /// Source: KMS API, `UpdatePrimaryRegion`.
    public func updatePrimaryRegion(
        _ request: UpdatePrimaryRegionRequest, by call: Call
    ) throws(KeyManagementError) {
        try change(.updatePrimaryRegion, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.requireRegion(request.primaryRegion, "primaryRegion")
            try shape.check()
            let region = try Shape.region(request.primaryRegion)
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) { $0.set(region.text, for: "kms:PrimaryRegion") }
            try key.checkIsPrimary()
            try key.check(.use)
            guard region != key.reference.place.region else {
                throw KeyManagementError.validation("\(key.arn) is already the primary key.")
            }
            let members = invocation.keyring.relatives(of: key)
            guard let replica = members.first(where: { $0.reference.place.region == region }) else {
                let arn = KeyReference(place: KeyPlace(account: key.account, region: region), id: key.id).arn
                throw KeyManagementError.notFound("Key '\(arn)' does not exist")
            }
            invocation.record.touch(replica)
            try replica.check(.use)
            for member in members {
                var attributes = member.attributes
                attributes.primaryRegion = region
                attributes.rotationPeriodDays = member === replica ? key.attributes.rotationPeriodDays : nil
                attributes.nextRotation = member === replica ? key.attributes.nextRotation : nil
                try store.save(member, attributes)
            }
        }
    }
}
