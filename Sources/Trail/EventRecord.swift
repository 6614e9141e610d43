// CloudTrail event records, version 1.11.
//
// Written are the fields of management and data events of API calls and of service events. Left out: network
// activity, Insights and aggregated events, and the addenda of late deliveries; nothing here produces them.
//
// Source: CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity
// events".

public import AWSVocabulary
public import FoundationEssentials
public import StrictJSON

/// What happened in one call, or in one event of a service's own.
public struct EventRecord: Sendable, Equatable {
    /// A resource the call touched.
    public struct Resource: Sendable, Hashable {
        /// The owner's account.
        public let account: AccountID
        /// The CloudFormation type, such as `AWS::KMS::Key`.
        public let type: String
        /// The resource's ARN.
        public let arn: String

        /// Names a resource.
        public init(account: AccountID, type: String, arn: String) {
            self.account = account
            self.type = type
            self.arn = arn
        }
    }

    /// How the call ended.
    public enum Outcome: Sendable, Equatable {
        /// It did what was asked.
        case succeeded
        /// It failed with this error code, an exception's name.
        case failed(code: String, message: String)
        /// A policy refused it. The record then tells neither parameters nor resources.
        case refused(message: String)
    }

    /// The parameters of the TLS connection that carried the call.
    public struct TLSDetails: Sendable, Hashable {
        /// Such as `TLSv1.3`.
        public let version: String
        /// Such as `TLS_AES_128_GCM_SHA256`.
        public let cipherSuite: String
        /// The host the client asked for.
        public let clientProvidedHostHeader: String

        /// Describes a connection.
        public init(version: String, cipherSuite: String, clientProvidedHostHeader: String) {
            self.version = version
            self.cipherSuite = cipherSuite
            self.clientProvidedHostHeader = clientProvidedHostHeader
        }
    }

    /// What kind of event the record is.
    public enum Category: Sendable, Hashable {
        /// A call that manages or uses a key, a rule and the like.
        case management
        /// A call on the data itself, such as `PutObject`.
        case data
        /// Something a service did on its own, such as an automatic rotation.
        case serviceEvent
    }

    /// When.
    public var eventTime: Date
    /// The service, such as `kms.amazonaws.com`.
    public var eventSource: String
    /// The operation, such as `Decrypt`.
    public var eventName: String
    /// Where.
    public var region: Region
    /// Who.
    public var userIdentity: UserIdentity
    /// The peer's address, or a service's name.
    public var sourceIPAddress: String
    /// The client's, or a service's name.
    public var userAgent: String
    /// How it ended.
    public var outcome: Outcome
    /// The request without anything secret; `nil` is written as null.
    public var requestParameters: JSONObject?
    /// What changed; `nil` is written as null.
    public var responseElements: JSONObject?
    /// Such as the ID of the key material that was used.
    public var additionalEventData: JSONObject?
    /// Details of a service event.
    public var serviceEventDetails: JSONObject?
    /// The request's ID, which its answer carries too.
    public var requestID: String?
    /// The record's own ID.
    public var eventID: String
    /// Whether the call only reads.
    public var readOnly: Bool
    /// What the call touched.
    public var resources: [Resource]
    /// Management, data or service event.
    public var category: Category
    /// The account the record belongs to.
    public var recipientAccount: AccountID
    /// The ID that records of one call in several accounts share.
    public var sharedEventID: String?
    /// The connection, where the call came over TLS.
    public var tlsDetails: TLSDetails?

    /// Describes a call by `caller`, whose address and client go into the record.
    ///
    /// - Parameters:
    ///   - principalID: The unique ID of the user or role, where the account knows one.
    public init(
        of eventName: String, source eventSource: String, by caller: Caller, principalID: String? = nil,
        at eventTime: Date, in region: Region, recipientAccount: AccountID, eventID: String,
        requestID: String?,
        readOnly: Bool, outcome: Outcome, requestParameters: JSONObject? = nil,
        responseElements: JSONObject? = nil, additionalEventData: JSONObject? = nil,
        resources: [Resource] = [],
        category: Category = .management, tlsDetails: TLSDetails? = nil
    ) {
        self.init(
            of: eventName, source: eventSource, by: UserIdentity(caller, principalID: principalID),
            at: eventTime,
            in: region, recipientAccount: recipientAccount, eventID: eventID, readOnly: readOnly,
            category: category)
        let origin = caller.isService ? caller.name : nil
        // The rule for services, and for calls that come from nowhere else than this machine: AWS's own word.
        sourceIPAddress = origin ?? caller.sourceIPAddress ?? "AWS Internal"
        userAgent = origin ?? caller.userAgent ?? "AWS Internal"
        self.requestID = requestID
        self.outcome = outcome
        self.requestParameters = requestParameters
        self.responseElements = responseElements
        self.additionalEventData = additionalEventData
        self.resources = resources
        self.tlsDetails = tlsDetails
    }

    private init(
        of eventName: String, source eventSource: String, by userIdentity: UserIdentity, at eventTime: Date,
        in region: Region, recipientAccount: AccountID, eventID: String, readOnly: Bool, category: Category
    ) {
        self.eventTime = eventTime
        self.eventSource = eventSource
        self.eventName = eventName
        self.region = region
        self.userIdentity = userIdentity
        sourceIPAddress = "AWS Internal"
        userAgent = "AWS Internal"
        outcome = .succeeded
        self.eventID = eventID
        self.readOnly = readOnly
        resources = []
        self.category = category
        self.recipientAccount = recipientAccount
    }

    /// Describes what a service did on its own in `account`.
    public static func serviceEvent(
        _ eventName: String, source eventSource: String, at eventTime: Date, in region: Region,
        account: AccountID,
        eventID: String, details: JSONObject? = nil, resources: [Resource] = []
    ) -> EventRecord {
        var record = EventRecord(
            of: eventName, source: eventSource, by: .internalService(of: account), at: eventTime, in: region,
            recipientAccount: account, eventID: eventID, readOnly: false, category: .serviceEvent)
        record.serviceEventDetails = details
        record.resources = resources
        return record
    }
}
