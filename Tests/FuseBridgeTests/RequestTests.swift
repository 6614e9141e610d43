import Glibc
import MailboxFS
import Synchronization
import SystemPackage
import Testing

@testable import FuseBridge
@testable import FuseBridgeProbe

/// Requests and their answers, without a kernel.
@Suite struct RequestTests {
    typealias Opcode = KernelDouble.Opcode
    typealias Kernel = KernelDouble

    @Test("a file written is the file read")
    func roundTrip() throws {
        let kernel = try KernelDouble()
        let file = try kernel.create("a")
        let data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let written = try kernel.call(.write, file.inode, Kernel.writeBody(file.handle, 0, data))
        #expect(written == Kernel.Reply(errno: 0, body: Kernel.bytes(UInt32(300_000)) + [0, 0, 0, 0]))
        let read = try kernel.call(.read, file.inode, Kernel.readBody(file.handle, 1000, 131_072))
        #expect(read == Kernel.Reply(errno: 0, body: Array(data[1000..<132_072])))
        let end = try kernel.call(.read, file.inode, Kernel.readBody(file.handle, 300_000, 4096))
        #expect(end == Kernel.Reply(errno: 0, body: []))
        #expect(try kernel.call(.flush, file.inode, Kernel.handleBody(file.handle)).errno == 0)
        #expect(try kernel.call(.release, file.inode, Kernel.handleBody(file.handle)).errno == 0)
        #expect(kernel.files.state.withLock { $0.handles.isEmpty })
    }

    @Test("the largest write arrives whole")
    func largestWrite() throws {
        let kernel = try KernelDouble()
        let file = try kernel.create("sink")
        let data = [UInt8](repeating: 1, count: ReceiveBuffer.payloadByteCount)
        let written = try kernel.call(.write, file.inode, Kernel.writeBody(file.handle, 0, data))
        #expect(written.errno == 0 && written.body.prefix(4) == Kernel.bytes(UInt32(data.count))[...])
    }

    static let badNames: [[UInt8]] = [
        [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x61, 0xFE, 0x62],
    ]

    @Test(
        "a name that is not UTF-8 is an illegal byte sequence, whatever is asked of it", arguments: badNames)
    func invalidNames(_ name: [UInt8]) throws {
        let kernel = try KernelDouble()
        let name = name + [0]
        let requests: [(Opcode, [UInt8])] = [
            (.lookup, name), (.unlink, name), (.rmdir, name), (.mkdir, Kernel.bytes(UInt64(0o755)) + name),
            (.create, [UInt32(O_RDWR), 0o644, 0, 0].flatMap(Kernel.bytes) + name),
            (.mknod, [UInt32(S_IFREG), 0, 0, 0].flatMap(Kernel.bytes) + name),
            (.rename, Kernel.bytes(UInt64(1)) + name + Kernel.name("b")),
            (.rename, Kernel.bytes(UInt64(1)) + Kernel.name("a") + name),
            (.rename2, Kernel.bytes(UInt64(1)) + Kernel.bytes(UInt64(0)) + Kernel.name("a") + name),
            (.link, Kernel.bytes(UInt64(4)) + name), (.getxattr, Kernel.bytes(UInt64(64)) + name),
            (.setxattr, Kernel.bytes(UInt64(0)) + name), (.removexattr, name),
        ]
        for (opcode, body) in requests {
            #expect(try kernel.call(opcode, 1, body).errno == EILSEQ, "\(opcode)")
        }
        #expect(try kernel.call(.statfs, 1).errno == 0)
    }

    @Test("a negative offset or size is an invalid argument", arguments: [-1, Int64.min])
    func negativeNumbers(_ offset: Int64) throws {
        let kernel = try KernelDouble()
        let file = try kernel.create("a")
        #expect(try kernel.call(.read, file.inode, Kernel.readBody(file.handle, offset, 10)).errno == EINVAL)
        #expect(
            try kernel.call(.write, file.inode, Kernel.writeBody(file.handle, offset, [1])).errno == EINVAL)
        let setSize =
            [UInt32(1 << 3), 0].flatMap(Kernel.bytes) + Kernel.bytes(UInt64(0)) + Kernel.bytes(offset)
        let body = setSize + [UInt8](repeating: 0, count: 64)
        #expect(try kernel.call(.setattr, file.inode, body).errno == EINVAL)
    }

    @Test("extreme offsets, counts and handles are answered", arguments: [0, 1, UInt32.max])
    func extremes(_ count: UInt32) throws {
        let kernel = try KernelDouble()
        let file = try kernel.create("a")
        let read = try kernel.call(.read, file.inode, Kernel.readBody(file.handle, .max, count))
        #expect(read == Kernel.Reply(errno: 0, body: []))
        #expect(try kernel.call(.write, file.inode, Kernel.writeBody(file.handle, .max, [1])).errno == EFBIG)
        for handle in [0, 999, UInt64.max] {
            #expect(try kernel.call(.read, file.inode, Kernel.readBody(handle, 0, count)).errno == EBADF)
            #expect(try kernel.call(.flush, file.inode, Kernel.handleBody(handle)).errno == EBADF)
            #expect(try kernel.call(.release, file.inode, Kernel.handleBody(handle)).errno == 0)
            #expect(try kernel.call(.readdir, 1, Kernel.readBody(handle, -1, count)).errno == EBADF)
        }
        for inode in [0, UInt64(UInt32.max)] {
            #expect(try kernel.call(.getattr, inode, [UInt8](repeating: 0, count: 16)).errno == ENOENT)
            #expect(try kernel.call(.lookup, inode, Kernel.name("x")).errno == ENOENT)
        }
        try kernel.send(.forget, .max, Kernel.bytes(UInt64.max))
        #expect(try kernel.call(.statfs, 1).errno == 0)
    }

    @Test("what the mount never does is said once and for all, and in the right words")
    func unsupported() throws {
        let kernel = try KernelDouble()
        let zeros = [UInt8](repeating: 0, count: 64)
        let answers: [(Opcode, Int32)] = [
            (.copyFileRange, ENOSYS), (.fallocate, ENOSYS), (.lseek, ENOSYS), (.poll, ENOSYS),
            (.ioctl, ENOTTY),
        ]
        for (opcode, errno) in answers {
            #expect(try kernel.call(opcode, 4, zeros).errno == errno, "\(opcode)")
        }
        #expect(try kernel.call(.symlink, 1, Kernel.name("a") + Kernel.name("b")).errno == EPERM)
        let fifo = [UInt32(S_IFIFO), 0, 0, 0].flatMap(Kernel.bytes) + Kernel.name("pipe")
        #expect(try kernel.call(.mknod, 1, fifo).errno == EPERM)
        #expect(try kernel.call(.open, 4, Kernel.openBody()).errno == 0)
        #expect(try kernel.call(.fsyncdir, 1, Kernel.handleBody(0)).errno == 0)
    }

    @Test("a regular file made without opening it has a name and no handle")
    func mknod() throws {
        let kernel = try KernelDouble()
        let body = [UInt32(S_IFREG) | 0o600, 0, 0, 0].flatMap(Kernel.bytes) + Kernel.name("made")
        #expect(try kernel.call(.mknod, 1, body).errno == 0)
        #expect(try kernel.call(.lookup, 1, Kernel.name("made")).errno == 0)
        #expect(kernel.files.state.withLock { $0.handles.isEmpty })
    }

    @Test("an extended attribute is measured, refused when there is too little room, and read")
    func extendedAttributes() throws {
        let kernel = try KernelDouble()
        let file = try kernel.create("a")
        let set =
            Kernel.bytes(UInt32(5)) + Kernel.bytes(UInt32(0)) + Kernel.name("user.key") + Array("value".utf8)
        #expect(try kernel.call(.setxattr, file.inode, set).errno == 0)
        func get(_ room: UInt32, _ name: String) throws -> Kernel.Reply {
            try kernel.call(.getxattr, file.inode, Kernel.bytes(UInt64(room)) + Kernel.name(name))
        }
        #expect(try get(0, "user.key").body.prefix(4) == Kernel.bytes(UInt32(5))[...])
        #expect(try get(4, "user.key").errno == ERANGE)
        #expect(try get(5, "user.key") == Kernel.Reply(errno: 0, body: Array("value".utf8)))
        #expect(try get(5, "user.none").errno == ENODATA)
        let list = try kernel.call(.listxattr, file.inode, Kernel.bytes(UInt64(100)))
        #expect(list == Kernel.Reply(errno: 0, body: Kernel.name("user.key")))
        #expect(try kernel.call(.removexattr, file.inode, Kernel.name("user.key")).errno == 0)
        #expect(try get(0, "user.key").errno == ENODATA)
    }

    @Test("an open that cannot be answered any more gives its handle back")
    func takeBack() throws {
        let kernel = try KernelDouble()
        let mount = Mount(files: kernel.files, options: MountOptions()) { _, _ in }
        let (entry, file) = try kernel.files.create(
            "a", in: .root, permissions: 0o600, flags: O_RDWR, for: Requester(uid: 0, gid: 0, pid: 0))
        mount.takeBack(.created(entry, file))
        let directory = try kernel.files.openDirectory(.root, for: Requester(uid: 0, gid: 0, pid: 0))
        mount.takeBack(.openedDirectory(directory))
        kernel.files.state.withLock { state in
            #expect(state.handles.isEmpty && state.directories.isEmpty)
            #expect(state.nodes[entry.inode.rawValue]?.lookupCount == 0)
        }
    }

    @Test("a listing with entries counts the lookups it delivers, and only those")
    func listingCounts() throws {
        let kernel = try KernelDouble()
        let opened = try kernel.call(.opendir, MemoryFileSystem.many, Kernel.openBody())
        let handle = opened.number(at: 0)
        let page = try kernel.call(.readdirplus, MemoryFileSystem.many, Kernel.readBody(handle, 0, 4096))
        #expect(page.errno == 0 && page.body.count <= 4096)
        let delivered = Kernel.names(inListingWithEntries: page.body).filter { $0 != "." && $0 != ".." }.count
        let counted = kernel.files.state.withLock { $0.nodes.values.reduce(0) { $0 + $1.lookupCount } }
        #expect(delivered > 10 && counted == UInt64(delivered))
        let plain = try kernel.call(.readdir, MemoryFileSystem.many, Kernel.readBody(handle, 0, 4096))
        #expect(plain.body.count > 4000)
        #expect(kernel.files.state.withLock { $0.nodes.values.reduce(0) { $0 + $1.lookupCount } } == counted)
        #expect(try kernel.call(.readdir, MemoryFileSystem.many, Kernel.readBody(handle, 0, 8)).body.isEmpty)
    }
}

/// Requests that wait.
@Suite struct WaitingTests {
    typealias Kernel = KernelDouble

    @Test("a request that waits does not hold up the others, and many wait at the same time")
    func waiting() throws {
        let kernel = try KernelDouble()
        let (held, gate) = (try kernel.create("held"), try kernel.create("gate"))
        let opens = try (0..<8).map { _ in try kernel.send(.open, held.inode, Kernel.openBody()) }
        #expect(Wait.until { kernel.files.state.withLock { $0.heldCount == 8 } })
        for _ in 0..<100 { #expect(try kernel.call(.statfs, 1).errno == 0) }
        _ = try kernel.call(.write, gate.inode, Kernel.writeBody(gate.handle, 0, [1]))
        for open in opens { #expect(try kernel.reply(to: open).errno == 0) }
    }

    @Test("more requests wait than there are workers, and all are answered")
    func moreThanWorkers() throws {
        let kernel = try KernelDouble("max_threads=2")
        let file = try kernel.create("slow")
        let opens = try (0..<6).map { _ in try kernel.send(.open, file.inode, Kernel.openBody()) }
        for open in opens { #expect(try kernel.reply(to: open).errno == 0) }
        #expect(kernel.files.state.withLock { $0.handles.count } == 7)
    }

    @Test("a request interrupted while it waits for a worker says so and is never begun")
    func interruptedInQueue() throws {
        let kernel = try KernelDouble("max_threads=1")
        let file = try kernel.create("slow")
        let first = try kernel.send(.open, file.inode, Kernel.openBody())
        let second = try kernel.send(.open, file.inode, Kernel.openBody())
        try kernel.send(.interrupt, 0, Kernel.bytes(second))
        #expect(try kernel.reply(to: first).errno == 0)
        #expect(try kernel.reply(to: second).errno == EINTR)
        #expect(kernel.files.state.withLock { $0.handles.count } == 2)
    }

    @Test("a flush hears of the interrupt and decides for itself")
    func interruptedFlush() throws {
        let kernel = try KernelDouble()
        let file = try kernel.create("patient")
        _ = try kernel.call(.write, file.inode, Kernel.writeBody(file.handle, 0, [1]))
        let flush = try kernel.send(.flush, file.inode, Kernel.handleBody(file.handle))
        #expect(try kernel.call(.statfs, 1).errno == 0)
        try kernel.send(.interrupt, 0, Kernel.bytes(flush))
        #expect(try kernel.reply(to: flush).errno == EINTR)
    }

    @Test("a stop lets the requests under way finish, and answers them")
    func stop() throws {
        let kernel = try KernelDouble("max_threads=1")
        let file = try kernel.create("slow")
        let opens = try (0..<3).map { _ in try kernel.send(.open, file.inode, Kernel.openBody()) }
        #expect(try kernel.call(.statfs, 1).errno == 0)
        kernel.session.requestStop()
        for open in opens { #expect(try kernel.reply(to: open).errno == 0) }
    }

    @Test("a request that nobody answers says that there was an error")
    func forgotten() throws {
        let kernel = try KernelDouble()
        // An answer shows that the session's own workers are in place.
        let file = try kernel.create("slow")
        let pool = try WorkerPool(count: 1, capacity: 1)
        pool.finish()
        // Submitted to a pool that has ended, the job is dropped, and with it its request.
        let mount = kernel.session.mount
        let usual = mount.use(pool)
        #expect(try kernel.call(.open, file.inode, Kernel.openBody()).errno == EIO)
        mount.use(usual)
        #expect(try kernel.call(.open, file.inode, Kernel.openBody()).errno == 0)
    }

    @Test("a session runs once")
    func runTwice() throws {
        let kernel = try KernelDouble()
        #expect(throws: FuseBridgeError.notMounted) { try kernel.session.run() }
    }

    @Test("a broken connection ends the session with its reason")
    func broken() throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
        defer { close(ends[1]) }
        let session = try Session(fileSystem: MemoryFileSystem(umask: 0), attachedTo: ends[1])
        close(ends[0])
        #expect(throws: FuseBridgeError.connectionLost(.ioError)) { try session.run() }
    }
}
