import SystemPackage
import Testing

@testable import FuseBridge

/// Mount options, as `-o` gives them.
@Suite struct MountOptionsTests {
    static let known: [String: MountOptions.Form] = [
        "allow_delete": .flag, "principal": .value(expected: "an ARN"),
    ]

    static func parse(_ lists: String...) throws(FuseBridgeError) -> MountOptions {
        try MountOptions(parsing: lists, knowing: known)
    }

    @Test("nothing asked for is the default", arguments: ["", ",", ",,"])
    func empty(_ list: String) throws {
        #expect(try Self.parse(list) == MountOptions())
    }

    @Test("each option sets its property")
    func properties() throws {
        let options = try Self.parse(
            "allow_other,ro,default_permissions,auto_unmount", "uid=1000,gid=4294967295,umask=077",
            "fsname=s3://bucket,subtype=mail,max_threads=8")
        var expected = MountOptions()
        expected.allowsOthers = true
        expected.isReadOnly = true
        expected.checksPermissions = true
        expected.unmountsOnExit = true
        expected.userID = 1000
        expected.groupID = .max
        expected.permissionMask = 0o77
        expected.sourceName = "s3://bucket"
        expected.subtype = "mail"
        expected.workerCount = 8
        #expect(options == expected)
    }

    @Test(
        "options of mount(8) that mean nothing to a daemon are accepted and change nothing",
        arguments: [
            "rw", "dev", "suid", "exec", "async", "atime", "relatime", "defaults", "auto", "noauto", "user",
            "users",
            "user=alice", "nofail", "_netdev", "comment=x", "x-systemd.automount",
            "x-systemd.requires=net.target",
            "X-mount.mkdir", "rw,dev,suid",
        ])
    func ignored(_ list: String) throws {
        #expect(try Self.parse(list) == MountOptions())
    }

    @Test(
        "kernel flags are handed on once",
        arguments: ["noexec", "noatime", "nodev", "nosuid", "sync", "dirsync"])
    func kernelFlags(_ flag: String) throws {
        #expect(try Self.parse("\(flag),\(flag)").kernelFlags == [flag])
        #expect(try Self.parse(flag).libfuseOptions.contains(flag))
    }

    @Test("of an option and its opposite the last one wins")
    func opposites() throws {
        #expect(try !Self.parse("ro,rw").isReadOnly)
        #expect(try Self.parse("rw", "ro").isReadOnly)
        #expect(try Self.parse("noexec,exec,noatime,atime,sync,async").kernelFlags == [])
        #expect(try Self.parse("exec,noexec").kernelFlags == ["noexec"])
    }

    @Test("the caller's own options come back by name; the last one wins")
    func specific() throws {
        let options = try Self.parse("allow_delete,principal=arn:aws:iam::1:user/a", "principal=arn:b=c")
        #expect(options.isSet("allow_delete"))
        #expect(options.value(of: "principal") == "arn:b=c")
        #expect(options.value(of: "other") == nil)
        #expect(!options.isSet("other"))
    }

    @Test("a caller's option takes the place of one that would be ignored")
    func takenOver() throws {
        let options = try MountOptions(parsing: ["user=alice"], knowing: ["user": .value(expected: "a name")])
        #expect(options.value(of: "user") == "alice")
    }

    @Test(
        "an unknown option is refused by name",
        arguments: [
            ("allow_delte", "allow_delte"), ("ro,bogus=1,rw", "bogus"), ("suid,wat", "wat"), ("RO", "RO"),
            (" ro", " ro"), ("=", ""), ("debug", "debug"), ("remount", "remount"), ("nonempty", "nonempty"),
        ])
    func unknown(_ list: String, _ name: String) {
        #expect(throws: FuseBridgeError.unknownOption(name)) { try Self.parse(list) }
    }

    @Test(
        "a value that does not fit is refused",
        arguments: [
            ("uid=", "uid", ""), ("uid=root", "uid", "root"), ("uid=-1", "uid", "-1"),
            ("uid=+1", "uid", "+1"),
            ("uid=4294967296", "uid", "4294967296"), ("gid= 1", "gid", " 1"), ("umask=8", "umask", "8"),
            ("umask=1000", "umask", "1000"), ("umask=+7", "umask", "+7"),
            ("max_threads=0", "max_threads", "0"),
            ("max_threads=257", "max_threads", "257"), ("subtype=a/b", "subtype", "a/b"),
            ("fsname=", "fsname", ""),
            ("fsname=a\nb", "fsname", "a\nb"), ("ro=1", "ro", "1"), ("nofail=yes", "nofail", "yes"),
            ("allow_delete=1", "allow_delete", "1"), ("principal=", "principal", ""),
        ])
    func invalid(_ list: String, _ name: String, _ value: String) throws {
        let error = #expect(throws: FuseBridgeError.self) { try Self.parse(list) }
        guard case .invalidOption(name, value, _) = error else {
            Issue.record("\(list): \(String(describing: error))")
            return
        }
    }

    @Test(
        "an option that needs a value is refused without one",
        arguments: ["uid", "umask", "fsname", "principal"])
    func missingValue(_ name: String) {
        let error = #expect(throws: FuseBridgeError.self) { try Self.parse(name) }
        guard case .invalidOption(name, nil, _) = error else {
            Issue.record("\(name): \(String(describing: error))")
            return
        }
    }

    @Test("allow_other and allow_root exclude each other")
    func conflict() {
        #expect(throws: FuseBridgeError.conflictingOptions("allow_other", "allow_root")) {
            try Self.parse("allow_root", "allow_other")
        }
    }

    @Test("a backslash takes a comma into the value, on the way in and on the way out")
    func escapes() throws {
        let options = try Self.parse(#"fsname=a\,b\\c,ro"#)
        #expect(options.sourceName == #"a,b\c"#)
        #expect(options.isReadOnly)
        #expect(options.libfuseOptions.first == #"fsname=a\,b\\c"#)
    }

    @Test("devices and set-user-id programs are never asked for")
    func noDevices() throws {
        let options = try Self.parse("dev,suid,rw").libfuseOptions
        #expect(options == ["fsname=envelopefs", "subtype=envelopefs"])
    }

    @Test("every error has a sentence of one line")
    func sentences() {
        let errors: [FuseBridgeError] = [
            .unknownOption("a"), .invalidOption(name: "uid", value: "x", expected: "a numeric user id"),
            .invalidOption(name: "uid", value: nil, expected: "a numeric user id"),
            .conflictingOptions("a", "b"),
            .mountPointMissing("/m"), .mountPointNotADirectory("/m"),
            .mountPointUnreachable("/m", .permissionDenied),
            .mountPointStale("/m", kind: "fuse.other"), .deviceMissing, .deviceDenied, .fusermountMissing,
            .sharingNotAllowed(option: "allow_other"), .mountRefused("/m", reason: "no"),
            .sessionRefused(reason: "no"),
            .systemCall("mmap", .noMemory), .notMounted, .connectionLost(.ioError),
        ]
        for error in errors {
            #expect(!error.description.isEmpty && !error.description.contains("\n"))
            #expect(error.description.last != "." && error.description.first?.isLowercase == true)
        }
        #expect(
            FuseBridgeError.mountPointUnreachable("/m", .permissionDenied).description
                == "cannot mount on /m: permission denied")
    }
}
