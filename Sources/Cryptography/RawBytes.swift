internal import COpenSSL

extension [UInt8] {
    /// Lends the elements as raw bytes, keeping the type of the error, also for results that cannot be
    /// copied.
    package func withRawBytes<R: ~Copyable, E>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try span.withUnsafeBytes(body)
    }

    /// Makes an array of `count` bytes that `fill` writes in place.
    init(
        count: Int,
        filledBy fill: (UnsafeMutableRawBufferPointer) throws(CryptographyError) -> Void
    ) throws(CryptographyError) {
        try self.init(unsafeUninitializedCapacity: count) { (buffer, used) throws(CryptographyError) in
            try fill(UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
            used = count
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The address as OpenSSL's functions want it.
    var bytePointer: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
    /// The address as OpenSSL's functions want it.
    var bytePointer: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
public func constantTimeEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.withRawBytes { first in other.withRawBytes { second in constantTimeEqual(first, second) } }
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
public func constantTimeEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
    guard one.count == other.count else { return false }
    guard let first = one.baseAddress, let second = other.baseAddress else { return true }
    return CRYPTO_memcmp(first, second, one.count) == 0
}
