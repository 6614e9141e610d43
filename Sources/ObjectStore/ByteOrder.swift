internal import Glibc

// Keys and names are compared as bytes, as S3 and the file system do. Swift's own comparison looks at
// characters; the generic one over UTF-8 views is right but much slower, and listing a large bucket compares
// every name of it for every page.

extension String {
    /// Whether this comes before `other` in the order of their bytes.
    func precedes(_ other: String) -> Bool {
        let (order, byteCount, otherByteCount) = Self.compare(self, other)
        return order == 0 ? byteCount < otherByteCount : order < 0
    }

    /// Whether the bytes of `start` are the first of this.
    func begins(with start: String) -> Bool {
        let (order, byteCount, startByteCount) = Self.compare(self, start)
        return order == 0 && byteCount >= startByteCount
    }

    /// How the bytes compare as far as both go, and how many there are of each.
    private static func compare(_ one: String, _ other: String) -> (order: Int32, Int, Int) {
        // Strings are native on Linux, so this copies neither.
        var one = one
        var other = other
        return one.withUTF8 { one in
            other.withUTF8 { other in
                guard let start = one.baseAddress, let otherStart = other.baseAddress else {
                    return (0, one.count, other.count)
                }
                return (memcmp(start, otherStart, Swift.min(one.count, other.count)), one.count, other.count)
            }
        }
    }
}
