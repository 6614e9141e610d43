internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A file that is being written under a temporary name, and is gone again unless it is published.
///
/// The temporary lies in the directory it will be published in, because a rename is atomic only within one
/// file system. A process that is killed leaves it behind under a name that begins with `prefix`, for the
/// next start to sweep.
public struct StagedFile: ~Copyable, Sendable {
    /// What every temporary name of this module begins with.
    public static let prefix = ".tmp-"

    /// The temporary name.
    public let name: String
    /// The open file; write content and attributes through it.
    public let file: OpenFile
    /// Where it is, and where it will be published.
    public let directory: Directory
    private var isTemporary = true

    /// Makes an empty temporary.
    ///
    /// - Parameters:
    ///   - suffix: Added to the temporary name, so that a person who finds it knows what it was.
    public init(
        in directory: Directory, permissions: UInt32 = 0o600, suffix: String = ""
    ) throws(DurableFileError) {
        while true {
            let candidate = Self.makeName(suffix: suffix)
            do throws(DurableFileError) {
                file = try directory.open(
                    candidate, [.read, .write, .create, .exclusive], permissions: permissions)
                name = candidate
                self.directory = directory
                return
            } catch {
                // Left behind by a dead process that had our number; the counter moves on.
                guard error.errno == .fileExists else { throw error }
            }
        }
    }

    deinit {
        if isTemporary { directory.removeTemporary(name) }
    }

    /// A name no live file of this process has; uniqueness between processes comes from `O_EXCL`.
    public static func makeName(suffix: String = "") -> String {
        "\(prefix)\(getpid())-\(temporaryCounter.add(1, ordering: .relaxed).newValue)\(suffix)"
    }

    /// Renames the temporary to `newName`, not yet durably, and lets go of it.
    ///
    /// - Throws: What the rename failed with; the temporary then is still removed with this value.
    public mutating func rename(
        to newName: String, _ mode: Directory.RenameMode = .replacing
    ) throws(DurableFileError) {
        try directory.rename(name, to: newName, mode)
        isTemporary = false
    }

    /// Leaves the temporary where it is, for a recovery record that names it.
    public mutating func keepTemporary() {
        isTemporary = false
    }
}

private let temporaryCounter = Atomic<UInt64>(0)

extension Directory {
    /// Removes a temporary as well as that is possible; what stays is invisible and swept at the next start.
    public func removeTemporary(_ name: String) {
        do throws(DurableFileError) {
            try remove(name)
        } catch {
            // Once more, so that a passing failure leaves nothing; a lasting one is not ours to mend.
            if error.errno != .noSuchFileOrDirectory { try? remove(name) }
        }
    }
}
