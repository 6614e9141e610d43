import GRDB
import StrictJSON

/// What `DeleteImportedKeyMaterial` is asked.
public struct DeleteImportedKeyMaterialRequest: Sendable, Equatable {
    /// A key ID or key ARN of a key of external origin.
    public var keyID: String?
    /// The material to forget; the current one where it is `nil`.
    public var keyMaterialID: String?

    /// Makes a request.
    public init(keyID: String?, keyMaterialID: String? = nil) {
        self.keyID = keyID
        self.keyMaterialID = keyMaterialID
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("keyMaterialId", keyMaterialID)
        return members
    }
}

extension KeyService {
    /// Forgets imported material.
    ///
    /// The key waits until the same is imported again; ciphertexts come back with it.
    ///
    /// Forgetting what is not there changes nothing.
    ///
    /// Source: KMS API, `DeleteImportedKeyMaterial`.
    public func deleteImportedKeyMaterial(
        _ request: DeleteImportedKeyMaterialRequest, by call: Call
    ) throws(KeyManagementError) -> KeyMaterialResponse {
        try change(.deleteImportedKeyMaterial, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.text(request.keyMaterialID, "keyMaterialId", 64...64)
            try shape.check()
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            try key.checkIsImported()
            try key.check(.managing)
            let wanted = request.keyMaterialID
            let material = wanted == nil ? key.currentMaterial : key.materials.first { $0.id.text == wanted }
            guard let material else {
                guard wanted == nil else {
                    throw KeyManagementError.notFound("Key material \(wanted ?? "") does not exist")
                }
                return KeyMaterialResponse(keyARN: key.arn, keyMaterialID: nil)
            }
            if material.isPresent { try store.forget(material, of: key) }
            return KeyMaterialResponse(
                keyARN: key.arn, keyMaterialID: key.spec == .symmetricDefault ? material.id.text : nil)
        }
    }
}

extension KeyStore {
    /// Deletes imported material; only its ID stays, to know it again.
    fileprivate func forget(_ material: KeyMaterial, of key: Key) throws {
        var row = material.row
        row.sealed = nil
        row.validTo = nil
        try save(row, of: key.reference)
        var attributes = key.attributes
        if material.state != .pendingRotation { attributes.state = .pendingImport }
        try save(key, attributes)
    }
}
