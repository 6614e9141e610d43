import FoundationEssentials
import Mail
import MailReceiving
import ReceiptRules
import Testing

@Suite("Finding the envelope")
struct EnvelopeResolverTests {
    private func resolve(
        _ header: [String], _ hints: EnvelopeHints = .init(), verified: [String] = [], catchAll: String? = nil
    ) throws -> MailEnvelope {
        let rules = ActiveRules(ruleSet: nil, verifiedDomains: Set(try verified.map { try DomainName($0) }))
        let options = Receiver.Options(catchAllRecipient: try catchAll.map { try EmailAddress(parsing: $0) })
        return try Fixture(active: rules, options: options)
            .envelope((header + ["", "To: body@x", ""]).joined(separator: "\n"), hints)
    }

    private static let sesReceived =
        "Received: from mx.example (mx.example [192.0.2.1])\n by inbound-smtp.us-east-1.amazonaws.com with SMTP id 1\n"
        + " for ses@x;\n Sun, 06 Jul 2025 12:29:03 +0000 (UTC)"

    /// Each field alone, best first; together they show the order.
    private static let ladder: [(step: MailEnvelope.Step, field: String, address: String)] = [
        (.sesReceived, sesReceived, "ses@x"), (.deliveredTo, "Delivered-To: delivered@x", "delivered@x"),
        (.envelopeTo, "Envelope-To: envelope@x", "envelope@x"),
        (.xEnvelopeTo, "X-Envelope-To: <xenvelope@x>", "xenvelope@x"),
        (.xDeliveredTo, "X-Delivered-To: xdelivered@x", "xdelivered@x"),
        (.xRCPTTo, "X-RCPT-To: rcpt@x", "rcpt@x"),
        (.apparentlyTo, "Apparently-To: apparent@x", "apparent@x"),
        (.resent, "Resent-To: resent@x", "resent@x"),
        (.addressed, "To: to@x", "to@x"),
    ]

    @Test("the best field there is decides, wherever it stands", arguments: 0..<9)
    func order(_ index: Int) throws {
        let rest = Self.ladder[index...]
        // Worst on top, so that the place in the header cannot be what decides; Received must be topmost to
        // count.
        let fields = rest.reversed().map(\.field)
        let envelope = try resolve(fields, catchAll: "all@x")
        #expect(envelope.decidedBy == Self.ladder[index].step)
        #expect(envelope.recipients.map(\.text) == [Self.ladder[index].address])
    }

    @Test("what is stated from outside decides alone, and counts each mailbox once")
    func stated() throws {
        let hints = EnvelopeHints(recipients: ["Ben@Example.com", "ben@example.com.", "<c@y>"])
        let envelope = try resolve(Self.ladder.map(\.field), hints, verified: ["elsewhere"])
        #expect(envelope.decidedBy == .stated)
        #expect(envelope.recipients.map(\.text) == ["Ben@example.com", "c@y"])
    }

    @Test(
        "a stated recipient or sender that is no address is refused",
        arguments: ["", "ben", "a@x, b@y", "Ben <a@x>", "a@"])
    func invalidHints(_ text: String) {
        #expect(throws: ReceivingError.invalidHint(text)) {
            try resolve(["To: a@x"], EnvelopeHints(recipients: [text]))
        }
        if !text.isEmpty {
            #expect(throws: ReceivingError.invalidHint(text)) {
                try resolve(["To: a@x"], EnvelopeHints(sender: text))
            }
        }
    }

    @Test("of a hop's field only the topmost counts, and X-Original-To stands beside Delivered-To")
    func topmost() throws {
        let envelope = try resolve([
            "Delivered-To: new@x", "X-Original-To: list@x", "Received: from b", "Delivered-To: old@x",
            "X-Original-To: older@x",
        ])
        #expect(envelope.recipients.map(\.text) == ["list@x", "new@x"])
        #expect(try resolve(["X-Original-To: only@x", "To: to@x"]).recipients.map(\.text) == ["only@x"])
        #expect(try resolve(["Delivered-To: mailing list users@x"]).recipients.map(\.text) == ["users@x"])
        #expect(
            try resolve(["Apparently-To: a@x", "Apparently-To: b@x"]).recipients.map(\.text) == [
                "a@x", "b@x",
            ])
    }

    @Test(
        "the Received clause counts only in the topmost field, from SES itself",
        arguments: [
            ["Received: from a by mx.example for else@x; now", sesReceived],
            ["Received: from a by inbound-smtp.evil.example for ses@x; now"],
            ["Received: from a by inbound-smtp.us-east-1.amazonaws.com with SMTP id 1; now"],
            ["Received: from a for ses@x by inbound-smtp.us-east-1.amazonaws.com"],
        ])
    func receivedClause(_ fields: [String]) throws {
        #expect(try resolve(fields + ["To: to@x"]).decidedBy == .addressed)
    }

    @Test("the newest Resent block decides, with all its fields and nothing of older blocks")
    func resent() throws {
        let newest = ["Resent-From: r@x", "Resent-To: a@x, b@x", "Resent-Cc: c@x", "Resent-Bcc: d@x"]
        let expected = ["a@x", "b@x", "c@x", "d@x"]
        #expect(
            try resolve(newest + ["Resent-From: q@x", "Resent-To: old@x", "To: to@x"]).recipients.map(\.text)
                == expected)
        #expect(
            try resolve(newest + ["Received: from b", "Resent-Bcc: old@x"]).recipients.map(\.text) == expected
        )
        #expect(try resolve(["Resent-From: r@x", "To: to@x"]).decidedBy == .addressed)
    }

    @Test("To, Cc and Bcc together, repeated fields too, groups resolved")
    func addressed() throws {
        let envelope = try resolve([
            "Cc: c@x", "To: a@x, Team: b@x;", "Bcc: d@x", "To: A@X", "Bcc: \"e f\"@x", "Reply-To: never@x",
            "From: never@x",
        ])
        #expect(envelope.recipients.map(\.text) == ["a@x", "b@x", "c@x", "d@x", "\"e f\"@x"])
    }

    @Test(
        "without any address the mail is refused, or goes to the catch-all",
        arguments: [
            ["Subject: x"], ["To: undisclosed-recipients:;"], ["To: "], ["To: Ann"],
            ["Delivered-To: <>", "To: @x"],
        ])
    func nobody(_ header: [String]) throws {
        #expect(throws: ReceivingError.noRecipient) { try resolve(header) }
        let envelope = try resolve(header, catchAll: "all@x")
        #expect(envelope.recipients.map(\.text) == ["all@x"])
        #expect(envelope.decidedBy == .catchAll)
    }

    @Test("only addresses in verified domains count, and a step without one does not decide")
    func verifiedDomains() throws {
        let header = [
            "Delivered-To: x@local.example", "To: a@example.com, b@foreign.example, c@sub.example.com",
        ]
        let envelope = try resolve(header, verified: ["example.com"])
        #expect(envelope.recipients.map(\.text) == ["a@example.com", "c@sub.example.com"])
        #expect(envelope.decidedBy == .addressed)
        let everybody = ["x@local.example", "a@example.com", "b@foreign.example", "c@sub.example.com"]
        #expect(throws: ReceivingError.noMatchingRule(recipients: everybody)) {
            try resolve(header, verified: ["z"])
        }
    }

    @Test(
        "the sender is stated, or comes from Return-Path, the mbox line, Sender or From",
        arguments: [
            (["From: f@x"], nil, "f@x"), (["Sender: s@x", "From: f@x, g@x"], nil, "s@x"),
            (["From m@x Fri Jan  2 03:04:05 2026", "Sender: s@x"], nil, "m@x"),
            (["From m@x Fri Jan  2 03:04:05 2026", "Return-Path: <r@x>"], nil, "r@x"),
            (["Return-Path: <>", "From: f@x"], nil, nil), (["Return-Path: r@x", "From: f@x"], "h@x", "h@x"),
            (["From: f@x"], "", nil), (["From: f@x"], "<>", nil), (["Subject: x"], nil, nil),
            (["Return-Path: ?", "From: f@x"], nil, "f@x"),
        ] as [([String], String?, String?)])
    func sender(_ header: [String], _ stated: String?, _ sender: String?) throws {
        #expect(
            try resolve(header, EnvelopeHints(recipients: ["a@x"], sender: stated)).sender?.text == sender)
    }
}
