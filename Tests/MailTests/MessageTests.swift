import Mail
import Testing

@Suite("Message scanning")
struct MessageTests {
    @Test("finds the fields and the body of odd mail", arguments: Sample.all)
    func fieldsAndBody(_ sample: Sample) throws {
        let message = try Message(scanning: sample.bytes)
        #expect(message.names(in: sample.bytes) == sample.fields)
        #expect(String(decoding: sample.bytes[message.bodyStart...], as: UTF8.self) == sample.body)
        #expect(message.byteCount == sample.bytes.count)
        #expect(message.headerEnd <= message.bodyStart)
    }

    @Test(
        "refuses what is no mail, and says why",
        arguments: [
            ("", .empty), ("\n", .noHeaderField), ("\n\n\n", .noHeaderField), ("x", .noHeaderField),
            ("This is a text.\nTo: b@x\n\n", .noHeaderField),
            ("\u{7F}ELF\u{2}\n\nSubject: x\n", .noHeaderField),
            ("#!/bin/sh\nTo: x\n", .noHeaderField), (": no name\n\n", .noHeaderField),
            ("From a@x Fri Jan  2 03:04:05 2026\n\nbody", .noHeaderField),
            (">From a@x\nTo: b@x\n\n", .noHeaderField), ("a b: c\nTo: b@x\n\n", .noHeaderField),
            ("root:x:0:0:root:/root:/bin/bash\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n", .noMailField),
            ("Package: swift\nVersion: 6.3\n\nTo: b@x\n", .noMailField), ("tom: 1\nccc: 2\n\n", .noMailField),
        ] as [(String, MailError.Reason)])
    func refusals(_ text: String, _ reason: MailError.Reason) {
        #expect(throws: MailError.notAMessage(reason)) { try Message(scanning: Array(text.utf8)) }
    }

    @Test("every prefix of a message is scanned or refused, never a crash", arguments: Sample.all)
    func prefixes(_ sample: Sample) {
        for length in 0...min(sample.bytes.count, 300) {
            _ = try? Message(scanning: Array(sample.bytes[..<length]))
        }
    }

    @Test(
        "a field is enough that mail alone has",
        arguments: [
            "Received", "X-Mailer", "Content-Type", "List-Id", "RESENT-TO", "delivered-to", "ARC-Seal",
        ])
    func mailFields(_ name: String) throws {
        #expect(try Message(scanning: Array("\(name): x\n\n".utf8)).fields.count == 1)
    }

    @Test(
        "unfolds by removing the line break alone",
        arguments: [
            ("a\n b", "a b"), ("a\r\n\tb", "a\tb"), ("  a \n  b  ", "a   b"), ("\n a", "a"),
            ("a\n \n b", "a  b"),
            ("a\rb", "a\rb"), ("", ""), ("   ", ""), ("a\r", "a\r"),
        ])
    func unfolding(_ body: String, _ unfolded: String) throws {
        let bytes = Array("Subject:\(body)\nTo: b@x\n\n".utf8)
        let message = try Message(scanning: bytes)
        let text = bytes.withUnsafeBytes { message.text(of: message.fields[0], in: $0) }
        // A CR directly before the LF is part of the line end.
        #expect(text == (body.hasSuffix("\r") ? String(unfolded.unicodeScalars.dropLast()) : unfolded))
    }

    @Test("bytes that are not UTF-8 read as one character each")
    func latin1() throws {
        let bytes = Array("Subject: caf".utf8) + [0xE9, 0x0A, 0x0A]
        let message = try Message(scanning: bytes)
        #expect(bytes.withUnsafeBytes { message.text(of: message.fields[0], in: $0) } == "café")
    }

    @Test("field names compare without regard to case, and the topmost comes first")
    func lookUp() throws {
        let bytes = Array("TO: a@x\nCc: c@x\nto: b@x\n\n".utf8)
        let message = try Message(scanning: bytes)
        bytes.withUnsafeBytes { buffer in
            #expect(message.fields(named: "To", in: buffer).count == 2)
            #expect(message.firstField(named: "tO", in: buffer) == message.fields[0])
            #expect(message.firstField(named: "T", in: buffer) == nil)
        }
    }

    @Test("knows whether the header's lines end in CRLF", arguments: [("\r\n", true), ("\n", false)])
    func lineEnds(_ lineEnd: String, _ usesCRLF: Bool) throws {
        #expect(try Message(scanning: Array("To: b@x\(lineEnd)\(lineEnd)body".utf8)).usesCRLF == usesCRLF)
        #expect(try !Message(scanning: Array("To: b@x".utf8)).usesCRLF)
    }

    @Test("reads only the header of a 40 MB message")
    func largeBody() throws {
        var bytes = Array("To: b@x\n\n".utf8)
        bytes += [UInt8](repeating: 0x61, count: 40 << 20)
        let duration = try ContinuousClock().measure {
            for _ in 0..<1_000 {
                let start = try bytes.withUnsafeBytes { try Message(scanning: $0).bodyStart }
                #expect(start == 9)
            }
        }
        // A thousand scans of the whole would take minutes in this build.
        #expect(duration < .seconds(5))
    }

    @Test("skips fields beyond the limit instead of holding them")
    func fieldLimit() throws {
        let bytes = Array(
            ("a: b\n" + String(repeating: "x:\n c\n", count: Message.maximumFieldCount) + "To: b\n\n").utf8)
        #expect(throws: MailError.notAMessage(.noMailField)) { try Message(scanning: bytes) }
        let mail = Array("To: b\n".utf8) + bytes
        let message = try Message(scanning: mail)
        #expect(message.fields.count == Message.maximumFieldCount)
        #expect(message.bodyStart == mail.count)
    }
}
