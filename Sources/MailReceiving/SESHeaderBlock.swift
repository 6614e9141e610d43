import AWSVocabulary
import Cryptography
import FoundationEssentials
import Mail

/// The fields that SES writes on top of a message it stores.
///
/// Observed, not documented: names, order and folding. What an emulator cannot know is said honestly or is
/// opaque anyway: nothing was scanned or checked here, so no verdict says PASS, and the two signed fields
/// have the right form but no signature that anyone could verify.
struct SESHeaderBlock {
    let messageID: SESMessageID
    let sender: EmailAddress?
    /// The recipient that matched first; the `for` clause names one.
    let recipient: EmailAddress?
    let hints: EnvelopeHints
    let region: Region
    let surroundings: Surroundings
    /// Whether a matching rule asks for a scan.
    let isScanRequested: Bool

    /// The block, each line ended by CRLF.
    var text: String {
        let scan = isScanRequested ? "PROCESSING_FAILED" : "DISABLED"
        let address = hints.sourceIP ?? "127.0.0.1"
        let envelopeFrom = sender?.text ?? ""
        let helo = sender?.domain.text ?? "localhost"
        let date = surroundings.now()
        return lines([
            "Return-Path: <\(envelopeFrom)>",
            "Received: from \(helo) (unknown [\(address)])",
            " by inbound-smtp.\(region).amazonaws.com with SMTP id \(messageID)",
            " for \(recipient?.text ?? "");",
            " \(Timestamps.mailDate(date))",
            "X-SES-Spam-Verdict: \(scan)",
            "X-SES-Virus-Verdict: \(scan)",
            "Received-SPF: none (spfCheck: \(address) was not checked) client-ip=\(address); "
                + "envelope-from=\(envelopeFrom); helo=\(helo);",
            "Authentication-Results: amazonses.com;",
            " spf=none (spfCheck: \(address) was not checked) client-ip=\(address); envelope-from=\(envelopeFrom); helo=\(helo);",
            " dkim=none;",
            " dmarc=none;",
            "X-SES-RECEIPT: \(receipt)",
            "X-SES-DKIM-SIGNATURE: a=rsa-sha256; q=dns/txt; b=\(opaque(128)); c=relaxed/simple; "
                + "s=emulated; d=amazonses.com; t=\(Int(date.timeIntervalSince1970)); v=1; bh=\(opaque(32)); "
                + "h=From:To:Cc:Bcc:Subject:Date:Message-ID:MIME-Version:Content-Type:X-SES-RECEIPT;",
        ])
    }

    private func lines(_ lines: [String]) -> String { lines.map { $0 + "\r\n" }.joined() }

    /// Observed: base64 that begins with a zero byte and the letter A eight times.
    private var receipt: String {
        Base64.encode([0] + [UInt8](repeating: 0x41, count: 8) + surroundings.randomBytes(240))
    }

    private func opaque(_ byteCount: Int) -> String { Base64.encode(surroundings.randomBytes(byteCount)) }
}
