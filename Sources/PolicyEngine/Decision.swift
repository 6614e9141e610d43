/// Which document a statement stands in.
public enum PolicySource: Sendable, Hashable, CustomStringConvertible {
    /// The key's policy.
    case keyPolicy
    /// The policy of the bucket of that name.
    case bucketPolicy(String)
    /// An IAM policy of the caller, by name.
    case identityPolicy(String)

    /// How people call it: `key policy`, `bucket policy of mailbox`, `IAM policy "readers"`.
    public var description: String {
        switch self {
        case .keyPolicy: "key policy"
        case .bucketPolicy(let bucket): "bucket policy of \(bucket)"
        case .identityPolicy(let name): "IAM policy \"\(name)\""
        }
    }
}

/// Where a statement stands: its document, its number counted from 1, and its identifier.
public struct StatementReference: Sendable, Hashable, CustomStringConvertible {
    /// The document.
    public let source: PolicySource
    /// The statement's number in it, counted from 1.
    public let number: Int
    /// The statement's identifier, where it has one.
    public let sid: String?

    /// Names a statement.
    public init(source: PolicySource, number: Int, sid: String? = nil) {
        self.source = source
        self.number = number
        self.sid = sid
    }

    /// For people: `key policy, statement 2 "Allow SES"`.
    public var description: String { "\(source), statement \(number)" + (sid.map { " \"\($0)\"" } ?? "") }
}

/// A policy of the caller, with the name it is attached under.
public struct NamedPolicy: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The document, of kind `identityPolicy`.
    public let document: PolicyDocument

    /// Names a document.
    public init(name: String, document: PolicyDocument) {
        self.name = name
        self.document = document
    }
}

/// A grant that matches the request: grantee, operation and constraints all fit.
public struct GrantVerdict: Sendable, Equatable {
    /// The grant's ID.
    public let id: String
    /// Whether the grantee is the caller's account, so that the caller's IAM policies must allow as well.
    public let granteeIsAccount: Bool

    /// Reports a matching grant.
    public init(id: String, granteeIsAccount: Bool = false) {
        self.id = id
        self.granteeIsAccount = granteeIsAccount
    }
}

/// The answer to an authorization request, with what decided it.
///
/// Making one costs no text: refusal and explanation are put together when they are asked for.
public struct Decision: Sendable, Equatable {
    /// What decided.
    public enum Reason: Sendable, Equatable {
        /// Allowed: the statement names the caller, or is in the caller's IAM policy where none but that
        /// counts.
        case allowedBy(StatementReference)
        /// Allowed: the first statement admits the caller as far as IAM does, and the second is IAM's Allow.
        case delegated(by: StatementReference, allowedBy: StatementReference)
        /// Allowed: the statement admits the caller's account, and the caller is its root.
        case delegatedToRoot(by: StatementReference)
        /// Allowed: the root of the account needs no policy for this call.
        case accountRoot
        /// Allowed: a grant, and for a grantee that is an account also IAM's Allow (`nil` for its root).
        case grant(id: String, allowedBy: StatementReference?)
        /// Refused: a statement denies.
        case explicitDeny(StatementReference)
        /// Refused: no IAM policy of the caller allows; the resource's side would have let IAM decide, where
        /// named.
        case noIdentityPolicy(delegatedBy: StatementReference?)
        /// Refused: neither the resource's policy nor a grant admits the caller.
        case noResourcePolicy
        /// Refused: the operation does not work across accounts.
        case crossAccountNotSupported
    }

    /// The question.
    public let request: AuthorizationRequest
    /// What decided.
    public let reason: Reason
    let policies: PolicySet

    /// Whether the call may proceed.
    public var isAllowed: Bool {
        switch reason {
        case .allowedBy, .delegated, .delegatedToRoot, .accountRoot, .grant: true
        case .explicitDeny, .noIdentityPolicy, .noResourcePolicy, .crossAccountNotSupported: false
        }
    }

    /// The statement that decided, where one did; of two that had to agree, the resource's.
    public var decidingStatement: StatementReference? {
        switch reason {
        case .allowedBy(let statement), .delegated(let statement, _), .delegatedToRoot(let statement),
            .explicitDeny(let statement):
            statement
        case .grant(_, let statement): statement
        case .noIdentityPolicy(let statement): statement
        case .accountRoot, .noResourcePolicy, .crossAccountNotSupported: nil
        }
    }
}

/// The documents a decision was made from.
struct PolicySet: Sendable, Equatable {
    let resource: PolicyDocument?
    let identity: [NamedPolicy]

    /// How to call the resource's policy; a key's where there is none.
    var resourceSource: PolicySource {
        switch resource?.kind {
        case .resourcePolicy(let bucket): .bucketPolicy(bucket)
        case .keyPolicy, .identityPolicy, nil: .keyPolicy
        }
    }
}
