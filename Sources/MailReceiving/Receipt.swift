/// What became of a message that was accepted.
public struct Receipt: Sendable, Hashable {
    /// The message's identifier.
    public let messageID: SESMessageID
    /// Who it was from and for.
    public let envelope: MailEnvelope
    /// The rule set that judged it.
    public let ruleSetName: String
    /// What each action of each matching rule did, in order.
    public let outcomes: [ActionOutcome]
    /// The objects that hold the message now; where two actions wrote one object, the later one.
    public let deliveries: [S3Delivery]

    /// Makes a receipt.
    public init(
        messageID: SESMessageID, envelope: MailEnvelope, ruleSetName: String, outcomes: [ActionOutcome],
        deliveries: [S3Delivery]
    ) {
        self.messageID = messageID
        self.envelope = envelope
        self.ruleSetName = ruleSetName
        self.outcomes = outcomes
        self.deliveries = deliveries
    }
}

/// What one action did.
public struct ActionOutcome: Sendable, Hashable {
    /// The result of an action.
    public enum Result: Sendable, Hashable {
        /// The message was stored.
        case stored(S3Delivery)
        /// A header field of this name was added.
        case headerAdded(String)
        /// The evaluation of the rule set ended.
        case stopped
        /// The action was passed over; the text says why.
        case notExecuted(reason: String)
    }

    /// The rule.
    public let ruleName: String
    /// The action's place in the rule, from 0.
    public let position: Int
    /// The action's name in the API, such as `S3Action`.
    public let actionName: String
    /// What it did.
    public let result: Result
}

/// One object that holds a message.
public struct S3Delivery: Sendable, Hashable {
    /// The bucket.
    public let bucket: String
    /// The object key, prefix included.
    public let objectKey: String
    /// The size of the message in bytes, as stored but unsealed.
    public let byteCount: Int
    /// The rule whose action stored it.
    public let ruleName: String
    /// The KMS key it is sealed under, as the rule has it; `nil` for an object that is not sealed.
    public let keyID: String?

    /// Makes a delivery.
    public init(bucket: String, objectKey: String, byteCount: Int, ruleName: String, keyID: String?) {
        self.bucket = bucket
        self.objectKey = objectKey
        self.byteCount = byteCount
        self.ruleName = ruleName
        self.keyID = keyID
    }

    /// `BUCKET/KEY`.
    public var location: String { "\(bucket)/\(objectKey)" }
}
