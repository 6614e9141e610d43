import FuseBridge
import Glibc
import MailboxFS
import Synchronization

// Open files and directories of the file system in memory.

extension MemoryFileSystem {
    func create(
        _ name: String, in parent: InodeNumber, permissions: UInt16, flags: Int32, for requester: Requester
    ) throws(MailboxError) -> (Entry, OpenedFile) {
        try state.withLock { (state) throws(MailboxError) in
            let inode = try Self.add(Node(name: name, permissions: permissions), in: parent.rawValue, &state)
            state.nodes[inode]?.owner = (requester.uid, requester.gid)
            return (try Self.enter(inode, &state), Self.open(inode, &state))
        }
    }

    func open(_ inode: InodeNumber, flags: Int32, for requester: Requester) throws(MailboxError) -> OpenedFile
    {
        let node = try state.withLock { (state) throws(MailboxError) in try Self.node(inode.rawValue, state) }
        if node.name.hasPrefix("slow") { usleep(400_000) }
        if node.name.hasPrefix("held") { waitAtGate() }
        if node.name.hasPrefix("deny") { throw .notYours(node.name) }
        return state.withLock { state in
            if flags & O_TRUNC != 0 { state.nodes[inode.rawValue]?.bytes = [] }
            if inode.rawValue == Self.counters {
                let text = Self.describe(state)
                state.nodes[Self.counters]?.bytes = text
            }
            return Self.open(inode.rawValue, &state)
        }
    }

    func read<Value>(
        _ handle: UInt64, from offset: UInt64, count: Int, _ body: (UnsafeRawBufferPointer) -> Value
    ) throws(MailboxError) -> Value {
        let bytes = try state.withLock { (state) throws(MailboxError) in
            guard let open = state.handles[handle] else { throw .badHandle(handle) }
            return try Self.node(open.inode, state).bytes
        }
        let start = min(Int(clamping: offset), bytes.count)
        return bytes[start..<min(bytes.count, start + count)].withUnsafeBytes(body)
    }

    func write(
        _ handle: UInt64, _ bytes: UnsafeRawBufferPointer, at offset: UInt64, for requester: Requester
    ) throws(MailboxError) -> Int {
        let name = try state.withLock { (state) throws(MailboxError) in
            guard let inode = state.handles[handle]?.inode, let name = state.nodes[inode]?.name else {
                throw .badHandle(handle)
            }
            guard offset <= 1 << 26 else { throw .tooLarge(limit: 1 << 26) }
            state.handles[handle]?.hasWritten = true
            if !name.hasPrefix("sink") { state.nodes[inode]?.store(bytes, at: Int(offset)) }
            return name
        }
        if name == "invalidate" { forgetStaleName() }
        if name == "gate" { state.withLock { $0.isGateOpen = true } }
        return bytes.count
    }

    func flush(_ handle: UInt64, for requester: Requester, unless isInterrupted: () -> Bool)
        throws(MailboxError)
    {
        let (name, hasWritten) = try state.withLock { (state) throws(MailboxError) in
            guard let open = state.handles[handle] else { throw .badHandle(handle) }
            return (try Self.node(open.inode, state).name, open.hasWritten)
        }
        guard hasWritten else { return }
        if name.hasPrefix("slow") { usleep(400_000) }
        if name.hasPrefix("refuse") { throw .tooLarge(limit: 0) }
        guard name.hasPrefix("patient") else { return }
        for _ in 0..<1000 {
            if isInterrupted() { throw .interrupted }
            usleep(10_000)
        }
    }

    func synchronize(_ handle: UInt64) throws(MailboxError) {}

    func release(_ handle: UInt64) {
        _ = state.withLock { $0.handles.removeValue(forKey: handle) }
    }

    // MARK: Names

    func makeDirectory(
        _ name: String, in parent: InodeNumber, permissions: UInt16, for requester: Requester
    ) throws(MailboxError) -> Entry {
        try state.withLock { (state) throws(MailboxError) in
            let node = Node(name: name, kind: .directory, permissions: permissions)
            return try Self.enter(try Self.add(node, in: parent.rawValue, &state), &state)
        }
    }

    func removeDirectory(_ name: String, in parent: InodeNumber, for requester: Requester)
        throws(MailboxError)
    {
        try state.withLock { (state) throws(MailboxError) in
            let inode = try Self.find(name, in: parent.rawValue, state)
            guard try Self.node(inode, state).children.isEmpty else { throw .directoryNotEmpty(name) }
            Self.unlink(name, in: parent.rawValue, &state)
        }
    }

    func remove(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError) {
        try state.withLock { (state) throws(MailboxError) in
            _ = try Self.find(name, in: parent.rawValue, state)
            Self.unlink(name, in: parent.rawValue, &state)
        }
    }

    func rename(
        _ name: String, in parent: InodeNumber, to newName: String, in newParent: InodeNumber, flags: UInt32,
        for requester: Requester
    ) throws(MailboxError) {
        if newName.hasPrefix("slow") { usleep(400_000) }
        try state.withLock { (state) throws(MailboxError) in
            let inode = try Self.find(name, in: parent.rawValue, state)
            let isTaken = state.nodes[newParent.rawValue]?.children[newName] != nil
            if isTaken, flags & 1 != 0 { throw .alreadyExists(newName) }
            Self.unlink(newName, in: newParent.rawValue, &state)
            state.nodes[parent.rawValue]?.children[name] = nil
            state.nodes[newParent.rawValue]?.children[newName] = inode
            state.nodes[inode]?.name = newName
        }
    }

    func link(
        _ inode: InodeNumber, as name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry {
        try state.withLock { (state) throws(MailboxError) in
            guard state.nodes[parent.rawValue]?.children[name] == nil else { throw .alreadyExists(name) }
            state.nodes[parent.rawValue]?.children[name] = inode.rawValue
            state.nodes[inode.rawValue]?.linkCount += 1
            return try Self.enter(inode.rawValue, &state)
        }
    }

    // MARK: Listings

    func openDirectory(_ inode: InodeNumber, for requester: Requester) throws(MailboxError) -> UInt64 {
        state.withLock { state in
            state.nextHandle += 1
            state.directories[state.nextHandle] = inode.rawValue
            return state.nextHandle
        }
    }

    func readDirectory(
        _ handle: UInt64, from offset: UInt64, withEntries: Bool, for requester: Requester,
        emit: (DirectoryRecord) -> Bool
    ) throws(MailboxError) {
        let records = try state.withLock { (state) throws(MailboxError) in
            guard let inode = state.directories[handle] else { throw .badHandle(handle) }
            return Self.records(of: inode, state)
        }
        for (position, (name, inode)) in records.enumerated().dropFirst(Int(clamping: offset)) {
            let isDot = name == "." || name == ".."
            let entry = try state.withLock { (state) throws(MailboxError) -> Entry? in
                withEntries && !isDot ? try Self.enter(inode, &state) : nil
            }
            let kind = try state.withLock { (state) throws(MailboxError) in try Self.node(inode, state).kind }
            let number = InodeNumber(rawValue: inode)
            let record = DirectoryRecord(
                name: name, inode: number, kind: kind, nextOffset: UInt64(position + 1), entry: entry)
            guard emit(record) else {
                if entry != nil { forget(number, count: 1) }
                return
            }
        }
    }

    func releaseDirectory(_ handle: UInt64) {
        _ = state.withLock { $0.directories.removeValue(forKey: handle) }
    }

    // MARK: What may block

    func mayBlock(opening inode: InodeNumber) -> Bool { isSlow(inode.rawValue) }

    func mayBlock(flushing handle: UInt64) -> Bool {
        guard let inode = state.withLock({ $0.handles[handle]?.inode }) else { return false }
        return isSlow(inode)
    }

    func mayBlock(releasing handle: UInt64) -> Bool { false }

    func mayBlock(reading handle: UInt64) -> Bool { mayBlock(flushing: handle) }

    func mayBlock(arrivingIn parent: InodeNumber, as name: String) -> Bool { name.hasPrefix("slow") }

    private func isSlow(_ inode: UInt64) -> Bool {
        let name = state.withLock { $0.nodes[inode]?.name } ?? ""
        return ["slow", "held", "patient"].contains { name.hasPrefix($0) }
    }

    // MARK: Changing the state, under its lock

    private static func add(_ node: Node, in parent: UInt64, _ state: inout State) throws(MailboxError)
        -> UInt64
    {
        guard state.nodes[parent]?.children[node.name] == nil else { throw .alreadyExists(node.name) }
        state.nextInode += 1
        state.nodes[state.nextInode] = node
        state.nodes[parent]?.children[node.name] = state.nextInode
        return state.nextInode
    }

    private static func open(_ inode: UInt64, _ state: inout State) -> OpenedFile {
        state.nextHandle += 1
        state.handles[state.nextHandle] = Handle(inode: inode)
        return OpenedFile(handle: state.nextHandle, isDirectIO: true, keepsCache: false, skipsFlush: false)
    }

    private static func unlink(_ name: String, in parent: UInt64, _ state: inout State) {
        guard let inode = state.nodes[parent]?.children.removeValue(forKey: name) else { return }
        guard var node = state.nodes[inode] else { return }
        node.linkCount -= 1
        state.nodes[inode] = node.linkCount == 0 && node.lookupCount == 0 ? nil : node
    }

    private static func records(of inode: UInt64, _ state: State) -> [(String, UInt64)] {
        var records = [(".", inode), ("..", 1)]
        records += (state.nodes[inode]?.children ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if inode == many { records += (0..<manyCount).map { (manyName($0), manyInode($0)) } }
        if inode == odd {
            records += ["first", "a/b", "", String(repeating: "x", count: 1025), "last"].map {
                ($0, counters)
            }
        }
        return records
    }

    /// Waits for a write to `gate`, for 20 seconds at most.
    private func waitAtGate() {
        state.withLock { $0.heldCount += 1 }
        for _ in 0..<4000 where state.withLock({ !$0.isGateOpen }) { usleep(5000) }
        state.withLock { $0.heldCount -= 1 }
    }

    private static func describe(_ state: State) -> [UInt8] {
        let (handles, directories) = (state.handles.count, state.directories.count)
        let text = "handles \(handles) directories \(directories) nodes \(state.nodes.count)\n"
        return Array(text.utf8)
    }

    /// Takes the name `stale` away behind the kernel's back and then tells the kernel, from a thread of its own:
    /// the one that answers a request must not.
    private func forgetStaleName() {
        let (inode, session) = state.withLock { state in
            (state.nodes[1]?.children.removeValue(forKey: "stale") ?? 0, state.session)
        }
        guard let session else { return }
        Notifier.start {
            _ = session.announceRemoval(of: "stale", inode: InodeNumber(rawValue: inode), in: .root)
        }
    }
}

/// A thread for one notification.
enum Notifier {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(run)).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        pthread_detach(thread)
    }
}
