import Mail
import Testing

/// A message in which each oddity of real mail occurs once; written for these tests.
struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// The names of the fields that a scan must find, top-down.
    let fields: [String]
    /// The first bytes of the body.
    let body: String

    var testDescription: String { name }

    init(_ name: String, _ text: String, fields: [String], body: String) {
        self.init(name, bytes: Array(text.utf8), fields: fields, body: body)
    }

    init(_ name: String, bytes: [UInt8], fields: [String], body: String) {
        self.name = name
        self.bytes = bytes
        self.fields = fields
        self.body = body
    }

    static let all: [Sample] = [
        Sample("LF", "From: a@x\nTo: b@x\n\nbody\n", fields: ["From", "To"], body: "body\n"),
        Sample("CRLF", "From: a@x\r\nTo: b@x\r\n\r\nbody\r\n", fields: ["From", "To"], body: "body\r\n"),
        Sample("mixed line ends", "From: a@x\r\nTo: b@x\n\r\nbody", fields: ["From", "To"], body: "body"),
        Sample("no body, no empty line", "Subject: x\n", fields: ["Subject"], body: ""),
        Sample("no line end at all", "Subject: x", fields: ["Subject"], body: ""),
        Sample("an empty body", "Subject: x\n\n", fields: ["Subject"], body: ""),
        Sample("a body of blank lines", "Subject: x\n\n\n\n", fields: ["Subject"], body: "\n\n"),
        Sample("a folded field", "Subject: a\n b\n\tc\nTo: b@x\n\n", fields: ["Subject", "To"], body: ""),
        Sample(
            "a white line in a fold", "Subject: a\n \t \n b\nTo: b@x\n\nz", fields: ["Subject", "To"],
            body: "z"),
        Sample(
            "blanks before the colon", "Subject \t : x\nTo  : b@x\n\n", fields: ["Subject", "To"], body: ""),
        Sample("From with blanks, no mbox line", "From  : a@x\n\nz", fields: ["From"], body: "z"),
        Sample("an indented first field", " From: a@x\nTo: b@x\n\nz", fields: ["From", "To"], body: "z"),
        Sample(
            "a line without colon", "To: b@x\ngarbage\n more\nCc: c@x\n\nz", fields: ["To", "Cc"], body: "z"),
        Sample("a missing empty line", "To: b@x\nHello, here\n\nz", fields: ["To"], body: "z"),
        Sample(
            "an 8-bit field name", bytes: Array("To: b@x\nInval".utf8) + [0xED] + Array("d: y\n\nz".utf8),
            fields: ["To"], body: "z"),
        Sample(
            "8-bit field bodies", bytes: Array("Subject: caf".utf8) + [0xE9] + Array("\n\nz".utf8),
            fields: ["Subject"], body: "z"),
        Sample("NUL bytes", "Subject: a\0b\nTo: b@x\n\n\0z", fields: ["Subject", "To"], body: "\0z"),
        Sample(
            "bare CR in the header", "Subject: a\rTo: b@x\nCc: c@x\n\nz", fields: ["Subject", "Cc"], body: "z"
        ),
        Sample("a byte order mark", "\u{FEFF}From: a@x\n\nz", fields: ["From"], body: "z"),
        Sample("leading empty lines", "\n\r\n\nFrom: a@x\n\nz", fields: ["From"], body: "z"),
        Sample("an mbox line", "From a@x Fri Jan  2 03:04:05 2026\nTo: b@x\n\nz", fields: ["To"], body: "z"),
        Sample(
            "procmail's quoted mbox line", "From a@x Fri\n>From b@x Fri\nTo: b@x\n\nz", fields: ["To"],
            body: "z"),
        Sample(
            "repeated fields", "To: a@x\nTo: b@x\nMessage-ID: <1>\nMessage-ID: <2>\n\n",
            fields: ["To", "To", "Message-ID", "Message-ID"], body: ""),
        Sample("an empty field", "To:\nSubject: \n\nz", fields: ["To", "Subject"], body: "z"),
        Sample(
            "a long line", "Subject: " + String(repeating: "x", count: 5_000) + "\n\nz", fields: ["Subject"],
            body: "z"),
        Sample(
            "a truncated multipart", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n",
            fields: ["MIME-Version", "Content-Type"], body: "--b\n"),
        Sample(
            "UTF-8 in fields", "Subject: Grüße\nTo: jürgen@bücher.example\n\nz", fields: ["Subject", "To"],
            body: "z"),
    ]
}

extension Message {
    /// The names of all fields, top-down.
    func names(in bytes: [UInt8]) -> [String] {
        bytes.withUnsafeBytes { buffer in fields.map { name(of: $0, in: buffer) } }
    }
}
