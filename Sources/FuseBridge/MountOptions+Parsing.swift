extension MountOptions {
    /// Options of mount(8) that the tools before us have already obeyed, or that change nothing here.
    private static let ignored: Set<String> = [
        "rw", "dev", "suid", "exec", "async", "atime", "diratime", "nodiratime", "relatime", "norelatime",
        "strictatime", "nostrictatime", "lazytime", "nolazytime", "iversion", "noiversion", "mand", "nomand",
        "silent", "loud", "nosymfollow", "symfollow", "defaults", "auto", "noauto", "user", "nouser", "users",
        "owner", "noowner", "group", "nogroup", "nofail", "fail", "_netdev", "_rnetdev",
    ]

    /// Names whose value we drop together with them.
    private static let ignoredWithValue: Set<String> = ["user", "comment", "uhelper", "helper"]

    /// Flags libfuse knows how to hand to the kernel.
    private static let handedOn: Set<String> = ["nodev", "nosuid", "noexec", "noatime", "sync", "dirsync"]

    /// Reads the lists given with `-o`, the first to the last.
    ///
    /// A backslash takes the next character literally, so a value may contain a comma. Empty items are
    /// skipped, as mount(8) does.
    ///
    /// - Parameters:
    ///   - lists: One string for each `-o`.
    ///   - known: The caller's own options; they end up in `specific`.
    /// - Throws: `.unknownOption`, `.invalidOption` or `.conflictingOptions`.
    ///
    /// Source: mount(8); fuse_opt.h of libfuse 3.14 for the backslash.
    public init(
        parsing lists: [String],
        knowing known: [String: Form] = [:]
    ) throws(FuseBridgeError) {
        self.init()
        for list in lists {
            for item in Self.split(list) where !item.isEmpty {
                let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                try apply(String(parts[0]), value: parts.count == 2 ? String(parts[1]) : nil, knowing: known)
            }
        }
        if allowsOthers, allowsRoot { throw .conflictingOptions("allow_other", "allow_root") }
    }

    /// One option; the caller's names come first, so that it may take over what we would ignore.
    private mutating func apply(
        _ name: String, value: String?, knowing known: [String: Form]
    ) throws(FuseBridgeError) {
        if let form = known[name] {
            try applySpecific(name, value: value, form: form)
        } else if let value {
            guard try applyValue(name, value) || Self.isIgnored(name, hasValue: true) else {
                throw Self.isFlag(name) || Self.ignored.contains(name)
                    ? .invalidOption(name: name, value: value, expected: "no value") : .unknownOption(name)
            }
        } else if !applyFlag(name), !Self.isIgnored(name, hasValue: false) {
            if let expected = Self.expectation(of: name) {
                throw .invalidOption(name: name, value: nil, expected: expected)
            }
            throw .unknownOption(name)
        }
    }

    private mutating func applySpecific(
        _ name: String, value: String?, form: Form
    ) throws(FuseBridgeError) {
        switch form {
        case .flag:
            if let value { throw .invalidOption(name: name, value: value, expected: "no value") }
        case .value(let expected):
            guard let value, !value.isEmpty else {
                throw .invalidOption(name: name, value: value, expected: expected)
            }
        }
        specific[name] = value ?? ""
    }

    /// Sets a flag of ours, or unsets its opposite; `false` when `name` is none.
    private mutating func applyFlag(_ name: String) -> Bool {
        switch name {
        case "allow_other": allowsOthers = true
        case "allow_root": allowsRoot = true
        case "default_permissions": checksPermissions = true
        case "auto_unmount": unmountsOnExit = true
        case "ro": isReadOnly = true
        case "rw": isReadOnly = false
        case _ where Self.handedOn.contains(name):
            if !kernelFlags.contains(name) { kernelFlags.append(name) }
        case "exec": kernelFlags.removeAll { $0 == "noexec" }
        case "atime": kernelFlags.removeAll { $0 == "noatime" }
        case "async": kernelFlags.removeAll { $0 == "sync" }
        default: return false
        }
        return true
    }

    /// Sets a property that has a value; `false` when `name` is none.
    private mutating func applyValue(_ name: String, _ value: String) throws(FuseBridgeError) -> Bool {
        guard let expected = Self.expectation(of: name) else { return false }
        let isAccepted: Bool
        switch name {
        case "uid": isAccepted = Self.assign(Self.number(value), to: &userID)
        case "gid": isAccepted = Self.assign(Self.number(value), to: &groupID)
        case "umask":
            isAccepted = Self.assign(Self.octal(value), to: &permissionMask)
        case "fsname":
            isAccepted = Self.isPrintable(value)
            sourceName = value
        case "subtype":
            isAccepted = Self.isPrintable(value) && !value.contains("/")
            subtype = value
        default:
            let count = Self.number(value) ?? 0
            isAccepted = (1...256).contains(count)
            workerCount = Int(count)
        }
        guard isAccepted else { throw .invalidOption(name: name, value: value, expected: expected) }
        return true
    }

    /// What the value of a property must be, or `nil` when `name` is not the name of one.
    private static func expectation(of name: String) -> String? {
        switch name {
        case "uid": "a numeric user id"
        case "gid": "a numeric group id"
        case "umask": "an octal number from 0 to 777"
        case "fsname", "subtype": "a name of printable characters"
        case "max_threads": "a number from 1 to 256"
        default: nil
        }
    }

    private static func isFlag(_ name: String) -> Bool {
        var probe = MountOptions()
        return probe.applyFlag(name)
    }

    private static func isIgnored(_ name: String, hasValue: Bool) -> Bool {
        if name.hasPrefix("x-") || name.hasPrefix("X-") { return true }
        return hasValue ? ignoredWithValue.contains(name) : ignored.contains(name)
    }

    private static func assign<Value>(_ value: Value?, to property: inout Value?) -> Bool {
        property = value
        return value != nil
    }

    /// A decimal number; unlike `UInt32(_:)` no sign is allowed in front of it.
    private static func number(_ text: String) -> UInt32? {
        text.first == "+" ? nil : UInt32(text)
    }

    private static func octal(_ text: String) -> UInt16? {
        guard text.first != "+", let mask = UInt16(text, radix: 8), mask <= 0o777 else { return nil }
        return mask
    }

    /// The kernel shows names in a table of lines, so no control characters and no NUL.
    private static func isPrintable(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// Cuts a list at its commas; a backslash takes the next character literally.
    private static func split(_ list: String) -> [String] {
        var items: [String] = []
        var item = ""
        var isEscaped = false
        for scalar in list.unicodeScalars {
            if isEscaped {
                item.unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," {
                items.append(item)
                item = ""
            } else {
                item.unicodeScalars.append(scalar)
            }
        }
        return items + [item]
    }
}
