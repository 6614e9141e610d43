import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import EnvelopeTesting
import FoundationEssentials
import MailReceiving
import ObjectStore
import ReceiptRules
import StrictJSON
import Testing

/// A receiving line over fakes.
struct Fixture {
    static let keyARN = "arn:aws:kms:us-east-1:111122223333:alias/aws/ses"
    static let mail = "From: Ann <ann@example.org>\nTo: ben@example.com\nSubject: hello\n\nHow are you?\n"

    let keys: FakeKeys
    let buckets: [MemoryBucket]
    let receiver: Receiver

    /// - Parameters:
    ///   - rules: Rules as JSON; by default the one that every home begins with.
    ///   - addsSESHeaders: What the rule set says.
    init(
        rules: [JSONValue] = [sealing("default", bucket: "mailbox")], active: ActiveRules? = nil,
        keys: FakeKeys = FakeKeys(),
        buckets: [MemoryBucket] = [MemoryBucket("mailbox")], options: Receiver.Options = .init(),
        addsSESHeaders: Bool = false
    ) throws {
        self.keys = keys
        self.buckets = buckets
        let set = RuleSet(
            name: "set", created: Date(timeIntervalSince1970: 0),
            rules: try rules.map { try ReceiptRule(document: $0) },
            addsSESHeaders: addsSESHeaders)
        receiver = Receiver(
            rules: active ?? ActiveRules(ruleSet: set), cipher: ContentCipher(keys: keys),
            buckets: Buckets(buckets: buckets),
            account: .default, region: .default, surroundings: .fixed(), options: options)
    }

    /// A catch-all rule that seals into `bucket`.
    static func sealing(_ name: String, bucket: String, prefix: String? = nil, stops: Bool = false)
        -> JSONValue
    {
        rule(
            name,
            [
                "S3Action": [
                    "BucketName": .string(bucket), "ObjectKeyPrefix": JSONValue(prefix),
                    "KmsKeyArn": .string(keyARN),
                ]
            ],
            stops ? ["StopAction": ["Scope": "RuleSet"]] : nil)
    }

    /// An enabled rule with these actions.
    static func rule(_ name: String, recipients: [JSONValue] = [], _ actions: JSONValue?...) -> JSONValue {
        [
            "Name": .string(name), "Enabled": true, "Recipients": .array(recipients),
            "Actions": .array(actions.compactMap { $0 }),
        ]
    }

    func receive(_ text: String, _ hints: EnvelopeHints = EnvelopeHints(), messageID: SESMessageID? = nil)
        throws -> Receipt
    {
        try receive(Array(text.utf8), hints, messageID: messageID)
    }

    func receive(_ bytes: [UInt8], _ hints: EnvelopeHints = EnvelopeHints(), messageID: SESMessageID? = nil)
        throws -> Receipt
    {
        try bytes.withUnsafeBytes { try receiver.receive($0, hints: hints, messageID: messageID) }
    }

    func check(_ text: String, _ hints: EnvelopeHints = EnvelopeHints()) throws {
        try Array(text.utf8).withUnsafeBytes { try receiver.check($0, hints: hints) }
    }

    func envelope(_ text: String, _ hints: EnvelopeHints = EnvelopeHints()) throws -> MailEnvelope {
        try Array(text.utf8).withUnsafeBytes { try receiver.explain($0, hints: hints).envelope }
    }

    /// The message in an object, opened if it is sealed.
    func contents(_ delivery: S3Delivery) throws -> [UInt8] {
        let bucket = try #require(buckets.first { $0.name == delivery.bucket })
        let object = try bucket.get(ObjectKey(delivery.objectKey))
        guard ObjectEnvelope.isSealed(object.metadata.entries) else { return object.body }
        let envelope = try ObjectEnvelope(decoding: object.metadata.entries)
        let cipher = ContentCipher(keys: keys)
        let opened = try object.body.withUnsafeBytes {
            try cipher.open($0, envelope: envelope, for: .root(of: .default)).withUnsafeBytes { Array($0) }
        }
        return opened
    }

    func text(_ delivery: S3Delivery) throws -> String {
        String(decoding: try contents(delivery), as: UTF8.self)
    }

    /// How many objects there are in all buckets.
    var objectCount: Int { buckets.map(\.objects.count).reduce(0, +) }
}
