/// A page of a listing while it is being filled, and the rules of what belongs on it.
///
/// All comparisons are of bytes: Swift's own prefix test looks at characters, and a combining mark after a
/// slash would hide the slash from it.
///
/// Source: S3 API, `ListObjectsV2`.
struct ListingPage {
    private let prefix: String
    private let startAfter: String?
    private let delimiter: [UInt8]?
    private let limit: Int

    private var objects: [ObjectInfo] = []
    private var commonPrefixes: [String] = []
    private var last: String?
    private var hasMore = false

    init(_ request: ListRequest) {
        prefix = request.prefix
        startAfter = request.startAfter
        delimiter = request.delimiter.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        limit = request.limit
    }

    /// How many entries still fit.
    var room: Int { limit - objects.count - commonPrefixes.count }

    var listing: Listing {
        Listing(objects: objects, commonPrefixes: commonPrefixes, nextStartAfter: hasMore ? last : nil)
    }

    /// Whether a key, or some key below a level (which ends in a slash), may belong on the page.
    func mayWant(_ path: String, isLevel: Bool) -> Bool {
        guard path.begins(with: prefix) || (isLevel && prefix.begins(with: path)) else { return false }
        guard let startAfter else { return true }
        // A level lies before `startAfter` only if everything below it does.
        return startAfter.precedes(path) || (isLevel && startAfter.begins(with: path))
    }

    /// Whether a key or level disappears in a common prefix.
    func rollsUp(_ path: String) -> Bool {
        commonPrefix(of: path) != nil
    }

    /// - Returns: false when the page is full.
    mutating func add(_ object: ObjectInfo) -> Bool {
        guard takesOneMore() else { return false }
        objects.append(object)
        last = object.key.text
        return true
    }

    /// - Returns: false when the page is full.
    mutating func addCommonPrefix(of path: String) -> Bool {
        guard let common = commonPrefix(of: path) else { return true }
        if let previous = commonPrefixes.last, previous.utf8.elementsEqual(common.utf8) { return true }
        if let startAfter, !startAfter.precedes(common) { return true }
        guard takesOneMore() else { return false }
        commonPrefixes.append(common)
        last = common
        return true
    }

    private mutating func takesOneMore() -> Bool {
        if room > 0 { return true }
        hasMore = true
        return false
    }

    private func commonPrefix(of path: String) -> String? {
        guard let delimiter, path.begins(with: prefix) else { return nil }
        let bytes = Array(path.utf8)
        let first = prefix.utf8.count
        guard bytes.count >= first + delimiter.count else { return nil }
        for start in first...(bytes.count - delimiter.count)
        where bytes[start...].starts(with: delimiter) {
            return String(decoding: bytes[..<(start + delimiter.count)], as: UTF8.self)
        }
        return nil
    }
}
