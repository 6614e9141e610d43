import FoundationEssentials
import FuseBridge
import Glibc
import MailboxFS
import Synchronization

/// A small file system in memory whose file names say how it should behave.
///
/// | name begins with | behaviour |
/// |---|---|
/// | `slow` | opening and flushing wait 400 ms, on a worker |
/// | `held` | opening waits, on a worker, until something has been written to the file `gate` |
/// | `deny` | opening says that the user may not |
/// | `refuse` | flushing written contents says that they are too large |
/// | `sink` | what is written is not kept |
/// | `patient` | flushing waits until the closing process is interrupted, and then fails |
///
/// The directory `many` has 10,000 files, `odd` lists names no kernel takes, and the file `counters` tells how
/// many handles are open, and how many inodes exist or are still known to the kernel. Writing to `invalidate` makes the kernel forget the name `stale`.
final class MemoryFileSystem: FileSystem {
    struct Node {
        var name: String
        var kind = FileKind.regularFile
        var permissions: UInt16 = 0o644
        var bytes: [UInt8] = []
        var children: [String: UInt64] = [:]
        var attributes: [String: [UInt8]] = [:]
        var linkCount: UInt32 = 1
        var owner: (uid: UInt32, gid: UInt32) = (0, 0)
        var times: (accessed: Date, modified: Date) = (
            Date(timeIntervalSince1970: 1e9), Date(timeIntervalSince1970: 1e9)
        )
        var lookupCount: UInt64 = 0

        mutating func store(_ source: UnsafeRawBufferPointer, at offset: Int) {
            if bytes.count < offset + source.count {
                MemoryFileSystem.resize(&bytes, to: offset + source.count)
            }
            bytes.replaceSubrange(offset..<(offset + source.count), with: source)
        }
    }

    struct Handle {
        var inode: UInt64
        var hasWritten = false
    }

    struct State {
        var nodes: [UInt64: Node] = [:]
        var handles: [UInt64: Handle] = [:]
        var directories: [UInt64: UInt64] = [:]
        var nextInode: UInt64 = 10
        var nextHandle: UInt64 = 1
        var isGateOpen = false
        /// Threads that wait at the gate.
        var heldCount = 0
        var session: Session?
    }

    static let many: UInt64 = 2
    static let odd: UInt64 = 3
    static let counters: UInt64 = 4
    static let manyCount: UInt64 = 10_000
    private static let firstOfMany: UInt64 = 1 << 32

    let state = Mutex(State())
    let umask: UInt16

    init(umask: UInt16) {
        self.umask = umask
        state.withLock { state in
            state.nodes[1] = Node(
                name: "/", kind: .directory, permissions: 0o755,
                children: ["many": Self.many, "odd": Self.odd, "counters": Self.counters])
            state.nodes[Self.many] = Node(name: "many", kind: .directory, permissions: 0o755)
            state.nodes[Self.odd] = Node(name: "odd", kind: .directory, permissions: 0o755)
            state.nodes[Self.counters] = Node(name: "counters", permissions: 0o444)
        }
    }

    var session: Session? {
        get { state.withLock { $0.session } }
        set { state.withLock { $0.session = newValue } }
    }

    // MARK: Inodes

    func lookup(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError)
        -> Entry
    {
        try state.withLock { (state) throws(MailboxError) in
            let inode = try Self.find(name, in: parent.rawValue, state)
            return try Self.enter(inode, &state)
        }
    }

    func forget(_ inode: InodeNumber, count: UInt64) {
        state.withLock { state in
            guard var node = state.nodes[inode.rawValue] else { return }
            node.lookupCount = node.lookupCount > count ? node.lookupCount - count : 0
            let isGone = node.linkCount == 0 && node.lookupCount == 0
            state.nodes[inode.rawValue] =
                isGone || Self.isOfMany(inode.rawValue) && node.lookupCount == 0 ? nil : node
        }
    }

    func attributes(
        of inode: InodeNumber, handle: UInt64?, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes {
        try state.withLock { (state) throws(MailboxError) in
            TimedAttributes(Self.attributes(inode.rawValue, try Self.node(inode.rawValue, state)), timeout: 0)
        }
    }

    func setAttributes(
        of inode: InodeNumber, handle: UInt64?, to changes: AttributeChanges, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes {
        try state.withLock { (state) throws(MailboxError) in
            var node = try Self.node(inode.rawValue, state)
            if let permissions = changes.permissions { node.permissions = permissions }
            if let uid = changes.uid { node.owner.uid = uid }
            if let gid = changes.gid { node.owner.gid = gid }
            if let accessed = changes.accessed { node.times.accessed = accessed }
            if let modified = changes.modified { node.times.modified = modified }
            if let byteCount = changes.byteCount {
                guard byteCount <= 1 << 26 else { throw .tooLarge(limit: 1 << 26) }
                Self.resize(&node.bytes, to: Int(byteCount))
            }
            state.nodes[inode.rawValue] = node
            return TimedAttributes(Self.attributes(inode.rawValue, node), timeout: 0)
        }
    }

    func access(_ inode: InodeNumber, mask: Int32, for requester: Requester) throws(MailboxError) {
        if inode.rawValue == Self.counters, mask & W_OK != 0 { throw .readOnly("counters") }
    }

    // MARK: Extended attributes

    func extendedAttribute(
        _ name: String, of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> [UInt8] {
        try state.withLock { (state) throws(MailboxError) in
            guard let value = try Self.node(inode.rawValue, state).attributes[name] else {
                throw .noSuchAttribute(name)
            }
            return value
        }
    }

    func extendedAttributeNames(of inode: InodeNumber, for requester: Requester) throws(MailboxError)
        -> [String]
    {
        try state.withLock { (state) throws(MailboxError) in
            try Self.node(inode.rawValue, state).attributes.keys.sorted()
        }
    }

    func setExtendedAttribute(
        _ name: String, of inode: InodeNumber, to value: [UInt8], for requester: Requester
    ) throws(MailboxError) {
        state.withLock { $0.nodes[inode.rawValue]?.attributes[name] = value }
    }

    func removeExtendedAttribute(
        _ name: String, of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) {
        let isRemoved = state.withLock {
            $0.nodes[inode.rawValue]?.attributes.removeValue(forKey: name) != nil
        }
        if !isRemoved { throw .noSuchAttribute(name) }
    }

    func statistics() throws(MailboxError) -> FileSystemStatistics {
        FileSystemStatistics(
            blockByteCount: 4096, blockCount: 1000, freeBlockCount: 500, availableBlockCount: 400,
            fileCount: 100,
            freeFileCount: 50, longestName: 255)
    }

    // MARK: Looking into the state, under its lock

    static func isOfMany(_ inode: UInt64) -> Bool { inode >= firstOfMany }

    static func manyName(_ index: UInt64) -> String { "file-\(index)" }

    static func manyInode(_ index: UInt64) -> UInt64 { firstOfMany + index }

    static func node(_ inode: UInt64, _ state: State) throws(MailboxError) -> Node {
        if let node = state.nodes[inode] { return node }
        guard isOfMany(inode) else { throw .noSuchEntry("inode \(inode)") }
        return Node(name: manyName(inode - firstOfMany))
    }

    static func find(_ name: String, in parent: UInt64, _ state: State) throws(MailboxError) -> UInt64 {
        guard name.utf8.count <= 255 else { throw .nameTooLong(byteCount: name.utf8.count) }
        let directory = try node(parent, state)
        if let inode = directory.children[name] { return inode }
        if parent == many, name.hasPrefix("file-"), let index = UInt64(name.dropFirst(5)), index < manyCount {
            return manyInode(index)
        }
        throw .noSuchEntry(name)
    }

    /// The entry of an inode, counted as one more lookup.
    static func enter(_ inode: UInt64, _ state: inout State) throws(MailboxError) -> Entry {
        var node = try node(inode, state)
        node.lookupCount += 1
        state.nodes[inode] = node
        let timeout = node.name.hasPrefix("stale") ? 1000.0 : 0
        return Entry(
            inode: InodeNumber(rawValue: inode), attributes: attributes(inode, node), entryTimeout: timeout,
            attributeTimeout: timeout)
    }

    static func attributes(_ inode: UInt64, _ node: Node) -> FileAttributes {
        FileAttributes(
            inode: InodeNumber(rawValue: inode), kind: node.kind, permissions: node.permissions,
            byteCount: UInt64(node.bytes.count), linkCount: node.linkCount, uid: node.owner.uid,
            gid: node.owner.gid,
            accessed: node.times.accessed, modified: node.times.modified, changed: node.times.modified)
    }

    static func resize(_ bytes: inout [UInt8], to count: Int) {
        if count < bytes.count {
            bytes.removeLast(bytes.count - count)
        } else {
            bytes += repeatElement(0, count: count - bytes.count)
        }
    }
}
