import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import ObjectStore
import ReceiptRules

/// One message on its way through the actions of the rules it matches.
struct Execution {
    private let receiver: Receiver
    private let plan: Receiver.Plan
    private let messageID: SESMessageID
    private var content: MessageContent
    private var delivery: Delivery
    private var outcomes: [ActionOutcome] = []

    init(
        receiver: Receiver, plan: Receiver.Plan, bytes: UnsafeRawBufferPointer, hints: EnvelopeHints,
        messageID: SESMessageID?
    ) {
        self.receiver = receiver
        self.plan = plan
        self.messageID = messageID ?? SESMessageID(randomBytes: receiver.surroundings.randomBytes)
        delivery = Delivery(replacesEarlier: messageID != nil)
        content = MessageContent(message: plan.message, bytes: bytes, form: .verbatim)
        guard receiver.options.addsSESHeaders || plan.ruleSet.addsSESHeaders else { return }
        let block = SESHeaderBlock(
            messageID: self.messageID, sender: plan.envelope.sender,
            recipient: plan.matches.first?.recipients.first, hints: hints, region: receiver.region,
            surroundings: receiver.surroundings,
            isScanRequested: plan.matches.contains { $0.rule.isScanEnabled })
        content = MessageContent(message: plan.message, bytes: bytes, form: .ses(block: block.text))
    }

    /// Runs every action of every rule, in order, and makes the objects durable.
    consuming func run() throws(ReceivingError) -> Receipt {
        var execution = self
        do throws(ReceivingError) {
            for match in execution.plan.matches { try execution.run(match.rule) }
            try execution.delivery.commit()
        } catch {
            let leftBehind = execution.delivery.rollBack()
            throw leftBehind.isEmpty ? error : .leftBehind(leftBehind, cause: error)
        }
        return execution.receipt
    }

    private mutating func run(_ rule: ReceiptRule) throws(ReceivingError) {
        for (position, action) in rule.actions.enumerated() {
            let result = try run(action, of: rule)
            outcomes.append(
                ActionOutcome(
                    ruleName: rule.name, position: position, actionName: action.memberName, result: result))
        }
    }

    private mutating func run(
        _ action: ReceiptAction, of rule: ReceiptRule
    ) throws(ReceivingError) -> ActionOutcome.Result {
        switch action {
        case .s3(let action): return .stored(try store(action, of: rule))
        case .addHeader(let action):
            content.addField(name: action.headerName, body: action.headerValue)
            return .headerAdded(action.headerName)
        case .stop: return .stopped
        case .sns(let action): return notExecuted("topic \(action.topicARN)")
        case .lambda(let action): return notExecuted("function \(action.functionARN)")
        case .bounce(let action): return notExecuted("bounces from \(action.sender)")
        case .workMail(let action): return notExecuted("organization \(action.organizationARN)")
        case .connect(let action): return notExecuted("instance \(action.instanceARN)")
        }
    }

    private func notExecuted(_ what: String) -> ActionOutcome.Result {
        .notExecuted(reason: "no target is configured for \(what)")
    }

    private mutating func store(_ action: S3Action, of rule: ReceiptRule) throws(ReceivingError) -> S3Delivery
    {
        let bucket = try receiver.bucket(of: action, in: rule)
        // Before a key is asked for: what cannot be stored need not be sealed.
        let key = try Self.storing(rule) { () throws(ObjectStoreError) in
            try ObjectKey(action.objectKey(for: messageID.text))
        }
        let sealed = try seal(for: action, of: rule)
        let metadata = try Self.storing(rule) { () throws(ObjectStoreError) in
            try ObjectMetadata(sealed.metadata)
        }
        let result = S3Delivery(
            bucket: action.bucketName, objectKey: key.text, byteCount: sealed.plaintextByteCount,
            ruleName: rule.name, keyID: action.kmsKeyARN)
        try delivery.add(
            Delivery.PendingObject(
                delivery: result, bucket: bucket, key: key, body: sealed.body, metadata: metadata))
        return result
    }

    private static func storing<Value>(
        _ rule: ReceiptRule, _ body: () throws(ObjectStoreError) -> Value
    ) throws(ReceivingError) -> Value {
        do throws(ObjectStoreError) {
            return try body()
        } catch {
            throw .storage(rule: rule.name, error)
        }
    }

    private typealias Sealed = (body: [UInt8], metadata: [String: String], plaintextByteCount: Int)

    /// The body and metadata of the object: sealed where the action names a key, else the message itself.
    private func seal(for action: S3Action, of rule: ReceiptRule) throws(ReceivingError) -> Sealed {
        try content.withBytes(failing: { .sealing(rule: rule.name, .cipher($0)) }) {
            bytes throws(ReceivingError) in
            guard let keyID = action.kmsKeyARN else { return (Array(bytes), [:], bytes.count) }
            let context: EncryptionContext = [
                "aws:ses:message-id": messageID.text, "aws:ses:rule-name": rule.name,
                "aws:ses:source-account": receiver.account.text,
            ]
            do throws(EnvelopeError) {
                let object = try receiver.cipher.seal(
                    bytes, keyID: keyID, context: context, for: caller(for: action, of: rule))
                return (object.body, object.metadata, bytes.count)
            } catch {
                throw .sealing(rule: rule.name, error)
            }
        }
    }

    /// Who asks KMS: SES itself, or the role that the action names.
    private func caller(for action: S3Action, of rule: ReceiptRule) -> Caller {
        let service = "ses.amazonaws.com"
        let ruleARN = ARN.receiptRule(
            rule.name, in: plan.ruleSet.name, account: receiver.account, region: receiver.region)
        if let text = action.iamRoleARN, let role = try? ARN(text), role.service == "iam",
            let name = role.resource.split(separator: "/").last
        {
            // Not documented: the session is named after the service, as service-assumed sessions usually
            // are.
            let session = ARN(
                partition: role.partition, service: "sts", region: "", account: role.account,
                resource: "assumed-role/\(name)/\(service)")
            return Caller(
                .roleSession(session: session, role: role), sourceIPAddress: service, userAgent: service)
        }
        return .service(service, sourceAccount: receiver.account, sourceARN: ruleARN)
    }

    private var receipt: Receipt {
        var latest: [String: S3Delivery] = [:]
        var order: [String] = []
        for outcome in outcomes {
            guard case .stored(let delivery) = outcome.result else { continue }
            if latest.updateValue(delivery, forKey: delivery.location) == nil {
                order.append(delivery.location)
            }
        }
        return Receipt(
            messageID: messageID, envelope: plan.envelope, ruleSetName: plan.ruleSet.name, outcomes: outcomes,
            deliveries: order.compactMap { latest[$0] })
    }
}
