import Synchronization

/// Bytes that are complete and will not change: served from memory without a lock.
protocol Content: Sendable {
    /// Whether reads go past the page cache, so that no plaintext stays in it.
    var bypassesCache: Bool { get }
    /// Lends the bytes from `offset` on, at most `count`; none past the end.
    func withBytes<R>(
        from offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(MailboxError) -> R
}

/// What a file handle stands for.
enum OpenFile: Sendable {
    /// A file of the inbox, which may be written.
    case staged(StagedHandle)
    /// Finished bytes: opened mail, a stored object, a page of text.
    case content(any Content)
}

/// The open files and directories of the mount, by the numbers the kernel repeats.
///
/// Numbers are never reused, so a late request for a closed handle cannot meet another file.
final class HandleTable: Sendable {
    private struct State {
        var next: UInt64 = 1
        var files: [UInt64: OpenFile] = [:]
        var directories: [UInt64: any DirectoryStream] = [:]
    }

    private let state = Mutex(State())

    func add(_ file: OpenFile) -> UInt64 {
        state.withLock { state in
            let handle = state.next
            state.next += 1
            state.files[handle] = file
            return handle
        }
    }

    func add(_ directory: any DirectoryStream) -> UInt64 {
        state.withLock { state in
            let handle = state.next
            state.next += 1
            state.directories[handle] = directory
            return handle
        }
    }

    func file(_ handle: UInt64) throws(MailboxError) -> OpenFile {
        guard let file = state.withLock({ $0.files[handle] }) else { throw .badHandle(handle) }
        return file
    }

    func directory(_ handle: UInt64) throws(MailboxError) -> any DirectoryStream {
        guard let directory = state.withLock({ $0.directories[handle] }) else { throw .badHandle(handle) }
        return directory
    }

    /// Takes the file out; the caller ends it.
    func removeFile(_ handle: UInt64) -> OpenFile? { state.withLock { $0.files.removeValue(forKey: handle) } }

    func removeDirectory(_ handle: UInt64) {
        state.withLock { _ = $0.directories.removeValue(forKey: handle) }
    }

    /// Takes everything out, at the end of the mount.
    func removeAll() -> [OpenFile] {
        state.withLock { state in
            defer {
                state.files = [:]
                state.directories = [:]
            }
            return Array(state.files.values)
        }
    }

    var counts: (files: Int, directories: Int) { state.withLock { ($0.files.count, $0.directories.count) } }
}
