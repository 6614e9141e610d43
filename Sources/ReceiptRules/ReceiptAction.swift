/// One step of a receipt rule; the order in the rule is the order of execution.
///
/// Source: Amazon SES API 2010-12-01, `ReceiptAction`; Amazon SES Developer Guide, "Action options".
public enum ReceiptAction: Sendable, Hashable {
    /// Store the message in a bucket.
    case s3(S3Action)
    /// Publish the message to a topic.
    case sns(SNSAction)
    /// Invoke a function.
    case lambda(LambdaAction)
    /// Send a bounce to the sender.
    case bounce(BounceAction)
    /// Add a header field for the actions behind this one.
    case addHeader(AddHeaderAction)
    /// End the evaluation of the rule set.
    case stop(StopAction)
    /// Hand the message to Amazon WorkMail.
    case workMail(WorkMailAction)
    /// Start a contact in Amazon Connect.
    case connect(ConnectAction)

    /// The action's name in the API, such as `S3Action`.
    public var memberName: String {
        switch self {
        case .s3: "S3Action"
        case .sns: "SNSAction"
        case .lambda: "LambdaAction"
        case .bounce: "BounceAction"
        case .addHeader: "AddHeaderAction"
        case .stop: "StopAction"
        case .workMail: "WorkmailAction"
        case .connect: "ConnectAction"
        }
    }

    /// The topic to notify once the action is done, where it names one.
    public var topicARN: String? {
        switch self {
        case .s3(let action): action.topicARN
        case .sns(let action): action.topicARN
        case .lambda(let action): action.topicARN
        case .bounce(let action): action.topicARN
        case .stop(let action): action.topicARN
        case .workMail(let action): action.topicARN
        case .addHeader, .connect: nil
        }
    }
}

/// Stores the message as an object.
public struct S3Action: Sendable, Hashable {
    /// The bucket.
    public var bucketName: String
    /// What stands before the message ID in the object key; see ``objectKey(for:)``.
    public var objectKeyPrefix: String?
    /// The key to seal under: a key ARN or an alias ARN; without it the message is stored as it is.
    public var kmsKeyARN: String?
    /// The topic to notify.
    public var topicARN: String?
    /// The role to act as, instead of the SES service.
    public var iamRoleARN: String?

    /// Makes an action.
    public init(
        bucketName: String, objectKeyPrefix: String? = nil, kmsKeyARN: String? = nil, topicARN: String? = nil,
        iamRoleARN: String? = nil
    ) {
        self.bucketName = bucketName
        self.objectKeyPrefix = objectKeyPrefix
        self.kmsKeyARN = kmsKeyARN
        self.topicARN = topicARN
        self.iamRoleARN = iamRoleARN
    }

    /// The object key of a message: prefix and message ID joined by exactly one slash.
    public func objectKey(for messageID: String) -> String {
        // Observed, not documented: SES inserts the slash when the prefix does not end in one.
        guard let objectKeyPrefix, !objectKeyPrefix.isEmpty else { return messageID }
        return objectKeyPrefix.hasSuffix("/")
            ? objectKeyPrefix + messageID : "\(objectKeyPrefix)/\(messageID)"
    }
}

/// Publishes the whole message to a topic.
public struct SNSAction: Sendable, Hashable {
    /// How the message stands in the notification.
    public enum Encoding: String, Sendable, Hashable, CaseIterable {
        /// In base64.
        case base64 = "Base64"
        /// As text.
        case utf8 = "UTF-8"
    }

    /// The topic.
    public var topicARN: String
    /// How the message stands in the notification; a rule that does not say gets ``Encoding/utf8``.
    public var encoding: Encoding

    /// Makes an action.
    public init(topicARN: String, encoding: Encoding = .utf8) {
        self.topicARN = topicARN
        self.encoding = encoding
    }
}

/// Invokes a function with the message's headers and verdicts.
public struct LambdaAction: Sendable, Hashable {
    /// Whether the rule waits for the function.
    public enum InvocationType: String, Sendable, Hashable, CaseIterable {
        /// It waits, at most 30 seconds, and the answer may end the rule or the rule set.
        case requestResponse = "RequestResponse"
        /// It goes on at once.
        case event = "Event"
    }

    /// The function.
    public var functionARN: String
    /// Whether the rule waits; a rule that does not say does not.
    public var invocationType: InvocationType?
    /// The topic to notify.
    public var topicARN: String?

    /// Makes an action.
    public init(functionARN: String, invocationType: InvocationType? = nil, topicARN: String? = nil) {
        self.functionARN = functionARN
        self.invocationType = invocationType
        self.topicARN = topicARN
    }
}

/// Sends a delivery status notification to the sender; evaluation goes on.
public struct BounceAction: Sendable, Hashable {
    /// The SMTP reply code, such as `550`.
    public var smtpReplyCode: String
    /// The enhanced status code, such as `5.1.1`.
    public var statusCode: String?
    /// The text of the bounce.
    public var message: String
    /// The address the bounce comes from.
    public var sender: String
    /// The topic to notify.
    public var topicARN: String?

    /// Makes an action.
    public init(
        smtpReplyCode: String, statusCode: String? = nil, message: String, sender: String,
        topicARN: String? = nil
    ) {
        self.smtpReplyCode = smtpReplyCode
        self.statusCode = statusCode
        self.message = message
        self.sender = sender
        self.topicARN = topicARN
    }
}

/// Adds one header field, seen by every later action.
public struct AddHeaderAction: Sendable, Hashable {
    /// The field name.
    public var headerName: String
    /// The field body, under 2,048 characters and without line breaks.
    public var headerValue: String

    /// Makes an action.
    public init(headerName: String, headerValue: String) {
        self.headerName = headerName
        self.headerValue = headerValue
    }
}

/// Ends the evaluation of the rule set for the message.
public struct StopAction: Sendable, Hashable {
    /// What ends.
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        /// The rule set; the API knows no other scope.
        case ruleSet = "RuleSet"
    }

    /// What ends.
    public var scope: Scope
    /// The topic to notify.
    public var topicARN: String?

    /// Makes an action.
    public init(scope: Scope = .ruleSet, topicARN: String? = nil) {
        self.scope = scope
        self.topicARN = topicARN
    }
}

/// Hands the message to Amazon WorkMail.
public struct WorkMailAction: Sendable, Hashable {
    /// The organization.
    public var organizationARN: String
    /// The topic to notify.
    public var topicARN: String?

    /// Makes an action.
    public init(organizationARN: String, topicARN: String? = nil) {
        self.organizationARN = organizationARN
        self.topicARN = topicARN
    }
}

/// Starts a contact in Amazon Connect.
public struct ConnectAction: Sendable, Hashable {
    /// The instance.
    public var instanceARN: String
    /// The role to act as.
    public var iamRoleARN: String

    /// Makes an action.
    public init(instanceARN: String, iamRoleARN: String) {
        self.instanceARN = instanceARN
        self.iamRoleARN = iamRoleARN
    }
}
