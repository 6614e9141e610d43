import AccountHome
import Cryptography
import PolicyEngine
import StrictJSON

/// What `GenerateMac` is asked, and what `VerifyMac` is asked beside the code.
public struct MACRequest: Sendable, Equatable {
    /// A key ID, key ARN, alias name or alias ARN.
    public var keyID: String?
    /// 1 to 4,096 bytes.
    public var message: [UInt8]?
    /// How to make the code.
    public var macAlgorithm: String?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(
        keyID: String?, message: [UInt8]?, macAlgorithm: String?, grantTokens: [String]? = nil,
        dryRun: Bool? = nil
    ) {
        self.keyID = keyID
        self.message = message
        self.macAlgorithm = macAlgorithm
        self.grantTokens = grantTokens
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("macAlgorithm", macAlgorithm)
        members.put("dryRun", dryRun)
        return members
    }
}

/// What `GenerateMac` and `VerifyMac` answer.
public struct MACResponse: Sendable, Equatable {
    /// The ARN of the key.
    public var keyARN: String
    /// How the code was made.
    public var macAlgorithm: String
    /// The code; as given when it was verified.
    public var mac: [UInt8]
}

extension KeyService {
    /// Makes a message authentication code.
    ///
    /// Source: KMS API, `GenerateMac`; FIPS 198-1.
    public func generateMAC(_ request: MACRequest, by call: Call) throws(KeyManagementError) -> MACResponse {
        try answer(.generateMAC, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            let (key, code) = try invocation.authenticationCode(request)
            if request.dryRun == true { throw .dryRun }
            return MACResponse(keyARN: key.arn, macAlgorithm: request.macAlgorithm ?? "", mac: code)
        }
    }
}

extension Invocation {
    /// Judges a call on a code, and computes it.
    ///
    /// - Parameter checking: Checks further members.
    mutating func authenticationCode(
        _ request: MACRequest, checking: (inout Shape) -> Void = { _ in }
    ) throws(KeyManagementError) -> (Key, [UInt8]) {
        var shape = Shape()
        shape.requireKeyID(request.keyID)
        shape.requireBlob(request.message, "message", atMost: 4096)
        shape.require(request.macAlgorithm, "macAlgorithm")
        shape.choice(request.macAlgorithm, "macAlgorithm", of: MACAlgorithm.self)
        shape.grantTokens(request.grantTokens)
        checking(&shape)
        try shape.check()
        let name = request.macAlgorithm ?? ""
        let named = try usableKey(request.keyID)
        try check(grantTokens: request.grantTokens)
        try authorize(named) { $0.set(name, for: "kms:MacAlgorithm") }
        let key = named.key
        try key.check(.use)
        try key.check(.generateVerifyMAC, for: operation)
        try key.check(algorithm: name)
        guard let algorithm = MACAlgorithm(rawValue: name) else {
            throw .internalFailure("the algorithm \(name) is listed but unknown")
        }
        let material = try currentMaterial(of: key).open(with: service.home.rootKey)
        return (key, HMAC.code(for: request.message ?? [], key: material.secret, with: algorithm.digest))
    }
}

extension MACAlgorithm {
    fileprivate var digest: DigestAlgorithm {
        switch self {
        case .hmacSHA224: .sha224
        case .hmacSHA256: .sha256
        case .hmacSHA384: .sha384
        case .hmacSHA512: .sha512
        }
    }
}
