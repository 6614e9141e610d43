public import AWSVocabulary
import Cryptography
public import EnvelopeCrypto
public import Mail
public import ObjectStore
public import ReceiptRules

/// The receiving line of SES: takes one message, finds its recipients, runs the rules they match.
///
/// When ``receive(_:hints:messageID:)`` returns, every object of the message is durable; when it throws, none
/// is there. A message is judged by one state of the rules from first to last. Calls may come from any
/// thread; the receiver itself holds no state.
///
/// Source: Amazon SES Developer Guide, "Email receiving concepts".
public final class Receiver: Sendable {
    /// What may be configured.
    public struct Options: Sendable {
        /// Whether every message gets SES's header block and CRLF; a rule set may ask for it too.
        public var addsSESHeaders: Bool
        /// The recipient of mail that names none; without it such mail is refused.
        public var catchAllRecipient: EmailAddress?

        /// Makes options; by default messages are stored as they come.
        public init(addsSESHeaders: Bool = false, catchAllRecipient: EmailAddress? = nil) {
            self.addsSESHeaders = addsSESHeaders
            self.catchAllRecipient = catchAllRecipient
        }
    }

    /// The most bytes a message may have: 40 MB, header included.
    public static let messageByteLimit = 41_943_040

    let rules: any ActiveRulesSource
    let cipher: ContentCipher
    let buckets: any BucketSource
    let account: AccountID
    let region: Region
    let surroundings: Surroundings
    let options: Options

    /// Makes a receiver.
    ///
    /// - Parameters:
    ///   - rules: Where the active rules come from; asked once for each message.
    ///   - cipher: What seals messages.
    ///   - buckets: Where they are stored.
    ///   - account: The account that SES acts for.
    ///   - region: The Region that rule ARNs and Received fields name.
    ///   - surroundings: The clock, and the random source of message IDs.
    ///   - options: What is configured.
    public init(
        rules: any ActiveRulesSource, cipher: ContentCipher, buckets: any BucketSource, account: AccountID,
        region: Region, surroundings: Surroundings, options: Options = Options()
    ) {
        self.rules = rules
        self.cipher = cipher
        self.buckets = buckets
        self.account = account
        self.region = region
        self.surroundings = surroundings
        self.options = options
    }

    /// Receives one message.
    ///
    /// - Parameters:
    ///   - bytes: The message, at most ``messageByteLimit`` bytes.
    ///   - hints: What is known of its envelope.
    ///   - messageID: The identifier to receive it under again, when it replaces an earlier version of
    ///     itself; on failure the earlier version is as it was.
    /// - Returns: What was done, and where the message is now.
    /// - Throws: Why the message is refused; nothing of it is stored then.
    public func receive(
        _ bytes: UnsafeRawBufferPointer, hints: EnvelopeHints, messageID: SESMessageID? = nil
    ) throws(ReceivingError) -> Receipt {
        let plan = try plan(for: bytes, hints: hints)
        let execution = Execution(
            receiver: self, plan: plan, bytes: bytes, hints: hints, messageID: messageID)
        return try execution.run()
    }

    /// Decides whether ``receive(_:hints:messageID:)`` would take the message, without asking for a key.
    ///
    /// - Throws: What `receive` would throw, except what only sealing and storing can show.
    public func check(_ bytes: UnsafeRawBufferPointer, hints: EnvelopeHints) throws(ReceivingError) {
        let plan = try plan(for: bytes, hints: hints)
        for match in plan.matches {
            for case .s3(let action) in match.rule.actions {
                _ = try bucket(of: action, in: match.rule)
            }
        }
    }

    /// Removes the objects of a message that was received.
    ///
    /// - Parameters:
    ///   - receipt: The receipt of the message.
    ///   - replacement: The receipt of its later version; objects that belong to that one stay.
    /// - Throws: `.storage` for the first object that could not be removed; the others are removed.
    public func withdraw(_ receipt: Receipt, keeping replacement: Receipt? = nil) throws(ReceivingError) {
        let kept = Set(replacement?.deliveries.map(\.location) ?? [])
        var failure: ReceivingError?
        for delivery in receipt.deliveries where !kept.contains(delivery.location) {
            do throws(ObjectStoreError) {
                try buckets.bucket(named: delivery.bucket).delete(try ObjectKey(delivery.objectKey))
            } catch {
                failure = failure ?? .storage(rule: delivery.ruleName, error)
            }
        }
        if let failure { throw failure }
    }
}

extension Receiver {
    /// What is decided about a message before anything is done.
    struct Plan {
        let message: Message
        let envelope: MailEnvelope
        let ruleSet: RuleSet
        let matches: [RuleMatch]
    }

    /// What the rules make of a message, for people who ask why it went where it went.
    ///
    /// - Returns: The envelope, and each rule of the active set in order with its verdict.
    /// - Throws: What `receive` throws before any rule is looked at.
    public func explain(
        _ bytes: UnsafeRawBufferPointer, hints: EnvelopeHints
    ) throws(ReceivingError) -> (
        envelope: MailEnvelope, verdicts: [(rule: ReceiptRule, verdict: RuleVerdict)]
    ) {
        let rules = try activeRules()
        let (_, envelope) = try scan(bytes, hints: hints, rules: rules)
        let verdicts = Matcher(rules).verdicts(for: envelope.recipients, arrivedOverTLS: hints.arrivedOverTLS)
        return (envelope, verdicts)
    }

    private func plan(for bytes: UnsafeRawBufferPointer, hints: EnvelopeHints) throws(ReceivingError) -> Plan
    {
        let rules = try activeRules()
        let (message, envelope) = try scan(bytes, hints: hints, rules: rules)
        let matches = Matcher(rules).matches(for: envelope.recipients, arrivedOverTLS: hints.arrivedOverTLS)
        guard let ruleSet = rules.ruleSet, !matches.isEmpty else {
            throw .noMatchingRule(recipients: envelope.recipients.map(\.text))
        }
        try checkKept(matches)
        return Plan(message: message, envelope: envelope, ruleSet: ruleSet, matches: matches)
    }

    /// Refuses mail that would silently be nowhere.
    ///
    /// That is mail which no action stores, and which some action was to hand on, for none can do that here.
    /// A rule that only stops drops its mail on purpose.
    private func checkKept(_ matches: [RuleMatch]) throws(ReceivingError) {
        var handingOn: [String] = []
        for match in matches {
            for action in match.rule.actions {
                switch action {
                case .s3: return
                case .sns, .lambda, .bounce, .workMail, .connect: handingOn.append(match.rule.name)
                case .addHeader, .stop: break
                }
            }
        }
        guard handingOn.isEmpty else {
            throw .nowhereToGo(rules: matches.map(\.rule.name).filter(handingOn.contains))
        }
    }

    private func activeRules() throws(ReceivingError) -> ActiveRules {
        do throws(ReceiptRulesError) {
            return try rules.activeRules()
        } catch {
            throw .rules(error)
        }
    }

    private func scan(
        _ bytes: UnsafeRawBufferPointer, hints: EnvelopeHints, rules: ActiveRules
    ) throws(ReceivingError) -> (Message, MailEnvelope) {
        guard bytes.count <= Self.messageByteLimit else {
            throw .messageTooLarge(limit: Self.messageByteLimit)
        }
        // ORDER: the filters come first, as in SES, where blocked mail is refused before it is even sent.
        try checkSource(hints, filters: rules.filters)
        let message: Message
        do throws(MailError) {
            message = try Message(scanning: bytes)
        } catch {
            switch error {
            case .notAMessage(let reason): throw .notAMessage(reason)
            case .invalidAddress(let text), .invalidDomain(let text): throw .invalidHint(text)
            }
        }
        let resolver = EnvelopeResolver(
            message: message, bytes: bytes, hints: hints, rules: rules, catchAll: options.catchAllRecipient)
        return (message, try resolver.envelope())
    }

    private func checkSource(_ hints: EnvelopeHints, filters: [IPFilter]) throws(ReceivingError) {
        guard let text = hints.sourceIP else { return }
        guard let source = IPAddress(text) else { throw .invalidHint(text) }
        if IPFilter.blocks(source, in: filters) { throw .blockedBySource(text) }
    }

    /// The bucket that `action` names.
    func bucket(of action: S3Action, in rule: ReceiptRule) throws(ReceivingError) -> any Bucket {
        do throws(ObjectStoreError) {
            return try buckets.bucket(named: action.bucketName)
        } catch {
            throw .storage(rule: rule.name, error)
        }
    }
}
