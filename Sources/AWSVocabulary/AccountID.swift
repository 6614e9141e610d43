/// A 12-digit AWS account ID.
///
/// Source: AWS Account Management reference, "AWS account identifiers".
public struct AccountID: Hashable, Sendable, CustomStringConvertible {
    /// The twelve digits.
    public let text: String

    /// Takes `text` if it is 12 decimal digits.
    public init(_ text: String) throws(VocabularyError) {
        guard Self.isValid(text) else { throw .invalidAccountID(text) }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    /// The account of a home that was told nothing else: `111122223333`, the one AWS's examples use.
    public static let `default` = AccountID(unchecked: "111122223333")

    /// Whether `text` is 12 decimal digits.
    public static func isValid(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// The twelve digits.
    public var description: String { text }
}
