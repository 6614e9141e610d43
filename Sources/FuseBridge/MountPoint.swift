import CFuse
import Glibc
import SystemPackage

/// What can be known about a mount point before mounting, and why a mount failed after it did.
enum MountPoint {
    /// The device through which the kernel speaks to file systems like ours.
    private static let device = "/dev/fuse"
    /// Where fusermount3 lives; libfuse has the first compiled in on most systems.
    private static let fusermountPaths = [
        "/usr/bin/fusermount3", "/bin/fusermount3", "/usr/local/bin/fusermount3",
    ]

    // MARK: Before

    /// Checks that `path` is a directory one can mount on, taking away a dead mount of ours.
    ///
    /// A process that was killed leaves its mount behind, and every access says "Transport endpoint is not
    /// connected". Only a mount of type `ownType` is removed; another one is somebody else's business.
    ///
    /// - Returns: The absolute path without links, since a daemon changes its working directory.
    static func prepare(_ path: String, ownType: String, log: Log) throws(FuseBridgeError) -> String {
        do throws(FuseBridgeError) {
            return try resolve(path)
        } catch .mountPointUnreachable(_, .socketNotConnected) {
            let absolute = try resolveDeadMount(path)
            let type = try MountTable.read().last { $0.mountPoint == absolute }?.type
            guard type == ownType else { throw .mountPointStale(absolute, kind: type ?? "unknown") }
            try removeLazily(absolute)
            log(.warning, "took away the dead mount that was left on \(absolute)")
            return try resolve(path)
        }
    }

    private static func resolve(_ path: String) throws(FuseBridgeError) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let errno = Errno(rawValue: errno)
            throw errno == .noSuchFileOrDirectory
                ? .mountPointMissing(path) : .mountPointUnreachable(path, errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .mountPointNotADirectory(path) }
        return try realPath(path)
    }

    /// The path of a directory that cannot be looked at: that of its parent, and its name.
    private static func resolveDeadMount(_ path: String) throws(FuseBridgeError) -> String {
        var file = FilePath(path)
        guard let name = file.removingTrailingName() else {
            throw .mountPointUnreachable(path, .socketNotConnected)
        }
        let parent = try realPath(file.isEmpty ? "." : file.string)
        return parent == "/" ? "/" + name : parent + "/" + name
    }

    private static func realPath(_ path: String) throws(FuseBridgeError) -> String {
        guard let resolved = realpath(path, nil) else {
            throw .mountPointUnreachable(path, Errno(rawValue: errno))
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Unmounts without waiting for whoever still has files open below.
    static func removeLazily(_ path: String) throws(FuseBridgeError) {
        if umount2(path, Int32(MNT_DETACH)) == 0 { return }
        let errno = Errno(rawValue: errno)
        guard errno == .notPermitted, let program = fusermount() else {
            throw .mountPointUnreachable(path, errno)
        }
        guard try ChildProcess.run(program, ["-u", "-z", "-q", "--", path]) == 0 else {
            throw .mountPointStale(path, kind: "foreign")
        }
    }

    // MARK: After

    /// Finds out why mounting failed, from what can be seen; libfuse tells only in words.
    static func explainFailure(on path: String, options: MountOptions, reason: String?) -> FuseBridgeError {
        if let problem = deviceProblem() { return problem }
        if geteuid() != 0 {
            guard fusermount() != nil else { return .fusermountMissing }
            guard access(path, W_OK) == 0 else {
                return .mountRefused(path, reason: "you have no write permission there")
            }
            if options.allowsOthers || options.allowsRoot, !isSharingAllowed() {
                return .sharingNotAllowed(option: options.allowsOthers ? "allow_other" : "allow_root")
            }
        }
        return .mountRefused(path, reason: reason ?? "fusermount3 said why")
    }

    private static func deviceProblem() -> FuseBridgeError? {
        let descriptor = open(device, O_RDWR | O_CLOEXEC)
        if descriptor >= 0 {
            close(descriptor)
            return nil
        }
        switch Errno(rawValue: errno) {
        case .noSuchFileOrDirectory, .operationNotSupportedByDevice, .noSuchAddressOrDevice:
            return .deviceMissing
        case .permissionDenied, .notPermitted: return .deviceDenied
        default: return nil
        }
    }

    private static func fusermount() -> String? {
        fusermountPaths.first { access($0, X_OK) == 0 }
    }

    /// Whether the administrator lets users share their mounts.
    ///
    /// Source: mount.fuse3(8), "CONFIGURATION"; a file that cannot be read allows nothing, as in fusermount3.
    private static func isSharingAllowed() -> Bool {
        guard let text = TextFile.read("/etc/fuse.conf") else { return false }
        return text.split(separator: "\n").contains { $0 == "user_allow_other" }
    }
}

extension FilePath {
    /// Removes the last component and returns it; `nil` where the path ends in none, as `/` and `..` do.
    fileprivate mutating func removingTrailingName() -> String? {
        guard let last = lastComponent, last.kind == .regular else { return nil }
        removeLastComponent()
        return last.string
    }
}
