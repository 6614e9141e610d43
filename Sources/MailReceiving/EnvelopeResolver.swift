import Mail
import ReceiptRules

/// Finds out who a message is for when there was no SMTP conversation.
///
/// Header fields are a poor envelope: every one of them can be forged, and `To` names the list, not the
/// reader. So what was stated from outside decides alone; after that come fields that a delivering host
/// wrote, newest first, and what the author wrote comes last.
///
/// Source: RFC 5321 section 7.2 on why headers are no envelope; the order of fields as getmail's
/// MultiGuesser.
struct EnvelopeResolver {
    let message: Message
    let bytes: UnsafeRawBufferPointer
    let hints: EnvelopeHints
    let rules: ActiveRules
    let catchAll: EmailAddress?

    /// Fields a delivering host wrote, best first; of a repeated field only the topmost, newest one counts.
    private static let hopFields: [(step: MailEnvelope.Step, names: [String])] = [
        (.deliveredTo, ["X-Original-To", "Delivered-To"]), (.envelopeTo, ["Envelope-To"]),
        (.xEnvelopeTo, ["X-Envelope-To"]), (.xDeliveredTo, ["X-Delivered-To"]), (.xRCPTTo, ["X-RCPT-To"]),
    ]

    /// The envelope.
    ///
    /// - Throws: `.invalidHint`; `.noRecipient` when no step yields an address, `.noMatchingRule` when those
    ///   they yield are all in domains that are not verified.
    func envelope() throws(ReceivingError) -> MailEnvelope {
        let sender = try sender()
        let stated = try statedRecipients()
        guard stated.isEmpty else {
            return MailEnvelope(sender: sender, recipients: stated, decidedBy: .stated)
        }
        var foreign: [EmailAddress] = []
        for step in MailEnvelope.Step.allCases {
            let candidates = unique(recipients(by: step))
            let verified = candidates.filter { rules.isVerified($0.domain) }
            guard verified.isEmpty else {
                return MailEnvelope(sender: sender, recipients: verified, decidedBy: step)
            }
            foreign += candidates
        }
        if foreign.isEmpty { throw .noRecipient }
        throw .noMatchingRule(recipients: unique(foreign).map(\.text))
    }

    private func statedRecipients() throws(ReceivingError) -> [EmailAddress] {
        var result: [EmailAddress] = []
        for text in hints.recipients { result.append(try stated(text)) }
        return unique(result)
    }

    private func stated(_ text: String) throws(ReceivingError) -> EmailAddress {
        do throws(MailError) {
            return try EmailAddress(parsing: text)
        } catch {
            throw .invalidHint(text)
        }
    }

    private func unique(_ addresses: [EmailAddress]) -> [EmailAddress] {
        var seen: Set<EmailAddress> = []
        return addresses.filter { seen.insert($0).inserted }
    }

    private func recipients(by step: MailEnvelope.Step) -> [EmailAddress] {
        switch step {
        case .stated: []
        case .sesReceived: sesReceivedRecipient().map { [$0] } ?? []
        case .deliveredTo, .envelopeTo, .xEnvelopeTo, .xDeliveredTo, .xRCPTTo:
            Self.hopFields.filter { $0.step == step }.flatMap(\.names).flatMap(topmost)
        // Unlike the other fields of delivering hosts, sendmail wrote one of these for each recipient.
        case .apparentlyTo: all(["Apparently-To"])
        case .resent: newestResentBlock().flatMap(addresses)
        case .addressed: all(["To", "Cc", "Bcc"])
        case .catchAll: catchAll.map { [$0] } ?? []
        }
    }

    private func addresses(in field: HeaderField) -> [EmailAddress] {
        message.mailboxes(in: field, of: bytes).map(\.address)
    }

    private func topmost(_ name: String) -> [EmailAddress] {
        message.firstField(named: name, in: bytes).map(addresses) ?? []
    }

    private func all(_ names: [String]) -> [EmailAddress] {
        names.flatMap { message.fields(named: $0, in: bytes) }.flatMap(addresses)
    }

    /// The recipient that SES wrote into its Received field, when the message comes straight from SES: its
    /// field is then the topmost one.
    private func sesReceivedRecipient() -> EmailAddress? {
        guard let field = message.firstField(named: "Received", in: bytes) else { return nil }
        let words = message.text(of: field, in: bytes).split { $0 == " " || $0 == "\t" }
        guard let by = words.firstIndex(of: "by"), by + 1 < words.endIndex,
            words[by + 1].hasPrefix("inbound-smtp."), words[by + 1].hasSuffix(".amazonaws.com"),
            let clause = words[by...].firstIndex(of: "for"), clause + 1 < words.endIndex
        else { return nil }
        return AddressParser.mailboxes(in: Array(words[clause + 1].utf8)).first?.address
    }

    /// The recipient fields of the newest re-injection.
    private func newestResentBlock() -> [HeaderField] {
        // RFC 5322 3.6.6: each re-injection puts its own block on top. A name that repeats, or the trace
        // fields of an earlier hop, end the newest one.
        var names: Set<String> = []
        var block: [HeaderField] = []
        for field in message.fields {
            let name = message.name(of: field, in: bytes).lowercased()
            if name.hasPrefix("resent-") {
                guard names.insert(name).inserted else { break }
                if ["resent-to", "resent-cc", "resent-bcc"].contains(name) { block.append(field) }
            } else if !names.isEmpty, ["received", "return-path"].contains(name) {
                break
            }
        }
        return block
    }

    /// The envelope sender: stated, else Return-Path, the mbox line, Sender, From.
    private func sender() throws(ReceivingError) -> EmailAddress? {
        if let text = hints.sender {
            return text.isEmpty || text == "<>" ? nil : try stated(text)
        }
        if let field = message.firstField(named: "Return-Path", in: bytes) {
            // RFC 5321 4.5.5: `<>` states that there is no sender; nothing else is asked then.
            if message.text(of: field, in: bytes) == "<>" { return nil }
            if let address = addresses(in: field).first { return address }
        }
        if let address = message.mailboxLineSender(in: bytes) { return address }
        return topmost("Sender").first ?? topmost("From").first
    }
}
