import Glibc
import MailboxFS
import Synchronization

/// A process of the fake kernel: the system calls programs make, as requests to the mailbox.
struct Program: Sendable {
    let kernel: FakeKernel
    let requester: Requester

    var files: MailboxFS { kernel.files }
    /// The process, whose descriptors all its threads share.
    private var group: Int32 { kernel.state.withLock { $0.processes[requester.pid]?.group } ?? requester.pid }

    // MARK: Paths

    /// Looks a path up, runs `body`, and forgets all of the path again.
    func withInode<R>(_ path: String, _ body: (InodeNumber, FileAttributes) throws(MailboxError) -> R)
        throws(MailboxError) -> R
    {
        var inode = InodeNumber.root
        var attributes = try files.attributes(of: .root, handle: nil, for: requester).attributes
        var known: [InodeNumber] = []
        defer { for inode in known { kernel.forget(inode) } }
        for name in path.split(separator: "/") {
            let entry = try files.lookup(String(name), in: inode, for: requester)
            known.append(entry.inode)
            inode = entry.inode
            attributes = entry.attributes
        }
        return try body(inode, attributes)
    }

    func withParent<R>(
        of path: String, _ body: (InodeNumber, String) throws(MailboxError) -> R
    ) throws(MailboxError) -> R {
        let parts = path.split(separator: "/")
        let directory = parts.dropLast().joined(separator: "/")
        return try withInode(directory) { (inode, _) throws(MailboxError) in
            try body(inode, String(parts.last ?? ""))
        }
    }

    func exists(_ path: String) -> Bool { (try? stat(path)) != nil }

    @discardableResult
    func stat(_ path: String) throws(MailboxError) -> FileAttributes {
        try withInode(path) { (inode, _) throws(MailboxError) in
            try files.attributes(of: inode, handle: nil, for: requester).attributes
        }
    }

    // MARK: Descriptors

    /// `open`, with lookup first, as the kernel does it.
    func open(_ path: String, _ flags: Int32 = O_WRONLY | O_CREAT | O_TRUNC) throws(MailboxError) -> Int {
        try withParent(of: path) { (parent, name) throws(MailboxError) in
            let existing: Entry?
            do throws(MailboxError) { existing = try files.lookup(name, in: parent, for: requester) } catch {
                guard case .noSuchEntry = error, flags & O_CREAT != 0 else { throw error }
                existing = nil
            }
            guard let existing else {
                let (entry, file) = try files.create(
                    name, in: parent, permissions: 0o644, flags: flags, for: requester)
                return add(FakeKernel.Description(inode: entry.inode, handle: file.handle, flags: flags))
            }
            guard flags & O_EXCL == 0 else {
                kernel.forget(existing.inode)
                throw .alreadyExists(name)
            }
            do throws(MailboxError) {
                let file = try files.open(existing.inode, flags: flags, for: requester)
                return add(FakeKernel.Description(inode: existing.inode, handle: file.handle, flags: flags))
            } catch {
                kernel.forget(existing.inode)
                throw error
            }
        }
    }

    private func add(_ description: FakeKernel.Description) -> Int {
        let group = group
        return kernel.state.withLock { state in
            let descriptor = (state.processes[group]?.descriptors.keys.max() ?? 2) + 1
            state.processes[group]?.descriptors[descriptor] = description
            return descriptor
        }
    }

    func description(_ descriptor: Int) throws(MailboxError) -> FakeKernel.Description {
        let group = group
        guard let found = kernel.state.withLock({ $0.processes[group]?.descriptors[descriptor] }) else {
            throw .badHandle(0)
        }
        return found
    }

    /// Writes in pieces of `size` at the description's position.
    func write(_ descriptor: Int, _ bytes: [UInt8], size: Int = 131_072) throws(MailboxError) {
        let description = try description(descriptor)
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            var position = description.position.withLock { $0 }
            if description.flags & O_APPEND != 0 {
                position = try files.attributes(of: description.inode, handle: nil, for: requester).attributes
                    .byteCount
            }
            try pwrite(descriptor, piece, at: position)
            description.position.withLock { $0 = position + UInt64(piece.count) }
            rest = rest.dropFirst(piece.count)
        }
    }

    func pwrite(_ descriptor: Int, _ bytes: [UInt8], at offset: UInt64) throws(MailboxError) {
        let handle = try description(descriptor).handle
        try bytes.span.withUnsafeBytes { (raw) throws(MailboxError) in
            _ = try files.write(handle, raw, at: offset, for: requester)
        }
    }

    func read(_ descriptor: Int, from offset: UInt64 = 0, count: Int = 1 << 26) throws(MailboxError)
        -> [UInt8]
    {
        try files.read(try description(descriptor).handle, from: offset, count: count) { Array($0) }
    }

    func contents(of path: String) throws(MailboxError) -> [UInt8] {
        let descriptor = try open(path, O_RDONLY)
        defer { try? close(descriptor) }
        return try read(descriptor)
    }

    /// `close`: the descriptor is gone first, then the flush, then perhaps the release.
    func close(_ descriptor: Int) throws(MailboxError) {
        let description = try description(descriptor)
        let group = group
        kernel.state.withLock { _ = $0.processes[group]?.descriptors.removeValue(forKey: descriptor) }
        defer {
            let left = description.references.withLock { references in
                references -= 1
                return references
            }
            if left == 0 {
                files.release(description.handle)
                kernel.forget(description.inode)
            }
        }
        try files.flush(description.handle, for: requester)
    }

    func dup(_ descriptor: Int) throws(MailboxError) -> Int {
        let description = try description(descriptor)
        description.references.withLock { $0 += 1 }
        return add(description)
    }

    func fsync(_ descriptor: Int) throws(MailboxError) {
        try files.synchronize(try description(descriptor).handle)
    }

    func truncate(_ descriptor: Int, to length: UInt64) throws(MailboxError) {
        let description = try description(descriptor)
        _ = try files.setAttributes(
            of: description.inode, handle: description.handle, to: AttributeChanges(byteCount: length),
            for: requester)
    }

    // MARK: Processes

    /// A child that shares all descriptors.
    func fork() -> Program {
        let child = kernel.process(uid: requester.uid)
        kernel.state.withLock { state in
            let inherited = state.processes[requester.pid]?.descriptors ?? [:]
            for description in inherited.values { description.references.withLock { $0 += 1 } }
            state.processes[child.requester.pid]?.descriptors = inherited
        }
        return child
    }

    /// A second thread of the same process.
    func thread() -> Program {
        let thread = kernel.process(uid: requester.uid)
        let group = group
        kernel.state.withLock { $0.processes[thread.requester.pid]?.group = group }
        return thread
    }

    /// Ends, closing what is open.
    ///
    /// Nobody sees what the closes answer.
    func exit(_ code: Int32 = 0) { end(code == 0 ? .succeeded : .failed(status: code << 8)) }

    /// Is killed.
    func kill(signal: Int32 = SIGKILL) { end(.failed(status: signal)) }

    private func end(_ ending: ProcessEnding) {
        let open = kernel.state.withLock { state in
            state.processes[requester.pid]?.ending = ending
            return state.processes[requester.pid]?.descriptors.keys.sorted() ?? []
        }
        for descriptor in open { try? close(descriptor) }
        kernel.state.withLock { _ = $0.processes.removeValue(forKey: requester.pid) }
    }

    // MARK: Names

    func rename(_ path: String, to newPath: String, flags: UInt32 = 0) throws(MailboxError) {
        try withParent(of: path) { (parent, name) throws(MailboxError) in
            try withParent(of: newPath) { (newParent, newName) throws(MailboxError) in
                try files.rename(name, in: parent, to: newName, in: newParent, flags: flags, for: requester)
            }
        }
    }

    func link(_ path: String, to newPath: String) throws(MailboxError) {
        try withInode(path) { (inode, _) throws(MailboxError) in
            try withParent(of: newPath) { (parent, name) throws(MailboxError) in
                let entry = try files.link(inode, as: name, in: parent, for: requester)
                kernel.forget(entry.inode)
            }
        }
    }

    func unlink(_ path: String) throws(MailboxError) {
        try withParent(of: path) { (parent, name) throws(MailboxError) in
            try files.remove(name, in: parent, for: requester)
        }
    }

    func mkdir(_ path: String) throws(MailboxError) {
        try withParent(of: path) { (parent, name) throws(MailboxError) in
            let entry = try files.makeDirectory(name, in: parent, permissions: 0o755, for: requester)
            kernel.forget(entry.inode)
        }
    }

    func rmdir(_ path: String) throws(MailboxError) {
        try withParent(of: path) { (parent, name) throws(MailboxError) in
            try files.removeDirectory(name, in: parent, for: requester)
        }
    }

    /// chmod, utimes or chown by path.
    func change(_ path: String, _ changes: AttributeChanges) throws(MailboxError) {
        try withInode(path) { (inode, _) throws(MailboxError) in
            _ = try files.setAttributes(of: inode, handle: nil, to: changes, for: requester)
        }
    }

    func setxattr(_ path: String, _ name: String) throws(MailboxError) {
        try withInode(path) { (inode, _) throws(MailboxError) in
            try files.setExtendedAttribute(name, of: inode, to: [1], for: requester)
        }
    }

    func attributes(of path: String) throws(MailboxError) -> [String: String] {
        try withInode(path) { (inode, _) throws(MailboxError) in
            var found: [String: String] = [:]
            for name in try files.extendedAttributeNames(of: inode, for: requester) {
                found[name] = String(
                    decoding: try files.extendedAttribute(name, of: inode, for: requester), as: UTF8.self)
            }
            return found
        }
    }

    /// All names but `.` and `..`, in the order they are listed.
    func list(_ path: String, pageSize: Int = .max, withEntries: Bool = false) throws(MailboxError)
        -> [String]
    {
        try records(of: path, pageSize: pageSize, withEntries: withEntries).map(\.name).filter {
            $0 != "." && $0 != ".."
        }
    }

    func records(
        of path: String, pageSize: Int = .max, withEntries: Bool = false
    ) throws(MailboxError) -> [DirectoryRecord] {
        try withInode(path) { (inode, _) throws(MailboxError) in
            let handle = try files.openDirectory(inode, for: requester)
            defer { files.releaseDirectory(handle) }
            var all: [DirectoryRecord] = []
            var offset: UInt64 = 0
            while true {
                var page: [DirectoryRecord] = []
                try files.readDirectory(handle, from: offset, withEntries: withEntries, for: requester) {
                    record in
                    guard page.count < pageSize else { return false }
                    page.append(record)
                    return true
                }
                for record in page where record.entry != nil { kernel.forget(record.inode) }
                guard let last = page.last else { return all }
                all += page
                offset = last.nextOffset
            }
        }
    }
}
