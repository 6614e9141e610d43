import AWSVocabulary
import AccountHome
import PolicyEngine
import StrictJSON

/// What `RetireGrant` is asked: a token, or a key and a grant ID.
public struct RetireGrantRequest: Sendable, Equatable {
    /// The token that came with the grant.
    public var grantToken: String?
    /// The key's ARN.
    public var keyID: String?
    /// The grant's ID.
    public var grantID: String?
    /// Whether only to find out if the call would succeed.
    public var dryRun: Bool?

    /// Makes a request.
    public init(grantToken: String? = nil, keyID: String? = nil, grantID: String? = nil, dryRun: Bool? = nil)
    {
        self.grantToken = grantToken
        self.keyID = keyID
        self.grantID = grantID
        self.dryRun = dryRun
    }

    /// The token is left out: it is as good as a secret.
    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("grantId", grantID)
        members.put("dryRun", dryRun)
        return members
    }
}

extension KeyService {
    /// Ends a grant, by right of the grant.
    ///
    /// It is for the retiring principal, a grantee who may retire, and the account's root. A policy can
    /// forbid it, but not allow it.
    ///
    /// - Throws: `.validation` when nothing is named, `.notFound`, `.invalidGrantToken`, `.invalidGrantID`.
    ///
    /// Source: KMS API, `RetireGrant`.
    public func retireGrant(_ request: RetireGrantRequest, by call: Call) throws(KeyManagementError) {
        try change(.retireGrant, by: call, request.parameters) { invocation, store in
            let grant = try invocation.retirableGrant(request)
            try invocation.authorizeRetirement(of: grant)
            if request.dryRun == true { throw KeyManagementError.dryRun }
            try store.deleteGrant(grant.id)
        }
    }
}

extension Invocation {
    fileprivate mutating func retirableGrant(_ request: RetireGrantRequest) throws(KeyManagementError)
        -> Grant
    {
        var shape = Shape()
        shape.text(request.grantToken, "grantToken", 1...8192)
        if request.keyID != nil { shape.requireKeyID(request.keyID) }
        try shape.check()
        try Shape.grantID(request.grantID)
        let grant: Grant?
        switch (request.grantToken, request.keyID, request.grantID) {
        case (let token?, nil, nil):
            grant = keyring.grant(id: try GrantToken.read(token, rootKey: service.home.rootKey).grantID)
        case (nil, let keyID?, let id?):
            let key = try resolve(keyID).key
            grant = keyring.grants[key.reference]?[id]
        case (nil, nil, nil), (nil, _?, nil), (nil, nil, _?), (_?, _, _):
            throw .validation("You must specify either a grant token, or a key ID and a grant ID.")
        }
        guard let grant, let key = keyring.keys[grant.key] else { throw .notFound("Grant ID not found") }
        record.touch(key)
        return grant
    }

    fileprivate func authorizeRetirement(of grant: Grant) throws(KeyManagementError) {
        guard let key = keyring.keys[grant.key] else { throw .notFound("Grant ID not found") }
        let decision = decide(NamedKey(key: key, alias: nil))
        if case .explicitDeny = decision.reason { throw .accessDenied(decision.refusalText) }
        let isRoot = caller.identity == .root(key.account)
        let retires = grant.retiring.map(isCaller) ?? false
        let retiresOwn = isCaller(grant.grantee) && grant.operations.contains(.retireGrant)
        guard isRoot || retires || retiresOwn else {
            throw .accessDenied(
                Decision.refusalText(concealing: key.arn, action: operation.action, caller: caller))
        }
    }

    /// Whether a party of a grant is the caller, by any of the caller's own names.
    private func isCaller(_ party: Grant.Party) -> Bool {
        party.isService == caller.isService && caller.matchedNames.contains(party.name)
    }
}
