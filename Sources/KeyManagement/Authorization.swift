import AWSVocabulary
import PolicyEngine

extension Invocation {
    /// The IAM policies of the caller; none for services and account roots.
    var identityPolicies: [NamedPolicy] { principal?.policies ?? [] }

    /// The user or role behind the caller.
    var principal: Principal? {
        caller.principalARN.flatMap { keyring.principals[$0] }
    }

    /// The condition keys every call has.
    func context() -> RequestContext {
        var context = RequestContext.global(for: caller, at: now, region: region, userID: userID)
        context.addKeyCaller(caller)
        return context
    }

    private var userID: String? {
        guard let principal else { return nil }
        guard case .roleSession(let session, _) = caller.identity else { return principal.uniqueID }
        let name = session.resource.split(separator: "/").last.map(String.init) ?? ""
        return "\(principal.uniqueID):\(name)"
    }

    /// The condition keys of a call on a key.
    func context(for named: NamedKey) -> RequestContext {
        var context = context()
        let key = named.key
        context.set(key.spec.rawValue, for: "kms:KeySpec")
        context.set(key.spec.rawValue, for: "kms:CustomerMasterKeySpec")
        context.set(key.usage.rawValue, for: "kms:KeyUsage")
        context.set(key.usage.rawValue, for: "kms:CustomerMasterKeyUsage")
        context.set(key.attributes.origin.rawValue, for: "kms:KeyOrigin")
        context.set(key.id.isMultiRegion ? "true" : "false", for: "kms:MultiRegion")
        if key.id.isMultiRegion {
            context.set(key.isPrimary ? "PRIMARY" : "REPLICA", for: "kms:MultiRegionKeyType")
        }
        if let alias = named.alias { context.set(alias.name, for: "kms:RequestAlias") }
        // What tags and aliases say is for IAM policies alone; a key policy that asks for it is refused when
        // put.
        for tag in key.attributes.tags { context.set(tag.value, for: "aws:ResourceTag/\(tag.key)") }
        let aliases = keyring.aliases(of: key.reference)
        if !aliases.isEmpty { context.set(aliases.map(\.reference.name), for: "kms:ResourceAliases") }
        return context
    }

    /// Decides whether the caller may do this to a key.
    ///
    /// - Parameters:
    ///   - named: The key.
    ///   - action: What is asked for; the operation's own action unless it is split in two.
    ///   - encryptionContext: The pairs a symmetric operation binds, for conditions and grants.
    ///   - adding: Adds the operation's own condition keys.
    /// - Throws: `.accessDenied`, with AWS's sentence.
    func authorize(
        _ named: NamedKey, action: String? = nil, encryptionContext: EncryptionContext? = nil,
        adding: (inout RequestContext) -> Void = { _ in }
    ) throws(KeyManagementError) {
        let decision = decide(named, action: action, encryptionContext: encryptionContext, adding: adding)
        if !decision.isAllowed { throw .accessDenied(decision.refusalText) }
    }

    /// Decides whether the caller may do this to a key that was named without an alias.
    func authorize(
        _ key: Key, adding: (inout RequestContext) -> Void = { _ in }
    ) throws(KeyManagementError) {
        try authorize(NamedKey(key: key, alias: nil), adding: adding)
    }

    /// The decision behind ``authorize(_:action:encryptionContext:adding:)``.
    func decide(
        _ named: NamedKey, action: String? = nil, encryptionContext: EncryptionContext? = nil,
        adding: (inout RequestContext) -> Void = { _ in }
    ) -> Decision {
        var context = context(for: named)
        if let encryptionContext { context.addEncryptionContext(encryptionContext) }
        adding(&context)
        return decide(
            named.key, by: named.key.policy, action: action ?? operation.action, context: context,
            grant: grantVerdict(on: named.key, action: action ?? operation.action, encryptionContext ?? [:]))
    }

    /// Decides by a policy, the key's own or one that is about to become it.
    func decide(
        _ key: Key, by policy: PolicyDocument, action: String, context: RequestContext, grant: GrantVerdict?
    ) -> Decision {
        let request = AuthorizationRequest(
            caller: caller, action: action, resource: key.arn, resourceAccount: key.account, context: context,
            allowsCrossAccount: operation.allowsCrossAccount)
        return Evaluator.decide(
            request, resourcePolicy: policy, identityPolicies: identityPolicies, grant: grant)
    }

    /// Decides a call on something that has no policy of its own: an alias, or `*` for calls without a
    /// resource.
    ///
    /// - Throws: `.accessDenied`.
    func authorize(
        resource: String = "*", owner: AccountID? = nil, adding: (inout RequestContext) -> Void = { _ in }
    ) throws(KeyManagementError) {
        var context = context()
        adding(&context)
        let account = try place.account
        let request = AuthorizationRequest(
            caller: caller, action: operation.action, resource: resource, resourceAccount: owner ?? account,
            context: context)
        let decision = Evaluator.decideIdentityOnly(request, identityPolicies: identityPolicies)
        if !decision.isAllowed { throw .accessDenied(decision.refusalText) }
    }
}

// MARK: - Grants

extension Invocation {
    /// The grant that allows this to the caller, if there is one; of several, one that needs no IAM policy.
    func grantVerdict(on key: Key, action: String, _ context: EncryptionContext) -> GrantVerdict? {
        guard let index = keyring.grants[key.reference], index.count > 0,
            let operation = GrantOperation(rawValue: String(action.dropFirst("kms:".count)))
        else { return nil }
        let matches = { (grant: Grant) in self.admits(grant, operation, context) }
        for name in caller.matchedNames where !callerIsRoot {
            let party = Grant.Party(name: name, isService: caller.isService)
            if let grant = index.grants(to: party).first(where: matches) { return GrantVerdict(id: grant.id) }
        }
        guard let account = caller.account else { return nil }
        let party = Grant.Party(name: ARN.accountRoot(account).text, isService: false)
        return index.grants(to: party).first(where: matches).map {
            GrantVerdict(id: $0.id, granteeIsAccount: true)
        }
    }

    private var callerIsRoot: Bool {
        if case .root = caller.identity { true } else { false }
    }

    private func admits(_ grant: Grant, _ operation: GrantOperation, _ context: EncryptionContext) -> Bool {
        guard grant.operations.contains(operation) else { return false }
        if operation.usesEncryptionContext, !grant.constraints.admits(context) { return false }
        guard let pattern = grant.constraints.sourceARN else { return true }
        return caller.sourceARN.map { WildcardText.matches($0.text, pattern: pattern) } ?? false
    }
}

/// Matching with `*` and `?`, for the one pattern that stands outside a policy: a grant's source ARN.
enum WildcardText {
    /// Whether `text` is what `pattern` describes; `*` stands for any run of bytes, `?` for one.
    static func matches(_ text: String, pattern: String) -> Bool {
        let text = Array(text.utf8)
        let pattern = Array(pattern.utf8)
        var (position, place) = (0, 0)
        var retry: (position: Int, place: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                retry = (position, place)
                place += 1
            } else if place < pattern.count,
                pattern[place] == text[position] || pattern[place] == UInt8(ascii: "?")
            {
                position += 1
                place += 1
            } else if let last = retry {
                // Let the last star take one byte more.
                retry = (last.position + 1, last.place)
                position = last.position + 1
                place = last.place + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
