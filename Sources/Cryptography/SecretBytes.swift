internal import COpenSSL

/// Key bytes: never copied by accident, kept out of swap and core dumps, wiped when they go out of scope.
///
/// There is no `description`, no equality and no way to an array: bytes are reached through `withUnsafeBytes`
/// alone. Up to 1,024 bytes lie in OpenSSL's secure heap; more, or when that is full, in locked pages.
/// Running out of memory traps, as it does for an array.
public struct SecretBytes: ~Copyable, Sendable {
    private let region: SecretRegion

    /// Makes `count` zero bytes and lets `initialize` fill them in place.
    ///
    /// - Throws: What `initialize` throws; the bytes are wiped then.
    public init<E>(
        count: Int,
        initializingWith initialize: (UnsafeMutableRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        let region = Self.allocate(count)
        try initialize(region.mutableBytes)
        self.region = region
    }

    /// Makes room for `capacity` bytes and keeps as many as `initialize` says it wrote; the rest is wiped.
    ///
    /// For calls that know the size of their result only afterwards, such as RSA decryption.
    init(
        capacity: Int,
        initializingWith initialize: (UnsafeMutableRawBufferPointer) throws(CryptographyError) -> Int
    ) throws(CryptographyError) {
        var region = Self.allocate(capacity)
        let count = try initialize(region.mutableBytes)
        region.setByteCount(count)
        self.region = region
    }

    /// Copies bytes that are somewhere else; wiping the original is the caller's task.
    public init(copying bytes: UnsafeRawBufferPointer) {
        let region = Self.allocate(bytes.count)
        region.mutableBytes.copyMemory(from: bytes)
        self.region = region
    }

    /// Copies an array, which stays unwiped: for test vectors and for secrets that arrived in the open.
    public init(copying bytes: [UInt8]) {
        let region = Self.allocate(bytes.count)
        region.mutableBytes.copyBytes(from: bytes)
        self.region = region
    }

    /// Takes over the bytes of a buffer without copying them, as for a key that was just decrypted.
    public init(_ buffer: consuming SecretBuffer) {
        region = buffer.releaseRegion()
    }

    /// `count` bytes from OpenSSL's generator for private values.
    ///
    /// - Throws: `.library` when the generator cannot be seeded.
    public static func random(count: Int) throws(CryptographyError) -> SecretBytes {
        try SecretBytes(count: count) { (bytes) throws(CryptographyError) in
            guard count > 0 else { return }
            try check(RAND_priv_bytes_ex(nil, bytes.baseAddress, count, 256), "RAND_priv_bytes_ex")
        }
    }

    /// The number of bytes.
    public var count: Int { region.byteCount }

    /// Lends the bytes to `body`, which must not let the pointer escape.
    public func withUnsafeBytes<R: ~Copyable, E>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(region.bytes)
    }

    /// A second owner of the same bytes, for when two places must keep them.
    public func copy() -> SecretBytes {
        SecretBytes(copying: region.bytes)
    }

    /// Whether both hold the same bytes; the time depends on the counts alone.
    public func isEqual(to other: borrowing SecretBytes) -> Bool {
        constantTimeEqual(region.bytes, other.region.bytes)
    }

    private static func allocate(_ count: Int) -> SecretRegion {
        do throws(CryptographyError) {
            var region = try SecretRegion(capacity: count)
            region.setByteCount(count)
            return region
        } catch {
            preconditionFailure("out of memory for \(count) secret bytes")
        }
    }
}
