import AWSVocabulary
import PolicyEngine

extension Invocation {
    /// Refuses grantees and retirers that cannot be anybody.
    ///
    /// - Throws: `.invalidARN`.
    func checkParties(of terms: GrantTerms) throws(KeyManagementError) {
        for party in [terms.grantee, terms.retiring].compactMap({ $0 }) {
            guard !party.isService else {
                guard party.name.hasSuffix(".amazonaws.com") else {
                    throw .validation("'\(party.name)' is not the name of a service principal.")
                }
                continue
            }
            guard let arn = try? ARN(party.name), Self.isPrincipal(arn), exists(arn) else {
                throw .invalidARN("ARN does not refer to a valid principal: \(party.name)")
            }
        }
    }

    /// Users, roles, sessions, federated users and account roots are principals; groups are not.
    private static func isPrincipal(_ arn: ARN) -> Bool {
        guard arn.accountID != nil else { return false }
        let kind = arn.resource.split(separator: "/", maxSplits: 1).first.map(String.init) ?? ""
        switch arn.service {
        case "iam":
            return arn.resource == "root" || (["user", "role"].contains(kind) && arn.resource != kind)
        case "sts": return ["assumed-role", "federated-user"].contains(kind) && arn.resource != kind
        default: return false
        }
    }

    /// Decides `kms:CreateGrant`, and keeps a grantee from passing on more than it has.
    func authorizeCreation(of grant: Grant, on key: Key) throws(KeyManagementError) {
        let decision = decide(
            NamedKey(key: key, alias: nil), encryptionContext: grant.constraints.boundContext
        ) { context in
            context.set(grant.operationNames, for: "kms:GrantOperations")
            let kind = grant.grantee.isService ? "kms:GranteeServicePrincipal" : "kms:GranteePrincipal"
            context.set(grant.grantee.name, for: kind)
            if let retiring = grant.retiring {
                let kind = retiring.isService ? "kms:RetiringServicePrincipal" : "kms:RetiringPrincipal"
                context.set(retiring.name, for: kind)
            }
            if let type = grant.constraints.contextConstraintType {
                context.set(type, for: "kms:GrantConstraintType")
            }
            context.set(isForAWSResource, for: "kms:GrantIsForAWSResource")
        }
        guard decision.isAllowed else { throw .accessDenied(decision.refusalText) }
        guard case .grant = decision.reason else { return }
        guard parents(of: grant, on: key).contains(where: { $0.covers(grant) }) else {
            throw .accessDenied(
                Decision.refusalText(concealing: key.arn, action: operation.action, caller: caller))
        }
    }

    /// `kms:GrantIsForAWSResource`: whether an integrated service asks, itself or on behalf of its user.
    var isForAWSResource: String { caller.isService || caller.viaService != nil ? "true" : "false" }

    /// The caller's own grants on the key that let it create grants.
    private func parents(of grant: Grant, on key: Key) -> [Grant] {
        var names = caller.matchedNames
        if let account = caller.account { names.append(ARN.accountRoot(account).text) }
        return names.flatMap { name in
            keyring.grants[key.reference]?.grants(to: Grant.Party(name: name, isService: caller.isService))
                ?? []
        }.filter { $0.operations.contains(.createGrant) }
    }
}

extension Grant {
    /// Whether a grantee of this grant may pass on `child`: no more operations, constraints at least as
    /// strict.
    func covers(_ child: Grant) -> Bool {
        child.operations.isSubset(of: operations) && child.constraints.areAtLeastAsStrict(as: constraints)
    }
}

extension GrantConstraints {
    /// The pairs that `CreateGrant` shows as `kms:EncryptionContext:…`.
    var boundContext: EncryptionContext? { encryptionContextEquals ?? encryptionContextSubset }

    /// The value of `kms:GrantConstraintType`.
    var contextConstraintType: String? {
        if encryptionContextEquals != nil { return "EncryptionContextEquals" }
        return encryptionContextSubset == nil ? nil : "EncryptionContextSubset"
    }
}
