/// Who makes a call, with all that a policy may ask about them.
///
/// Over HTTP the access key names the caller; in the mount the Unix user does; the receiving line makes the
/// SES service caller itself. All three meet in this one value, so a policy cannot tell the doors apart.
public struct Caller: Sendable, Hashable {
    /// The kinds of principal.
    public enum Identity: Sendable, Hashable {
        /// The account itself.
        case root(AccountID)
        /// An IAM user, by ARN.
        case user(ARN)
        /// A session of an assumed role: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` and the role's ARN.
        case roleSession(session: ARN, role: ARN)
        /// A service, such as `ses.amazonaws.com`.
        case service(String)
    }

    /// Who it is.
    public var identity: Identity
    /// `aws:SourceAccount`: the account a service acts for.
    public var sourceAccount: AccountID?
    /// `aws:SourceArn`: the resource a service acts for.
    public var sourceARN: ARN?
    /// `kms:ViaService`: the service that forwards the principal's call, such as `ses.us-east-1.amazonaws.com`.
    public var viaService: String?
    /// `aws:SourceIp`: the peer's address, absent for services and in the mount.
    public var sourceIPAddress: String?
    /// `aws:UserAgent`.
    public var userAgent: String?
    /// The access key that signed the call, where one did.
    public var accessKeyID: String?
    /// `aws:PrincipalTag/…`.
    public var tags: [String: String]
    /// `aws:SecureTransport`.
    public var isSecureTransport: Bool

    /// Makes a caller of this identity.
    public init(
        _ identity: Identity, sourceAccount: AccountID? = nil, sourceARN: ARN? = nil,
        viaService: String? = nil,
        sourceIPAddress: String? = nil, userAgent: String? = nil, accessKeyID: String? = nil,
        tags: [String: String] = [:], isSecureTransport: Bool = true
    ) {
        self.identity = identity
        self.sourceAccount = sourceAccount
        self.sourceARN = sourceARN
        self.viaService = viaService
        self.sourceIPAddress = sourceIPAddress
        self.userAgent = userAgent
        self.accessKeyID = accessKeyID
        self.tags = tags
        self.isSecureTransport = isSecureTransport
    }

    /// The account root.
    public static func root(of account: AccountID) -> Caller { Caller(.root(account)) }

    /// A service that acts for an account and, where known, for one of its resources.
    public static func service(_ name: String, sourceAccount: AccountID?, sourceARN: ARN? = nil) -> Caller {
        Caller(
            .service(name), sourceAccount: sourceAccount, sourceARN: sourceARN, sourceIPAddress: name,
            userAgent: name)
    }

    /// The principal that `arn` names: an account root, an IAM user, or a session of an assumed role.
    ///
    /// - Throws: `.invalidARN` when it names no principal that can call.
    public init(principal arn: ARN) throws(VocabularyError) {
        guard let account = arn.accountID else { throw .invalidARN(arn.text) }
        let parts = arn.resource.split(separator: "/", omittingEmptySubsequences: false)
        switch (arn.service, parts.first, parts.count) {
        case ("iam", "root", 1): self.init(.root(account))
        case ("iam", "user", 2...) where parts.last?.isEmpty == false: self.init(.user(arn))
        case ("sts", "assumed-role", 3) where !parts[1].isEmpty && !parts[2].isEmpty:
            let role = ARN(
                partition: arn.partition, service: "iam", region: "", account: account.text,
                resource: "role/\(parts[1])")
            self.init(.roleSession(session: arn, role: role))
        default: throw .invalidARN(arn.text)
        }
    }
}

extension Caller {
    /// The caller's account; `nil` for a service.
    public var account: AccountID? {
        switch identity {
        case .root(let account): account
        case .user(let arn): arn.accountID
        case .roleSession(let session, _): session.accountID
        case .service: nil
        }
    }

    /// The account in which a key ID or alias without ARN is looked up.
    public var accountForLookup: AccountID? { account ?? sourceAccount }

    /// Whether the caller is a service principal.
    public var isService: Bool {
        if case .service = identity { true } else { false }
    }

    /// The caller's ARN, or the service's name: how refusals and records call them.
    public var name: String {
        switch identity {
        case .root(let account): ARN.accountRoot(account).text
        case .user(let arn): arn.text
        case .roleSession(let session, _): session.text
        case .service(let name): name
        }
    }

    /// `aws:PrincipalArn`: a session's role ARN, everyone else's own; `nil` for a service.
    public var principalARN: String? {
        switch identity {
        case .roleSession(_, let role): role.text
        case .service: nil
        case .root, .user: name
        }
    }

    /// The names by which a `Principal` element can mean this caller and nobody else.
    public var matchedNames: [String] {
        if case .roleSession(let session, let role) = identity { [session.text, role.text] } else { [name] }
    }

    /// `aws:PrincipalType`: `Account`, `User`, `AssumedRole` or `AWSService`.
    public var principalType: String {
        switch identity {
        case .root: "Account"
        case .user: "User"
        case .roleSession: "AssumedRole"
        case .service: "AWSService"
        }
    }

    /// The user's or role's name without path; `nil` for root and services.
    public var friendlyName: String? {
        switch identity {
        case .user(let arn): arn.resource.split(separator: "/").last.map(String.init)
        case .roleSession(_, let role): role.resource.split(separator: "/").last.map(String.init)
        case .root, .service: nil
        }
    }
}
