import Glibc
import SystemPackage
import Testing

@testable import FuseBridge
@testable import FuseBridgeProbe

/// Plays the kernel: sends requests to a session through a socket pair and reads the answers.
///
/// So tests can send what a kernel never would, and need neither a mount nor privileges.
///
/// Source: Linux include/uapi/linux/fuse.h, protocol 7.38; numbers are in the machine's byte order.
final class KernelDouble {
    enum Opcode: UInt32 {
        case lookup = 1, forget, getattr, setattr
        case symlink = 6, mknod = 8, mkdir, unlink, rmdir, rename, link, open, read, write, statfs, release
        case fsync = 20, setxattr, getxattr, listxattr, removexattr, flush, initialise, opendir, readdir,
            releasedir
        case fsyncdir = 30, access = 34, create, interrupt
        case ioctl = 39, poll, batchForget = 42, fallocate, readdirplus, rename2, lseek, copyFileRange
    }

    struct Reply: Equatable {
        var errno: Int32
        var body: [UInt8]

        /// The 64-bit number at a byte offset of the body.
        func number(at offset: Int) -> UInt64 {
            guard body.count >= offset + 8 else { return 0 }
            return body.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        }
    }

    let files = MemoryFileSystem(umask: 0)
    let session: Session
    private let kernelEnd: Int32
    private let sessionEnd: Int32
    private let thread: Worker
    private var lastUnique: UInt64 = 0
    private var early: [UInt64: Reply] = [:]

    /// Starts a session and agrees on the protocol with it.
    init(_ options: String = "") throws {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0 else {
            throw Errno(rawValue: errno)
        }
        kernelEnd = ends[0]
        sessionEnd = ends[1]
        // Room for the largest reply, and a deadline: a test must not wait for an answer that never comes.
        var (room, patience) = (Int32(4 << 20), timeval(tv_sec: 20, tv_usec: 0))
        setsockopt(sessionEnd, SOL_SOCKET, SO_SNDBUF, &room, 4)
        setsockopt(kernelEnd, SOL_SOCKET, SO_SNDBUF, &room, 4)
        setsockopt(kernelEnd, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let session = try Session(
            fileSystem: files, options: try MountOptions(parsing: [options]), attachedTo: sessionEnd)
        self.session = session
        thread = try Worker(named: "session") { _ = try? session.run() }
        let version: [UInt32] = [7, 38, 1 << 17, .max] + [UInt32](repeating: 0, count: 12)
        let reply = try call(.initialise, 0, version.flatMap(Self.bytes))
        try #require(reply.errno == 0)
    }

    deinit {
        session.requestStop()
        thread.join()
        close(kernelEnd)
        close(sessionEnd)
    }

    static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number) { Array($0) }
    }

    static func name(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    /// Sends a request; returns the number its answer will carry.
    @discardableResult
    func send(_ opcode: Opcode, _ inode: UInt64, _ body: [UInt8] = []) throws -> UInt64 {
        lastUnique += 2
        var packet =
            Self.bytes(UInt32(40 + body.count)) + Self.bytes(opcode.rawValue) + Self.bytes(lastUnique)
        packet += Self.bytes(inode) + [UInt32(1000), 1001, UInt32(getpid()), 0].flatMap(Self.bytes) + body
        guard Glibc.write(kernelEnd, packet, packet.count) == packet.count else {
            throw Errno(rawValue: errno)
        }
        return lastUnique
    }

    /// Waits for the answer to a request; answers to others are kept for later.
    func reply(to unique: UInt64) throws -> Reply {
        while true {
            if let reply = early.removeValue(forKey: unique) { return reply }
            var packet = [UInt8](repeating: 0, count: 2 << 20)
            let count = Glibc.read(kernelEnd, &packet, packet.count)
            guard count >= 16 else { throw Errno(rawValue: count < 0 ? errno : EIO) }
            let (error, number) = packet.withUnsafeBytes {
                (
                    $0.loadUnaligned(fromByteOffset: 4, as: Int32.self),
                    $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
            }
            early[number] = Reply(errno: -error, body: Array(packet[16..<count]))
        }
    }

    /// Sends a request and waits for its answer.
    func call(_ opcode: Opcode, _ inode: UInt64, _ body: [UInt8] = []) throws -> Reply {
        try reply(to: send(opcode, inode, body))
    }

    // MARK: The requests that have arguments

    func create(_ name: String) throws -> (inode: UInt64, handle: UInt64) {
        let reply = try call(.create, 1, [UInt32(O_RDWR), 0o644, 0, 0].flatMap(Self.bytes) + Self.name(name))
        try #require(reply.errno == 0)
        return (reply.number(at: 0), reply.number(at: 128))
    }

    static func openBody(_ flags: Int32 = O_RDONLY) -> [UInt8] { bytes(flags) + bytes(UInt32(0)) }

    static func readBody(_ handle: UInt64, _ offset: Int64, _ count: UInt32) -> [UInt8] {
        bytes(handle) + bytes(offset) + bytes(count) + [UInt8](repeating: 0, count: 20)
    }

    static func writeBody(_ handle: UInt64, _ offset: Int64, _ data: [UInt8]) -> [UInt8] {
        bytes(handle) + bytes(offset) + bytes(UInt32(data.count)) + [UInt8](repeating: 0, count: 20) + data
    }

    static func handleBody(_ handle: UInt64) -> [UInt8] { bytes(handle) + [UInt8](repeating: 0, count: 16) }

    /// The names in an answer to READDIRPLUS: each record is an entry of 128 bytes, a header of 24, whose third
    /// number is the name's length, and the name, filled up to a multiple of 8.
    static func names(inListingWithEntries body: [UInt8]) -> [String] {
        var (names, position) = ([String](), 0)
        while position + 152 <= body.count {
            let length = body.withUnsafeBytes {
                Int($0.loadUnaligned(fromByteOffset: position + 144, as: UInt32.self))
            }
            names.append(String(decoding: body[(position + 152)..<(position + 152 + length)], as: UTF8.self))
            position += (152 + length + 7) / 8 * 8
        }
        return names
    }
}
