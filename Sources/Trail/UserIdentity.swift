public import AWSVocabulary
public import FoundationEssentials
public import StrictJSON

/// Who made a call, in the words of CloudTrail.
///
/// Source: CloudTrail User Guide, "CloudTrail userIdentity element".
public struct UserIdentity: Sendable, Equatable {
    /// A caller, or AWS itself.
    private enum Kind: Sendable, Equatable {
        case caller(Caller.Identity)
        case internalService(AccountID)
    }

    private let kind: Kind
    private let accessKeyID: String?
    private let principalID: String?
    private let sessionCreation: Date?
    /// The service that forwarded the call, as a service principal.
    private let invokedBy: String?

    /// Describes a caller.
    ///
    /// - Parameters:
    ///   - principalID: The unique ID of the user or role (`AIDA…`, `AROA…`), where the account knows one.
    ///   - sessionCreation: When a role's session began.
    public init(_ caller: Caller, principalID: String? = nil, sessionCreation: Date? = nil) {
        kind = .caller(caller.identity)
        accessKeyID = caller.accessKeyID
        self.principalID = principalID
        self.sessionCreation = sessionCreation
        invokedBy = caller.viaService.map(Self.serviceName)
    }

    private init(internalServiceOf account: AccountID) {
        kind = .internalService(account)
        accessKeyID = nil
        principalID = nil
        sessionCreation = nil
        invokedBy = nil
    }

    /// AWS itself, for what happens without a call: automatic rotation, expiry, deletion.
    public static func internalService(of account: AccountID) -> UserIdentity {
        UserIdentity(internalServiceOf: account)
    }

    /// The element.
    public func json() -> JSONValue {
        var sink = ObjectSink()
        describe(to: &sink)
        return .object(sink.object)
    }

    /// Gives the element's fields to `sink`.
    func describe(to sink: inout some FieldSink) {
        switch kind {
        case .internalService(let account):
            sink.put("accountId", account.text)
            sink.put("invokedBy", "AWS Internal")
        case .caller(.service(let name)):
            sink.put("type", "AWSService")
            sink.put("invokedBy", name)
        case .caller(.root(let account)):
            describe("Root", id: account.text, arn: ARN.accountRoot(account), to: &sink)
            sink.put("invokedBy", ifAny: invokedBy)
        case .caller(.user(let arn)):
            describe("IAMUser", id: principalID, arn: arn, to: &sink)
            sink.put("userName", Self.lastComponent(of: arn))
            sink.put("invokedBy", ifAny: invokedBy)
        case .caller(.roleSession(let session, let role)):
            let id = principalID.map { "\($0):\(Self.lastComponent(of: session))" }
            describe("AssumedRole", id: id, arn: session, to: &sink)
            sink.object("sessionContext") { describeSession(issuedBy: role, to: &$0) }
            sink.put("invokedBy", ifAny: invokedBy)
        }
    }

    /// The fields that every principal has.
    private func describe(_ type: String, id: String?, arn: ARN, to sink: inout some FieldSink) {
        sink.put("type", type)
        sink.put("principalId", ifAny: id)
        sink.put("arn", arn.text)
        sink.put("accountId", arn.account)
        sink.put("accessKeyId", ifAny: accessKeyID)
    }

    /// The role behind a session, and when the session began.
    private func describeSession(issuedBy role: ARN, to sink: inout some FieldSink) {
        sink.object("sessionIssuer") { sink in
            sink.put("type", "Role")
            sink.put("principalId", ifAny: principalID)
            sink.put("arn", role.text)
            sink.put("accountId", role.account)
            sink.put("userName", Self.lastComponent(of: role))
        }
        sink.object("attributes") { sink in
            if let sessionCreation { sink.put("creationDate", Timestamps.iso8601(sessionCreation)) }
            sink.put("mfaAuthenticated", "false")
        }
    }

    /// The name without its path.
    private static func lastComponent(of arn: ARN) -> String {
        arn.resource.split(separator: "/").last.map(String.init) ?? arn.resource
    }

    /// `ses.us-east-1.amazonaws.com`, as `kms:ViaService` writes it, is `ses.amazonaws.com` here.
    private static func serviceName(_ viaService: String) -> String {
        let labels = viaService.split(separator: ".")
        guard labels.count == 4, labels[2] == "amazonaws" else { return viaService }
        return "\(labels[0]).amazonaws.com"
    }
}
