internal import Glibc
internal import SystemPackage

/// An advisory lock (`flock`) on a file of its own, held until this value goes out of scope.
///
/// It holds between processes and between threads alike, and the kernel gives it back when a process dies,
/// so there is never a stale one to clear by hand.
public struct FileLock: ~Copyable, Sendable {
    /// Who else may hold it.
    public enum Kind: Sendable, Hashable {
        /// Any number of shared holders at once.
        case shared
        /// One holder, and nobody shared.
        case exclusive

        var operation: Int32 {
            switch self {
            case .shared: LOCK_SH
            case .exclusive: LOCK_EX
            }
        }
    }

    private let file: OpenFile

    /// Waits for the lock on `name`, making the file when it is not there.
    ///
    /// - Throws: What opening or locking failed with.
    public init(waitingFor name: String, in directory: Directory, _ kind: Kind) throws(DurableFileError) {
        let opened = try directory.open(name, [.write, .create], permissions: 0o600)
        try opened.lock(kind)
        file = opened
    }

    private init(_ file: consuming OpenFile) {
        self.file = file
    }

    /// Takes the lock on `name` if nobody is in the way, making the file when it is not there.
    ///
    /// - Returns: nil when somebody holds it.
    public static func ifFree(
        _ name: String, in directory: Directory, _ kind: Kind
    ) throws(DurableFileError) -> FileLock? {
        let file = try directory.open(name, [.write, .create], permissions: 0o600)
        return try file.tryLock(kind) ? FileLock(file) : nil
    }
}
