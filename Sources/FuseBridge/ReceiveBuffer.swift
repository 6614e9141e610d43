import CFuse
import CLinux
import Glibc
import SystemPackage

/// Locked memory into which one receive loop reads its requests.
///
/// The mail that a WRITE carries passes through here in clear, so the pages are kept out of swap, core dumps
/// and children, and what a request left behind is wiped before the next one is read. When the limit on
/// locked memory is too low the pages stay unlocked: swapping is then the administrator's risk, which
/// `isLocked` lets the session report, and refusing to mount would not lessen it.
struct ReceiveBuffer: ~Copyable {
    /// libfuse reads this many bytes at most: 256 pages of payload and a page of header.
    ///
    /// INVARIANT: `Connection.largestWrite` keeps every request within it, whatever a later libfuse offers to
    /// read; and behind the buffer lies a page nobody may touch.
    static let byteCount = payloadByteCount + 4096
    /// The largest payload of one request.
    static let payloadByteCount = 256 * 4096

    private let base: UnsafeMutableRawPointer
    private let mappedByteCount: Int
    /// Whether the pages are kept out of swap.
    let isLocked: Bool

    init() throws(FuseBridgeError) {
        let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))
        let usable = (Self.byteCount + pageByteCount - 1) / pageByteCount * pageByteCount
        mappedByteCount = usable + pageByteCount
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let memory = mmap(nil, mappedByteCount, PROT_READ | PROT_WRITE, flags, -1, 0),
            memory != MAP_FAILED
        else { throw .systemCall("mmap", Errno(rawValue: errno)) }
        base = memory
        mprotect(memory + usable, pageByteCount, PROT_NONE)
        madvise(memory, usable, LINUX_MADV_DONTDUMP)
        madvise(memory, usable, LINUX_MADV_WIPEONFORK)
        isLocked = mlock(memory, usable) == 0
    }

    deinit {
        explicit_bzero(base, Self.byteCount)
        munmap(base, mappedByteCount)
    }

    /// The buffer as libfuse takes it: empty, in memory.
    func makeFuseBuffer() -> fuse_buf {
        var buffer = fuse_buf()
        buffer.mem = base
        return buffer
    }

    /// Forgets a request of `count` bytes.
    func wipe(_ count: Int) {
        explicit_bzero(base, min(count, Self.byteCount))
    }
}
