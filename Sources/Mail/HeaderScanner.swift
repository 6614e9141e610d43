import Glibc

/// Walks the lines of a header block once, from the first byte to the line that ends the block.
///
/// A line ends at LF, or CRLF. A bare CR does not end one: programs disagree about it, and a header that two
/// programs read differently is how mail is smuggled.
struct HeaderScanner {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next line begins; the body's start when the scan is over.
    private(set) var position = 0
    private(set) var mailboxLine: Range<Int>?
    private(set) var headerStart = 0
    private(set) var headerEnd = 0
    private(set) var fields: [HeaderField] = []
    private(set) var usesCRLF = false
    private var hasMailField = false
    /// Whether a line that begins with a blank continues the last field, and not a line we skipped.
    private var continuesField = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Reads the whole block.
    mutating func scan() throws(MailError) {
        try scanFirstLine()
        var isOpen = true
        while isOpen, position < bytes.count {
            headerEnd = position
            isOpen = takeLine(nextLine())
        }
        // Without an empty line the header is all there is.
        if isOpen { headerEnd = bytes.count }
        guard hasMailField else { throw .notAMessage(.noMailField) }
    }

    /// Skips what programs put above a header, and takes the first field.
    private mutating func scanFirstLine() throws(MailError) {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if bytes.starts(with: byteOrderMark) { position = byteOrderMark.count }
        while position < bytes.count {
            headerStart = position
            let line = nextLine()
            if line.isEmpty { continue }
            // Observed: real mail whose first field is indented by a blank.
            let start = line.first { !HeaderBytes.isBlank(bytes[$0]) } ?? line.upperBound
            if let field = field(in: start..<line.upperBound) {
                usesCRLF = line.upperBound + 2 == position
                return append(field)
            }
            guard skipsMailboxLine(line) else { break }
        }
        throw .notAMessage(.noHeaderField)
    }

    /// Takes `From ` lines as mbox writes them; behind one, procmail's `>From ` lines are skipped too.
    private mutating func skipsMailboxLine(_ line: Range<Int>) -> Bool {
        if mailboxLine == nil, MailboxFile.isFromLine(bytes[line]) {
            mailboxLine = line
            return true
        }
        return mailboxLine != nil && MailboxFile.isQuotedFromLine(bytes[line])
    }

    /// Takes one line of the block; false when it is the empty line that ends it.
    private mutating func takeLine(_ line: Range<Int>) -> Bool {
        if line.isEmpty { return false }
        if HeaderBytes.isBlank(bytes[line.lowerBound]) {
            if continuesField { extendLastField(to: line.upperBound) }
        } else if let field = field(in: line) {
            append(field)
        } else {
            // A line without colon, or with bytes no name has, occurs in real mail; it is nobody's field.
            continuesField = false
        }
        return true
    }

    private mutating func append(_ field: HeaderField) {
        continuesField = fields.count < Message.maximumFieldCount
        guard continuesField else { return }
        fields.append(field)
        if !hasMailField { hasMailField = MailFieldNames.contains(bytes[field.name]) }
    }

    private mutating func extendLastField(to end: Int) {
        guard let last = fields.popLast() else { return }
        fields.append(HeaderField(name: last.name, body: last.body.lowerBound..<end))
    }

    /// The field that `line` begins, if it begins one.
    private func field(in line: Range<Int>) -> HeaderField? {
        Self.fieldName(in: bytes[line]).map {
            HeaderField(name: $0.name, body: $0.colon + 1..<line.upperBound)
        }
    }

    /// The name and the colon at the start of `line`, if a field begins there.
    static func fieldName(in line: Slice<UnsafeRawBufferPointer>) -> (name: Range<Int>, colon: Int)? {
        guard let end = line.firstIndex(where: { !HeaderBytes.isNameByte($0) }), end > line.startIndex else {
            return nil
        }
        // RFC 5322 4.5: the obsolete syntax allows blanks between name and colon.
        guard let colon = line[end...].firstIndex(where: { !HeaderBytes.isBlank($0) }),
            line[colon] == HeaderBytes.colon
        else { return nil }
        return (line.startIndex..<end, colon)
    }

    /// The next line without its line end; `position` moves behind the line end.
    private mutating func nextLine() -> Range<Int> {
        let line = Lines.line(at: position, in: bytes)
        position = line.next
        return line.content
    }
}

/// Lines of a buffer, found with the C library's `memchr`.
enum Lines {
    /// The line that begins at `start`, and where the next one does.
    static func line(at start: Int, in bytes: UnsafeRawBufferPointer) -> (content: Range<Int>, next: Int) {
        guard let feed = index(of: HeaderBytes.lineFeed, from: start, in: bytes) else {
            return (start..<bytes.count, bytes.count)
        }
        let hasReturn = feed > start && bytes[feed - 1] == HeaderBytes.carriageReturn
        return (start..<(hasReturn ? feed - 1 : feed), feed + 1)
    }

    /// The first place of `byte` at or behind `start`.
    static func index(of byte: UInt8, from start: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress else { return nil }
        // SAFETY: `start..<bytes.count` lies inside the buffer, so `memchr` reads only bytes of it.
        guard let found = memchr(base + start, Int32(byte), bytes.count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
