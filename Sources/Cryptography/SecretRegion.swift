internal import COpenSSL
internal import Glibc

// SAFETY: the region is the only owner of its bytes and cannot be copied; whoever holds it decides who reads.
/// One stretch of memory fit for secrets: not swapped, not dumped, zero when it is given back.
///
/// Three sources, by size, because locking pages costs 25 µs and locked memory is scarce:
///
/// | bytes | from | price |
/// |---|---|---|
/// | up to 1,024 | OpenSSL's secure heap, else pages | 0.6 µs |
/// | up to 1 MiB | `SecretPagePool`, powers of two | a lock when the pool has one, else 25 to 400 µs |
/// | more | a mapping of its own, locked as it is touched | moved, never copied, when it grows |
///
/// A lock that `RLIMIT_MEMLOCK` forbids is done without: the pages still stay out of core dumps and are
/// wiped. Locks are not inherited by a forked child, so a daemon must fork before it holds secrets.
///
/// INVARIANT: every byte at and beyond `byteCount` is zero. It makes gaps zero without work, and makes wiping
/// the first `byteCount` bytes enough.
struct SecretRegion: ~Copyable, @unchecked Sendable {
    /// Where the memory came from, hence where it goes back to.
    private enum Source {
        case nowhere
        case secureHeap
        case pool(SecretPages)
        case mapping(SecretPages)
    }

    /// The largest region that comes from the secure heap.
    static let secureHeapLimit = 1024
    /// The largest region that comes from the pool; growing beyond moves pages instead of copying bytes.
    static let poolLimit = 1 << 20

    private var source: Source
    private var base: UnsafeMutableRawPointer?
    /// How many bytes may be written without growing.
    private(set) var capacity: Int
    /// How many bytes are in use; see the invariant above.
    private(set) var byteCount: Int

    /// Makes a region of at least `capacity` zero bytes of which none is in use.
    init(capacity: Int) throws(CryptographyError) {
        precondition(capacity >= 0, "a region cannot have a negative capacity")
        byteCount = 0
        if capacity == 0 {
            (source, base, self.capacity) = (.nowhere, nil, 0)
        } else if capacity <= Self.secureHeapLimit, let chunk = SecureHeap.allocate(capacity) {
            (source, base, self.capacity) = (.secureHeap, chunk, capacity)
        } else if capacity <= Self.poolLimit {
            let pages = try SecretPagePool.take(atLeast: capacity)
            (source, base, self.capacity) = (.pool(pages), pages.base, pages.byteCount)
        } else {
            let pages = try SecretPages(mapping: capacity, lock: .asTouched)
            (source, base, self.capacity) = (.mapping(pages), pages.base, pages.byteCount)
        }
    }

    deinit {
        guard let base else { return }
        OPENSSL_cleanse(base, byteCount)
        switch source {
        case .nowhere: break
        case .secureHeap: SecureHeap.free(base, byteCount: capacity)
        case .pool(let pages): SecretPagePool.give(back: pages)
        case .mapping(let pages): pages.unmap()
        }
    }

    /// The bytes in use; valid only while the region is borrowed, so do not let it escape.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// The bytes in use, to write to, with the same limits as `bytes`.
    var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: byteCount)
    }

    /// Takes the first `count` bytes into use; those that are new are zero, those that leave are wiped.
    mutating func setByteCount(_ count: Int) {
        precondition(count >= 0 && count <= capacity, "a region cannot use more bytes than it has")
        if count < byteCount, let base {
            OPENSSL_cleanse(base + count, byteCount - count)
        }
        byteCount = count
    }

    /// Grows to at least `wanted` bytes, leaving no copy of the contents behind.
    mutating func reserve(_ wanted: Int) throws(CryptographyError) {
        guard wanted > capacity else { return }
        // Half more each time keeps the moves few; a large mapping pays only for what it touches.
        let (ample, overflow) = capacity.addingReportingOverflow(capacity / 2)
        let goal = overflow ? wanted : max(wanted, ample)
        if case .mapping(let pages) = source {
            let grown = try pages.grown(to: goal)
            (source, base, capacity) = (.mapping(grown), grown.base, grown.byteCount)
            return
        }
        var larger = try SecretRegion(capacity: goal)
        larger.setByteCount(byteCount)
        larger.mutableBytes.copyMemory(from: bytes)
        // ORDER: the assignment wipes the smaller region, so only after its bytes were copied.
        self = larger
    }

    /// Whether the kernel keeps these bytes out of swap.
    var isLocked: Bool {
        switch source {
        case .nowhere: true
        case .secureHeap: SecureHeap.isLocked
        case .pool(let pages), .mapping(let pages): pages.isLocked
        }
    }
}
