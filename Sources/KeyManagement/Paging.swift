import AWSVocabulary
import Cryptography

/// One page of a list: where it starts and how long it may be.
///
/// A marker names the last item of the page before, so that items made or deleted meanwhile neither repeat
/// nor hide others.
struct Paging {
    let limit: Int
    /// The last item of the page before, `""` for the first page.
    let after: String
    private let list: String

    /// Reads `Limit` and `Marker`.
    ///
    /// - Parameters:
    ///   - list: The operation; a marker of another list is not accepted.
    ///   - standard: The limit where the request gives none.
    ///   - maximum: The largest limit.
    /// - Throws: `.validation` for a limit out of range, `.invalidMarker`.
    init(
        _ list: Operation, limit: Int?, marker: String?, standard: Int, maximum: Int
    ) throws(KeyManagementError) {
        var shape = Shape()
        shape.number(limit, "limit", 1...maximum)
        shape.text(marker, "marker", 1...1024)
        try shape.check()
        self.limit = limit ?? standard
        self.list = list.rawValue
        guard let marker else {
            after = ""
            return
        }
        let prefix = "1:\(list.rawValue):"
        guard let bytes = Base64.decode(strict: marker), let text = String(validating: bytes, as: UTF8.self),
            text.hasPrefix(prefix)
        else { throw .invalidMarker("The marker is not one that \(list.rawValue) gave.") }
        after = String(text.dropFirst(prefix.count))
    }

    /// Cuts a page of `items`, of which there may be one more than the limit.
    func page<Item>(_ items: [Item], name: (Item) -> String) -> Page<Item> {
        guard items.count > limit, let last = items.prefix(limit).last else { return Page(items: items) }
        let marker = Base64.encode(Array("1:\(list):\(name(last))".utf8))
        return Page(items: Array(items.prefix(limit)), nextMarker: marker)
    }
}

/// A page of a list.
public struct Page<Item> {
    /// The items, at most as many as were asked for.
    public var items: [Item]
    /// What to send as `Marker` for the next page; `nil` on the last one.
    public var nextMarker: String?

    /// Whether there is more: `Truncated`.
    public var isTruncated: Bool { nextMarker != nil }

    /// Makes a page.
    public init(items: [Item], nextMarker: String? = nil) {
        self.items = items
        self.nextMarker = nextMarker
    }
}

extension Page: Sendable where Item: Sendable {}
extension Page: Equatable where Item: Equatable {}
