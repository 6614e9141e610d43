/// The name of an AWS Region, such as `us-east-1`.
public struct Region: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// Takes `text` if it is made of lower-case letters, digits and inner hyphens, 3 to 32 characters.
    ///
    /// Unknown Regions are welcome: S3-compatible stores name their own.
    public init(_ text: String) throws(VocabularyError) {
        let isNameByte = { (byte: UInt8) in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard (3...32).contains(text.utf8.count), text.utf8.allSatisfy(isNameByte),
            text.utf8.first != UInt8(ascii: "-"), text.utf8.last != UInt8(ascii: "-")
        else { throw .invalidRegion(text) }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    /// The Region of a home that was told nothing else: `us-east-1`.
    public static let `default` = Region(unchecked: "us-east-1")

    /// The name.
    public var description: String { text }
}
