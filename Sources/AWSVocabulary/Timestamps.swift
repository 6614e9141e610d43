public import FoundationEssentials

/// The forms in which AWS protocols write a point in time; all are UTC.
public enum Timestamps {
    /// `2026-11-25T10:00:00Z`, or `2026-11-25T10:00:00.000Z` with milliseconds (RFC 3339).
    public static func iso8601(_ date: Date, milliseconds: Bool = false) -> String {
        let moment = Moment(date)
        let seconds = "\(moment.day)T\(moment.time)"
        return milliseconds ? "\(seconds).\(pad(moment.millisecond, 3))Z" : "\(seconds)Z"
    }

    /// Reads RFC 3339: a fraction is optional, the offset is `Z` or `±hh:mm`; a date alone is its midnight.
    public static func parse(iso8601 text: String) -> Date? {
        let full = text.utf8.count == 10 ? text + "T00:00:00Z" : text
        if let date = try? Date(full, strategy: .iso8601) { return date }
        return try? Date(full, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// `20261125T100000Z`, as SigV4 writes it.
    public static func compact(_ date: Date) -> String {
        iso8601(date).filter { $0 != "-" && $0 != ":" }
    }

    /// Reads SigV4's form, exactly.
    public static func parse(compact text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else {
            return nil
        }
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return parse(
            iso8601:
                "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
        )
    }

    /// `Wed, 25 Nov 2026 10:00:00 GMT` (RFC 9110 section 5.6.7).
    public static func httpDate(_ date: Date) -> String {
        let moment = Moment(date)
        return "\(weekdays[moment.weekday]), \(pad(moment.dayOfMonth, 2)) \(months[moment.month - 1]) "
            + "\(pad(moment.year, 4)) \(moment.time) GMT"
    }

    /// Reads the preferred form of RFC 9110 section 5.6.7.
    public static func parse(httpDate text: String) -> Date? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        return parse(iso8601: "\(parts[3])-\(pad(month + 1, 2))-\(parts[1])T\(parts[4])Z")
    }

    /// `Sun, 06 Jul 2025 12:29:03 +0000 (UTC)`, as SES writes it in a Received field (RFC 5322 section 3.3).
    public static func mailDate(_ date: Date) -> String {
        httpDate(date).replacing("GMT", with: "+0000 (UTC)")
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// A date taken apart by the proleptic Gregorian calendar.
    private struct Moment {
        let year: Int
        let month: Int
        let dayOfMonth: Int
        let weekday: Int
        let secondOfDay: Int
        let millisecond: Int

        init(_ date: Date) {
            let milliseconds = (date.timeIntervalSince1970 * 1000).rounded(.down)
            // Beyond this a date is a broken clock's; clamping keeps the arithmetic from trapping.
            let clamped = Int(min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999))
            let days = Int((Double(clamped) / 86_400_000).rounded(.down))
            let inDay = clamped - days * 86_400_000
            secondOfDay = inDay / 1000
            millisecond = inDay % 1000
            weekday = ((days + 4) % 7 + 7) % 7
            (year, month, dayOfMonth) = Self.civil(fromDays: days)
        }

        /// Days since 1970-01-01 as year, month and day, counting in eras of 400 years that begin in March.
        private static func civil(fromDays days: Int) -> (Int, Int, Int) {
            let shifted = days + 719_468
            let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shiftedMonth = (5 * dayOfYear + 2) / 153
            let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
            let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
            return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        }

        var day: String { "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfMonth, 2))" }

        var time: String {
            "\(pad(secondOfDay / 3600, 2)):\(pad(secondOfDay / 60 % 60, 2)):\(pad(secondOfDay % 60, 2))"
        }
    }
}
