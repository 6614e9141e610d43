/// The number under which the kernel knows a file or directory.
///
/// Layout of the 64 bits: 1 to 255 are fixed places, 256 up to 2^62 are entries of the inbox in the order
/// they were made, never reused; with bit 62 set it is a hash of the place of a stored object, so the number
/// survives forgetting and remounting. Zero is no inode.
public struct InodeNumber: RawRepresentable, Hashable, Sendable, Comparable {
    /// The number.
    public let rawValue: UInt64

    /// Makes any number, known or not.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The root of the mount.
    public static let root = InodeNumber(rawValue: 1)
    static let inbox = InodeNumber(rawValue: 2)
    static let mail = InodeNumber(rawValue: 3)
    static let sealed = InodeNumber(rawValue: 4)
    static let control = InodeNumber(rawValue: 5)
    /// The files of the control directory follow one another from here.
    static let firstControlFile = InodeNumber(rawValue: 16)
    static let firstInboxEntry = InodeNumber(rawValue: 256)
    static let hashedBit: UInt64 = 1 << 62

    /// Orders by number, which for the inbox is by age.
    public static func < (left: InodeNumber, right: InodeNumber) -> Bool { left.rawValue < right.rawValue }

    /// Which part of the tree the number belongs to.
    var territory: Territory {
        switch self {
        case .root: .root
        case .inbox: .inbox
        case .mail: .stored
        case .sealed: .stored
        case .control: .control
        default:
            if rawValue >= Self.hashedBit {
                .stored
            } else if self >= .firstInboxEntry {
                .inbox
            } else {
                .control
            }
        }
    }

    /// The parts of the tree, each answered by one view.
    enum Territory {
        case root, inbox, stored, control
    }
}

/// What kind of thing an inode is; the mount has no others.
public enum FileKind: Sendable, Hashable {
    /// A directory.
    case directory
    /// A regular file.
    case regularFile
}

/// Who makes a request, as the kernel reports it.
public struct Requester: Sendable, Hashable {
    /// The Unix user.
    public var uid: UInt32
    /// The Unix group.
    public var gid: UInt32
    /// The thread that asks, in the daemon's process namespace; 0 when it lives outside, or at release.
    public var pid: Int32

    /// Makes a requester.
    public init(uid: UInt32, gid: UInt32, pid: Int32) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
    }
}
