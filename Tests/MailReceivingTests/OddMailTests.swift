import MailReceiving
import Testing

/// Mail as odd as real mail gets, written after what the corpora hold; each file is one oddity.
@Suite("Odd mail")
struct OddMailTests {
    struct OddMail: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]

        init(_ name: String, _ parts: [UInt8]...) {
            testDescription = name
            bytes = Array(parts.joined())
        }

        init(_ name: String, _ text: String) {
            testDescription = name
            bytes = Array(text.utf8)
        }
    }

    private static let acceptedMail: [OddMail] = [
        OddMail("no To, no Cc, no Date", "From: a@x\nSubject: hi\n\nbody\n"),
        OddMail("headers alone, no empty line, no line end", "Received: from a by b; now"),
        OddMail("an indented first field", " From: a@x\nSubject: hi\n\nbody\n"),
        OddMail("text without an empty line above it", "From: a@x\nTo: b@x\nhere is the body\nand more"),
        OddMail("an empty line made of a space", "From: a@x\r\n \r\nThis is in the header.\r\n\r\nbody\r\n"),
        OddMail("a broken reference, split in two", "To: b@x\nReferences: <a>, <b.  \nc@x>\n\nbody\n"),
        OddMail("Latin-1 in the header", Array("To: b@x\nSubject: caf".utf8), [0xE9, 0x0A, 0x0A, 0xFF]),
        OddMail("an 8-bit field name", Array("To: b@x\nInv".utf8), [0xED], Array("lid: x\n\nb".utf8)),
        OddMail(
            "NUL and other control bytes", Array("Subject: a".utf8), [0, 1, 8, 0x0A, 0x0A], Array(0...255)),
        OddMail("bare CR at line ends", "From: a@x\rTo: b@x\r\rbody\r"),
        OddMail("CR CR LF at line ends", "From: a@x\r\r\nTo: b@x\r\r\n\r\nbody\r\r\n"),
        OddMail("an mbox line from Netscape", "From - \nTo: b@x\n\nFrom Russia with love\n"),
        OddMail("an mbox line behind a byte order mark", "\u{FEFF}From a@x Fri\nTo: b@x\n\n"),
        OddMail(
            "a line of 100,000 characters", "To: b@x\nX-Long: \(String(repeating: "x", count: 100_000))\n\nb"),
        OddMail(
            "a header of 5,000 fields", String(repeating: "Received: from a\n\tby b; now\n", count: 5_000)),
        OddMail(
            "a multipart that ends in the middle", "Content-Type: multipart/mixed; boundary=b\n\n--b\nConte"),
        OddMail(
            "another mbox quoted in the body",
            "To: b@x\n\n\nFrom c@x Fri Jan  2 03:04:05 2026\nTo: d@x\n\nhi\n"),
    ]

    @Test("is received for a stated recipient, and comes back byte for byte", arguments: acceptedMail)
    func accepted(_ mail: OddMail) throws {
        let fixture = try Fixture()
        let receipt = try fixture.receive(mail.bytes, EnvelopeHints(recipients: ["reader@example.com"]))
        #expect(receipt.envelope.decidedBy == .stated)
        #expect(try fixture.contents(receipt.deliveries[0]) == mail.bytes)
    }

    private static let refusedMail: [OddMail] = [
        OddMail("nothing", ""), OddMail("one byte", "x"), OddMail("empty lines", "\n\n\n"),
        OddMail("a text", "Send submissions to\n\tlist@x\n\nor, via mail, to: list@x\n"),
        OddMail("a program", [0x7F], Array("ELF".utf8), [2, 1, 1, 0, 0x0A], Array("Subject: %s\n\n".utf8)),
        OddMail("a password file", "root:x:0:0:root:/root:/bin/sh\nmail:x:8:8:mail:/var/mail:/bin/false\n"),
        OddMail("a configuration file", "title: mail\nto-do: nothing\n"),
        OddMail("two messages", "From - \nTo: b@x\n\nhi\nFrom - \nTo: b@x\n\nho\n"),
    ]

    @Test("is refused when it is no single message, whoever it is for", arguments: refusedMail)
    func refused(_ mail: OddMail) throws {
        let fixture = try Fixture()
        let error = #expect(throws: ReceivingError.self) {
            try fixture.receive(mail.bytes, EnvelopeHints(recipients: ["reader@example.com"]))
        }
        guard case .notAMessage = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(fixture.objectCount == 0 && fixture.keys.calls.isEmpty)
    }

    @Test("messages may be received on several threads at once")
    func parallel() async throws {
        let fixture = try Fixture()
        let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
            for number in 1...64 { group.addTask { try fixture.receive(Fixture.mail + "\(number)\n") } }
            var receipts: [Receipt] = []
            for try await receipt in group { receipts.append(receipt) }
            return receipts
        }
        #expect(Set(receipts.map(\.messageID)).count == 64 && fixture.objectCount == 64)
        #expect(Set(try receipts.map { try fixture.text($0.deliveries[0]) }).count == 64)
    }
}
