public import DurableFiles
internal import Synchronization
internal import SystemPackage

/// A directory whose sub-directories are buckets.
///
/// The store owns one thread, which writes instruction files behind the objects and sweeps each bucket once
/// after it is opened. `stop()` ends it, as does the end of the store.
public final class LocalStore: BucketSource {
    /// When the instruction file beside a sealed object is written.
    public enum InstructionPolicy: Sendable, Hashable {
        /// By the store's thread, soon after the object is durable. Costs the writer nothing.
        case behind
        /// With the object: both are durable when `put` returns.
        case inline
        /// Only where attributes cannot hold the envelope. A copy made without attributes does not open.
        case onlyIfNeeded
    }

    /// How a store behaves.
    public struct Options: Sendable, Hashable {
        /// Permissions of object files, before the process's umask.
        public var filePermissions: UInt32 = 0o600
        /// Permissions of directories, before the process's umask.
        public var directoryPermissions: UInt32 = 0o700
        /// Nothing is written, not even to clean up.
        public var isReadOnly = false
        /// Whether a bucket is swept after it is opened.
        public var sweepsAtStart = true
        /// When instruction files are written.
        public var instructionFiles = InstructionPolicy.behind

        /// The defaults above.
        public init() {}
    }

    /// The directory, as it was named.
    public let path: String
    private let directory: Directory
    private let options: Options
    private let writer: InstructionWriter
    private let buckets = Mutex<[String: LocalBucket]>([:])

    /// Opens a directory of buckets.
    ///
    /// - Parameters:
    ///   - creating: Whether to make the directory when it is missing.
    ///   - calls: The door to the kernel; tests put theirs in.
    public init(
        directory path: String, creating: Bool = false, options: Options = Options(), calls: FileCalls = .live
    ) throws(ObjectStoreError) {
        directory = try storing { () throws(DurableFileError) in
            creating
                ? try Directory.create(at: path, permissions: options.directoryPermissions, calls: calls)
                : try Directory(opening: path, calls: calls)
        }
        self.path = path
        self.options = options
        writer = InstructionWriter()
    }

    deinit {
        writer.stop()
    }

    // MARK: Buckets

    /// All bucket names, in byte order; directories with other names are not buckets.
    public func bucketNames() throws(ObjectStoreError) -> [String] {
        let names = try storing { () throws(DurableFileError) in
            var reader = try DirectoryReader(directory)
            var names: [String] = []
            while let entry = try reader.next() {
                guard BucketName.objection(to: entry.name) == nil else { continue }
                let kind = try directory.kind(of: entry)
                if kind == .directory { names.append(entry.name) }
            }
            return names
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The bucket of that name.
    public func bucket(named name: String) throws(ObjectStoreError) -> any Bucket {
        try localBucket(named: name)
    }

    /// The bucket of that name, as what it is.
    ///
    /// - Throws: `.noSuchBucket` when there is none.
    public func localBucket(named name: String) throws(ObjectStoreError) -> LocalBucket {
        if let open = buckets.withLock({ $0[name] }), isCurrent(open) { return open }
        try BucketName.check(name)
        let root: Directory
        do throws(DurableFileError) {
            root = try directory.openSubdirectory(name)
        } catch {
            if error.errno.meansNoSuchPath { throw .noSuchBucket(name) }
            throw ObjectStoreError(error)
        }
        return try adopt(root, name)
    }

    /// Makes a bucket, durably.
    ///
    /// - Throws: `.bucketExists`, `.invalidBucketName`.
    @discardableResult
    public func createBucket(named name: String) throws(ObjectStoreError) -> LocalBucket {
        try checkWritable()
        try BucketName.check(name)
        let (root, isNew) = try storing { () throws(DurableFileError) in
            try directory.makeSubdirectory(name, permissions: options.directoryPermissions)
        }
        guard isNew else { throw .bucketExists(name) }
        return try adopt(root, name)
    }

    /// Removes a bucket that holds no objects.
    ///
    /// - Throws: `.bucketNotEmpty`, `.noSuchBucket`.
    public func deleteBucket(named name: String) throws(ObjectStoreError) {
        try checkWritable()
        let bucket = try localBucket(named: name)
        guard try bucket.list(ListRequest(limit: 1)).objects.isEmpty else { throw .bucketNotEmpty(name) }
        bucket.removeOwnFiles()
        do throws(DurableFileError) {
            try directory.removeSubdirectory(name)
            try directory.synchronize()
        } catch {
            if error.errno == .directoryNotEmpty { throw .bucketNotEmpty(name) }
            throw ObjectStoreError(error)
        }
        buckets.withLock { $0[name] = nil }
    }

    private func checkWritable() throws(ObjectStoreError) {
        guard options.isReadOnly else { return }
        throw .storage(.readOnlyFileSystem, operation: "write to", path: path)
    }

    /// Whether the directory of an open bucket still is the one of that name.
    private func isCurrent(_ bucket: LocalBucket) -> Bool {
        guard let status = try? directory.status(of: bucket.name), let own = try? bucket.root.status() else {
            return false
        }
        return status.isSameFile(as: own)
    }

    private func adopt(_ root: Directory, _ name: String) throws(ObjectStoreError) -> LocalBucket {
        let opened = try storing { () throws(DurableFileError) in
            try LocalBucket(name: name, root: root, options: options, writer: writer)
        }
        // Another thread may have opened it meanwhile; the first one stays, so that all share it.
        let (bucket, isNew) = buckets.withLock { buckets in
            if let first = buckets[name], first.isSameDirectory(as: opened) { return (first, false) }
            buckets[name] = opened
            return (opened, true)
        }
        if isNew, options.sweepsAtStart, bucket.isWritable { writer.sweep(bucket) }
        return bucket
    }

    // MARK: The thread, and facts

    /// Waits until every instruction file that is due has been written.
    ///
    /// - Parameters:
    ///   - includingSweeps: Whether to wait for the sweeps of opened buckets too.
    public func drain(includingSweeps: Bool = false) {
        writer.drain(includingSweeps: includingSweeps)
    }

    /// Writes the instruction files that are due, then ends the thread.
    ///
    /// Sweeps are broken off; the next start takes them up. Objects put afterwards are stored, their
    /// instruction files wait for that too.
    public func stop() {
        writer.drain(includingSweeps: false)
        writer.stop()
    }

    /// What the store has done since it was opened.
    public var statistics: StoreStatistics { writer.statistics }

    /// How much room its file system has.
    public func space() throws(ObjectStoreError) -> FileSystemSpace {
        try storing { () throws(DurableFileError) in try directory.space() }
    }
}
