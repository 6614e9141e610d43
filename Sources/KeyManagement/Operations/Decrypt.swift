public import AWSVocabulary
public import Cryptography
import StrictJSON

/// What `Decrypt` is asked.
public struct DecryptRequest: Sendable, Equatable {
    /// 1 to 6,144 bytes; may be `nil` in a dry run that ignores it.
    public var ciphertextBlob: [UInt8]?
    /// The key the ciphertext must belong to; needed for RSA keys.
    public var keyID: String?
    /// The pairs the plaintext was encrypted with.
    public var encryptionContext: EncryptionContext?
    /// `SYMMETRIC_DEFAULT` where it is `nil`.
    public var encryptionAlgorithm: String?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?
    /// `IGNORE_CIPHERTEXT` makes a dry run decide permission alone.
    public var dryRunModifiers: [String]?

    /// Makes a request.
    public init(
        ciphertextBlob: [UInt8]?, keyID: String? = nil, encryptionContext: EncryptionContext? = nil,
        encryptionAlgorithm: String? = nil, grantTokens: [String]? = nil, dryRun: Bool? = nil,
        dryRunModifiers: [String]? = nil
    ) {
        self.ciphertextBlob = ciphertextBlob
        self.keyID = keyID
        self.encryptionContext = encryptionContext
        self.encryptionAlgorithm = encryptionAlgorithm
        self.grantTokens = grantTokens
        self.dryRun = dryRun
        self.dryRunModifiers = dryRunModifiers
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

    var ignoresCiphertext: Bool {
        dryRun == true && dryRunModifiers?.contains("IGNORE_CIPHERTEXT") == true
    }
}

/// What `Decrypt` answers.
public struct DecryptResponse: ~Copyable, Sendable {
    /// The plaintext, wiped when the response goes out of scope.
    public let plaintext: SecretBytes
    /// The ARN of the key that was used.
    public let keyARN: String
    /// The algorithm that was used.
    public let encryptionAlgorithm: String
    /// The material that was used; `nil` for key pairs.
    public let keyMaterialID: String?

    /// Gives the plaintext away, for callers that want nothing else.
    public consuming func takePlaintext() -> SecretBytes { plaintext }
}

extension KeyService {
    /// Recovers what `Encrypt` or `GenerateDataKey` sealed.
    ///
    /// KMS binds the encryption context into the blob, so a caller who cannot repeat it exactly gets the same
    /// answer as one who holds a damaged blob. Permission is decided first: a denied caller learns nothing
    /// else.
    ///
    /// - Throws: `.invalidCiphertext` or `.incorrectKey` for a blob whose key cannot be told; then
    ///   `.accessDenied`, then `.disabled` or `.invalidState`, then `.invalidKeyUsage`, then
    ///   `.invalidCiphertext`.
    ///
    /// Source: KMS API, `Decrypt`.
    public func decrypt(_ request: DecryptRequest, by call: Call) throws(KeyManagementError)
        -> DecryptResponse
    {
        try answer(.decrypt, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) -> DecryptResponse in
            try Self.checkShape(of: request)
            let context = request.encryptionContext ?? [:]
            let use = EncryptionUse(
                algorithm: request.encryptionAlgorithm, context: context, grantTokens: request.grantTokens)
            if request.ignoresCiphertext {
                let named = try invocation.usableKey(request.keyID)
                try invocation.authorizeOnly(named, use)
                throw .dryRun
            }
            let ciphertext = try invocation.locate(
                request.ciphertextBlob ?? [], keyID: request.keyID, algorithm: request.encryptionAlgorithm)
            let algorithm = try invocation.authorizeUse(ciphertext.named, use)
            let decrypted = try invocation.open(ciphertext, algorithm, context)
            if request.dryRun == true { throw .dryRun }
            let materialID = decrypted.materialID
            return DecryptResponse(
                plaintext: decrypted.takePlaintext(), keyARN: ciphertext.named.key.arn,
                encryptionAlgorithm: algorithm.rawValue, keyMaterialID: materialID?.text)
        }
    }

    private static func checkShape(of request: DecryptRequest) throws(KeyManagementError) {
        var shape = Shape()
        if request.ignoresCiphertext {
            shape.blob(request.ciphertextBlob, "ciphertextBlob", atMost: CiphertextBlob.byteCountLimit)
        } else {
            shape.requireBlob(request.ciphertextBlob, "ciphertextBlob", atMost: CiphertextBlob.byteCountLimit)
        }
        if request.keyID != nil { shape.requireKeyID(request.keyID) }
        shape.choice(request.encryptionAlgorithm, "encryptionAlgorithm", of: EncryptionAlgorithm.self)
        shape.grantTokens(request.grantTokens)
        for (index, modifier) in (request.dryRunModifiers ?? []).enumerated() {
            shape.choice(modifier, "dryRunModifiers.\(index + 1).member", ["IGNORE_CIPHERTEXT"])
        }
        shape.encryptionContext(request.encryptionContext, "encryptionContext")
        try shape.check()
    }
}
