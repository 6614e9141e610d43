// Internet messages as RFC 5322 defines them, as far as receiving needs: which header fields there are, where
// the body begins, and nothing of MIME, which has no say in where mail goes. The bytes are never copied or
// rewritten. Real mail breaks every limit of the standard (line length, header size, missing From and Date,
// 8-bit bytes, lines without a colon), so none of these is an error here; what is one stands in `MailError`.

/// The layout of one message: byte ranges over the original, which stays with the caller.
///
/// Scanning reads the header block alone, whatever the size of the body. The one exception is a file that
/// begins with an mbox `From ` line: whether a second message follows can only be seen in the body.
///
/// Every method that takes `bytes` wants the same bytes that were scanned.
///
/// Source: RFC 5322 sections 2.1, 2.2 and 4; RFC 6532 section 3; RFC 4155 appendix A for the mbox line.
public struct Message: Sendable, Hashable {
    /// The size of the message in bytes.
    public let byteCount: Int
    /// The mbox `From ` line above the header, without its line end, where there is one.
    public let mailboxLine: Range<Int>?
    /// Where the first header field begins; a byte order mark, blank lines and mbox lines may stand before
    /// it.
    public let headerStart: Int
    /// The header fields from top to bottom, at most ``maximumFieldCount``.
    public let fields: [HeaderField]
    /// Where the line that ends the header block begins; the message's size where no line does.
    public let headerEnd: Int
    /// Where the body begins: behind the empty line, or at the end where there is none.
    public let bodyStart: Int
    /// Whether the header's first line ends in CRLF, as mail does on the wire, and not in a bare LF.
    public let usesCRLF: Bool

    /// Fields beyond this number are skipped: no mail has them, and memory must not follow a hostile file.
    public static let maximumFieldCount = 65_536

    /// Finds the header fields and the body of one message.
    ///
    /// - Throws: `.notAMessage` for no bytes, for a file whose first line is no header field, for one without
    ///   any field that mail has, and for an mbox of several messages.
    public init(scanning bytes: UnsafeRawBufferPointer) throws(MailError) {
        guard !bytes.isEmpty else { throw .notAMessage(.empty) }
        var scanner = HeaderScanner(bytes)
        try scanner.scan()
        byteCount = bytes.count
        mailboxLine = scanner.mailboxLine
        headerStart = scanner.headerStart
        fields = scanner.fields
        headerEnd = scanner.headerEnd
        bodyStart = scanner.position
        usesCRLF = scanner.usesCRLF
        if let mailboxLine {
            let mailbox = MailboxFile(bytes)
            if let second = mailbox.secondMessage(firstLine: mailboxLine, after: bodyStart) {
                throw .notAMessage(.severalMessages(second: second))
            }
        }
    }

    /// Finds the header fields and the body of one message.
    ///
    /// - Throws: as ``init(scanning:)-(UnsafeRawBufferPointer)``.
    public init(scanning bytes: [UInt8]) throws(MailError) {
        self = try bytes.span.withUnsafeBytes { buffer throws(MailError) in try Message(scanning: buffer) }
    }
}

extension Message {
    /// The fields of that name, from top to bottom; case does not matter.
    public func fields(named name: String, in bytes: UnsafeRawBufferPointer) -> [HeaderField] {
        fields.filter { isNamed($0, name, in: bytes) }
    }

    /// The topmost field of that name; case does not matter.
    public func firstField(named name: String, in bytes: UnsafeRawBufferPointer) -> HeaderField? {
        fields.first { isNamed($0, name, in: bytes) }
    }

    /// Whether `field` is called `name`; case does not matter.
    public func isNamed(_ field: HeaderField, _ name: String, in bytes: UnsafeRawBufferPointer) -> Bool {
        let wanted = name.utf8
        guard field.name.count == wanted.count else { return false }
        return zip(bytes[field.name], wanted).allSatisfy {
            HeaderBytes.lowercased($0) == HeaderBytes.lowercased($1)
        }
    }

    /// The name of `field` as it is written.
    public func name(of field: HeaderField, in bytes: UnsafeRawBufferPointer) -> String {
        HeaderBytes.text(bytes[field.name])
    }

    /// The body of `field` unfolded: line breaks removed, the white space behind them kept, blanks at both
    /// ends cut.
    public func unfoldedBody(of field: HeaderField, in bytes: UnsafeRawBufferPointer) -> [UInt8] {
        // RFC 5322 2.2.3: unfolding removes the line break and nothing else.
        var result: [UInt8] = []
        result.reserveCapacity(field.body.count)
        for (offset, byte) in zip(field.body, bytes[field.body]) {
            if byte == HeaderBytes.lineFeed { continue }
            if byte == HeaderBytes.carriageReturn, offset + 1 < field.body.upperBound,
                bytes[offset + 1] == HeaderBytes.lineFeed
            {
                continue
            }
            result.append(byte)
        }
        let start = result.firstIndex { !HeaderBytes.isBlank($0) } ?? result.endIndex
        let end = result.lastIndex { !HeaderBytes.isBlank($0) }.map { $0 + 1 } ?? start
        return Array(result[start..<end])
    }

    /// The unfolded body of `field` as text: UTF-8, or one character a byte where it is not UTF-8.
    public func text(of field: HeaderField, in bytes: UnsafeRawBufferPointer) -> String {
        HeaderBytes.text(unfoldedBody(of: field, in: bytes))
    }

    /// The addresses in `field`, groups resolved, in order.
    public func mailboxes(in field: HeaderField, of bytes: UnsafeRawBufferPointer) -> [Mailbox] {
        AddressParser.mailboxes(in: unfoldedBody(of: field, in: bytes))
    }

    /// The sender that the mbox `From ` line names; `nil` where there is no line or it names no address.
    public func mailboxLineSender(in bytes: UnsafeRawBufferPointer) -> EmailAddress? {
        guard let mailboxLine else { return nil }
        let words = bytes[mailboxLine].split(separator: HeaderBytes.space, maxSplits: 2)
        return words.count > 1 ? AddressParser.mailboxes(in: Array(words[1])).first?.address : nil
    }
}
