internal import Synchronization

/// Wiped and locked pages that wait for their next use, because mapping and locking costs 25 µs and more.
///
/// Sizes are powers of two from 4 KiB to 1 MiB. At most 2 MiB wait: locked memory counts against
/// `RLIMIT_MEMLOCK`, 8 MiB by default, also while nobody uses it.
///
/// INVARIANT: pages in the pool are all zero.
enum SecretPagePool {
    private struct State {
        /// Waiting pages by size class; the last in is the first out, since its cache lines are warm.
        var waiting: [[SecretPages]] = Array(repeating: [], count: sizeClassCount)
        var waitingByteCount = 0
    }

    private static let smallest = 4096
    private static let sizeClassCount = 9
    private static let waitingLimit = 2 << 20
    private static let state = Mutex(State())

    /// Pages for at least `byteCount` bytes, 1 byte to 1 MiB, all zero.
    static func take(atLeast byteCount: Int) throws(CryptographyError) -> SecretPages {
        let sizeClass = sizeClass(of: byteCount)
        let ready = state.withLock { state -> SecretPages? in
            guard let pages = state.waiting[sizeClass].popLast() else { return nil }
            state.waitingByteCount -= pages.byteCount
            return pages
        }
        if let ready { return ready }
        return try SecretPages(mapping: smallest << sizeClass, lock: .atOnce)
    }

    /// Takes back pages that their user has wiped, or unmaps them when enough are waiting.
    static func give(back pages: SecretPages) {
        // Unlocked pages are not worth keeping: the next mapping may find room under the limit again.
        let kept =
            pages.isLocked
            && state.withLock { state in
                guard state.waitingByteCount + pages.byteCount <= waitingLimit else { return false }
                state.waiting[sizeClass(of: pages.byteCount)].append(pages)
                state.waitingByteCount += pages.byteCount
                return true
            }
        if !kept { pages.unmap() }
    }

    /// How many bytes wait in the pool.
    static var waitingByteCount: Int { state.withLock { $0.waitingByteCount } }

    private static func sizeClass(of byteCount: Int) -> Int {
        guard byteCount > smallest else { return 0 }
        return Int.bitWidth - (byteCount - 1).leadingZeroBitCount - smallest.trailingZeroBitCount
    }
}
