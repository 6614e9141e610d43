public import AWSVocabulary

/// What a statement does when it matches.
public enum Effect: String, Sendable, Hashable {
    /// Lets the caller in, unless something denies.
    case allow = "Allow"
    /// Refuses, whatever else allows.
    case deny = "Deny"
}

/// One statement of a policy document, compiled.
public struct Statement: Sendable, Equatable {
    /// The statement's identifier, where it has one.
    public let sid: String?
    /// Allow or Deny.
    public let effect: Effect

    /// `nil` in IAM policies, whose principal is the one they are attached to.
    let principal: PrincipalElement?
    let actions: ActionElement
    /// `nil` makes the statement void: it matches no request.
    let resources: ResourceElement?
    let conditions: [Condition]

    /// The users, roles and sessions that `Principal` or `NotPrincipal` names, accounts not included.
    public var namedPrincipals: [ARN] { principal?.arns ?? [] }

    /// Whether action, resource and every condition match; the principal is judged apart.
    func covers(_ request: AuthorizationRequest) -> Bool {
        actions.covers(request) && (resources?.covers(request) ?? false)
            && conditions.allSatisfy { $0.holds(in: request.context) }
    }
}

/// `Action` or `NotAction`: names with wildcards, case ignored.
struct ActionElement: Sendable, Equatable {
    let isNegated: Bool
    let texts: [String]
    private let patterns: [Wildcard]

    init(_ texts: [String], isNegated: Bool) {
        self.isNegated = isNegated
        self.texts = texts
        patterns = texts.map { Wildcard($0.lowercased()) }
    }

    /// Whether the element covers the action that is asked for.
    func covers(_ request: AuthorizationRequest) -> Bool {
        patterns.contains { $0.matches(request.foldedAction) } != isNegated
    }
}

/// `Resource` or `NotResource`: ARNs with wildcards and variables, case-sensitive.
struct ResourceElement: Sendable, Equatable {
    private enum Form: Sendable, Equatable {
        case everything
        case pattern(ARNPattern)
        case template(Template)
    }

    let isNegated: Bool
    let texts: [String]
    private let forms: [Form]

    init(_ texts: [String], isNegated: Bool, hasVariables: Bool) throws(StatementError) {
        self.isNegated = isNegated
        self.texts = texts
        var forms: [Form] = []
        for text in texts {
            let template = try Template(text, hasWildcards: true, hasVariables: hasVariables)
            forms.append(template.constant.map(Self.form) ?? .template(template))
        }
        self.forms = forms
    }

    /// Whether the element covers the resource that is asked for.
    func covers(_ request: AuthorizationRequest) -> Bool {
        let isListed = forms.contains { form in
            switch form {
            case .everything: return true
            case .pattern(let pattern): return pattern.matches(request.resource)
            case .template(let template):
                guard let tokens = template.resolved(in: request.context) else { return false }
                return ARNPattern(completing: tokens).matches(request.resource)
            }
        }
        return isListed != isNegated
    }

    private static func form(of tokens: [Wildcard.Token]) -> Form {
        // In a key policy `*` is this key; in an IAM policy it is also the `*` of calls without a resource.
        if Wildcard(tokens: tokens).matchesEverything { return .everything }
        return .pattern(ARNPattern(completing: tokens))
    }
}
