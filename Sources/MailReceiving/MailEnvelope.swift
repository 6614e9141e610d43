public import Mail

/// Who a message is from and for, and how that was found out.
public struct MailEnvelope: Sendable, Hashable {
    /// The envelope sender; `nil` for the null sender of bounces, and where nothing names one.
    public let sender: EmailAddress?
    /// The envelope recipients, each once.
    public let recipients: [EmailAddress]
    /// What the recipients were taken from.
    public let decidedBy: Step

    /// Makes an envelope.
    public init(sender: EmailAddress?, recipients: [EmailAddress], decidedBy step: Step) {
        self.sender = sender
        self.recipients = recipients
        decidedBy = step
    }

    /// The places recipients are looked for in; the first that yields one decides.
    public enum Step: String, Sendable, Hashable, CaseIterable {
        /// Stated from outside, for example by the directory the file was dropped into.
        case stated = "stated"
        /// The `for` clause of the Received field that SES wrote.
        case sesReceived = "Received by inbound-smtp"
        /// `Delivered-To` and `X-Original-To`.
        case deliveredTo = "Delivered-To, X-Original-To"
        /// `Envelope-To`, as Exim writes it.
        case envelopeTo = "Envelope-To"
        /// `X-Envelope-To`.
        case xEnvelopeTo = "X-Envelope-To"
        /// `X-Delivered-To`.
        case xDeliveredTo = "X-Delivered-To"
        /// `X-RCPT-To`.
        case xRCPTTo = "X-RCPT-To"
        /// `Apparently-To`, as old sendmail writes it.
        case apparentlyTo = "Apparently-To"
        /// The newest block of `Resent-To`, `Resent-Cc` and `Resent-Bcc`.
        case resent = "Resent-To, Resent-Cc, Resent-Bcc"
        /// `To`, `Cc` and `Bcc`.
        case addressed = "To, Cc, Bcc"
        /// The configured recipient of mail that names none.
        case catchAll = "catch-all"
    }
}
