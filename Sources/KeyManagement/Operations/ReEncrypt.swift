public import AWSVocabulary
import Cryptography
import PolicyEngine
import StrictJSON

/// What `ReEncrypt` is asked.
public struct ReEncryptRequest: Sendable, Equatable {
    /// 1 to 6,144 bytes.
    public var ciphertextBlob: [UInt8]?
    /// The key the ciphertext must belong to; needed for RSA keys.
    public var sourceKeyID: String?
    /// The pairs the plaintext was encrypted with.
    public var sourceEncryptionContext: EncryptionContext?
    /// `SYMMETRIC_DEFAULT` where it is `nil`.
    public var sourceEncryptionAlgorithm: String?
    /// The key to encrypt under.
    public var destinationKeyID: String?
    /// The pairs to bind now.
    public var destinationEncryptionContext: EncryptionContext?
    /// `SYMMETRIC_DEFAULT` where it is `nil`.
    public var destinationEncryptionAlgorithm: String?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(
        ciphertextBlob: [UInt8]?, destinationKeyID: String?, sourceKeyID: String? = nil,
        sourceEncryptionContext: EncryptionContext? = nil,
        destinationEncryptionContext: EncryptionContext? = nil,
        sourceEncryptionAlgorithm: String? = nil, destinationEncryptionAlgorithm: String? = nil,
        grantTokens: [String]? = nil, dryRun: Bool? = nil
    ) {
        self.ciphertextBlob = ciphertextBlob
        self.sourceKeyID = sourceKeyID
        self.sourceEncryptionContext = sourceEncryptionContext
        self.sourceEncryptionAlgorithm = sourceEncryptionAlgorithm
        self.destinationKeyID = destinationKeyID
        self.destinationEncryptionContext = destinationEncryptionContext
        self.destinationEncryptionAlgorithm = destinationEncryptionAlgorithm
        self.grantTokens = grantTokens
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        let symmetric = EncryptionAlgorithm.symmetricDefault.rawValue
        var members = JSONObject()
        members.put("sourceKeyId", sourceKeyID)
        members.put("sourceEncryptionAlgorithm", sourceEncryptionAlgorithm ?? symmetric)
        members.put("sourceEncryptionContext", sourceEncryptionContext)
        members.put("destinationKeyId", destinationKeyID)
        members.put("destinationEncryptionAlgorithm", destinationEncryptionAlgorithm ?? symmetric)
        members.put("destinationEncryptionContext", destinationEncryptionContext)
        members.put("dryRun", dryRun)
        return members
    }
}

/// What `ReEncrypt` answers.
public struct ReEncryptResponse: Sendable, Equatable {
    /// The new ciphertext.
    public var ciphertextBlob: [UInt8]
    /// The ARN of the key that opened the old one.
    public var sourceKeyARN: String
    /// The ARN of the key that sealed the new one.
    public var keyARN: String
    /// The algorithm of the old ciphertext.
    public var sourceEncryptionAlgorithm: String
    /// The algorithm of the new one.
    public var destinationEncryptionAlgorithm: String
    /// The material that opened the old ciphertext; `nil` for key pairs.
    public var sourceKeyMaterialID: String?
    /// The material that sealed the new one; `nil` for key pairs.
    public var destinationKeyMaterialID: String?
}

extension KeyService {
    /// Moves a ciphertext to another key, another context or newer material; the plaintext never leaves.
    ///
    /// The source key must allow `kms:ReEncryptFrom` and the destination `kms:ReEncryptTo`.
    ///
    /// Source: KMS API, `ReEncrypt`.
    public func reEncrypt(
        _ request: ReEncryptRequest, by call: Call
    ) throws(KeyManagementError) -> ReEncryptResponse {
        try answer(.reEncrypt, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            try Self.checkShape(of: request)
            let ciphertext = try invocation.locate(
                request.ciphertextBlob ?? [], keyID: request.sourceKeyID,
                algorithm: request.sourceEncryptionAlgorithm)
            let source = ciphertext.named
            let destination = try invocation.usableKey(request.destinationKeyID)
            let isSameKey = source.key.reference == destination.key.reference
            let sourceUse = request.sourceUse(isSameKey)
            let destinationUse = request.destinationUse(isSameKey)
            // ORDER: both decisions precede both states, so that a refused caller learns neither.
            try invocation.authorizeOnly(source, sourceUse)
            try invocation.authorizeOnly(destination, destinationUse)
            let sourceAlgorithm = try invocation.authorizeUse(source, sourceUse)
            let destinationAlgorithm = try invocation.authorizeUse(destination, destinationUse)
            let opened = try invocation.open(ciphertext, sourceAlgorithm, sourceUse.context)
            try destinationAlgorithm.checkSize(opened.plaintext.count, for: destination.key.spec)
            if request.dryRun == true { throw .dryRun }
            let blob = try invocation.seal(
                opened.plaintext, under: destination.key, destinationAlgorithm, destinationUse.context)
            let destinationMaterial = try invocation.currentMaterial(of: destination.key).id
            return ReEncryptResponse(
                ciphertextBlob: blob, sourceKeyARN: source.key.arn, keyARN: destination.key.arn,
                sourceEncryptionAlgorithm: sourceAlgorithm.rawValue,
                destinationEncryptionAlgorithm: destinationAlgorithm.rawValue,
                sourceKeyMaterialID: opened.materialID?.text,
                destinationKeyMaterialID: destinationAlgorithm == .symmetricDefault
                    ? destinationMaterial.text : nil)
        }
    }

    private static func checkShape(of request: ReEncryptRequest) throws(KeyManagementError) {
        var shape = Shape()
        shape.requireBlob(request.ciphertextBlob, "ciphertextBlob", atMost: CiphertextBlob.byteCountLimit)
        shape.requireKeyID(request.destinationKeyID, "destinationKeyId")
        if request.sourceKeyID != nil { shape.requireKeyID(request.sourceKeyID, "sourceKeyId") }
        shape.choice(
            request.sourceEncryptionAlgorithm, "sourceEncryptionAlgorithm", of: EncryptionAlgorithm.self)
        shape.choice(
            request.destinationEncryptionAlgorithm, "destinationEncryptionAlgorithm",
            of: EncryptionAlgorithm.self)
        shape.grantTokens(request.grantTokens)
        shape.encryptionContext(request.sourceEncryptionContext, "sourceEncryptionContext")
        shape.encryptionContext(request.destinationEncryptionContext, "destinationEncryptionContext")
        try shape.check()
    }
}

extension ReEncryptRequest {
    fileprivate func sourceUse(_ isSameKey: Bool) -> EncryptionUse {
        EncryptionUse(
            action: "kms:ReEncryptFrom", algorithm: sourceEncryptionAlgorithm,
            context: sourceEncryptionContext ?? [:], grantTokens: grantTokens,
            conditions: [("kms:ReEncryptOnSameKey", isSameKey ? "true" : "false")])
    }

    fileprivate func destinationUse(_ isSameKey: Bool) -> EncryptionUse {
        EncryptionUse(
            action: "kms:ReEncryptTo", algorithm: destinationEncryptionAlgorithm,
            context: destinationEncryptionContext ?? [:], grantTokens: grantTokens,
            conditions: [("kms:ReEncryptOnSameKey", isSameKey ? "true" : "false")])
    }
}
