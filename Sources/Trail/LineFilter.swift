import StrictJSON

/// Tells by a line's bytes alone whether it can answer a query, so that most lines are never parsed.
///
/// Names and codes stand in a line as they are asked for, escaped where JSON wants it.
struct LineFilter {
    /// Each of these must be there.
    private let needed: [[UInt8]]
    /// One of these must be there, unless there are none.
    private let alternatives: [[UInt8]]

    /// Prepares a query's texts.
    init(_ query: TrailQuery) {
        var needed = [query.eventName, query.eventSource, query.userName, query.resource]
            .compactMap { $0.map(Self.escaped) }
        if query.errorCode != nil { needed.append(Array(#""errorCode""#.utf8)) }
        self.needed = needed
        alternatives = query.text.map { [Array($0.utf8), Self.escaped($0)] } ?? []
    }

    /// Whether the line is worth parsing.
    func passes(_ line: ArraySlice<UInt8>) -> Bool {
        let bytes = line.span
        return needed.allSatisfy { Self.stands($0, in: bytes) }
            && (alternatives.isEmpty || alternatives.contains { Self.stands($0, in: bytes) })
    }

    private static func escaped(_ text: String) -> [UInt8] {
        Array(JSONValue.string(text).text().utf8.dropFirst().dropLast())
    }

    /// Whether `needle` stands in `bytes`: a plain search, which beats a clever one on lines of a kilobyte.
    private static func stands(_ needle: [UInt8], in bytes: Span<UInt8>) -> Bool {
        guard let first = needle.first else { return true }
        var start = 0
        while start + needle.count <= bytes.count {
            if bytes[start] == first {
                var index = 1
                while index < needle.count, bytes[start + index] == needle[index] { index += 1 }
                if index == needle.count { return true }
            }
            start += 1
        }
        return false
    }
}
