import AccountHome
import Cryptography
import StrictJSON

/// What `GetPublicKey` is asked.
public struct GetPublicKeyRequest: Sendable, Equatable {
    /// A key ID, key ARN, alias name or alias ARN.
    public var keyID: String?
    /// At most 10.
    public var grantTokens: [String]?

    /// Makes a request.
    public init(keyID: String?, grantTokens: [String]? = nil) {
        self.keyID = keyID
        self.grantTokens = grantTokens
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        return members
    }
}

/// What `GetPublicKey` answers.
public struct GetPublicKeyResponse: Sendable, Equatable {
    /// The ARN of the key.
    public var keyARN: String
    /// The public half, DER `SubjectPublicKeyInfo`.
    public var publicKey: [UInt8]
    /// The kind of key pair.
    public var keySpec: KeySpec
    /// What it is for.
    public var keyUsage: KeyUsage
    /// The algorithms it can be used with.
    public var algorithms: [String]
}

extension KeyService {
    /// The public half of a key pair.
    ///
    /// - Throws: `.unsupportedOperation` for symmetric and HMAC keys.
    ///
    /// Source: KMS API, `GetPublicKey`.
    public func getPublicKey(
        _ request: GetPublicKeyRequest, by call: Call
    ) throws(KeyManagementError) -> GetPublicKeyResponse {
        try answer(.getPublicKey, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.grantTokens(request.grantTokens)
            try shape.check()
            let named = try invocation.usableKey(request.keyID)
            try invocation.check(grantTokens: request.grantTokens)
            try invocation.authorize(named)
            let key = named.key
            try key.check(.use)
            guard key.spec.isAsymmetric else {
                throw .unsupportedOperation("\(key.arn) key spec \(key.spec.rawValue) has no public key.")
            }
            let pair = try invocation.keyPair(of: key)
            return GetPublicKeyResponse(
                keyARN: key.arn, publicKey: pair.publicKey.subjectPublicKeyInfo, keySpec: key.spec,
                keyUsage: key.usage, algorithms: key.spec.algorithms(for: key.usage))
        }
    }
}

extension Invocation {
    /// The pair that is a key's current material.
    func keyPair(of key: Key) throws(KeyManagementError) -> PrivateKey {
        try currentMaterial(of: key).open(with: service.home.rootKey).privateKey()
    }
}
