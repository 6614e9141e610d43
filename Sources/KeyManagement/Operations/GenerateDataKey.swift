public import AWSVocabulary
public import Cryptography
import StrictJSON

/// What `GenerateDataKey` and `GenerateDataKeyWithoutPlaintext` are asked.
public struct GenerateDataKeyRequest: Sendable, Equatable {
    /// A key ID, key ARN, alias name or alias ARN.
    public var keyID: String?
    /// `AES_256` or `AES_128`; or else a number of bytes.
    public var keySpec: String?
    /// 1 to 1,024; or else a spec.
    public var numberOfBytes: Int?
    /// The pairs to bind.
    public var encryptionContext: EncryptionContext?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(
        keyID: String?, keySpec: String? = nil, numberOfBytes: Int? = nil,
        encryptionContext: EncryptionContext? = nil, grantTokens: [String]? = nil, dryRun: Bool? = nil
    ) {
        self.keyID = keyID
        self.keySpec = keySpec
        self.numberOfBytes = numberOfBytes
        self.encryptionContext = encryptionContext
        self.grantTokens = grantTokens
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("keySpec", keySpec)
        members.put("numberOfBytes", numberOfBytes)
        members.put("encryptionContext", encryptionContext)
        members.put("dryRun", dryRun)
        return members
    }

    /// The length of the data key in bytes.
    ///
    /// - Throws: `.validation` for a wrong shape, and unless exactly one of spec and number is given.
    func checkedByteCount() throws(KeyManagementError) -> Int {
        var shape = Shape()
        shape.requireKeyID(keyID)
        shape.choice(keySpec, "keySpec", ["AES_256", "AES_128"])
        shape.number(numberOfBytes, "numberOfBytes", 1...1024)
        shape.grantTokens(grantTokens)
        shape.encryptionContext(encryptionContext, "encryptionContext")
        try shape.check()
        switch (keySpec, numberOfBytes) {
        case (nil, let count?): return count
        case ("AES_128"?, nil): return 16
        case (_?, nil): return 32
        case (nil, nil), (_?, _?): throw .validation("Please specify either number of bytes or key spec.")
        }
    }
}

/// What `GenerateDataKey` answers.
public struct GenerateDataKeyResponse: ~Copyable, Sendable {
    /// The data key, wiped when the response goes out of scope.
    public let plaintext: SecretBytes
    /// The data key under the KMS key.
    public let ciphertextBlob: [UInt8]
    /// The ARN of the KMS key.
    public let keyARN: String
    /// The material that sealed it.
    public let keyMaterialID: String

    /// Gives the data key away, for callers that have read the rest.
    public consuming func takePlaintext() -> SecretBytes { plaintext }
}

extension KeyService {
    /// Makes a data key and seals it under a KMS key.
    ///
    /// Source: KMS API, `GenerateDataKey`.
    public func generateDataKey(
        _ request: GenerateDataKeyRequest, by call: Call
    ) throws(KeyManagementError) -> GenerateDataKeyResponse {
        try generateDataKey(request, by: call, as: .generateDataKey)
    }

    /// Makes a data key for either operation.
    func generateDataKey(
        _ request: GenerateDataKeyRequest, by call: Call, as operation: Operation
    ) throws(KeyManagementError) -> GenerateDataKeyResponse {
        try answer(operation, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) -> GenerateDataKeyResponse in
            let count = try request.checkedByteCount()
            let context = request.encryptionContext ?? [:]
            let named = try invocation.usableKey(request.keyID)
            try invocation.authorizeDataKey(named, context: context, grantTokens: request.grantTokens)
            if request.dryRun == true { throw .dryRun }
            let plaintext = try translating { () throws(CryptographyError) in
                try SecretBytes.random(count: count)
            }
            let blob = try invocation.seal(plaintext, under: named.key, .symmetricDefault, context)
            return GenerateDataKeyResponse(
                plaintext: plaintext, ciphertextBlob: blob, keyARN: named.key.arn,
                keyMaterialID: try invocation.currentMaterial(of: named.key).id.text)
        }
    }
}
