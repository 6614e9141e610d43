import AWSVocabulary
import Mail

/// What a saved rule's actions must be, beyond their shape.
///
/// Source: texts and order as observed; the limits from the Amazon SES quotas page.
struct ActionChecks {
    static let maximumActionCount = 10
    static let maximumRecipientCount = 500
    private static let maximumHeaderValueLength = 2_048

    /// The state of the account: bounces come from verified identities only.
    let identities: ActiveRules

    /// Refuses a rule that SES would refuse, without asking any bucket, key, topic or function.
    func check(_ rule: ReceiptRule) throws(ReceiptRulesError) {
        guard rule.recipients.count <= Self.maximumRecipientCount else {
            throw .limitExceeded("Too many recipients")
        }
        guard rule.actions.count <= Self.maximumActionCount else { throw .limitExceeded("Too many actions") }
        for action in rule.actions.dropLast() {
            guard case .stop = action else { continue }
            throw .invalidParameterValue(
                "Stop action, if any, must be placed at the end of the actions list")
        }
        for action in rule.actions { try check(action) }
    }

    private func check(_ action: ReceiptAction) throws(ReceiptRulesError) {
        switch action {
        case .s3(let action):
            guard !action.bucketName.isEmpty else {
                throw .invalidParameterValue("Bucket name must not be empty")
            }
            try checkRole(action.iamRoleARN)
        case .lambda(let action): try checkFunction(action.functionARN)
        case .bounce(let action): try checkBounce(action)
        case .addHeader(let action): try checkHeader(action)
        case .connect(let action): try checkRole(action.iamRoleARN)
        case .sns, .stop, .workMail: break
        }
        if let topic = action.topicARN, !Self.isARN(topic, service: "sns") {
            throw .invalidSNSTopic(topic: topic, message: "Invalid SNS topic: \(topic)")
        }
    }

    private func checkRole(_ role: String?) throws(ReceiptRulesError) {
        guard let role, !Self.isARN(role, service: "iam") else { return }
        throw .invalidParameterValue("Could not assume the provided IAM role")
    }

    private func checkFunction(_ function: String) throws(ReceiptRulesError) {
        guard !function.isEmpty else { throw .invalidParameterValue("Lambda function ARN must not be empty") }
        guard Self.isARN(function, service: "lambda") else {
            throw .invalidLambdaFunction(function: function, message: "Invalid Lambda function: \(function)")
        }
    }

    private func checkBounce(_ action: BounceAction) throws(ReceiptRulesError) {
        guard let sender = try? EmailAddress(parsing: action.sender), identities.isVerified(sender.domain)
        else {
            throw .invalidParameterValue("Identity is not verified: \(action.sender)")
        }
        // RFC 5321 4.2: three digits; a bounce is a refusal, for now (4) or for good (5).
        let code = action.smtpReplyCode.utf8
        guard code.count == 3, let first = code.first, [0x34, 0x35].contains(first),
            code.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .invalidParameterValue("Invalid SMTP reply code: \(action.smtpReplyCode)") }
        guard !action.message.isEmpty else { throw .invalidParameterValue("Invalid SMTP response message: ") }
    }

    private func checkHeader(_ action: AddHeaderAction) throws(ReceiptRulesError) {
        // RFC 5322 2.2. The documentation asks for letters, digits and dashes, the service does not insist.
        let name = action.headerName.utf8
        guard (1...50).contains(name.count), name.allSatisfy({ (33...126).contains($0) && $0 != 0x3A }) else {
            throw .invalidParameterValue("Invalid header name: \(action.headerName)")
        }
        let value = action.headerValue
        // RFC 5322 2.2: a line break would begin another field, or the body.
        guard value.count < Self.maximumHeaderValueLength,
            value.utf8.allSatisfy({ $0 != 0x0A && $0 != 0x0D && $0 != 0 })
        else { throw .invalidParameterValue("Invalid header value: \(value.prefix(64))") }
    }

    private static func isARN(_ text: String, service: String) -> Bool {
        (try? ARN(text))?.service == service
    }
}

/// Asks the things that rules name whether rules may use them, when a rule is saved.
///
/// Buckets, keys, topics and functions live in modules that this one does not know; who wires them together
/// says here how to ask.
public struct ActionTargets: Sendable {
    /// Why the action of a rule cannot be saved, or `nil` when it can.
    ///
    /// Called outside of any transaction.
    public var objection:
        @Sendable (_ action: ReceiptAction, _ rule: ReceiptRule, _ ruleSetName: String) -> ReceiptRulesError?

    /// Makes targets that answer as `objection` does.
    public init(
        objection: @escaping @Sendable (ReceiptAction, ReceiptRule, String) -> ReceiptRulesError?
    ) {
        self.objection = objection
    }

    /// No target is asked: rules are saved as they are.
    public static let unchecked = ActionTargets { _, _, _ in nil }

    func check(_ rule: ReceiptRule, in ruleSetName: String) throws(ReceiptRulesError) {
        for action in rule.actions {
            if let objection = objection(action, rule, ruleSetName) { throw objection }
        }
    }
}
