/// The name of an object: one to 1,024 bytes of UTF-8 that a local file can carry too.
///
/// S3 allows more than a directory tree can hold. What cannot be a path is refused when the key is made, so
/// that no store accepts what another could not: empty segments (also a leading, trailing or double slash),
/// `.` and `..`, a segment over 255 bytes, NUL, and the names this project keeps for itself, which are those
/// that end in `.instruction` (the encryption client's instruction files) or whose segment begins with
/// `.tmp-` (files being written).
///
/// Two keys are equal when their bytes are. Swift's strings are equal when they look the same, which S3's
/// keys and Linux's file names are not.
///
/// Source: S3 User Guide, "Naming Amazon S3 objects".
public struct ObjectKey: Sendable {
    /// The whole key.
    public let text: String

    /// The most bytes S3 allows.
    public static let longestByteCount = 1_024
    /// The most bytes Linux file systems allow in one name (`NAME_MAX`).
    static let longestSegmentByteCount = 255

    /// A key, if it can be stored.
    ///
    /// - Throws: `.invalidKey` with the rule that was broken.
    public init(_ text: String) throws(ObjectStoreError) {
        if let reason = Self.objection(to: text) { throw .invalidKey(text, reason: reason) }
        self.text = text
    }

    /// A key whose parts are known to be good.
    init(unchecked text: String) {
        self.text = text
    }

    /// The part after the last slash: the SES message id, for mail that SES stored.
    public var lastComponent: String {
        String(Substring(text.utf8[endOfPrefix...]))
    }

    /// The part up to and including the last slash, as a directory level.
    public var prefix: KeyPrefix {
        KeyPrefix(unchecked: String(Substring(text.utf8[..<endOfPrefix])))
    }

    /// Behind the last slash.
    ///
    /// All cutting is done in the view of bytes: a combining mark after a slash makes one character with it.
    private var endOfPrefix: String.Index {
        let bytes = text.utf8
        return bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
    }

    private static func objection(to text: String) -> String? {
        let bytes = text.utf8
        guard !bytes.isEmpty else { return "it is empty" }
        guard bytes.count <= longestByteCount else { return "it is longer than 1024 bytes" }
        for segment in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if let reason = objection(toSegment: segment) { return reason }
        }
        let last = bytes.suffix { $0 != UInt8(ascii: "/") }
        if last.ends(with: InstructionFile.suffix.utf8) {
            return "names that end in .instruction are kept for instruction files"
        }
        guard last.count + InstructionFile.suffix.utf8.count <= longestSegmentByteCount else {
            return "its last segment is longer than 243 bytes, which leaves no room for .instruction"
        }
        return nil
    }

    /// Whether a name found in a directory can be a segment of a key, or its last one.
    ///
    /// The same rules as for keys, for the one place where they are asked a million times.
    static func isName(_ name: String, ofObject isLast: Bool) -> Bool {
        guard !name.isEmpty, name != ".", name != "..", !name.begins(with: ".tmp-") else { return false }
        var name = name
        return name.withUTF8 { bytes in
            guard bytes.count <= longestSegmentByteCount, !bytes.contains(0), !bytes.contains(0x2F) else {
                return false
            }
            guard isLast else { return true }
            let suffix = InstructionFile.suffix.utf8
            return bytes.count + suffix.count <= longestSegmentByteCount
                && !bytes.suffix(suffix.count).elementsEqual(suffix)
        }
    }

    static func objection(toSegment segment: some Collection<UInt8>) -> String? {
        if segment.isEmpty { return "it has an empty segment" }
        if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
            return "it has a segment . or .."
        }
        if segment.count > longestSegmentByteCount { return "it has a segment longer than 255 bytes" }
        if segment.contains(0) { return "it has a NUL byte" }
        if segment.starts(with: ".tmp-".utf8) {
            return "names that begin with .tmp- are kept for files being written"
        }
        return nil
    }
}

extension ObjectKey: Hashable, Comparable, CustomStringConvertible {
    /// Whether the bytes are the same.
    public static func == (one: ObjectKey, other: ObjectKey) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    /// S3's order: by bytes.
    public static func < (one: ObjectKey, other: ObjectKey) -> Bool {
        one.text.precedes(other.text)
    }

    /// Feeds the bytes.
    public func hash(into hasher: inout Hasher) {
        hashBytes(of: text, into: &hasher)
    }

    /// The key itself.
    public var description: String { text }
}

extension Collection where Element == UInt8, Self: BidirectionalCollection {
    /// The longest end whose bytes all satisfy the condition.
    fileprivate func suffix(while isPart: (UInt8) -> Bool) -> SubSequence {
        var start = endIndex
        while start > startIndex, isPart(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }

    fileprivate func ends(with end: some BidirectionalCollection<UInt8>) -> Bool {
        reversed().starts(with: end.reversed())
    }
}

/// One directory level of a bucket: empty for the top, else segments that each end in a slash.
public struct KeyPrefix: Sendable {
    /// For example `2026/november/`; the empty string is the top of the bucket.
    public let text: String

    /// The top of the bucket.
    public static let root = KeyPrefix(unchecked: "")

    /// A level, if it can exist.
    ///
    /// - Parameters:
    ///   - text: Empty, or ending in a slash.
    /// - Throws: `.invalidKey` with the rule that was broken.
    public init(_ text: String) throws(ObjectStoreError) {
        if !text.isEmpty {
            guard text.utf8.last == UInt8(ascii: "/") else {
                throw .invalidKey(text, reason: "a directory level ends in a slash")
            }
            for segment in text.utf8.dropLast().split(
                separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            {
                if let reason = ObjectKey.objection(toSegment: segment) {
                    throw .invalidKey(text, reason: reason)
                }
            }
        }
        self.text = text
    }

    init(unchecked text: String) {
        self.text = text
    }

    /// The level `name` below this one.
    public func appending(_ name: String) throws(ObjectStoreError) -> KeyPrefix {
        try KeyPrefix(text + name + "/")
    }

    /// The object `name` on this level.
    public func key(_ name: String) throws(ObjectStoreError) -> ObjectKey {
        guard !name.utf8.contains(UInt8(ascii: "/")) else {
            throw .invalidKey(text + name, reason: "a name on a level has no slash")
        }
        return try ObjectKey(text + name)
    }

    /// The names of the levels from the top to this one.
    public var segments: [String] {
        text.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }
}

extension KeyPrefix: Hashable, CustomStringConvertible {
    /// Whether the bytes are the same.
    public static func == (one: KeyPrefix, other: KeyPrefix) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    /// Feeds the bytes.
    public func hash(into hasher: inout Hasher) {
        hashBytes(of: text, into: &hasher)
    }

    /// The level itself.
    public var description: String { text }
}

private func hashBytes(of text: String, into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
}
