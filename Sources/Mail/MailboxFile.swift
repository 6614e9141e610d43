/// What shows that a file is an mbox, and that it holds more than one message.
///
/// The mbox form has no grammar that programs agree on. A second message is believed only where the file
/// itself begins with a `From ` line, and another line that looks like a postmark stands directly above a
/// header field: a body that merely quotes such a line escapes it with `>`, or was not written as mbox at
/// all.
///
/// Source: RFC 4155 appendix A; file formats seen in test data of MimeKit and Python.
struct MailboxFile {
    private static let mark: [UInt8] = Array("From ".utf8)
    private static let quotedMark: [UInt8] = Array(">From ".utf8)
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    static func isFromLine(_ line: Slice<UnsafeRawBufferPointer>) -> Bool { line.starts(with: mark) }

    static func isQuotedFromLine(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        line.starts(with: quotedMark)
    }

    /// Where a second message begins, if one does behind `start`.
    func secondMessage(firstLine: Range<Int>, after start: Int) -> Int? {
        var position = start
        while let candidate = nextFromLine(from: position) {
            let line = Lines.line(at: candidate, in: bytes)
            let looksAlike = isPostmark(line.content) || isBare(line.content) && isBare(firstLine)
            if looksAlike, fieldFollows(at: line.next) { return candidate }
            position = line.next
        }
        return nil
    }

    /// The next `From ` at the beginning of a line.
    private func nextFromLine(from start: Int) -> Int? {
        var position = start
        while let found = Lines.index(of: Self.mark[0], from: position, in: bytes) {
            let startsLine = found == start || bytes[found - 1] == HeaderBytes.lineFeed
            if startsLine, Self.isFromLine(bytes[found...]) { return found }
            position = found + 1
        }
        return nil
    }

    /// Whether the line bears a time of day, as each postmark of the C library's `ctime` does.
    private func isPostmark(_ line: Range<Int>) -> Bool {
        let text = bytes[line].suffix(40)
        return text.indices.contains { index in
            text[index] == HeaderBytes.colon && index > text.startIndex && index + 2 < text.endIndex
                && [index - 1, index + 1, index + 2].allSatisfy { (0x30...0x39).contains(text[$0]) }
        }
    }

    /// Whether the line is Netscape's `From - `, without sender and date.
    private func isBare(_ line: Range<Int>) -> Bool {
        bytes[line].dropFirst(Self.mark.count).allSatisfy { $0 == 0x2D || HeaderBytes.isBlank($0) }
    }

    private func fieldFollows(at start: Int) -> Bool {
        var line = Lines.line(at: start, in: bytes)
        while Self.isQuotedFromLine(bytes[line.content]) { line = Lines.line(at: line.next, in: bytes) }
        return HeaderScanner.fieldName(in: bytes[line.content]) != nil
    }
}
