public import Cryptography
import PolicyEngine
import StrictJSON

/// What `DeriveSharedSecret` is asked.
public struct DeriveSharedSecretRequest: Sendable, Equatable {
    /// A key ID, key ARN, alias name or alias ARN.
    public var keyID: String?
    /// `ECDH`.
    public var keyAgreementAlgorithm: String?
    /// The other side's public key, DER `SubjectPublicKeyInfo` on the same curve.
    public var publicKey: [UInt8]?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(
        keyID: String?, publicKey: [UInt8]?, keyAgreementAlgorithm: String? = "ECDH",
        grantTokens: [String]? = nil,
        dryRun: Bool? = nil
    ) {
        self.keyID = keyID
        self.keyAgreementAlgorithm = keyAgreementAlgorithm
        self.publicKey = publicKey
        self.grantTokens = grantTokens
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("keyAgreementAlgorithm", keyAgreementAlgorithm)
        members.put("dryRun", dryRun)
        return members
    }
}

/// What `DeriveSharedSecret` answers.
public struct DeriveSharedSecretResponse: ~Copyable, Sendable {
    /// The x coordinate both sides compute, wiped when the response goes out of scope.
    public let sharedSecret: SecretBytes
    /// The ARN of the key.
    public let keyARN: String
    /// Where the key's material comes from.
    public let keyOrigin: String

    /// Gives the secret away.
    public consuming func takeSharedSecret() -> SecretBytes { sharedSecret }
}

extension KeyService {
    /// Agrees on a secret with the owner of another key on the same curve.
    ///
    /// - Throws: `.validation` for a public key that is none or lies on another curve.
    ///
    /// Source: KMS API, `DeriveSharedSecret`; NIST SP 800-56A section 5.7.1.2.
    public func deriveSharedSecret(
        _ request: DeriveSharedSecretRequest, by call: Call
    ) throws(KeyManagementError) -> DeriveSharedSecretResponse {
        try answer(.deriveSharedSecret, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) -> DeriveSharedSecretResponse in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.require(request.keyAgreementAlgorithm, "keyAgreementAlgorithm")
            shape.choice(request.keyAgreementAlgorithm, "keyAgreementAlgorithm", ["ECDH"])
            shape.requireBlob(request.publicKey, "publicKey", atMost: 8192)
            shape.grantTokens(request.grantTokens)
            try shape.check()
            let named = try invocation.usableKey(request.keyID)
            try invocation.check(grantTokens: request.grantTokens)
            try invocation.authorize(named) { $0.set("ECDH", for: "kms:KeyAgreementAlgorithm") }
            let key = named.key
            try key.check(.use)
            try key.check(.keyAgreement, for: .deriveSharedSecret)
            let pair = try invocation.keyPair(of: key)
            let secret: SecretBytes
            do throws(CryptographyError) {
                secret = try pair.sharedSecret(with: PublicKey(subjectPublicKeyInfo: request.publicKey ?? []))
            } catch .invalidKey(let reason) {
                throw .validation("The public key is not valid for \(key.arn): \(reason)")
            } catch {
                throw KeyManagementError(error)
            }
            if request.dryRun == true { throw .dryRun }
            return DeriveSharedSecretResponse(
                sharedSecret: secret, keyARN: key.arn, keyOrigin: key.attributes.origin.rawValue)
        }
    }
}
