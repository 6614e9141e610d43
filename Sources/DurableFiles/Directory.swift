internal import Glibc
internal import SystemPackage

/// A directory that is open, and everything that can be done to the names in it.
///
/// All calls are relative to the descriptor: whatever happens to the path meanwhile, a file is written,
/// renamed and flushed in one and the same directory. Names are single components; below the directory the
/// caller opened, no symbolic link is ever followed.
public final class Directory: Sendable {
    /// How to open a file.
    public struct OpenOptions: OptionSet, Sendable {
        /// The bits, this module's own.
        public let rawValue: Int
        /// Options from their bits.
        public init(rawValue: Int) { self.rawValue = rawValue }
        /// For writing; reading is always possible unless only this is given.
        public static let write = OpenOptions(rawValue: 1)
        /// For reading and writing, together with `write`.
        public static let read = OpenOptions(rawValue: 2)
        /// Every write goes to the end.
        public static let append = OpenOptions(rawValue: 4)
        /// Make the file when it is not there.
        public static let create = OpenOptions(rawValue: 8)
        /// Fail with `.fileExists` when it is there.
        public static let exclusive = OpenOptions(rawValue: 16)

        var flags: Int32 {
            var flags = contains(.write) ? (contains(.read) ? O_RDWR : O_WRONLY) : O_RDONLY
            if contains(.append) { flags |= O_APPEND }
            if contains(.create) { flags |= O_CREAT }
            if contains(.exclusive) { flags |= O_EXCL }
            return flags
        }
    }

    /// The path it was opened under, for messages.
    public let path: String
    /// The door to the kernel that everything below this directory goes through.
    public let calls: FileCalls
    /// The kernel's number for it, valid as long as this object lives.
    public let descriptor: Int32

    /// Opens an existing directory.
    ///
    /// - Parameters:
    ///   - path: Absolute or relative to the working directory; symbolic links in it are followed.
    public init(opening path: String, calls: FileCalls = .live) throws(DurableFileError) {
        descriptor = try naming(.open, path) { () throws(Errno) in
            try calls.open(path, in: AT_FDCWD, flags: O_RDONLY | O_DIRECTORY, permissions: 0)
        }
        self.path = path
        self.calls = calls
    }

    private init(descriptor: Int32, path: String, calls: FileCalls) {
        self.descriptor = descriptor
        self.path = path
        self.calls = calls
    }

    deinit {
        calls.close(descriptor)
    }

    /// Opens a directory, making it and what is missing above it, durably.
    ///
    /// - Parameters:
    ///   - permissions: For the directories made here, before the process's umask.
    public static func create(
        at path: String, permissions: UInt32 = 0o700, calls: FileCalls = .live
    ) throws(DurableFileError) -> Directory {
        do throws(DurableFileError) {
            return try Directory(opening: path, calls: calls)
        } catch {
            let whole = FilePath(path)
            guard error.errno == .noSuchFileOrDirectory, let name = whole.lastComponent else { throw error }
            let above = whole.removingLastComponent()
            let parent = try create(
                at: above.isEmpty ? "." : above.string, permissions: permissions, calls: calls)
            return try parent.makeSubdirectory(name.string, permissions: permissions).directory
        }
    }

    /// The path of an entry, for messages.
    public func path(of name: String) -> String {
        path.hasSuffix("/") ? path + name : path + "/" + name
    }

    // MARK: Below this directory

    /// Opens a directory in this one.
    public func openSubdirectory(_ name: String) throws(DurableFileError) -> Directory {
        let opened = try naming(.open, path(of: name)) { () throws(Errno) in
            try calls.open(name, in: descriptor, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW, permissions: 0)
        }
        return Directory(descriptor: opened, path: path(of: name), calls: calls)
    }

    /// Opens a directory in this one, making it durably when it is missing.
    ///
    /// - Returns: The directory, and whether this call made it.
    public func makeSubdirectory(
        _ name: String, permissions: UInt32 = 0o700
    ) throws(DurableFileError) -> (directory: Directory, isNew: Bool) {
        var isNew = true
        do {
            try calls.makeDirectory(name, in: descriptor, permissions: permissions)
        } catch .fileExists {
            isNew = false
        } catch {
            throw .failed(operation: FileCall.makeDirectory.rawValue, path: path(of: name), error)
        }
        do throws(DurableFileError) {
            if isNew { try synchronize() }
            return (try openSubdirectory(name), isNew)
        } catch {
            if isNew { try? removeSubdirectory(name) }
            throw error
        }
    }

    /// Opens a file in this directory; a symbolic link is refused with `.tooManySymbolicLinkLevels`.
    public func open(
        _ name: String, _ options: OpenOptions = [], permissions: UInt32 = 0o600
    ) throws(DurableFileError) -> OpenFile {
        // O_NONBLOCK so that a pipe somebody put here cannot hang us; it means nothing to plain files.
        let flags = options.flags | O_NOFOLLOW | O_NONBLOCK
        let opened = try naming(.open, path(of: name)) { () throws(Errno) in
            try calls.open(name, in: descriptor, flags: flags, permissions: permissions)
        }
        return OpenFile(descriptor: opened, path: path(of: name), calls: calls)
    }

    /// The status of an entry itself (a symbolic link is not followed), or nil when there is none.
    public func status(of name: String) throws(DurableFileError) -> FileStatus? {
        do {
            return try calls.status(of: name, in: descriptor)
        } catch .noSuchFileOrDirectory {
            return nil
        } catch {
            throw .failed(operation: FileCall.status.rawValue, path: path(of: name), error)
        }
    }

    /// What an entry is, asking the file system only if the directory did not say; nil when it is gone.
    public func kind(of entry: DirectoryEntry) throws(DurableFileError) -> FileKind? {
        if let kind = entry.kind { return kind }
        return try status(of: entry.name)?.kind
    }

    /// Takes a name away; durable only after `synchronize()`.
    public func remove(_ name: String) throws(DurableFileError) {
        try naming(.unlink, path(of: name)) { () throws(Errno) in
            try calls.unlink(name, in: descriptor)
        }
    }

    /// Takes an empty directory away; durable only after `synchronize()`.
    public func removeSubdirectory(_ name: String) throws(DurableFileError) {
        try naming(.removeDirectory, path(of: name)) { () throws(Errno) in
            try calls.removeDirectory(name, in: descriptor)
        }
    }

    /// What a rename does when the new name is taken.
    public enum RenameMode: Sendable, Hashable {
        /// The old file of that name is replaced, atomically.
        case replacing
        /// The call fails with `.fileExists`.
        case refusing
        /// The two names change places; `.invalidArgument` where the file system cannot.
        case exchanging

        var flags: UInt32 {
            switch self {
            case .replacing: 0
            case .refusing: 1  // RENAME_NOREPLACE
            case .exchanging: 2  // RENAME_EXCHANGE
            }
        }
    }

    /// Renames within this directory, or into another one of the same file system.
    public func rename(
        _ name: String, to newName: String, in other: Directory? = nil, _ mode: RenameMode = .replacing
    ) throws(DurableFileError) {
        let target = other ?? self
        try naming(.rename, target.path(of: newName)) { () throws(Errno) in
            try calls.rename(
                name, in: descriptor, to: newName, in: target.descriptor, flags: mode.flags)
        }
    }

    /// Gives a file a second name in this directory.
    public func link(_ name: String, to newName: String) throws(DurableFileError) {
        try naming(.link, path(of: newName)) { () throws(Errno) in
            try calls.link(name, to: newName, in: descriptor)
        }
    }

    /// Returns once every change made to the names in this directory survives a power cut.
    public func synchronize() throws(DurableFileError) {
        try naming(.fsync, path) { () throws(Errno) in try calls.fsync(descriptor) }
    }

    /// The status of the directory itself.
    public func status() throws(DurableFileError) -> FileStatus {
        try naming(.status, path) { () throws(Errno) in try calls.status(descriptor) }
    }

    /// Takes an advisory lock (`flock`) on the directory itself if nobody is in the way; it lasts as long as
    /// this object, and taking it again changes its kind.
    ///
    /// - Returns: Whether it was taken.
    /// - Throws: `.badFileDescriptor` and the like where the file system locks only files open for writing.
    public func tryLock(_ kind: FileLock.Kind) throws(DurableFileError) -> Bool {
        do {
            try calls.lock(descriptor, operation: kind.operation | LOCK_NB)
            return true
        } catch .wouldBlock {
            return false
        } catch {
            throw .failed(operation: FileCall.lock.rawValue, path: path, error)
        }
    }

    /// How much room its file system has.
    public func space() throws(DurableFileError) -> FileSystemSpace {
        try naming(.space, path) { () throws(Errno) in try calls.space(descriptor) }
    }
}
