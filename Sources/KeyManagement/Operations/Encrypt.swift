public import AWSVocabulary
import Cryptography
import PolicyEngine
import StrictJSON

/// What `Encrypt` is asked.
public struct EncryptRequest: Sendable, Equatable {
    /// A key ID, key ARN, alias name or alias ARN.
    public var keyID: String?
    /// 1 to 4,096 bytes; an RSA key takes fewer.
    public var plaintext: [UInt8]?
    /// The pairs to bind; not for RSA keys.
    public var encryptionContext: EncryptionContext?
    /// `SYMMETRIC_DEFAULT` where it is `nil`.
    public var encryptionAlgorithm: String?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(
        keyID: String?, plaintext: [UInt8]?, encryptionContext: EncryptionContext? = nil,
        encryptionAlgorithm: String? = nil, grantTokens: [String]? = nil, dryRun: Bool? = nil
    ) {
        self.keyID = keyID
        self.plaintext = plaintext
        self.encryptionContext = encryptionContext
        self.encryptionAlgorithm = encryptionAlgorithm
        self.grantTokens = grantTokens
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put(
            "encryptionAlgorithm", encryptionAlgorithm ?? EncryptionAlgorithm.symmetricDefault.rawValue)
        members.put("encryptionContext", encryptionContext)
        members.put("dryRun", dryRun)
        return members
    }
}

/// What `Encrypt` answers.
public struct EncryptResponse: Sendable, Equatable {
    /// The ciphertext.
    public var ciphertextBlob: [UInt8]
    /// The ARN of the key that was used.
    public var keyARN: String
    /// The algorithm that was used.
    public var encryptionAlgorithm: String
}

extension KeyService {
    /// Encrypts up to 4,096 bytes under a key.
    ///
    /// - Throws: As every use of a key: shape, naming, grant tokens, permission, state, usage, in this order.
    ///
    /// Source: KMS API, `Encrypt`.
    public func encrypt(_ request: EncryptRequest, by call: Call) throws(KeyManagementError)
        -> EncryptResponse
    {
        try answer(.encrypt, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.requireBlob(request.plaintext, "plaintext", atMost: 4096)
            shape.choice(request.encryptionAlgorithm, "encryptionAlgorithm", of: EncryptionAlgorithm.self)
            shape.grantTokens(request.grantTokens)
            shape.encryptionContext(request.encryptionContext, "encryptionContext")
            try shape.check()
            let named = try invocation.usableKey(request.keyID)
            let algorithm = try invocation.authorizeUse(
                named,
                EncryptionUse(
                    algorithm: request.encryptionAlgorithm, context: request.encryptionContext ?? [:],
                    grantTokens: request.grantTokens))
            let plaintext = request.plaintext ?? []
            try algorithm.checkSize(plaintext.count, for: named.key.spec)
            if request.dryRun == true { throw .dryRun }
            let blob = try plaintext.withRawBytes {
                (bytes: UnsafeRawBufferPointer) throws(KeyManagementError) in
                try invocation.seal(bytes, under: named.key, algorithm, request.encryptionContext ?? [:])
            }
            return EncryptResponse(
                ciphertextBlob: blob, keyARN: named.key.arn, encryptionAlgorithm: algorithm.rawValue)
        }
    }
}
