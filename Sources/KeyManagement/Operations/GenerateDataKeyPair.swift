public import AWSVocabulary
public import Cryptography
import PolicyEngine
import StrictJSON

/// What `GenerateDataKeyPair` and `GenerateDataKeyPairWithoutPlaintext` are asked.
public struct GenerateDataKeyPairRequest: Sendable, Equatable {
    /// A symmetric key: ID, key ARN, alias name or alias ARN.
    public var keyID: String?
    /// The kind of pair.
    public var keyPairSpec: String?
    /// The pairs to bind.
    public var encryptionContext: EncryptionContext?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(
        keyID: String?, keyPairSpec: String?, encryptionContext: EncryptionContext? = nil,
        grantTokens: [String]? = nil, dryRun: Bool? = nil
    ) {
        self.keyID = keyID
        self.keyPairSpec = keyPairSpec
        self.encryptionContext = encryptionContext
        self.grantTokens = grantTokens
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("keyPairSpec", keyPairSpec)
        members.put("encryptionContext", encryptionContext)
        members.put("dryRun", dryRun)
        return members
    }
}

/// What `GenerateDataKeyPair` answers.
public struct GenerateDataKeyPairResponse: ~Copyable, Sendable {
    /// The private key, DER PKCS #8, wiped when the response goes out of scope.
    public let privateKeyPlaintext: SecretBytes
    /// The private key under the KMS key.
    public let privateKeyCiphertextBlob: [UInt8]
    /// The public key, DER `SubjectPublicKeyInfo`.
    public let publicKey: [UInt8]
    /// The ARN of the KMS key.
    public let keyARN: String
    /// The kind of pair.
    public let keyPairSpec: String
    /// The material that sealed it.
    public let keyMaterialID: String
}

extension KeyService {
    /// Makes a key pair and seals its private half under a KMS key.
    ///
    /// Source: KMS API, `GenerateDataKeyPair`.
    public func generateDataKeyPair(
        _ request: GenerateDataKeyPairRequest, by call: Call
    ) throws(KeyManagementError) -> GenerateDataKeyPairResponse {
        try generateDataKeyPair(request, by: call, as: .generateDataKeyPair)
    }

    /// Makes a key pair for either operation.
    func generateDataKeyPair(
        _ request: GenerateDataKeyPairRequest, by call: Call, as operation: Operation
    ) throws(KeyManagementError) -> GenerateDataKeyPairResponse {
        try answer(operation, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) -> GenerateDataKeyPairResponse in
            let (spec, kind) = try request.checkedSpec()
            let context = request.encryptionContext ?? [:]
            let named = try invocation.usableKey(request.keyID)
            try invocation.authorizeDataKey(named, context: context, grantTokens: request.grantTokens) {
                $0.set(spec.rawValue, for: "kms:DataKeyPairSpec")
            }
            if request.dryRun == true { throw .dryRun }
            let pair = try translating { () throws(CryptographyError) in try PrivateKey.generate(kind) }
            let plaintext = try translating { () throws(CryptographyError) in try pair.pkcs8() }
            let blob = try invocation.seal(plaintext, under: named.key, .symmetricDefault, context)
            return GenerateDataKeyPairResponse(
                privateKeyPlaintext: plaintext, privateKeyCiphertextBlob: blob,
                publicKey: pair.publicKey.subjectPublicKeyInfo, keyARN: named.key.arn,
                keyPairSpec: spec.rawValue,
                keyMaterialID: try invocation.currentMaterial(of: named.key).id.text)
        }
    }
}

extension GenerateDataKeyPairRequest {
    /// Checks the shape; the spec is one of a key pair.
    fileprivate func checkedSpec() throws(KeyManagementError) -> (KeySpec, AsymmetricKind) {
        var shape = Shape()
        shape.requireKeyID(keyID)
        shape.require(keyPairSpec, "keyPairSpec")
        shape.choice(keyPairSpec, "keyPairSpec", KeySpec.allCases.filter(\.isAsymmetric).map(\.rawValue))
        shape.grantTokens(grantTokens)
        shape.encryptionContext(encryptionContext, "encryptionContext")
        try shape.check()
        guard let spec = keyPairSpec.flatMap(KeySpec.init(rawValue:)), let kind = spec.pairKind else {
            throw .validation("KeyPairSpec is required.")
        }
        return (spec, kind)
    }
}
