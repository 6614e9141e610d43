import AccountHome
import Cryptography
public import FoundationEssentials
import PolicyEngine
import StrictJSON

/// What `GetParametersForImport` is asked.
public struct GetParametersForImportRequest: Sendable, Equatable {
    /// A key ID or key ARN of a key of external origin.
    public var keyID: String?
    /// How the material will be wrapped.
    public var wrappingAlgorithm: String?
    /// The size of the wrapping key.
    public var wrappingKeySpec: String?

    /// Makes a request.
    public init(keyID: String?, wrappingAlgorithm: String?, wrappingKeySpec: String?) {
        self.keyID = keyID
        self.wrappingAlgorithm = wrappingAlgorithm
        self.wrappingKeySpec = wrappingKeySpec
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("wrappingAlgorithm", wrappingAlgorithm)
        members.put("wrappingKeySpec", wrappingKeySpec)
        return members
    }
}

/// What `GetParametersForImport` answers.
public struct GetParametersForImportResponse: Sendable, Equatable {
    /// The ARN of the key.
    public var keyARN: String
    /// To be sent back with the material.
    public var importToken: [UInt8]
    /// The public wrapping key, DER `SubjectPublicKeyInfo`.
    public var publicKey: [UInt8]
    /// Until when both can be used: 24 hours.
    public var parametersValidTo: Date
}

extension KeyService {
    /// A fresh RSA key under which material for a key can be wrapped.
    ///
    /// - Throws: `.unsupportedOperation` unless the key is of external origin.
    ///
    /// Source: KMS API, `GetParametersForImport`.
    public func getParametersForImport(
        _ request: GetParametersForImportRequest, by call: Call
    ) throws(KeyManagementError) -> GetParametersForImportResponse {
        try answer(.getParametersForImport, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) in
            let wrappingSpecs = [KeySpec.rsa2048, .rsa3072, .rsa4096]
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.require(request.wrappingAlgorithm, "wrappingAlgorithm")
            shape.choice(request.wrappingAlgorithm, "wrappingAlgorithm", of: WrappingAlgorithm.self)
            shape.require(request.wrappingKeySpec, "wrappingKeySpec")
            shape.choice(request.wrappingKeySpec, "wrappingKeySpec", wrappingSpecs.map(\.rawValue))
            try shape.check()
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) { context in
                context.set(request.wrappingAlgorithm ?? "", for: "kms:WrappingAlgorithm")
                context.set(request.wrappingKeySpec ?? "", for: "kms:WrappingKeySpec")
            }
            try key.checkIsImported()
            try key.check(.managing)
            guard let algorithm = request.wrappingAlgorithm.flatMap(WrappingAlgorithm.init(rawValue:)),
                let kind = request.wrappingKeySpec.flatMap(KeySpec.init(rawValue:))?.pairKind
            else { throw .internalFailure("a wrapping name is listed but unknown") }
            let pair = try translating { () throws(CryptographyError) in try PrivateKey.generate(kind) }
            let validTo = invocation.now.addingTimeInterval(ImportToken.validityInSeconds)
            let token = try ImportToken.make(
                for: key.reference, pair, algorithm, validTo: validTo, rootKey: home.rootKey)
            return GetParametersForImportResponse(
                keyARN: key.arn, importToken: token, publicKey: pair.publicKey.subjectPublicKeyInfo,
                parametersValidTo: validTo)
        }
    }
}

extension Key {
    /// Refuses a key whose material KMS made itself.
    func checkIsImported() throws(KeyManagementError) {
        guard attributes.origin == .external else {
            throw .unsupportedOperation(
                "\(arn) origin is \(attributes.origin.rawValue) which is not valid for this operation.")
        }
    }
}
