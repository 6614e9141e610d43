internal import CLinux
internal import Glibc

// SAFETY: the pointer is only an address here. Its two owners hand it to one user at a time.
/// Whole pages of anonymous memory for secrets: out of core dumps, and out of swap where the limit allows.
///
/// A plain value that names a mapping; `SecretRegion` and `SecretPagePool` decide who owns it.
struct SecretPages: @unchecked Sendable {
    /// When pages are locked.
    enum Locking {
        /// At once: for small mappings that are used again and again.
        case atOnce
        /// Page by page as they are first touched: reserved capacity stays free.
        case asTouched
    }

    let base: UnsafeMutableRawPointer
    /// The size of the mapping, a multiple of the page size.
    let byteCount: Int
    let isLocked: Bool

    private init(base: UnsafeMutableRawPointer, byteCount: Int, isLocked: Bool) {
        self.base = base
        self.byteCount = byteCount
        self.isLocked = isLocked
    }

    /// Maps at least `byteCount` zero bytes.
    ///
    /// - Throws: `.outOfSecureMemory` when the kernel has none. A refused lock is no error.
    init(mapping byteCount: Int, lock: Locking) throws(CryptographyError) {
        let size = try Self.pageAligned(byteCount)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else {
            throw .outOfSecureMemory(byteCount: byteCount)
        }
        // ORDER: out of the dumps before anything is stored. Old kernels may not know the advice; then
        // `SecretMemory.hardenProcess` is what forbids the dump.
        _ = madvise(base, size, LINUX_MADV_DONTDUMP)
        Self.preferHugePages(base, size)
        let code =
            switch lock {
            case .atOnce: mlock(base, size)
            case .asTouched: linux_mlock2(base, size, LINUX_MLOCK_ONFAULT)
            }
        self.init(base: base, byteCount: size, isLocked: code == 0)
        MemoryCounters.add(isLocked: isLocked, size: size)
    }

    /// Gives the pages, which the caller has wiped, back to the kernel.
    func unmap() {
        MemoryCounters.remove(isLocked: isLocked, size: byteCount)
        // Cannot fail for a range that mmap or mremap returned; nothing could be done about it either.
        _ = munmap(base, byteCount)
    }

    /// Moves the pages to a larger mapping.
    ///
    /// The bytes stay in the same physical pages, so no copy is left behind.
    ///
    /// - Throws: `.outOfSecureMemory`; the old mapping is then still whole.
    func grown(to wanted: Int) throws(CryptographyError) -> SecretPages {
        let size = try Self.pageAligned(wanted)
        var staysLocked = isLocked
        var moved = linux_mremap(base, byteCount, size, LINUX_MREMAP_MAYMOVE)
        if moved == nil && isLocked {
            // A locked mapping may not grow past RLIMIT_MEMLOCK: an unlocked one may.
            _ = munlock(base, byteCount)
            staysLocked = false
            moved = linux_mremap(base, byteCount, size, LINUX_MREMAP_MAYMOVE)
            if moved == nil { _ = linux_mlock2(base, byteCount, LINUX_MLOCK_ONFAULT) }
        }
        guard let moved else { throw .outOfSecureMemory(byteCount: wanted) }
        Self.preferHugePages(moved, size)
        MemoryCounters.remove(isLocked: isLocked, size: byteCount)
        MemoryCounters.add(isLocked: staysLocked, size: size)
        return SecretPages(base: moved, byteCount: size, isLocked: staysLocked)
    }

    /// Asks for pages of 2 MiB where a message is large: half the cost of touching 40 MB is one fault per page.
    private static func preferHugePages(_ base: UnsafeMutableRawPointer, _ size: Int) {
        guard size >= 4 << 20 else { return }
        // Only advice, which a kernel without transparent huge pages refuses.
        _ = madvise(base, size, hugePageAdvice)
    }

    /// `MADV_HUGEPAGE` of asm-generic/mman-common.h.
    private static let hugePageAdvice: Int32 = 14

    private static let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))

    private static func pageAligned(_ byteCount: Int) throws(CryptographyError) -> Int {
        let (sum, overflow) = byteCount.addingReportingOverflow(pageByteCount - 1)
        guard !overflow else { throw .outOfSecureMemory(byteCount: byteCount) }
        return sum / pageByteCount * pageByteCount
    }
}
