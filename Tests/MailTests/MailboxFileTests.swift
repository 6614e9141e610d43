import Mail
import Testing

@Suite("mbox files")
struct MailboxFileTests {
    @Test(
        "a file of several messages is refused, with the place of the second",
        arguments: [
            "From a@x Fri Jan  2 03:04:05 2026\nTo: b@x\n\nhello\n\n|From c@x Fri Jan  2 03:04:06 2026\nTo: d@x\n\nhi\n",
            "From - \nTo: b@x\n\nhello\n|From - \nTo: d@x\n\nhi\n",
            "\u{FEFF}From -\nTo: b@x\n\nhello\n\n|From -\nTo: d@x\n\nhi\n",
            "From a@x Fri Jan  2 03:04:05 2026\r\nTo: b@x\r\n\r\nhello\r\n\r\n|From c@x Fri Jan  2 03:04 2026\r\nTo: d@x\r\n\r\n",
            "From - \nTo: b@x\n\nx\n|From - Thu Feb  8 18:49:08 1996\n>From q Fri\nReceived: y\n\n",
        ])
    func several(_ marked: String) throws {
        let parts = marked.split(separator: "|", maxSplits: 1)
        let second = parts[0].utf8.count
        #expect(throws: MailError.notAMessage(.severalMessages(second: second))) {
            try Message(scanning: Array((parts[0] + parts[1]).utf8))
        }
    }

    @Test(
        "a body that only looks like mbox stays part of its message",
        arguments: [
            // Not an mbox itself: whatever is quoted in it is quoted.
            "To: b@x\n\nFrom c@x Fri Jan  2 03:04:06 2026\nTo: d@x\n\nhi\n",
            // Quoted as mbox quotes.
            "From a@x Fri Jan  2 03:04:05 2026\nTo: b@x\n\n>From c@x Fri Jan  2 03:04:06 2026\nTo: d@x\n\n",
            // No postmark.
            "From a@x Fri Jan  2 03:04:05 2026\nTo: b@x\n\n\nFrom Russia with love\nYear: 1963\n\n",
            // No header field behind the postmark.
            "From a@x Fri Jan  2 03:04:05 2026\nTo: b@x\n\n\nFrom c@x Fri Jan  2 03:04:06 2026\nhi there\n",
            // A bare postmark counts only where the file itself begins with one.
            "From a@x Fri Jan  2 03:04:05 2026\nTo: b@x\n\n\nFrom - \nTo: d@x\n\n",
            // Not at the beginning of a line.
            "From a@x Fri Jan  2 03:04:05 2026\nTo: b@x\n\n From c@x Fri Jan  2 03:04:06 2026\nTo: d@x\n",
            "From a@x Fri Jan  2 03:04:05 2026\nTo: b@x\n\nFrom",
        ])
    func single(_ text: String) throws {
        #expect(throws: Never.self) { try Message(scanning: Array(text.utf8)) }
    }

    @Test(
        "the mbox line names the sender, if it does",
        arguments: [
            ("From a@x Fri Jan  2 03:04:05 2026", "a@x"), ("From <a@x>  Fri", "a@x"),
            ("From MAILER-DAEMON Fri", nil),
            ("From - ", nil), ("From ", nil), ("From a@x", "a@x"),
        ] as [(String, String?)])
    func sender(_ line: String, _ address: String?) throws {
        let bytes = Array("\(line)\nTo: b@x\n\n".utf8)
        let message = try Message(scanning: bytes)
        #expect(message.mailboxLine != nil)
        #expect(bytes.withUnsafeBytes { message.mailboxLineSender(in: $0) }?.text == address)
    }
}
