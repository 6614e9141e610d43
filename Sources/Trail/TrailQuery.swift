import AWSVocabulary
public import FoundationEssentials
import StrictJSON

/// What a search of the trail asks for; every condition that is set must hold.
public struct TrailQuery: Sendable, Equatable {
    /// The operation, such as `Decrypt`.
    public var eventName: String?
    /// The service, such as `kms.amazonaws.com` or `kms`.
    public var eventSource: String?
    /// The user, role, service or ARN that called.
    public var userName: String?
    /// A resource's ARN, or the end of one behind a slash or colon, such as a key ID.
    public var resource: String?
    /// The error's code; ``anyError`` asks for every call that failed.
    public var errorCode: String?
    /// Only records of this time or later.
    public var since: Date?
    /// Only records before this time.
    public var until: Date?
    /// A text that stands somewhere in the record's JSON, as it is or escaped; case kept.
    public var text: String?

    /// The error code that means any.
    public static let anyError = "*"

    /// Asks for what is given.
    public init(
        eventName: String? = nil, eventSource: String? = nil, userName: String? = nil,
        resource: String? = nil,
        errorCode: String? = nil, since: Date? = nil, until: Date? = nil, text: String? = nil
    ) {
        self.eventName = eventName
        self.eventSource = eventSource
        self.userName = userName
        self.resource = resource
        self.errorCode = errorCode
        self.since = since
        self.until = until
        self.text = text
    }

    /// Whether a record answers the query; its text was looked at before.
    func matches(_ record: JSONValue) -> Bool {
        holds(eventName, record["eventName"]) && matchesSource(record) && matchesUser(record)
            && matchesResource(record) && matchesError(record) && matchesTime(record)
    }

    private func holds(_ wanted: String?, _ value: JSONValue?) -> Bool {
        guard let wanted else { return true }
        return value?.string == wanted
    }

    private func matchesSource(_ record: JSONValue) -> Bool {
        guard let eventSource else { return true }
        let source = record["eventSource"]?.string
        return source == eventSource || source == eventSource + ".amazonaws.com"
    }

    /// Whether one of the caller's names, or one of the role behind the session, is the one asked for.
    private func matchesUser(_ record: JSONValue) -> Bool {
        guard let userName else { return true }
        guard let identity = record["userIdentity"] else { return false }
        let issuer = identity["sessionContext"]?["sessionIssuer"]
        let names = [
            identity["userName"], identity["arn"], identity["invokedBy"], identity["accessKeyId"],
            issuer?["userName"], issuer?["arn"],
        ]
        return names.contains { $0?.string == userName }
            || identity["type"]?.string == "Root" && userName == "root"
    }

    /// Whether a resource, or the key as it was named, is the one asked for.
    private func matchesResource(_ record: JSONValue) -> Bool {
        guard let resource else { return true }
        let arns = (record["resources"]?.array ?? []).compactMap { $0["ARN"]?.string }
        let asked = record["requestParameters"]?["keyId"]?.string
        return (arns + (asked.map { [$0] } ?? [])).contains {
            $0 == resource || $0.hasSuffix("/" + resource) || $0.hasSuffix(":" + resource)
        }
    }

    private func matchesError(_ record: JSONValue) -> Bool {
        guard let errorCode else { return true }
        guard let code = record["errorCode"]?.string else { return false }
        // A refused caller reads AccessDeniedException; the record says AccessDenied.
        return errorCode == Self.anyError || code == errorCode || code + "Exception" == errorCode
    }

    private func matchesTime(_ record: JSONValue) -> Bool {
        guard since != nil || until != nil else { return true }
        guard let text = record["eventTime"]?.string, let time = Timestamps.parse(iso8601: text) else {
            return false
        }
        if let since, time < since { return false }
        if let until, time >= until { return false }
        return true
    }
}
