public import FoundationEssentials
import StrictJSON

/// What `ListKeyRotations` is asked.
public struct ListKeyRotationsRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// `ROTATIONS_ONLY`, the default, or `ALL_KEY_MATERIAL`.
    public var includeKeyMaterial: String?
    /// 1 to 1,000; 100 where it is `nil`.
    public var limit: Int?
    /// Where the page before said to go on.
    public var marker: String?

    /// Makes a request.
    public init(keyID: String?, includeKeyMaterial: String? = nil, limit: Int? = nil, marker: String? = nil) {
        self.keyID = keyID
        self.includeKeyMaterial = includeKeyMaterial
        self.limit = limit
        self.marker = marker
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("includeKeyMaterial", includeKeyMaterial)
        members.put("limit", limit)
        members.put("marker", marker)
        return members
    }
}

/// A material of a key in a list of rotations.
public struct KeyRotationListEntry: Sendable, Equatable {
    /// The key's ID.
    public var keyID: String
    /// The material.
    public var keyMaterialID: String
    /// `CURRENT`, `NON_CURRENT` or `PENDING_ROTATION`, when all material is asked for.
    public var keyMaterialState: String?
    /// When it became current; `nil` for the first material.
    public var rotationDate: Date?
    /// `AUTOMATIC` or `ON_DEMAND`; `nil` for the first material.
    public var rotationType: String?
    /// What was said of it at import.
    public var keyMaterialDescription: String?
    /// `IMPORTED` or `PENDING_IMPORT`, for imported material.
    public var importState: String?
    /// `KEY_MATERIAL_EXPIRES` or `KEY_MATERIAL_DOES_NOT_EXPIRE`, for imported material.
    public var expirationModel: String?
    /// When imported material expires.
    public var validTo: Date?
}

extension KeyService {
    /// Lists the rotations of a key, oldest first; with `ALL_KEY_MATERIAL` every material.
    ///
    /// Source: KMS API, `ListKeyRotations`.
    public func listKeyRotations(
        _ request: ListKeyRotationsRequest, by call: Call
    ) throws(KeyManagementError) -> Page<KeyRotationListEntry> {
        try answer(.listKeyRotations, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.choice(
                request.includeKeyMaterial, "includeKeyMaterial", ["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"])
            try shape.check()
            let paging = try Paging(
                .listKeyRotations, limit: request.limit, marker: request.marker, standard: 100, maximum: 1000)
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            try key.checkHasRotations()
            let includesAll = request.includeKeyMaterial == "ALL_KEY_MATERIAL"
            // The position is the marker: materials are only ever added at the end.
            let after = Int(paging.after) ?? -1
            let materials = key.materials.filter { $0.position > after && (includesAll || $0.rotated != nil) }
            let page = paging.page(materials) { String($0.position) }
            return Page(
                items: page.items.map { $0.listEntry(includesAll: includesAll) }, nextMarker: page.nextMarker)
        }
    }
}

extension Key {
    func checkHasRotations() throws(KeyManagementError) {
        guard spec == .symmetricDefault else {
            throw .unsupportedOperation("\(arn) key spec does not support key rotation.")
        }
    }
}

extension KeyMaterial {
    fileprivate func listEntry(includesAll: Bool) -> KeyRotationListEntry {
        let isImported = expirationModel != nil
        return KeyRotationListEntry(
            keyID: key.id.text, keyMaterialID: id.text, keyMaterialState: includesAll ? state.rawValue : nil,
            rotationDate: rotated, rotationType: rotationType?.rawValue, keyMaterialDescription: description,
            importState: isImported ? (isPresent ? "IMPORTED" : "PENDING_IMPORT") : nil,
            expirationModel: expirationModel?.rawValue, validTo: validTo)
    }
}
