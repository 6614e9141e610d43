internal import DurableFiles
internal import Synchronization
internal import SystemPackage

/// Keeps everybody else, in this process or another, from changing what is stored under a key.
///
/// It is a lock on one of a few files in the bucket's state directory, chosen by the key's bytes; two keys
/// may share one and then wait for each other. Only those take it who touch a pair of object and instruction
/// file, or replace or delete an object; storing a new object under a new key does not.
struct KeyLock: ~Copyable {
    private let file: OpenFile?

    private init(_ file: consuming OpenFile) {
        self.file = consume file
    }

    /// Waits until nobody else changes `key`.
    init(
        waitingFor key: ObjectKey, in state: Directory, permissions: UInt32
    ) throws(DurableFileError) {
        let file = try state.open(Self.name(of: key), [.write, .create], permissions: permissions)
        do throws(DurableFileError) {
            try file.lock(.exclusive)
        } catch {
            // A file system without locks: the one process that uses it must do without.
            guard error.errno.meansNoLocks else { throw error }
        }
        self.init(file)
    }

    /// Waits until nobody is changing `key`.
    init(sharing key: ObjectKey, in state: Directory) throws(DurableFileError) {
        let file = try state.open(Self.name(of: key))
        try file.lock(.shared)
        self.init(file)
    }

    /// No lock, where there is nobody to keep out.
    init() {
        file = nil
    }

    /// Gives the lock back; at the end of its life it would be too.
    consuming func release() {}

    /// How many files there are to lock.
    static let stripeCount: UInt32 = 64

    /// The name of the lock file of a key; the same in every process, so not Swift's own hash.
    static func name(of key: ObjectKey) -> String {
        // FNV-1a, 32 bits.
        var hash: UInt32 = 0x811C_9DC5
        for byte in key.text.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return "lock-\((hash ^ (hash >> 16)) % stripeCount)"
    }
}

extension LocalBucket {
    /// The bucket's directory for locks and replacement records; never listed, no key can lead there.
    static let stateDirectoryName = ".tmp-envelopefs"

    /// The state directory, made at first use.
    func makeStateDirectory() throws(DurableFileError) -> Directory {
        if let directory = stateDirectory.withLock({ $0 }) { return directory }
        let directory = try root.makeSubdirectory(
            Self.stateDirectoryName, permissions: options.directoryPermissions
        ).directory
        stateDirectory.withLock { $0 = directory }
        return directory
    }

    /// Waits until nobody else changes `key`.
    func lockForWriting(_ key: ObjectKey) throws(DurableFileError) -> KeyLock {
        do throws(DurableFileError) {
            return try KeyLock(
                waitingFor: key, in: try makeStateDirectory(), permissions: options.filePermissions)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        // Somebody tidied the state directory away; it is made again.
        stateDirectory.withLock { $0 = nil }
        return try KeyLock(
            waitingFor: key, in: try makeStateDirectory(), permissions: options.filePermissions)
    }

    /// Waits until nobody is changing `key`; without a state directory nobody ever did.
    func lockForReading(_ key: ObjectKey) throws(DurableFileError) -> KeyLock {
        do throws(DurableFileError) {
            return try KeyLock(sharing: key, in: try root.openSubdirectory(Self.stateDirectoryName))
        } catch {
            let isHarmless =
                error.errno.meansNoSuchPath || error.errno.meansNoLocks || error.errno == .permissionDenied
            guard isHarmless else { throw error }
            return KeyLock()
        }
    }
}

extension Errno {
    fileprivate var meansNoLocks: Bool {
        self == .noLocks || self == .notSupported || self == .notSupportedOnSocket || self == .noFunction
            || self == .badFileDescriptor
    }
}
