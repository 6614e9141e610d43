/// How the file system is mounted: what `-o` said, sorted by who has to obey it.
///
/// Three kinds of options arrive in one list. FUSE's and the kernel's own become properties here; those of
/// mount(8) that mean nothing to a daemon (`nofail`, `_netdev`, `x-…`) are accepted and dropped; the rest
/// belongs to the caller, who says beforehand which names it knows. A name in none of the three is an error,
/// because a mistyped `allow_delte` must not mount quietly without it.
///
/// Source: mount(8) "FILESYSTEM-INDEPENDENT MOUNT OPTIONS"; mount.fuse3(8).
public struct MountOptions: Sendable, Equatable {
    /// Whether an option of the caller's takes a value.
    public enum Form: Sendable, Equatable {
        /// `name`, and never `name=value`.
        case flag
        /// `name=value`; what the value must be, as it would follow "needs".
        case value(expected: String)
    }

    /// `allow_other`: users other than the one who mounts may enter.
    public var allowsOthers = false
    /// `allow_root`: besides the one who mounts, root may enter.
    public var allowsRoot = false
    /// `ro`: the kernel refuses every change.
    public var isReadOnly = false
    /// `default_permissions`: the kernel checks modes and owners before it asks us.
    public var checksPermissions = false
    /// `auto_unmount`: the mount goes away with the process, however that ends.
    public var unmountsOnExit = false
    /// `uid=`: every file is shown as owned by this user.
    public var userID: UInt32?
    /// `gid=`: every file is shown as owned by this group.
    public var groupID: UInt32?
    /// `umask=`: permission bits taken away from every file shown; octal on the command line.
    public var permissionMask: UInt16?
    /// `fsname=`: the source as /proc/mounts and df show it.
    public var sourceName = "envelopefs"
    /// `subtype=`: the type is shown as `fuse.` and this.
    public var subtype = "envelopefs"
    /// `max_threads=`: requests that may wait for keys or disks at the same time, 1 to 256.
    public var workerCount = 16
    /// Kernel flags handed on as they came: `noexec`, `noatime`, `sync`, `dirsync`, `nosuid`, `nodev`.
    public var kernelFlags: [String] = []
    /// The caller's own options by name; the value is empty for a flag, and the last of several wins.
    public var specific: [String: String] = [:]

    /// The options of a mount without `-o`.
    public init() {}

    /// Whether the caller's option `name` was given.
    public func isSet(_ name: String) -> Bool {
        specific[name] != nil
    }

    /// The value of the caller's option `name`, or `nil` when it was not given.
    public func value(of name: String) -> String? {
        specific[name]
    }
}

extension MountOptions {
    /// The options in the form libfuse parses, without a mount point or a program name.
    ///
    /// `dev` and `suid` are not among them even where they were asked for: nothing in this file system is a
    /// device or runs with another user's rights.
    var libfuseOptions: [String] {
        var options = ["fsname=" + Self.escape(sourceName), "subtype=" + Self.escape(subtype)]
        if allowsOthers { options.append("allow_other") }
        if allowsRoot { options.append("allow_root") }
        if checksPermissions { options.append("default_permissions") }
        if unmountsOnExit { options.append("auto_unmount") }
        if isReadOnly { options.append("ro") }
        return options + kernelFlags
    }

    /// libfuse splits its list at commas and takes a backslash as the way to mean one literally.
    private static func escape(_ value: String) -> String {
        var escaped = ""
        for character in value.unicodeScalars {
            if character == "," || character == "\\" { escaped.append("\\") }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }
}
