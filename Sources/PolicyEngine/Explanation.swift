import AWSVocabulary

/// How one statement fared in a decision.
public struct StatementFinding: Sendable, Equatable {
    /// Where it stands.
    public let statement: StatementReference
    /// Allow or Deny.
    public let effect: Effect
    /// Why it does not apply, one sentence fragment for each element that does not match; empty when it
    /// applies.
    public let mismatches: [String]
    /// Whether it decided, alone or together with another.
    public let isDeciding: Bool

    /// Whether every element matches.
    public var isMatch: Bool { mismatches.isEmpty }
}

extension Decision {
    /// Every statement that was looked at, the resource's policy first, with what did not match and why.
    public func findings() -> [StatementFinding] {
        var findings: [StatementFinding] = []
        if let resource = policies.resource {
            findings += self.findings(in: resource, source: policies.resourceSource)
        }
        for policy in policies.identity {
            findings += self.findings(in: policy.document, source: .identityPolicy(policy.name))
        }
        return findings
    }

    /// The decision in sentences: first what was decided and why, then a line for each statement.
    public func explanation() -> [String] {
        [summary]
            + findings().map { finding in
                let place = "\(finding.statement) (\(finding.effect.rawValue))"
                if finding.isDeciding { return "\(place): decides" }
                if finding.isMatch { return "\(place): matches" }
                return "\(place): does not match: \(finding.mismatches.joined(separator: "; "))"
            }
    }

    /// Who asked for what, the verdict, and its cause.
    private var summary: String {
        let verdict = "\(request.caller.name), \(request.action): \(isAllowed ? "allowed" : "refused")"
        return "\(verdict): \(cause)"
    }

    private var cause: String {
        switch reason {
        case .allowedBy(let statement): "\(statement) allows it"
        case .delegated(let admission, let allow):
            "\(admission) lets the caller's IAM policies decide, and \(allow) allows it"
        case .delegatedToRoot(let admission): "\(admission) admits the account, and the caller is its root"
        case .accountRoot: "the account's root needs no policy for it"
        case .grant(let id, nil): "grant \(id) allows it"
        case .grant(let id, let allow?):
            "grant \(id) lets the caller's IAM policies decide, and \(allow) allows it"
        case .explicitDeny(let statement): "\(statement) denies it"
        case .noIdentityPolicy(nil): "no IAM policy of the caller allows it"
        case .noIdentityPolicy(let admission?):
            "\(admission) lets the caller's IAM policies decide, and none of them allows it"
        case .noResourcePolicy:
            "no statement of the \(policies.resourceSource) and no grant lets the caller do it"
        case .crossAccountNotSupported:
            "the caller belongs to another account, and the operation does not work across accounts"
        }
    }

    private func findings(in document: PolicyDocument, source: PolicySource) -> [StatementFinding] {
        document.statements.enumerated().map { index, statement in
            let reference = StatementReference(source: source, number: index + 1, sid: statement.sid)
            return StatementFinding(
                statement: reference, effect: statement.effect,
                mismatches: statement.mismatches(with: request),
                isDeciding: decidingStatements.contains(reference))
        }
    }

    private var decidingStatements: [StatementReference] {
        switch reason {
        case .allowedBy(let one), .delegatedToRoot(let one), .explicitDeny(let one): [one]
        case .delegated(let one, let other): [one, other]
        case .grant(_, let one): one.map { [$0] } ?? []
        case .accountRoot, .noIdentityPolicy, .noResourcePolicy, .crossAccountNotSupported: []
        }
    }
}

extension Statement {
    /// Why the statement does not apply, one fragment an element; none when it applies.
    fileprivate func mismatches(with request: AuthorizationRequest) -> [String] {
        var found: [String] = []
        if let principal, let mismatch = principal.mismatch(with: request, effect: effect) {
            found.append(mismatch)
        }
        if !actions.covers(request) {
            let listed = actions.texts.joined(separator: ", ")
            found.append(
                actions.isNegated
                    ? "NotAction lists \(request.action): \(listed)"
                    : "Action is \(listed), not \(request.action)")
        }
        if let resources {
            if !resources.covers(request) {
                let listed = resources.texts.joined(separator: ", ")
                found.append(
                    resources.isNegated
                        ? "NotResource lists \(request.resource): \(listed)"
                        : "Resource is \(listed), not \(request.resource)")
            }
        } else {
            found.append("there is no Resource")
        }
        return found + conditions.compactMap { $0.mismatch(in: request.context) }
    }
}

extension PrincipalElement {
    /// Why the element does not mean the caller; `nil` when it does.
    fileprivate func mismatch(with request: AuthorizationRequest, effect: Effect) -> String? {
        let caller = request.caller
        let applies = effect == .deny ? hits(caller) : reach(of: caller) != .none
        if applies { return nil }
        let element = isNegated ? "NotPrincipal" : "Principal"
        if caller.isService, effect == .allow, !services.contains(caller.name) {
            return "\(element) is \(summary); a service is let in only by its name, \(caller.name)"
        }
        return isNegated
            ? "\(element) lists \(caller.name): \(summary)" : "\(element) is \(summary), not \(caller.name)"
    }
}

extension Condition {
    /// What the condition wants and what the request has; `nil` when it holds.
    fileprivate func mismatch(in context: RequestContext) -> String? {
        if holds(in: context) { return nil }
        let wanted = values.map { "\"\($0.text)\"" }.joined(separator: " or ")
        guard let requested = context.values(foldedKey: foldedKey) else {
            return "\(operation.name) \(key) wants \(wanted), and the request has no such key"
        }
        let given = requested.map { "\"\($0)\"" }.joined(separator: ", ")
        return "\(operation.name) \(key) wants \(wanted), and the request has \(given)"
    }
}
