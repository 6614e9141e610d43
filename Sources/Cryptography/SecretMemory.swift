internal import CLinux
internal import COpenSSL
internal import Glibc
internal import Synchronization

/// The process-wide side of secret memory: what to do once at start, and what to look at later.
public enum SecretMemory {
    /// How much secret memory there is, in bytes.
    public struct Statistics: Sendable, Equatable {
        /// Mapped and locked, including pages that wait in the pool.
        public let lockedByteCount: Int
        /// Mapped but not locked, because `RLIMIT_MEMLOCK` was reached; still wiped and out of core dumps.
        public let unlockedByteCount: Int
        /// Wiped pages that wait for their next use; part of `lockedByteCount`.
        public let pooledByteCount: Int
        /// Taken from the secure heap, by this module and by OpenSSL's own keys.
        public let secureHeapUsedByteCount: Int
        /// Whether every secret lies in locked memory right now.
        public let isLocked: Bool
    }

    /// Makes the secure heap with `secureHeapByteCount` bytes, rounded up to a power of two.
    ///
    /// Call it once at start, before the first secret and after the last fork; without it the first secret
    /// makes a heap of 1 MiB. Later calls have no effect.
    ///
    /// - Returns: Whether the heap exists and is locked. Secrets are kept either way, in pages where need be.
    @discardableResult
    public static func prepare(secureHeapByteCount: Int) -> Bool {
        let bounded = min(max(secureHeapByteCount, 4096), 1 << 28)
        let rounded = 1 << (Int.bitWidth - (bounded - 1).leadingZeroBitCount)
        let alreadyMade = CRYPTO_secure_malloc_initialized() == 1
        if !alreadyMade { SecureHeap.wantedByteCount.withLock { $0 = rounded } }
        return SecureHeap.isLocked
    }

    /// Forbids core dumps of this process, and its inspection by other processes of the same user.
    ///
    /// A side effect of `PR_SET_DUMPABLE`: the process's files under `/proc` then belong to root.
    ///
    /// - Returns: Whether the kernel agreed to both.
    @discardableResult
    public static func hardenProcess() -> Bool {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        // The kernel ignores the limit when dumps are piped to a handler; the flag holds there too.
        let limited = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        let hidden = linux_set_dumpable(0)
        return limited == 0 && hidden == 0
    }

    /// The numbers of this moment.
    public static var statistics: Statistics {
        let (locked, unlocked) = MemoryCounters.current
        return Statistics(
            lockedByteCount: locked,
            unlockedByteCount: unlocked,
            pooledByteCount: SecretPagePool.waitingByteCount,
            secureHeapUsedByteCount: SecureHeap.usedByteCount,
            isLocked: unlocked == 0 && SecureHeap.isLocked
        )
    }
}

/// Counts mapped pages for `SecretMemory.statistics`.
enum MemoryCounters {
    private static let locked = Atomic<Int>(0)
    private static let unlocked = Atomic<Int>(0)

    static var current: (locked: Int, unlocked: Int) {
        (locked.load(ordering: .relaxed), unlocked.load(ordering: .relaxed))
    }

    static func add(isLocked: Bool, size: Int) {
        if isLocked { locked.add(size, ordering: .relaxed) } else { unlocked.add(size, ordering: .relaxed) }
    }

    static func remove(isLocked: Bool, size: Int) {
        if isLocked {
            locked.subtract(size, ordering: .relaxed)
        } else {
            unlocked.subtract(size, ordering: .relaxed)
        }
    }
}
