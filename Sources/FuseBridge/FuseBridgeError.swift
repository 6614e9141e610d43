public import SystemPackage

/// Why a mount could not be made, or did not last.
///
/// `description` is the sentence for a person; `hint`, where there is one, says what to do about it.
public enum FuseBridgeError: Error, Equatable, Sendable {
    /// A mount option nobody knows.
    case unknownOption(String)
    /// A mount option whose value is missing, unwanted or malformed.
    case invalidOption(name: String, value: String?, expected: String)
    /// Two mount options that exclude each other.
    case conflictingOptions(String, String)
    /// The mount point does not exist.
    case mountPointMissing(String)
    /// The mount point is a file.
    case mountPointNotADirectory(String)
    /// The mount point cannot be looked at.
    case mountPointUnreachable(String, Errno)
    /// A dead mount of another kind of file system is in the way.
    case mountPointStale(String, kind: String)
    /// There is no `/dev/fuse`, or no driver behind it.
    case deviceMissing
    /// `/dev/fuse` may not be opened by this user.
    case deviceDenied
    /// An unprivileged mount needs `fusermount3`, which is not installed.
    case fusermountMissing
    /// An unprivileged user asked for `allow_other` or `allow_root` without the administrator's consent.
    case sharingNotAllowed(option: String)
    /// The kernel, `fusermount3` or libfuse said no; `reason` repeats their words.
    case mountRefused(String, reason: String)
    /// libfuse would not make a session.
    case sessionRefused(reason: String)
    /// The call that failed, while threads, locks or buffers were prepared.
    case systemCall(String, Errno)
    /// The session was run twice, or run before it was mounted.
    case notMounted
    /// The connection to the kernel broke.
    case connectionLost(Errno)
}

extension FuseBridgeError: CustomStringConvertible {
    /// One sentence, lower case, without a full stop: what went wrong, and with which value.
    public var description: String {
        switch self {
        case .unknownOption(let name):
            "unknown mount option '\(name)'"
        case .invalidOption(let name, nil, let expected):
            "mount option '\(name)' needs \(expected)"
        case .invalidOption(let name, let value?, let expected):
            "mount option '\(name)' cannot be '\(value)': it needs \(expected)"
        case .conflictingOptions(let first, let second):
            "mount options '\(first)' and '\(second)' exclude each other"
        case .mountPointMissing(let path):
            "cannot mount on \(path): no such directory"
        case .mountPointNotADirectory(let path):
            "cannot mount on \(path): not a directory"
        case .mountPointUnreachable(let path, let errno):
            "cannot mount on \(path): \(errno.sentence)"
        case .mountPointStale(let path, let kind):
            "cannot mount on \(path): a dead \(kind) mount is in the way"
        case .deviceMissing:
            "cannot mount: /dev/fuse is not there"
        case .deviceDenied:
            "cannot mount: no permission to open /dev/fuse"
        case .fusermountMissing:
            "cannot mount: fusermount3 is not installed"
        case .sharingNotAllowed(let option):
            "cannot mount with '\(option)': user_allow_other is not set in /etc/fuse.conf"
        case .mountRefused(let path, let reason):
            "cannot mount on \(path): \(reason)"
        case .sessionRefused(let reason):
            "cannot start a FUSE session: \(reason)"
        case .systemCall(let call, let errno):
            "\(call) failed: \(errno.sentence)"
        case .notMounted:
            "the file system is not mounted"
        case .connectionLost(let errno):
            "the connection to the kernel broke: \(errno.sentence)"
        }
    }

    /// What a person can do about it, or `nil` where the sentence says it all.
    public var hint: String? {
        switch self {
        case .unknownOption: "list the options with --help"
        case .mountPointMissing(let path): "make it first: mkdir -p \(path)"
        case .mountPointStale(let path, _): "remove the dead mount first: fusermount3 -u -z \(path)"
        case .deviceMissing: "load the driver first: modprobe fuse"
        case .deviceDenied: "mount as root, or ask for read and write permission on /dev/fuse"
        case .fusermountMissing: "install the package fuse3, or mount as root"
        case .sharingNotAllowed: "add the line user_allow_other to /etc/fuse.conf, or mount as root"
        case .invalidOption, .conflictingOptions, .mountPointNotADirectory, .mountPointUnreachable,
            .mountRefused, .sessionRefused, .systemCall, .notMounted, .connectionLost:
            nil
        }
    }
}

extension Errno {
    /// The system's words for this number, with a lower-case first letter as in the middle of a sentence.
    var sentence: String {
        let words = description
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}
