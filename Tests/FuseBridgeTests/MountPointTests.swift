import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@testable import FuseBridge

/// What is found out before and after mounting, without mounting.
@Suite struct MountPointTests {
    static func prepare(_ path: String) throws(FuseBridgeError) -> String {
        try MountPoint.prepare(path, ownType: "fuse.envelopefs") { _, _ in }
    }

    @Test("a directory is resolved to an absolute path without links")
    func resolved() throws {
        let directory = try TemporaryDirectory()
        mkdir(directory.path + "/real", 0o700)
        symlink("real", directory.path + "/link")
        #expect(try Self.prepare(directory.path + "/link/../link/.") == directory.path + "/real")
    }

    @Test("a mount point that is missing, a file, or out of reach is named")
    func unusable() throws {
        let directory = try TemporaryDirectory()
        let missing = directory.path + "/missing"
        #expect(throws: FuseBridgeError.mountPointMissing(missing)) { try Self.prepare(missing) }
        #expect(throws: FuseBridgeError.mountPointMissing("")) { try Self.prepare("") }
        #expect(throws: FuseBridgeError.mountPointNotADirectory("/etc/passwd")) {
            try Self.prepare("/etc/passwd")
        }
        #expect(throws: FuseBridgeError.mountPointUnreachable("/etc/passwd/x", .notDirectory)) {
            try Self.prepare("/etc/passwd/x")
        }
    }

    @Test("the mount table is read with its escapes and its optional fields")
    func mountTable() {
        #expect(
            MountTable.parse(
                #"36 35 0:40 / /mnt/with\040space rw,nosuid master:1 shared:2 - fuse.envelopefs src rw"#)
                == MountTable.Line(mountPoint: "/mnt/with space", type: "fuse.envelopefs"))
        #expect(
            MountTable.parse(#"36 35 0:40 / /a\134b rw - fuse src rw"#)
                == MountTable.Line(mountPoint: #"/a\b"#, type: "fuse"))
    }

    @Test(
        "lines that are no mounts are skipped", arguments: ["", "1 2 3", "1 2 3 4 5 6 7 8", "1 2 3 4 5 6 -"])
    func badLines(_ line: String) {
        #expect(MountTable.parse(line[...]) == nil)
    }

    @Test(
        "an escape that is cut short or no number stays as it is",
        arguments: [#"\0"#, #"\"#, #"\04x"#, #"\999"#])
    func badEscapes(_ text: String) {
        #expect(MountTable.unescape(text[...]) == text)
    }

    @Test("the table of this machine has a root")
    func liveTable() throws {
        #expect(try MountTable.read().contains { $0.mountPoint == "/" })
    }

    @Test("a program's exit code, and the signal that ended it, are told apart")
    func childProcess() throws {
        #expect(try ChildProcess.run("/bin/sh", ["-c", "exit 7"]) == 7)
        #expect(try ChildProcess.run("/bin/sh", ["-c", "kill -9 $$"]) == 137)
        #expect(throws: FuseBridgeError.systemCall("posix_spawn /no/such", .noSuchFileOrDirectory)) {
            try ChildProcess.run("/no/such", [])
        }
    }
}
