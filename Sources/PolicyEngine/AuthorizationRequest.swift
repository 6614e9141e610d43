public import AWSVocabulary

/// The question that policies answer: whether this caller may do this to that.
public struct AuthorizationRequest: Sendable, Equatable {
    /// Who asks.
    public let caller: Caller
    /// What they ask for, with its service: `kms:Decrypt`.
    public let action: String
    /// The ARN of what they ask it of, or `*` for calls without a resource.
    public let resource: String
    /// The account that owns the resource.
    public let resourceAccount: AccountID
    /// The condition keys; `aws:ResourceAccount` is added by the initialiser.
    public let context: RequestContext
    /// Whether the operation works at all for callers of other accounts.
    public let allowsCrossAccount: Bool

    /// The action in lower case, as actions are compared.
    let foldedAction: String

    /// Puts a question.
    ///
    /// - Parameter allowsCrossAccount: Leave it `false` unless the service documents the operation as usable
    ///   across accounts.
    public init(
        caller: Caller, action: String, resource: String, resourceAccount: AccountID, context: RequestContext,
        allowsCrossAccount: Bool = false
    ) {
        self.caller = caller
        self.action = action
        self.resource = resource
        self.resourceAccount = resourceAccount
        self.allowsCrossAccount = allowsCrossAccount
        var completed = context
        completed.set(resourceAccount.text, for: "aws:ResourceAccount")
        self.context = completed
        foldedAction = action.lowercased()
    }

    /// Whether the caller is a principal of another account; services belong to none.
    var isCrossAccount: Bool {
        guard let account = caller.account else { return false }
        return account != resourceAccount
    }

    /// Whether the account itself asks.
    var isRoot: Bool {
        if case .root = caller.identity { true } else { false }
    }
}
