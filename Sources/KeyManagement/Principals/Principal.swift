public import AWSVocabulary
public import Cryptography
public import FoundationEssentials
import PolicyEngine

/// An IAM user or role, with the policies attached to it.
struct Principal: Sendable {
    let arn: ARN
    /// `AIDA…` for users, `AROA…` for roles.
    let uniqueID: String
    let tags: [ResourceTag]
    let created: Date
    /// Policies, names ascending.
    let policies: [NamedPolicy]
}

/// What the companion shows of a principal.
public struct PrincipalDescription: Sendable, Equatable {
    /// The ARN of the user or role.
    public let arn: ARN
    /// The unique ID that records show: `AIDA…` for users, `AROA…` for roles.
    public let uniqueID: String
    /// The tags, for `aws:PrincipalTag`.
    public let tags: [ResourceTag]
    /// When it was made.
    public let created: Date
    /// The names of its policies, ascending.
    public let policyNames: [String]
}

/// What the companion shows of an access key: everything but the secret.
public struct AccessKeyDescription: Sendable, Equatable {
    /// The ID, `AKIA…`, or `ASIA…` where a session token goes with it.
    public let id: String
    /// What the operator calls it.
    public let label: String
    /// The ARN it signs for, or the name of a service.
    public let principal: String
    /// Whether `principal` is the name of a service.
    public let isService: Bool
    /// The service that forwards the principal's calls, where the key stands for forwarded ones.
    public let viaService: String?
    /// The account a service acts for unless the request says otherwise.
    public let sourceAccount: AccountID?
    /// Whether it is accepted.
    public let isActive: Bool
    /// When it was issued.
    public let created: Date
    /// When its session ends.
    public let expires: Date?
}

/// An access key with its secret, for the one moment at which it is handed out.
///
/// The secret is ordinary text here, because it is about to be printed or written into a profile.
public struct IssuedAccessKey: Sendable {
    /// Everything but the secret.
    public let description: AccessKeyDescription
    /// The secret access key, 40 characters.
    public let secretAccessKey: String
    /// The session token of an `ASIA…` key.
    public let sessionToken: String?
}

/// Who signed a request, and with what: what a signature check needs.
public struct Credential: Sendable {
    /// The caller the key stands for; the endpoint adds address and agent.
    public let caller: Caller
    /// Whether the key may set `x-amz-source-account` and `x-amz-source-arn`: a service's may.
    public let mayNameSource: Bool
    private let secret: OpenedMaterial

    init(caller: Caller, mayNameSource: Bool, secret: OpenedMaterial) {
        self.caller = caller
        self.mayNameSource = mayNameSource
        self.secret = secret
    }

    /// Lends the secret access key's characters to `body`, which must not keep them.
    public func withSecretAccessKey<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try secret.secret.withUnsafeBytes(body)
    }

    /// A second owner of the secret's bytes, to derive signing keys from.
    public func copySecretAccessKey() -> SecretBytes { secret.secret.copy() }
}

/// Why an access key does not authenticate a request.
public enum CredentialError: Error, Equatable, Sendable {
    /// There is no such key, or it has been switched off.
    case unknownAccessKey(String)
    /// The key needs a session token, or has another one.
    case invalidSessionToken
    /// The session is over.
    case expiredSessionToken
    /// The home could not be read.
    case unavailable(String)
}
