/// Plaintext that grows: contiguous, out of swap and core dumps, wiped when it goes out of scope.
///
/// It holds a message while it is written to the inbox and after it was decrypted. Growing leaves no copy of
/// the contents behind: small buffers are wiped before they are given up, large ones keep their physical
/// pages. Bytes that were never written are zero.
public struct SecretBuffer: ~Copyable, Sendable {
    private var region: SecretRegion

    /// Makes an empty buffer, which costs nothing until something is written.
    public init() {
        do throws(CryptographyError) {
            region = try SecretRegion(capacity: 0)
        } catch {
            preconditionFailure("a region of no bytes needs no memory")
        }
    }

    /// Makes an empty buffer with room for `capacity` bytes.
    ///
    /// - Throws: `.outOfSecureMemory`.
    public init(capacity: Int) throws(CryptographyError) {
        region = try SecretRegion(capacity: capacity)
    }

    /// Makes `count` zero bytes and lets `initialize` fill them in place.
    init(
        count: Int,
        initializingWith initialize: (UnsafeMutableRawBufferPointer) throws(CryptographyError) -> Void
    ) throws(CryptographyError) {
        var region = try SecretRegion(capacity: count)
        region.setByteCount(count)
        try initialize(region.mutableBytes)
        self.region = region
    }

    /// Gives the region to another owner; the buffer ends with it.
    consuming func releaseRegion() -> SecretRegion { region }

    /// The number of bytes, including zeros in gaps.
    public var count: Int { region.byteCount }
    /// Whether there are no bytes.
    public var isEmpty: Bool { count == 0 }
    /// How many bytes fit without moving.
    public var capacity: Int { region.capacity }
    /// Whether the kernel keeps the bytes out of swap; `RLIMIT_MEMLOCK` may forbid it.
    public var isLocked: Bool { region.isLocked }

    /// Writes `bytes` at `offset`, as `pwrite` does: over what is there, growing, with zeros in any gap.
    ///
    /// - Throws: `.outOfSecureMemory`, or `.inputTooLarge` when the end cannot be counted; nothing has
    ///   changed then.
    public mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CryptographyError) {
        precondition(offset >= 0, "an offset into a buffer cannot be negative")
        guard !bytes.isEmpty else { return }
        let (end, overflow) = offset.addingReportingOverflow(bytes.count)
        guard !overflow else { throw .inputTooLarge(bytes.count) }
        if end > count {
            try region.reserve(end)
            region.setByteCount(end)
        }
        UnsafeMutableRawBufferPointer(rebasing: region.mutableBytes[offset..<end]).copyMemory(from: bytes)
    }

    /// Writes an array at `offset`, like the other `write`.
    public mutating func write(_ bytes: [UInt8], at offset: Int) throws(CryptographyError) {
        // Copied to a local so that the closure does not borrow `self` twice.
        try bytes.withRawBytes { (raw) throws(CryptographyError) in try write(raw, at: offset) }
    }

    /// Writes `bytes` at the end.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(CryptographyError) {
        try write(bytes, at: count)
    }

    /// Writes an array at the end.
    public mutating func append(_ bytes: [UInt8]) throws(CryptographyError) {
        try write(bytes, at: count)
    }

    /// Makes the buffer `length` bytes long, as `ftruncate` does: wiping what is cut off, or adding zeros.
    ///
    /// - Throws: `.outOfSecureMemory` when it would grow and cannot.
    public mutating func truncate(to length: Int) throws(CryptographyError) {
        precondition(length >= 0, "a buffer cannot have a negative length")
        try region.reserve(length)
        region.setByteCount(length)
    }

    /// Lends the bytes to `body`, which must not let the pointer escape.
    public func withUnsafeBytes<R: ~Copyable, E>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(region.bytes)
    }

    /// Lends the bytes to `body` for change in place.
    public mutating func withUnsafeMutableBytes<R: ~Copyable, E>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(region.mutableBytes)
    }
}
