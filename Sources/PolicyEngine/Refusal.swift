public import AWSVocabulary

extension Decision {
    /// The sentence a refused caller gets, in the words of AWS; it reads the same for allowed requests but
    /// means nothing there.
    ///
    /// A caller of another account whom the resource's policy does not admit is not told whether the resource
    /// exists.
    ///
    /// Observed, not documented: the sentence and its endings, from responses and CloudTrail records of
    /// refused KMS calls.
    public var refusalText: String {
        Self.sentence(request.caller, request.action, request.resource) + " " + refusalEnding
    }

    /// The sentence for a resource that does not exist, or that the caller must not know to exist.
    public static func refusalText(concealing resource: String, action: String, caller: Caller) -> String {
        sentence(caller, action, resource) + " " + concealingEnding
    }

    private static func sentence(_ caller: Caller, _ action: String, _ resource: String) -> String {
        "User: \(caller.name) is not authorized to perform: \(action) on resource: \(resource)"
    }

    private static let concealingEnding =
        "because the resource does not exist in this Region, no resource-based policies allow access, "
        + "or a resource-based policy explicitly denies access"

    private var refusalEnding: String {
        switch reason {
        case .explicitDeny(let statement):
            if case .identityPolicy = statement.source {
                return "with an explicit deny in an identity-based policy"
            }
            return request.isCrossAccount
                ? Self.concealingEnding : "with an explicit deny in a resource-based policy"
        case .noIdentityPolicy: return "because no identity-based policy allows the \(request.action) action"
        case .noResourcePolicy, .crossAccountNotSupported:
            return request.isCrossAccount
                ? Self.concealingEnding
                : "because no resource-based policy allows the \(request.action) action"
        case .allowedBy, .delegated, .delegatedToRoot, .accountRoot, .grant:
            return "because the request was not refused by any policy"
        }
    }
}
