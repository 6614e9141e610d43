import AWSVocabulary
import AccountHome
import PolicyEngine
import StrictJSON

/// What `CreateGrant` is asked.
public struct CreateGrantRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// The operations to allow.
    public var operations: [String]?
    /// The ARN of the user, role, session or account that may use the grant; or else a service.
    public var granteePrincipal: String?
    /// The service that may use the grant; or else a principal.
    public var granteeServicePrincipal: String?
    /// The ARN of the principal that may retire the grant.
    public var retiringPrincipal: String?
    /// The service that may retire the grant.
    public var retiringServicePrincipal: String?
    /// What a request must look like for the grant to apply.
    public var constraints: GrantConstraints?
    /// Makes the call repeatable: the same name and terms give the same grant.
    public var name: String?
    /// At most 10.
    public var grantTokens: [String]?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(
        keyID: String?, operations: [String]?, granteePrincipal: String? = nil,
        granteeServicePrincipal: String? = nil, retiringPrincipal: String? = nil,
        retiringServicePrincipal: String? = nil, constraints: GrantConstraints? = nil, name: String? = nil,
        grantTokens: [String]? = nil, dryRun: Bool? = nil
    ) {
        self.keyID = keyID
        self.operations = operations
        self.granteePrincipal = granteePrincipal
        self.granteeServicePrincipal = granteeServicePrincipal
        self.retiringPrincipal = retiringPrincipal
        self.retiringServicePrincipal = retiringServicePrincipal
        self.constraints = constraints
        self.name = name
        self.grantTokens = grantTokens
        self.dryRun = dryRun
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        if let operations { members["operations"] = .array(operations.map(JSONValue.string)) }
        members.put("granteePrincipal", granteePrincipal)
        members.put("granteeServicePrincipal", granteeServicePrincipal)
        members.put("retiringPrincipal", retiringPrincipal)
        members.put("retiringServicePrincipal", retiringServicePrincipal)
        if let constraints, !constraints.isEmpty {
            members["constraints"] = .object(constraints.json(lowerCamelCase: true))
        }
        members.put("name", name)
        members.put("dryRun", dryRun)
        return members
    }
}

/// What `CreateGrant` answers.
public struct CreateGrantResponse: Sendable, Equatable {
    /// The grant's ID, 64 hexadecimal digits.
    public var grantID: String
    /// A token that names the grant.
    public var grantToken: String
}

extension KeyService {
    /// Lets a principal use a key in named ways, without a change of the key policy.
    ///
    /// - Throws: `.invalidARN` for a grantee that is none, `.validation` for operations the key cannot do,
    ///   `.accessDenied` also for a grantee who passes on more than it has.
    ///
    /// Source: KMS API, `CreateGrant`; KMS Developer Guide, "Creating grants".
    public func createGrant(
        _ request: CreateGrantRequest, by call: Call
    ) throws(KeyManagementError) -> CreateGrantResponse {
        try change(.createGrant, by: call, request.parameters) { invocation, store in
            let terms = try GrantTerms(request)
            let key = try invocation.key(request.keyID)
            try invocation.checkParties(of: terms)
            try invocation.check(grantTokens: request.grantTokens)
            var grant = terms.grant(on: key.reference, by: invocation)
            try invocation.authorizeCreation(of: grant, on: key)
            try key.check(.use)
            for operation in terms.operations where !operation.isPossible(for: key.spec, usage: key.usage) {
                throw KeyManagementError.validation(
                    "Grant operation \(operation.rawValue) is not valid for key \(key.arn).")
            }
            if !grant.constraints.isEmpty, key.spec != .symmetricDefault, grant.constraints.sourceARN == nil {
                throw KeyManagementError.validation(
                    "Encryption context constraints are only valid for symmetric encryption keys.")
            }
            if request.dryRun == true { throw KeyManagementError.dryRun }
            let index = invocation.keyring.grants[key.reference]
            if grant.name != nil, let same = index?.grants(to: grant.grantee).first(where: grant.hasSameTerms)
            {
                grant.id = same.id
            } else {
                guard index?.count ?? 0 < 50_000 else {
                    throw KeyManagementError.limitExceeded("The key has reached its limit of 50000 grants.")
                }
                try store.save(grant)
            }
            invocation.record.responseElements = ["grantId": .string(grant.id), "keyId": .string(key.arn)]
            let token = try GrantToken.make(for: grant.id, rootKey: home.rootKey)
            return CreateGrantResponse(grantID: grant.id, grantToken: token.text)
        }
    }
}

/// What a request for a grant comes down to.
struct GrantTerms {
    let operations: Set<GrantOperation>
    let grantee: Grant.Party
    let retiring: Grant.Party?
    let constraints: GrantConstraints
    let name: String?

    init(_ request: CreateGrantRequest) throws(KeyManagementError) {
        try Self.checkShape(of: request)
        operations = Set((request.operations ?? []).compactMap(GrantOperation.init(rawValue:)))
        constraints = request.constraints ?? GrantConstraints()
        name = request.name
        retiring = Self.party(request.retiringPrincipal, request.retiringServicePrincipal)
        guard let grantee = Self.party(request.granteePrincipal, request.granteeServicePrincipal) else {
            throw .validation("You must specify either GranteePrincipal or GranteeServicePrincipal.")
        }
        self.grantee = grantee
        if request.granteePrincipal != nil, request.granteeServicePrincipal != nil {
            throw .validation("You cannot specify both GranteePrincipal and GranteeServicePrincipal.")
        }
        if request.retiringPrincipal != nil, request.retiringServicePrincipal != nil {
            throw .validation("You cannot specify both RetiringPrincipal and RetiringServicePrincipal.")
        }
        if grantee.isService, constraints.sourceARN == nil || retiring == nil {
            throw .validation(
                "A grant to a service principal needs a SourceArn constraint and a retiring principal.")
        }
        if constraints.encryptionContextEquals != nil, constraints.encryptionContextSubset != nil {
            throw .validation("You cannot specify both EncryptionContextEquals and EncryptionContextSubset.")
        }
    }

    private static func party(_ principal: String?, _ service: String?) -> Grant.Party? {
        if let principal { return Grant.Party(name: principal, isService: false) }
        return service.map { Grant.Party(name: $0, isService: true) }
    }

    private static func checkShape(of request: CreateGrantRequest) throws(KeyManagementError) {
        var shape = Shape()
        shape.requireKeyID(request.keyID)
        shape.require(request.operations, "operations")
        shape.list(request.operations, "operations", 1...GrantOperation.allCases.count)
        for (index, operation) in (request.operations ?? []).enumerated() {
            shape.choice(operation, "operations.\(index + 1).member", of: GrantOperation.self)
        }
        shape.text(request.granteePrincipal, "granteePrincipal", 1...256)
        shape.text(request.granteeServicePrincipal, "granteeServicePrincipal", 1...256)
        shape.text(request.retiringPrincipal, "retiringPrincipal", 1...256)
        shape.text(request.retiringServicePrincipal, "retiringServicePrincipal", 1...256)
        shape.text(request.name, "name", 1...256)
        shape.pattern(request.name, "name", "^[a-zA-Z0-9:/_-]+$") { name in
            name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2F, 0x5F: true
                default: false
                }
            }
        }
        for (context, member) in [
            (request.constraints?.encryptionContextEquals, "constraints.encryptionContextEquals"),
            (request.constraints?.encryptionContextSubset, "constraints.encryptionContextSubset"),
        ] {
            shape.list(context?.pairs, member, 0...8)
            for pair in context?.pairs ?? [] {
                shape.text(pair.key, "\(member).key", 1...384)
                shape.text(pair.value, "\(member).value", 0...384)
            }
        }
        shape.grantTokens(request.grantTokens)
        try shape.check()
    }

    func grant(on key: KeyReference, by invocation: Invocation) -> Grant {
        Grant(
            id: Hex.encode(invocation.service.surroundings.randomBytes(32)), key: key, name: name,
            grantee: grantee, retiring: retiring, issuer: ARN.accountRoot(key.place.account).text,
            operations: operations, constraints: constraints, created: invocation.now)
    }
}
