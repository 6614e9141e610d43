import FoundationEssentials
import GRDB

extension KeyService {
    /// How often a key may be rotated on demand.
    static let onDemandRotationLimit = 25

    /// Gives a key new material now; what was sealed before still opens.
    ///
    /// The schedule of automatic rotation stays what it is. Imported keys take the material that was imported
    /// for the purpose.
    ///
    /// - Returns: The key's ARN.
    /// - Throws: `.limitExceeded` after 25 rotations.
    ///
    /// Source: KMS API, `RotateKeyOnDemand`.
    public func rotateKeyOnDemand(_ request: KeyIDRequest, by call: Call) throws(KeyManagementError) -> String
    {
        try change(.rotateKeyOnDemand, by: call, request.parameters) { invocation, store in
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            try key.checkRotates(automatically: false)
            try key.check(.use)
            let count = key.materials.count { $0.rotationType == .onDemand }
            guard count < Self.onDemandRotationLimit else {
                throw KeyManagementError.limitExceeded(
                    "The on-demand rotations limit has been reached for the given keyId. "
                        + "No more on-demand rotations can be performed for this key: \(key.arn)")
            }
            let changes = DueChanges(
                service: self, keyring: invocation.keyring, store: store, now: invocation.now)
            if key.attributes.origin == .external {
                try changes.promoteImportedMaterial(of: key)
            } else {
                try changes.rotate(key, key.attributes, .onDemand)
            }
            return key.arn
        }
    }
}

extension DueChanges {
    /// Makes the material that was imported for rotation the current one.
    func promoteImportedMaterial(of key: Key) throws {
        guard var row = key.materials.last(where: { $0.state == .pendingRotation && $0.isPresent })?.row
        else {
            throw KeyManagementError.invalidState("\(key.arn) has no key material pending rotation.")
        }
        try retireCurrentMaterial(of: key)
        row.state = .current
        row.rotationType = .onDemand
        row.rotated = now
        try store.save(row, of: key.reference)
        try store.save(key, key.attributes)
    }
}
