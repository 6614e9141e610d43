import Cryptography
import PolicyEngine
import StrictJSON

/// What `Sign` is asked, and what `Verify` is asked beside the signature.
public struct SignRequest: Sendable, Equatable {
    /// A key ID, key ARN, alias name or alias ARN.
    public var keyID: String?
    /// The message, 1 to 4,096 bytes, or its digest.
    public var message: [UInt8]?
    /// `RAW`, the default, or `DIGEST`.
    public var messageType: String?
    /// How to sign.
    public var signingAlgorithm: String?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(
        keyID: String?, message: [UInt8]?, signingAlgorithm: String?, messageType: String? = nil,
        grantTokens: [String]? = nil, dryRun: Bool? = nil
    ) {
        self.keyID = keyID
        self.message = message
        self.messageType = messageType
        self.signingAlgorithm = signingAlgorithm
        self.grantTokens = grantTokens
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("messageType", messageType ?? "RAW")
        members.put("signingAlgorithm", signingAlgorithm)
        members.put("dryRun", dryRun)
        return members
    }

    var isDigest: Bool { messageType == "DIGEST" }
}

/// What `Sign` answers.
public struct SignResponse: Sendable, Equatable {
    /// The ARN of the key.
    public var keyARN: String
    /// The signature; of ECDSA in DER.
    public var signature: [UInt8]
    /// How it was made.
    public var signingAlgorithm: String
}

extension KeyService {
    /// Signs a message, or a digest of one.
    ///
    /// Source: KMS API, `Sign`; RFC 8017, FIPS 186-5, RFC 8032.
    public func sign(_ request: SignRequest, by call: Call) throws(KeyManagementError) -> SignResponse {
        try answer(.sign, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            let (key, scheme) = try invocation.authorizeSigning(request)
            let pair = try invocation.keyPair(of: key)
            let message = request.message ?? []
            if request.dryRun == true { throw .dryRun }
            let signature = try translating { () throws(CryptographyError) in
                request.isDigest
                    ? try pair.signature(forDigest: message, with: scheme)
                    : try pair.signature(for: message, with: scheme)
            }
            return SignResponse(
                keyARN: key.arn, signature: signature, signingAlgorithm: request.signingAlgorithm ?? "")
        }
    }
}

extension Invocation {
    /// Judges a call that signs or verifies.
    ///
    /// - Parameter checking: Checks further members.
    /// - Returns: The key and the scheme.
    mutating func authorizeSigning(
        _ request: SignRequest, checking: (inout Shape) -> Void = { _ in }
    ) throws(KeyManagementError) -> (Key, SignatureScheme) {
        var shape = Shape()
        shape.requireKeyID(request.keyID)
        shape.requireBlob(request.message, "message", atMost: 4096)
        shape.choice(request.messageType, "messageType", ["RAW", "DIGEST", "EXTERNAL_MU"])
        shape.require(request.signingAlgorithm, "signingAlgorithm")
        shape.choice(
            request.signingAlgorithm, "signingAlgorithm",
            SigningAlgorithm.allCases.map(\.rawValue) + ["ML_DSA_SHAKE_256", "SM2DSA"])
        shape.grantTokens(request.grantTokens)
        checking(&shape)
        try shape.check()
        let name = request.signingAlgorithm ?? ""
        let named = try usableKey(request.keyID)
        try check(grantTokens: request.grantTokens)
        try authorize(named) { context in
            context.set(name, for: "kms:SigningAlgorithm")
            context.set(request.messageType ?? "RAW", for: "kms:MessageType")
        }
        let key = named.key
        try key.check(.use)
        try key.check(.signVerify, for: operation)
        try key.check(algorithm: name)
        guard let scheme = SigningAlgorithm(rawValue: name)?.scheme else {
            throw .unsupportedOperation("Algorithm \(name) is not supported.")
        }
        try Self.check(request, scheme)
        return (key, scheme)
    }

    private static func check(_ request: SignRequest, _ scheme: SignatureScheme) throws(KeyManagementError) {
        let name = request.signingAlgorithm ?? ""
        guard request.messageType != "EXTERNAL_MU", !request.isDigest || scheme.digest != nil else {
            throw .validation("MessageType \(request.messageType ?? "") is not valid for algorithm \(name).")
        }
        if request.isDigest, let digest = scheme.digest, request.message?.count != digest.byteCount {
            throw .validation("Digest is invalid length for algorithm \(name).")
        }
    }
}

extension SigningAlgorithm {
    /// How OpenSSL calls it; `nil` for what it cannot do.
    var scheme: SignatureScheme? {
        switch self {
        case .pssSHA256: .rsaPSS(.sha256)
        case .pssSHA384: .rsaPSS(.sha384)
        case .pssSHA512: .rsaPSS(.sha512)
        case .pkcs1SHA256: .rsaPKCS1(.sha256)
        case .pkcs1SHA384: .rsaPKCS1(.sha384)
        case .pkcs1SHA512: .rsaPKCS1(.sha512)
        case .ecdsaSHA256: .ecdsa(.sha256)
        case .ecdsaSHA384: .ecdsa(.sha384)
        case .ecdsaSHA512: .ecdsa(.sha512)
        case .ed25519SHA512: .ed25519
        case .ed25519PHSHA512: nil
        }
    }
}
