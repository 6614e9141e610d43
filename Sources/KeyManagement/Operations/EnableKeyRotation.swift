import FoundationEssentials
import PolicyEngine
import StrictJSON

/// What `EnableKeyRotation` is asked.
public struct EnableKeyRotationRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// 90 to 2,560 days; 365 where it is `nil`.
    public var rotationPeriodInDays: Int?

    /// Makes a request.
    public init(keyID: String?, rotationPeriodInDays: Int? = nil) {
        self.keyID = keyID
        self.rotationPeriodInDays = rotationPeriodInDays
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("rotationPeriodInDays", rotationPeriodInDays)
        return members
    }
}

extension KeyService {
    /// Rotates a key's material automatically, or changes the period.
    ///
    /// - Throws: `.unsupportedOperation` for keys that are not symmetric with material of KMS's own.
    ///
    /// Source: KMS API, `EnableKeyRotation`.
    public func enableKeyRotation(_ request: EnableKeyRotationRequest, by call: Call)
        throws(KeyManagementError)
    {
        try change(.enableKeyRotation, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.number(request.rotationPeriodInDays, "rotationPeriodInDays", 90...2560)
            try shape.check()
            let days = request.rotationPeriodInDays ?? 365
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) { context in
                context.set(String(days), for: "kms:RotationPeriodInDays")
            }
            try key.checkRotates(automatically: true)
            try key.check(.use)
            var attributes = key.attributes
            // Enabling again with the same period leaves the date that was promised.
            if attributes.rotationPeriodDays != days {
                attributes.rotationPeriodDays = days
                attributes.nextRotation = invocation.now.addingTimeInterval(Double(days) * 86_400)
            }
            try store.save(key, attributes)
        }
    }
}

extension Key {
    /// Refuses a key whose material cannot be rotated.
    ///
    /// - Parameter automatically: Imported material cannot be rotated by KMS itself, only on demand.
    func checkRotates(automatically: Bool) throws(KeyManagementError) {
        guard spec == .symmetricDefault, !automatically || attributes.origin == .awsKMS else {
            throw .unsupportedOperation("\(arn) origin or key spec does not support key rotation.")
        }
        guard !reference.id.isMultiRegion || isPrimary else {
            throw .unsupportedOperation("\(arn) is a replica key; its rotation follows the primary key.")
        }
    }
}
