internal import COpenSSL
internal import Synchronization

/// OpenSSL's secure heap: one locked arena between guard pages, where a key costs half a microsecond.
///
/// The arena has a fixed size. OpenSSL also puts the private parts of its own keys there and, unlike us, has
/// nowhere else to go when it is full: so we stop at three quarters and use pages from then on.
enum SecureHeap {
    /// The arena's size unless `SecretMemory.prepare` asked for another: room for some 20,000 data keys.
    static let defaultByteCount = 1 << 20
    private static let smallestChunk = 32

    /// The size asked for before the first use.
    static let wantedByteCount = Mutex(defaultByteCount)

    /// The heap, made once at first use: 0 is none, 1 a locked one, 2 one whose lock was refused.
    private static let state: Int32 = {
        let size = wantedByteCount.withLock { $0 }
        guard CRYPTO_secure_malloc_initialized() == 0 else { return 1 }
        return CRYPTO_secure_malloc_init(size, smallestChunk)
    }()

    /// Whether there is a heap; the first question makes it.
    static var isAvailable: Bool { state != 0 }
    /// Whether the arena is locked.
    static var isLocked: Bool { state == 1 }
    /// How many bytes of the arena are taken, by us and by OpenSSL.
    static var usedByteCount: Int { isAvailable ? CRYPTO_secure_used() : 0 }

    /// `byteCount` zero bytes, or nil when there is no heap or it is three quarters full.
    static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard isAvailable else { return nil }
        let limit = wantedByteCount.withLock { $0 } / 4 * 3
        guard CRYPTO_secure_used() + byteCount <= limit else { return nil }
        // SAFETY: with a heap this never falls back to malloc; it returns null when no chunk is free.
        guard let chunk = CRYPTO_secure_zalloc(byteCount, nil, 0) else {
            ERR_clear_error()
            return nil
        }
        return chunk
    }

    /// Wipes and frees what `allocate` returned.
    static func free(_ chunk: UnsafeMutableRawPointer, byteCount: Int) {
        CRYPTO_secure_clear_free(chunk, byteCount, nil, 0)
    }
}
