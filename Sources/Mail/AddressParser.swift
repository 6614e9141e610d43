// Address lists as RFC 5322 section 3.4 and its obsolete forms (4.4) define them, read leniently. Out of what
// real mail puts into To and Delivered-To, the parser takes each address it can be sure of and passes over
// the rest; it fails on nothing. Left out: route addresses keep only their last hop, and names are not
// decoded.

/// Finds the addresses in the body of a header field.
public struct AddressParser {
    private var found: [Mailbox] = []
    private var phrase: [AddressToken] = []
    private var angle: [AddressToken]?
    private var isInAngle = false

    /// The mailboxes in an unfolded field body, groups resolved to their members, in order.
    ///
    /// Where the whole body hides in encoded words, or the addresses in quotes, that is undone; but only if
    /// there was no address without it, since both are legal places for text that only looks like an address.
    public static func mailboxes(in body: [UInt8]) -> [Mailbox] {
        let plain = list(in: body)
        if !plain.isEmpty { return plain }
        if let decoded = EncodedWord.decodingAll(in: body) {
            let mailboxes = list(in: decoded)
            if !mailboxes.isEmpty { return mailboxes }
        }
        return quotedStrings(in: body).flatMap(list)
    }

    /// The contents of quoted strings that may hold an address.
    private static func quotedStrings(in body: [UInt8]) -> [[UInt8]] {
        var tokenizer = AddressTokenizer(body)
        var contents: [[UInt8]] = []
        while let token = tokenizer.next() {
            if case .quoted = token.kind, token.bytes.contains(UInt8(ascii: "@")) {
                contents.append(token.bytes)
            }
        }
        return contents
    }

    /// The address that is all of `bytes`, if there is nothing else in them.
    static func onlyAddress(in bytes: [UInt8]) -> EmailAddress? {
        var tokenizer = AddressTokenizer(bytes)
        var tokens: [AddressToken] = []
        while let token = tokenizer.next() { tokens.append(token) }
        let specials = tokens.filter { token in
            if case .special = token.kind { true } else { false }
        }
        // White space and comments leave no token, but a trace in the next one or in the tokenizer.
        guard specials.count == 1, !tokens.contains(where: \.followsBlank), !tokenizer.followsBlank else {
            return nil
        }
        return address(of: tokens[...])
    }

    private static func list(in body: [UInt8]) -> [Mailbox] {
        var parser = AddressParser()
        var tokenizer = AddressTokenizer(body)
        while let token = tokenizer.next() { parser.take(token) }
        parser.endMailbox()
        return parser.found
    }

    private mutating func take(_ token: AddressToken) {
        guard case .special(let byte) = token.kind else { return append(token) }
        switch byte {
        case UInt8(ascii: "<"):
            // Observed: two mailboxes without a comma between them.
            if let angle, !angle.isEmpty { endMailbox() }
            angle = []
            isInAngle = true
        case UInt8(ascii: ">"): isInAngle = false
        case UInt8(ascii: ","):
            // RFC 5322 4.4: the hops of an obsolete route are separated by commas too.
            if isInAngle, angle?.first?.isSpecial("@") == true { angle = [] } else { endMailbox() }
        case UInt8(ascii: ";"): endMailbox()
        case UInt8(ascii: ":"):
            // A colon ends a route in angle brackets, and the name of a group outside.
            if isInAngle { angle = [] } else { endMailbox() }
        default: append(token)
        }
    }

    private mutating func append(_ token: AddressToken) {
        if isInAngle { angle?.append(token) } else { phrase.append(token) }
    }

    private mutating func endMailbox() {
        // What stands in brackets is one address or none: `<Undisclosed Recipients@…>` is for nobody.
        let bracketed = Self.addresses(in: angle ?? [])
        if bracketed.runCount == 1, let address = bracketed.addresses.first {
            let words = phrase.map { HeaderBytes.text($0.bytes) }
            found.append(
                Mailbox(displayName: words.isEmpty ? nil : words.joined(separator: " "), address: address))
        } else {
            found += Self.addresses(in: phrase).addresses.map { Mailbox(address: $0) }
        }
        phrase = []
        angle = nil
        isInAngle = false
    }

    /// The addresses among `tokens`, and in how many runs of tokens that hang together they were looked for.
    private static func addresses(in tokens: [AddressToken]) -> (addresses: [EmailAddress], runCount: Int) {
        guard tokens.contains(where: { $0.isSpecial("@") }) else { return ([], 0) }
        var starts = [0]
        for index in tokens.indices.dropFirst()
        where !hangTogether(tokens, index, runStart: starts[starts.count - 1]) {
            starts.append(index)
        }
        let ends = starts.dropFirst() + [tokens.count]
        return (zip(starts, ends).compactMap { address(of: tokens[$0..<$1]) }, starts.count)
    }

    /// Whether the token at `index` belongs to the run that the one before it is in.
    private static func hangTogether(_ tokens: [AddressToken], _ index: Int, runStart: Int) -> Bool {
        let (left, right) = (tokens[index - 1], tokens[index])
        // RFC 5322 4.4: blanks around `@` and dots are obsolete, not wrong. Behind a name a dot ends an
        // initial.
        if !right.followsBlank || left.isSpecial("@") || right.isSpecial("@") { return true }
        let dot = UInt8(ascii: ".")
        return runStart == 0 && (left.bytes.last == dot || right.bytes.first == dot)
    }

    /// The address that a run of tokens spells; the last `@` outside quotes divides it.
    private static func address(of run: ArraySlice<AddressToken>) -> EmailAddress? {
        guard let at = run.lastIndex(where: { $0.isSpecial("@") }) else { return nil }
        let isWord = run[(at + 1)...].allSatisfy { token in
            if case .quoted = token.kind { false } else { true }
        }
        guard isWord else { return nil }
        var localPart = run[..<at].flatMap(\.bytes)
        var domain = run[(at + 1)...].flatMap(\.bytes)
        // Observed: 'user@example.com' between single quotes, which are atom bytes.
        let quote = UInt8(ascii: "'")
        if localPart.first == quote, domain.last == quote {
            localPart.removeFirst()
            domain.removeLast()
        }
        return try? EmailAddress(localPart: HeaderBytes.text(localPart), domain: HeaderBytes.text(domain))
    }
}
