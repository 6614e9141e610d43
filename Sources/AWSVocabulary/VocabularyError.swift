/// Why a text is not the name it was taken for.
public enum VocabularyError: Error, Equatable, Sendable {
    /// An account ID is 12 decimal digits.
    case invalidAccountID(String)
    /// A Region is like `us-east-1`: lower-case letters, digits and hyphens.
    case invalidRegion(String)
    /// An ARN has six colon-separated parts and begins with `arn:`.
    case invalidARN(String)
}

extension VocabularyError: CustomStringConvertible {
    /// A sentence fragment for people, with the offending text.
    public var description: String {
        switch self {
        case .invalidAccountID(let text): "'\(text)' is not an account ID: 12 decimal digits are needed"
        case .invalidRegion(let text): "'\(text)' is not a Region name such as us-east-1"
        case .invalidARN(let text): "'\(text)' is not an ARN: arn:partition:service:region:account:resource"
        }
    }
}
