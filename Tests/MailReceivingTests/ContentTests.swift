import AWSVocabulary
import Mail
import MailReceiving
import StrictJSON
import Testing

@Suite("What is stored")
struct ContentTests {
    private static let header: JSONValue = ["AddHeaderAction": ["HeaderName": "X-Way", "HeaderValue": "one"]]
    private static let store: JSONValue = [
        "S3Action": ["BucketName": "mailbox", "KmsKeyArn": .string(Fixture.keyARN)]
    ]

    private func stored(_ text: String, rules: [JSONValue], ses: Bool = false) throws -> [String] {
        let fixture = try Fixture(rules: rules, options: .init(addsSESHeaders: ses))
        let receipt = try fixture.receive(text, EnvelopeHints(recipients: ["a@x"]))
        return try receipt.deliveries.map { try fixture.text($0) }
    }

    @Test(
        "by default every byte stays, odd ones too",
        arguments: [
            "To: a@x\r\n\r\nbody\r\n", "To: a@x\n\nbody", "To: a@x\r\n\nmixed\n\r\n", "To: a@x",
            "\u{FEFF}To: a@x\n\n\0\u{1}",
            "From a@x Fri Jan  2 03:04:05 2026\nTo: a@x\n\n>From b\n", "\n\nTo: a@x\rb\n\n\r",
            "To: a@x\n\n\n\n\n",
        ])
    func verbatim(_ text: String) throws {
        #expect(try stored(text, rules: [Fixture.rule("r", Self.store)]) == [text])
    }

    @Test(
        "an added header stands directly above the message's own, in its line ends",
        arguments: [
            ("To: a@x\n\nb\n", "X-Way: one\nTo: a@x\n\nb\n"),
            ("To: a@x\r\n\r\nb\n", "X-Way: one\r\nTo: a@x\r\n\r\nb\n"),
            ("From m@x Fri\nTo: a@x\n\nb", "From m@x Fri\nX-Way: one\nTo: a@x\n\nb"),
            ("\u{FEFF}To: a@x", "\u{FEFF}X-Way: one\nTo: a@x"),
        ])
    func addedHeader(_ text: String, _ expected: String) throws {
        #expect(try stored(text, rules: [Fixture.rule("r", Self.header, Self.store)]) == [expected])
    }

    @Test("later actions see an added header, earlier ones do not")
    func addHeaderOrder() throws {
        let second: JSONValue = ["AddHeaderAction": ["HeaderName": "X-Way", "HeaderValue": "two"]]
        let copy: JSONValue = ["S3Action": ["BucketName": "mailbox", "ObjectKeyPrefix": "copy"]]
        let last: JSONValue = ["S3Action": ["BucketName": "mailbox", "ObjectKeyPrefix": "last"]]
        let rules = [Fixture.rule("a", Self.store, Self.header, copy), Fixture.rule("b", second, last)]
        #expect(
            try stored("To: a@x\n\nb", rules: rules) == [
                "To: a@x\n\nb", "X-Way: one\nTo: a@x\n\nb", "X-Way: one\nX-Way: two\nTo: a@x\n\nb",
            ])
    }

    @Test(
        "in SES's form every line ends in CRLF, and what stood above the header is gone",
        arguments: [
            ("To: a@x\n\nb\n", "To: a@x\r\n\r\nb\r\n"), ("To: a@x\r\n\r\nb", "To: a@x\r\n\r\nb"),
            ("To: a@x\r\n\nb\r\rc\n", "To: a@x\r\n\r\nb\r\rc\r\n"),
            ("From m@x Fri\nTo: a@x\n\n\n", "To: a@x\r\n\r\n\r\n"), ("\u{FEFF}\nTo: a@x", "To: a@x"),
            ("To: a@x\n\na\r\n\n\nb", "To: a@x\r\n\r\na\r\n\r\n\r\nb"),
        ])
    func sesLineEnds(_ text: String, _ end: String) throws {
        let result = try #require(
            try stored(text, rules: [Fixture.rule("r", Self.header, Self.store)], ses: true).first)
        let marker = "X-Way: one\r\n"
        let range = try #require(result.firstRange(of: marker))
        #expect(result[range.upperBound...] == end)
        #expect(result[..<range.lowerBound].hasSuffix("\r\n"))
    }

    @Test("in SES's form the message begins with SES's fields, in SES's order")
    func sesBlock() throws {
        let fixture = try Fixture(rules: [Fixture.rule("r", Self.store)], addsSESHeaders: true)
        let hints = EnvelopeHints(
            recipients: ["ben@example.com", "c@y"], sender: "ann@example.org", sourceIP: "192.0.2.1")
        let receipt = try fixture.receive(Fixture.mail, hints)
        let text = try fixture.text(receipt.deliveries[0])
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "Return-Path: <ann@example.org>")
        #expect(lines[1] == "Received: from example.org (unknown [192.0.2.1])")
        #expect(lines[2] == " by inbound-smtp.us-east-1.amazonaws.com with SMTP id \(receipt.messageID)")
        #expect(lines[3] == " for ben@example.com;")
        #expect(lines[4].hasSuffix(" +0000 (UTC)"))
        let names = lines.prefix { !$0.hasPrefix("From") }.filter { !$0.hasPrefix(" ") }.map {
            $0.prefix { $0 != ":" }
        }
        #expect(
            names == [
                "Return-Path", "Received", "X-SES-Spam-Verdict", "X-SES-Virus-Verdict", "Received-SPF",
                "Authentication-Results",
                "X-SES-RECEIPT", "X-SES-DKIM-SIGNATURE",
            ])
        #expect(
            text.contains("X-SES-Spam-Verdict: DISABLED\r\n") && text.contains("X-SES-RECEIPT: AEFBQUFBQUFB"))
        #expect(text.hasSuffix(Fixture.mail.replacing("\n", with: "\r\n")))
        #expect(receipt.deliveries[0].byteCount == text.utf8.count)
    }

    @Test("what SES's form stores is received again for the same recipient")
    func reingestion() throws {
        let fixture = try Fixture(rules: [Fixture.rule("r", Self.store)], addsSESHeaders: true)
        let first = try fixture.receive(Fixture.mail, EnvelopeHints(recipients: ["ben+label@example.com"]))
        let envelope = try fixture.envelope(fixture.text(first.deliveries[0]))
        #expect(envelope.decidedBy == .sesReceived)
        #expect(envelope.recipients.map(\.text) == ["ben+label@example.com"])
    }

    @Test("without a sender the Return-Path is empty, and a scan that was asked for is said to have failed")
    func nullSender() throws {
        let rule: JSONValue = ["Name": "r", "Enabled": true, "ScanEnabled": true, "Actions": [Self.store]]
        let fixture = try Fixture(rules: [rule], addsSESHeaders: true)
        let receipt = try fixture.receive("Subject: x\n\n", EnvelopeHints(recipients: ["a@x"]))
        let text = try fixture.text(receipt.deliveries[0])
        #expect(text.hasPrefix("Return-Path: <>\r\nReceived: from localhost (unknown [127.0.0.1])\r\n"))
        #expect(text.contains("X-SES-Virus-Verdict: PROCESSING_FAILED\r\n"))
    }
}
