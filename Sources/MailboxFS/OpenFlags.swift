import Glibc

/// The flags of `open`, as far as the mount looks at them.
struct OpenFlags: Sendable, Equatable {
    let rawValue: Int32

    init(_ rawValue: Int32) { self.rawValue = rawValue }

    var canRead: Bool { rawValue & O_ACCMODE != O_WRONLY }
    var canWrite: Bool { rawValue & O_ACCMODE != O_RDONLY }
    var truncates: Bool { rawValue & O_TRUNC != 0 }
    var appends: Bool { rawValue & O_APPEND != 0 }
    var isExclusive: Bool { rawValue & O_EXCL != 0 }
}
