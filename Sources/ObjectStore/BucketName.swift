/// The rules for bucket names, which are also names of directories.
///
/// Source: S3 User Guide, "General purpose bucket naming rules"; the reserved prefixes and suffixes are left
/// out, because they protect AWS's own name spaces.
public enum BucketName {
    /// - Throws: `.invalidBucketName` with the rule that was broken.
    public static func check(_ name: String) throws(ObjectStoreError) {
        if let reason = objection(to: name) { throw .invalidBucketName(name, reason: reason) }
    }

    static func objection(to name: String) -> String? {
        let bytes = Array(name.utf8)
        guard (3...63).contains(bytes.count) else { return "it has 3 to 63 characters" }
        guard bytes.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
        else { return "it has lower-case letters, digits, hyphens and full stops only" }
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last)
        else { return "it begins and ends with a letter or digit" }
        for (one, next) in zip(bytes, bytes.dropFirst())
        where one == UInt8(ascii: ".") && next == UInt8(ascii: ".") {
            return "it has no two full stops in a row"
        }
        return isAddress(bytes) ? "it does not look like an IP address" : nil
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isAddress(_ bytes: [UInt8]) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."))
        return parts.count == 4
            && parts.allSatisfy { part in
                part.count <= 3 && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }
}
