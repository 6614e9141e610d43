/// Messages for tests.
enum Samples {
    static let small = Array("From: ann@example.com\nTo: bob@example.com\nSubject: tea\n\nAt five?\n".utf8)

    /// A message of about that many bytes.
    static func message(byteCount: Int, filler: UInt8 = UInt8(ascii: "x")) -> [UInt8] {
        let header = Array("From: ann@example.com\nTo: bob@example.com\n\n".utf8)
        return header + [UInt8](repeating: filler, count: max(byteCount - header.count, 0))
    }

    static let notMail = Array("#!/bin/sh\nexit 1\n".utf8)
}
