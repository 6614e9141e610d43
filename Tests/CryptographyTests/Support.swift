import Cryptography
import Foundation

/// Bytes written as hexadecimal digits; white space is for the eye.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    precondition(digits.count.isMultiple(of: 2), "a byte has two digits")
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// A secret written as hexadecimal digits.
func secret(_ text: String) -> SecretBytes { SecretBytes(copying: hex(text)) }

extension SecretBytes {
    /// A copy of the bytes, for comparing in tests only.
    var array: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension SecretBuffer {
    /// A copy of the bytes, for comparing in tests only.
    var array: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension [UInt8] {
    /// The elements as raw bytes, with the type of the error kept.
    func withBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try span.withUnsafeBytes(body)
    }

    /// The same bytes with one bit changed.
    func flipping(bit: Int) -> [UInt8] {
        var bytes = self
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }
}

extension String {
    /// The text's UTF-8 bytes.
    var bytes: [UInt8] { Array(utf8) }
}
