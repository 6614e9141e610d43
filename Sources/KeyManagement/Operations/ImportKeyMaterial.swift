import AWSVocabulary
import AccountHome
import Cryptography
public import FoundationEssentials
import GRDB
import PolicyEngine
import StrictJSON

/// What `ImportKeyMaterial` is asked.
public struct ImportKeyMaterialRequest: Sendable, Equatable {
    /// A key ID or key ARN of a key of external origin.
    public var keyID: String?
    /// The token of `GetParametersForImport`.
    public var importToken: [UInt8]?
    /// The material, wrapped under the public key that came with the token.
    public var encryptedKeyMaterial: [UInt8]?
    /// When the material shall be forgotten.
    public var validTo: Date?
    /// `KEY_MATERIAL_EXPIRES`, the default, or `KEY_MATERIAL_DOES_NOT_EXPIRE`.
    public var expirationModel: String?
    /// `EXISTING_KEY_MATERIAL` or `NEW_KEY_MATERIAL`; by default what the key needs.
    public var importType: String?
    /// Free text, at most 256 characters.
    public var keyMaterialDescription: String?
    /// The material that is imported again, where several are absent.
    public var keyMaterialID: String?

    /// Makes a request.
    public init(
        keyID: String?, importToken: [UInt8]?, encryptedKeyMaterial: [UInt8]?, validTo: Date? = nil,
        expirationModel: String? = nil, importType: String? = nil, keyMaterialDescription: String? = nil,
        keyMaterialID: String? = nil
    ) {
        self.keyID = keyID
        self.importToken = importToken
        self.encryptedKeyMaterial = encryptedKeyMaterial
        self.validTo = validTo
        self.expirationModel = expirationModel
        self.importType = importType
        self.keyMaterialDescription = keyMaterialDescription
        self.keyMaterialID = keyMaterialID
    }

    /// Token and material are left out.
    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("validTo", validTo.map { Timestamps.iso8601($0) })
        members.put("expirationModel", expirationModel)
        members.put("importType", importType)
        members.put("keyMaterialDescription", keyMaterialDescription)
        members.put("keyMaterialId", keyMaterialID)
        return members
    }
}

/// What `ImportKeyMaterial` and `DeleteImportedKeyMaterial` answer.
public struct KeyMaterialResponse: Sendable, Equatable {
    /// The ARN of the key.
    public var keyARN: String
    /// The material, of symmetric keys.
    public var keyMaterialID: String?
}

extension KeyService {
    /// Gives a key of external origin its material, for the first time or again.
    ///
    /// A material that was there before must be imported unchanged; a symmetric key may get further ones, to
    /// rotate to on demand.
    ///
    /// - Throws: `.invalidImportToken`, `.expiredImportToken`, `.invalidCiphertext` for what does not unwrap,
    ///   `.incorrectKeyMaterial` for material that is not the one wanted.
    ///
    /// Source: KMS API, `ImportKeyMaterial`.
    public func importKeyMaterial(
        _ request: ImportKeyMaterialRequest, by call: Call
    ) throws(KeyManagementError) -> KeyMaterialResponse {
        try change(.importKeyMaterial, by: call, request.parameters) { invocation, store in
            let expiry = try ImportExpiry(request, at: invocation.now)
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) { context in
                context.set(expiry.model.rawValue, for: "kms:ExpirationModel")
                if let date = expiry.validTo { context.set(Timestamps.iso8601(date), for: "kms:ValidTo") }
            }
            try key.checkIsImported()
            try key.check(.managing)
            let token = try ImportToken(
                request.importToken ?? [], for: key.reference, at: invocation.now, rootKey: home.rootKey)
            let secret = try token.algorithm.unwrap(request.encryptedKeyMaterial ?? [], with: token.pair)
            do throws(KeyManagementError) {
                try key.spec.check(secret)
            } catch {
                throw KeyManagementError.incorrectKeyMaterial(error.message ?? "")
            }
            var row = try newMaterial(secret, for: key.reference, at: invocation.now)
            try key.place(&row, as: request)
            row.description = request.keyMaterialDescription ?? row.description
            row.expirationModel = expiry.model
            row.validTo = expiry.validTo
            try store.save(row, of: key.reference)
            try store.save(key, key.attributes(importing: row))
            return KeyMaterialResponse(
                keyARN: key.arn, keyMaterialID: key.spec == .symmetricDefault ? row.id.text : nil)
        }
    }
}

/// When imported material shall be forgotten.
private struct ImportExpiry {
    let model: ExpirationModel
    let validTo: Date?

    init(_ request: ImportKeyMaterialRequest, at now: Date) throws(KeyManagementError) {
        var shape = Shape()
        shape.requireKeyID(request.keyID)
        shape.requireBlob(request.importToken, "importToken", atMost: 6144)
        shape.requireBlob(request.encryptedKeyMaterial, "encryptedKeyMaterial", atMost: 6144)
        shape.choice(request.expirationModel, "expirationModel", of: ExpirationModel.self)
        shape.choice(request.importType, "importType", ["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"])
        shape.text(request.keyMaterialDescription, "keyMaterialDescription", 0...256)
        shape.text(request.keyMaterialID, "keyMaterialId", 64...64)
        try shape.check()
        model = request.expirationModel.flatMap(ExpirationModel.init(rawValue:)) ?? .expires
        validTo = request.validTo
        switch (model, validTo) {
        case (.expires, nil):
            throw .validation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
        case (.doesNotExpire, _?):
            throw .validation(
                "The validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
        case (.expires, let date?) where date <= now:
            throw .validation("The validTo date must be in the future")
        case (.expires, let date?) where date > now.addingTimeInterval(365 * 86_400):
            throw .validation("The validTo date must be within 365 days")
        case (.expires, _?), (.doesNotExpire, nil): break
        }
    }
}

extension Key {
    /// Finds the place of imported material among the key's materials.
    ///
    /// - Throws: `.incorrectKeyMaterial`, `.unsupportedOperation`.
    fileprivate func place(_ row: inout MaterialRow, as request: ImportKeyMaterialRequest)
        throws(KeyManagementError)
    {
        let isNew = request.importType.map { $0 == "NEW_KEY_MATERIAL" } ?? materials.isEmpty
        let known = material(id: row.id)
        if !isNew || materials.isEmpty {
            guard let known else {
                guard materials.isEmpty, request.keyMaterialID == nil else { throw Self.otherMaterial }
                return
            }
            guard request.keyMaterialID ?? row.id.text == row.id.text else { throw Self.otherMaterial }
            row.position = known.position
            row.state = known.state
            row.created = known.created
            row.rotationType = known.rotationType
            row.rotated = known.rotated
            row.description = known.description
            return
        }
        guard spec == .symmetricDefault else {
            throw .unsupportedOperation("\(arn) key spec does not support several key materials.")
        }
        if let known, known.state != .pendingRotation {
            throw .incorrectKeyMaterial("The key material has already been imported into \(arn).")
        }
        // A second one that waits replaces the first.
        let waiting = materials.last { $0.state == .pendingRotation }
        row.position = waiting?.position ?? (materials.map(\.position).max() ?? -1) + 1
        row.state = .pendingRotation
    }

    private static var otherMaterial: KeyManagementError {
        .incorrectKeyMaterial("The key material is not the same that was previously imported.")
    }

    /// The attributes after an import: usable once no material that ciphertexts may need is absent.
    fileprivate func attributes(importing row: MaterialRow) -> KeyAttributes {
        var attributes = attributes
        let isComplete = materials.allSatisfy { material in
            material.position == row.position || material.isPresent || material.state == .pendingRotation
        }
        if attributes.state == .pendingImport, isComplete { attributes.state = .enabled }
        return attributes
    }
}
