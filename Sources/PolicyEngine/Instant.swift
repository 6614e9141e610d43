import AWSVocabulary
import FoundationEssentials

/// A point in time as policies write it: ISO 8601, or seconds since 1970.
///
/// Source: IAM User Guide, "Date condition operators": the W3C profiles of ISO 8601 and epoch time.
struct Instant: Sendable, Hashable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    private let milliseconds: Int64

    /// Reads a point in time; `nil` for a text that is none.
    init?(_ text: String) {
        if let seconds = Self.epochSeconds(text) {
            milliseconds = seconds
            return
        }
        guard let date = Timestamps.parse(iso8601: Self.completed(text)) else { return nil }
        let value = (date.timeIntervalSince1970 * 1000).rounded()
        guard value.magnitude < 1e15 else { return nil }
        milliseconds = Int64(value)
    }

    /// Five digits or more are seconds; four are a year.
    private static func epochSeconds(_ text: String) -> Int64? {
        let digits = text.utf8
        guard (5...15).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text).map { $0 * 1000 }
    }

    /// The W3C profiles leave out seconds, day and month: `2026-11-25T10:00Z`, `2026-11`, `2026`.
    private static func completed(_ text: String) -> String {
        let bytes = Array(text.utf8)
        switch bytes.count {
        case 4: return text + "-01-01"
        case 7: return text + "-01"
        case 17... where bytes[10] == UInt8(ascii: "T") && bytes[16] != UInt8(ascii: ":"):
            return String(decoding: bytes[..<16], as: UTF8.self) + ":00"
                + String(decoding: bytes[16...], as: UTF8.self)
        default: return text
        }
    }
}

extension Instant: Comparable {
    static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }
}
