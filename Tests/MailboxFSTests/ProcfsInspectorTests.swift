import FoundationEssentials
import Glibc
import MailboxFS
import SystemPackage
import Testing

/// A process file system made of ordinary files.
final class ProcfsSample: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/procfs-sample-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Errno(rawValue: errno) }
        path = String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func add(_ name: String, _ text: String) throws {
        let file = "\(path)/\(name)"
        let directory = String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Array(text.utf8).withUnsafeBytes { bytes in
            let descriptor = try FileDescriptor.open(
                file, .writeOnly, options: .create, permissions: .ownerReadWrite)
            defer { try? descriptor.close() }
            _ = try descriptor.writeAll(bytes)
        }
    }

    func addStat(_ pid: Int32, name: String = "cp", state: String = "R", flags: UInt64, status: Int32) throws
    {
        let between = Array(repeating: "0", count: 42).joined(separator: " ")
        // State, five numbers, flags, then up to field 51, then the exit status, field 52.
        try add("\(pid)/stat", "\(pid) (\(name)) \(state) 1 2 3 4 5 \(flags) \(between) \(status)\n")
    }

    func addDescriptor(_ pid: Int32, _ number: Int, target: String, info: String) throws {
        try add("\(pid)/fdinfo/\(number)", info)
        try FileManager.default.createDirectory(
            atPath: "\(path)/\(pid)/fd", withIntermediateDirectories: true)
        guard symlink(target, "\(path)/\(pid)/fd/\(number)") == 0 else { throw Errno(rawValue: errno) }
    }

    func inspector(ownUID: UInt32 = 0) -> ProcfsInspector { ProcfsInspector(directory: path, ownUID: ownUID) }
}

@Suite("What the process file system says of writers")
struct ProcfsInspectorTests {
    let sample: ProcfsSample

    init() throws { sample = try ProcfsSample() }

    private func ending(_ pid: Int32, uid: UInt32 = 5, ownUID: UInt32 = 0) -> ProcessEnding {
        sample.inspector(ownUID: ownUID).ending(of: Requester(uid: uid, gid: uid, pid: pid))
    }

    @Test(
        "a process that exits is told from one that closes",
        arguments: [
            (UInt64(0x40_0000), Int32(0), ProcessEnding.running), (0x40_0004, 0, .succeeded),
            (0x40_0004, 9, .failed(status: 9)),
            (0x40_0004, 768, .failed(status: 768)), (0x40_0000, 9, .running),
        ])
    func endings(_ flags: UInt64, _ status: Int32, _ expected: ProcessEnding) throws {
        try sample.addStat(77, flags: flags, status: status)
        #expect(ending(77) == expected)
    }

    @Test(
        "a program's name may look like the rest of the line",
        arguments: ["a b", ") R 1 2", "(x) S 0 0 0 0 0 4", "("])
    func names(_ name: String) throws {
        try sample.addStat(78, name: name, flags: 4, status: 9)
        #expect(ending(78) == .failed(status: 9))
    }

    @Test("a foreign process hides its status from all but root; its state then tells")
    func foreign() throws {
        try sample.addStat(79, state: "D", flags: 4, status: 0)
        try sample.addStat(80, state: "S", flags: 4, status: 0)
        #expect(ending(79, uid: 6, ownUID: 5) == .failed(status: SIGKILL))
        #expect(ending(80, uid: 6, ownUID: 5) == .succeeded)
        #expect(ending(79, uid: 5, ownUID: 5) == .succeeded)
        #expect(ending(79, uid: 6, ownUID: 0) == .succeeded)
    }

    @Test(
        "what cannot be learnt counts as an ordinary close",
        arguments: ["", "garbage", "1 (x", "1 (x) R 1 2 3", "1 (x) R a b c d e f g h"])
    func unknown(_ text: String) throws {
        try sample.add("81/stat", text)
        #expect(ending(81) == .running)
        #expect(ending(82) == .running)
        #expect(ending(0) == .running)
    }

    @Test("a thread's process is its thread group")
    func threadGroup() throws {
        try sample.add("90/status", "Name:\tcp\nUmask:\t0022\nTgid:\t88\nPid:\t90\n")
        #expect(sample.inspector().process(ofThread: 90) == 88)
        #expect(sample.inspector().process(ofThread: 91) == nil)
        #expect(sample.inspector().process(ofThread: 0) == nil)
        #expect(ProcfsInspector(ownUID: 0).process(ofThread: getpid()) == getpid())
    }

    @Test(
        "a descriptor counts when path, inode and mode agree",
        arguments: [
            ("/mnt/inbox/a", "pos:\t0\nflags:\t0100001\nmnt_id:\t30\nino:\t300\n", true),
            ("/other/mnt/inbox/a", "flags:\t0100002\nino:\t300\n", true),
            ("/mnt/inbox/a (deleted)", "flags:\t0100001\nino:\t300\n", true),
            ("/mnt/inbox/a", "flags:\t0100001\n", true),
            ("/mnt/inbox/a", "flags:\t0100000\nino:\t300\n", false),
            ("/mnt/inbox/a", "flags:\t0100001\nino:\t301\n", false),
            ("/mnt/inbox/ab", "flags:\t0100001\nino:\t300\n", false),
            ("/mnt/notinbox/a", "flags:\t0100001\nino:\t300\n", false),
            ("pipe:[300]", "flags:\t01\nino:\t300\n", false),
        ])
    func descriptors(_ target: String, _ info: String, _ expected: Bool) throws {
        try sample.addDescriptor(95, 3, target: "/dev/null", info: "flags:\t0100001\nino:\t300\n")
        try sample.addDescriptor(95, 4, target: target, info: info)
        let number = InodeNumber(rawValue: 300)
        #expect(sample.inspector().holdsForWriting(number, at: "inbox/a", process: 95) == expected)
        #expect(!sample.inspector().holdsForWriting(number, at: "inbox/a", process: 96))
    }
}
