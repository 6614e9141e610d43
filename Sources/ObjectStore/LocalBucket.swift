public import DurableFiles
internal import FoundationEssentials
internal import Synchronization
internal import SystemPackage

/// A bucket that is a directory: each object a plain file named by its key, prefixes as sub-directories.
///
/// The body is in the file, exactly. Metadata is in extended attributes of the file, `user.` and the entry's
/// name, as rclone's local backend keeps it; where the file system has none, or no room for them, in the
/// instruction file `KEY.instruction`. A sealed object gets one in any case, so that a copy made with
/// `cp -r`, `rsync -a` or `tar` still opens. `docs/decisions/0002-metadata-of-local-objects.md` tells why.
///
/// INVARIANT: an object whose attributes hold an envelope is read by them alone. Only an object without one
/// is read together with its instruction file; such pairs are changed under the key's lock and with a
/// replacement record (`PairReplacement`), so that neither a reader nor a crash meets half a change.
///
/// No lock is held while a new object is written or flushed; as many threads as like may put at once.
public final class LocalBucket: Bucket {
    /// The bucket's name, which is the directory's.
    public let name: String
    /// Whether anything can be written: false on a read-only file system or without permission.
    public let isWritable: Bool
    /// Whether the file system keeps extended attributes.
    public let keepsAttributes: Bool

    let root: Directory
    let options: LocalStore.Options
    let writer: InstructionWriter
    /// A temporary made when the bucket was opened: the moment, by the file system's clock, and its name.
    let opening: (status: FileStatus, name: String)?
    /// Whether nobody else had the bucket open then.
    let isAlone: Bool
    let stateDirectory = Mutex<Directory?>(nil)
    /// Levels whose directories are known to survive a power cut.
    let durableLevels = Mutex<Set<KeyPrefix>>([])

    init(
        name: String, root: Directory, options: LocalStore.Options, writer: InstructionWriter
    ) throws(DurableFileError) {
        self.name = name
        self.root = root
        self.options = options
        self.writer = writer
        // The lock says "somebody uses this bucket". It is refused on some network file systems: then we
        // behave as if we were not alone.
        isAlone = (try? root.tryLock(.exclusive)) ?? false
        if !options.isReadOnly { try Self.recoverReplacements(root, options) }
        let probe = options.isReadOnly ? Probe(isWritable: false) : try Self.probe(root)
        isWritable = probe.isWritable
        keepsAttributes = probe.keepsAttributes
        opening = probe.made
        _ = try? root.tryLock(.shared)
    }

    private struct Probe {
        var isWritable = true
        var keepsAttributes = true
        var made: (status: FileStatus, name: String)?
    }

    /// Finds out by writing a temporary.
    ///
    /// A full disk tells nothing, and must not keep anyone from reading.
    private static func probe(_ root: Directory) throws(DurableFileError) -> Probe {
        var probe = Probe()
        do throws(DurableFileError) {
            let staged = try StagedFile(in: root, suffix: ".probe")
            probe.made = (try staged.file.status(), staged.name)
            try staged.file.setAttribute(FileAttribute(name: "user.envelopefs.probe", value: [0x31]))
        } catch {
            switch error.errno {
            case .readOnlyFileSystem, .permissionDenied:
                probe.isWritable = false
            case .noSpace, .diskQuotaExceeded:
                break
            case let errno where errno.meansNoAttributes || errno == .notPermitted:
                probe.keepsAttributes = false
            default:
                throw error
            }
        }
        return probe
    }

    // MARK: Reading

    /// Opens one version of an object.
    public func open(_ key: ObjectKey) throws(ObjectStoreError) -> any OpenedObject {
        try openLocal(key)
    }

    /// The facts and metadata of an object.
    public func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectHead {
        let object = try openLocal(key)
        return ObjectHead(info: object.info, metadata: object.metadata)
    }

    /// The facts of an object: one `stat` below the directory.
    public func info(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo {
        let status = try reading(key) { () throws(DurableFileError) in
            try findDirectory(key.prefix).status(of: key.lastComponent)
        }
        guard let status, status.kind == .regularFile else { throw .noSuchKey(key.text) }
        return ObjectInfo(key: key, status: status)
    }

    /// How much room the file system has.
    public func space() throws(ObjectStoreError) -> FileSystemSpace? {
        try storing { () throws(DurableFileError) in try root.space() }
    }

    /// Waits until the instruction files due in this store have been written.
    public func drain() {
        writer.drain(includingSweeps: false)
    }

    /// Whether two buckets are one on disk.
    func isSameDirectory(as other: LocalBucket) -> Bool {
        guard let one = try? root.status(), let two = try? other.root.status() else { return false }
        return one.isSameFile(as: two)
    }

    /// Refuses where the store was opened for reading only.
    func checkWritable() throws(ObjectStoreError) {
        guard options.isReadOnly else { return }
        throw .storage(.readOnlyFileSystem, operation: "write to", path: root.path)
    }

    /// The directory of a level, without following links.
    func findDirectory(_ prefix: KeyPrefix) throws(DurableFileError) -> Directory {
        try Self.findDirectory(prefix, below: root)
    }

    /// Runs a look-up; what cannot be there because the path is not is "no such key".
    func reading<Result: ~Copyable>(
        _ key: ObjectKey, _ body: () throws(DurableFileError) -> Result
    ) throws(ObjectStoreError) -> Result {
        do {
            return try body()
        } catch {
            if error.errno.meansNoSuchPath { throw .noSuchKey(key.text) }
            throw ObjectStoreError(error)
        }
    }
}

extension ObjectInfo {
    init(key: ObjectKey, status: FileStatus) {
        let seconds = Double(status.modifiedSeconds) + Double(status.modifiedNanoseconds) / 1e9
        self.init(
            key: key, byteCount: status.byteCount, modified: Date(timeIntervalSince1970: seconds),
            version: status.inode)
    }
}

extension Errno {
    /// Whether a path leads nowhere: a part is missing, is no directory, or is a symbolic link.
    var meansNoSuchPath: Bool {
        self == .noSuchFileOrDirectory || self == .notDirectory || self == .tooManySymbolicLinkLevels
    }

    /// Whether a file system says that it keeps no attributes, or not these: `ENOSPC` may mean the disk too,
    /// but then writing the instruction file instead says so again.
    var meansAttributesDoNotFit: Bool {
        meansNoAttributes || self == .noSpace || self == .argListTooLong || self == .outOfRange
            || self == .notPermitted || self == .diskQuotaExceeded
    }
}
