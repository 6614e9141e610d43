/// The whole rule by which a request is allowed or refused.
///
/// Judged are the policy of the resource, the IAM policies of the caller, and a grant that the key service
/// found to match. An explicit Deny in any of them wins; an Allow must be explicit.
///
/// Source: IAM User Guide, "Policy evaluation logic"; KMS Developer Guide, "Troubleshooting AWS KMS
/// permissions".
public enum Evaluator {
    /// Decides a request about a key or a bucket.
    ///
    /// For a key its policy comes first: without an Allow there, or a grant, an IAM policy is worth nothing.
    /// For a bucket, its policy and IAM are alternatives within the account. Across accounts both sides must
    /// allow.
    ///
    /// - Parameters:
    ///   - request: The question.
    ///   - resourcePolicy: The key's or bucket's policy; with `nil` nothing but a grant can allow.
    ///   - identityPolicies: The caller's IAM policies; none for services and roots.
    ///   - grant: A grant that matches the request, already judged by its constraints.
    public static func decide(
        _ request: AuthorizationRequest, resourcePolicy: PolicyDocument?, identityPolicies: [NamedPolicy],
        grant: GrantVerdict? = nil
    ) -> Decision {
        let policies = PolicySet(resource: resourcePolicy, identity: identityPolicies)
        return Decision(request: request, reason: judge(request, by: policies, grant), policies: policies)
    }

    /// Decides a request that touches no resource with a policy of its own.
    ///
    /// Such are `kms:CreateKey`, `kms:ListKeys`, an alias, a bucket that has no policy. The caller's IAM
    /// policies must allow; the account's root always may.
    public static func decideIdentityOnly(
        _ request: AuthorizationRequest, identityPolicies: [NamedPolicy]
    ) -> Decision {
        let policies = PolicySet(resource: nil, identity: identityPolicies)
        return Decision(request: request, reason: judgeIdentity(request, by: policies), policies: policies)
    }

    /// The rule itself, in the order in which it is decided.
    private static func judge(
        _ request: AuthorizationRequest, by policies: PolicySet, _ grant: GrantVerdict?
    ) -> Decision.Reason {
        let resource = policies.resourceSide(of: request)
        if let deny = resource.deny { return .explicitDeny(deny) }
        let identity = policies.identitySide(of: request)
        if let deny = identity.deny { return .explicitDeny(deny) }
        if request.isCrossAccount, !request.allowsCrossAccount { return .crossAccountNotSupported }

        // A caller of the same account whom the resource's policy names needs no IAM policy.
        if let named = resource.namesCaller, !request.isCrossAccount { return .allowedBy(named) }
        // Across accounts a name is worth what an account is: the caller's own side must agree.
        let admission = resource.namesCaller ?? resource.namesAccount
        if let admission {
            if request.isRoot { return .delegatedToRoot(by: admission) }
            if let allow = identity.allow { return .delegated(by: admission, allowedBy: allow) }
        }
        if policies.acceptsIdentityAlone, !request.isCrossAccount {
            if request.isRoot { return .accountRoot }
            if let allow = identity.allow { return .allowedBy(allow) }
        }
        // A grant needs no policy, within the account or across.
        if let grant, !grant.granteeIsAccount || request.isRoot || identity.allow != nil {
            return .grant(id: grant.id, allowedBy: grant.granteeIsAccount ? identity.allow : nil)
        }
        return admission != nil || grant != nil
            ? .noIdentityPolicy(delegatedBy: admission) : .noResourcePolicy
    }

    private static func judgeIdentity(_ request: AuthorizationRequest, by policies: PolicySet)
        -> Decision.Reason
    {
        let identity = policies.identitySide(of: request)
        if let deny = identity.deny { return .explicitDeny(deny) }
        if request.isCrossAccount { return .crossAccountNotSupported }
        if request.isRoot { return .accountRoot }
        return identity.allow.map { .allowedBy($0) } ?? .noIdentityPolicy(delegatedBy: nil)
    }
}

/// What the resource's policy says of a request: the first statement of each kind that matches.
private struct ResourceSide {
    var deny: StatementReference?
    var namesCaller: StatementReference?
    var namesAccount: StatementReference?
}

/// What the caller's IAM policies say: the first Deny and the first Allow that match.
private struct IdentitySide {
    var deny: StatementReference?
    var allow: StatementReference?
}

extension PolicySet {
    /// Buckets take an IAM Allow of their own account without a word in their policy; keys do not.
    fileprivate var acceptsIdentityAlone: Bool {
        if case .resourcePolicy = resource?.kind { true } else { false }
    }

    /// Judges the resource's policy; a Deny ends the search, further Allows of a kind already seen are not
    /// looked at.
    fileprivate func resourceSide(of request: AuthorizationRequest) -> ResourceSide {
        var side = ResourceSide()
        guard let resource else { return side }
        for (index, statement) in resource.statements.enumerated() {
            guard let principal = statement.principal else { continue }
            let reference = {
                StatementReference(source: resourceSource, number: index + 1, sid: statement.sid)
            }
            switch statement.effect {
            case .deny:
                if principal.hits(request.caller), statement.covers(request) {
                    side.deny = reference()
                    return side
                }
            case .allow:
                let reach = principal.reach(of: request.caller)
                guard side.lacks(reach), statement.covers(request) else { continue }
                side.note(reach, reference())
            }
        }
        return side
    }

    /// Judges the caller's IAM policies together, as one list of statements.
    fileprivate func identitySide(of request: AuthorizationRequest) -> IdentitySide {
        var side = IdentitySide()
        for policy in identity {
            for (index, statement) in policy.document.statements.enumerated() {
                if statement.effect == .allow, side.allow != nil { continue }
                guard statement.covers(request) else { continue }
                let reference = StatementReference(
                    source: .identityPolicy(policy.name), number: index + 1, sid: statement.sid)
                switch statement.effect {
                case .deny:
                    side.deny = reference
                    return side
                case .allow: side.allow = reference
                }
            }
        }
        return side
    }
}

extension ResourceSide {
    /// Whether a statement of this reach would tell anything new.
    func lacks(_ reach: PrincipalElement.Reach) -> Bool {
        switch reach {
        case .none: false
        case .caller: namesCaller == nil
        case .account: namesAccount == nil
        }
    }

    mutating func note(_ reach: PrincipalElement.Reach, _ statement: StatementReference) {
        switch reach {
        case .none: break
        case .caller: namesCaller = statement
        case .account: namesAccount = statement
        }
    }
}
