public import SystemPackage

/// Why a file operation of this module did not happen.
///
/// Nothing is hidden behind a general word: the kernel's own error number stays, so a full disk reads as
/// "No space left on device" all the way up to the person at the terminal.
public enum DurableFileError: Error, Equatable, Sendable {
    /// `operation` (the system call's name) on `path` failed with the given error number.
    case failed(operation: String, path: String, Errno)

    /// The kernel's error number.
    public var errno: Errno {
        switch self {
        case .failed(_, _, let errno): errno
        }
    }

    /// The system call that failed, for example `fsync`.
    public var operation: String {
        switch self {
        case .failed(let operation, _, _): operation
        }
    }

    /// The file or directory the call was about.
    public var path: String {
        switch self {
        case .failed(_, let path, _): path
        }
    }
}

extension DurableFileError: CustomStringConvertible {
    /// For people: `cannot rename /mail/x: No space left on device`.
    public var description: String {
        "cannot \(operation) \(path): \(errno)"
    }
}

/// Runs one call of `FileCalls` and turns its error number into an error that names the place.
func naming<Result>(
    _ call: FileCall, _ path: @autoclosure () -> String, _ body: () throws(Errno) -> Result
) throws(DurableFileError) -> Result {
    do {
        return try body()
    } catch {
        throw .failed(operation: call.rawValue, path: path(), error)
    }
}
