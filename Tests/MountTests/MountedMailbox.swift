import Foundation
import Testing

/// A daemon of our own, mounted for one test in a directory of its own.
///
/// The test process never serves its own mount: the daemon is the program that was built, run as a child.
/// Whatever happens, the mount is gone (lazily, if need be) when the test ends.
final class MountedMailbox {
    let root: String
    var source: String { "\(root)/bucket" }
    var mountpoint: String { "\(root)/mnt" }
    var home: String { "\(root)/home" }
    private var daemon: Process?
    private let options: [String]

    /// Makes directories, mounts, and waits until the mount answers.
    ///
    /// - Parameter options: Further arguments of `envelopefs`.
    init(options: [String] = [], mounting: Bool = true) throws {
        root = NSTemporaryDirectory() + "envelopefs-test-\(UUID().uuidString.prefix(8))"
        self.options = options
        for directory in ["bucket", "mnt"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(directory)", withIntermediateDirectories: true)
        }
        if mounting { try mount() }
    }

    deinit {
        unmountLazily()
        try? FileManager.default.removeItem(atPath: root)
    }

    /// Where `swift build` put the programs: beside the running test program.
    static let programs: String = {
        if let named = ProcessInfo.processInfo.environment["ENVELOPEFS_PROGRAMS"] { return named }
        let running = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: running).deletingLastPathComponent().path
    }()

    /// The environment in which commands of this mailbox run.
    var environment: [String: String] {
        [
            "ENVELOPEFS_HOME": home, "MNT": mountpoint, "BUCKET": source, "ROOT": root, "LC_ALL": "C.UTF-8",
            "PATH": "\(Self.programs):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "SWIFT_BACKTRACE": "enable=no",
        ]
    }

    /// Runs a script with `$MNT`, `$BUCKET`, `$ROOT` and the programs on `$PATH`.
    @discardableResult
    func run(_ script: String, deadline: Int = 60) throws -> ShellResult {
        try shell(script, in: root, environment: environment, deadline: deadline)
    }

    /// Starts the daemon in the foreground and waits until the mount answers.
    func mount(deadline: TimeInterval = 30) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Self.programs)/envelopefs")
        process.arguments = [source, mountpoint, "-f"] + options
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let log = "\(root)/daemon.log"
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let handle = FileHandle(forWritingAtPath: log)
        handle?.seekToEndOfFile()
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
        daemon = process
        let end = Date().addingTimeInterval(deadline)
        while !FileManager.default.fileExists(atPath: "\(mountpoint)/.envelopefs/version") {
            guard process.isRunning, Date() < end else {
                throw MountFailure(log: logText)
            }
            usleep(5_000)
        }
    }

    /// What the daemon has said so far.
    var logText: String {
        String(decoding: FileManager.default.contents(atPath: "\(root)/daemon.log") ?? Data(), as: UTF8.self)
    }

    /// The daemon's process ID.
    var processID: Int32 { daemon?.processIdentifier ?? 0 }

    /// Ends the daemon without warning, as a crash would, and clears the dead mount away.
    func crash() throws {
        guard let daemon else { return }
        kill(daemon.processIdentifier, SIGKILL)
        daemon.waitUntilExit()
        self.daemon = nil
        _ = try shell("fusermount3 -u -z '\(mountpoint)'")
    }

    /// Unmounts and waits for the daemon to end.
    ///
    /// - Returns: The daemon's exit status.
    @discardableResult
    func unmount() throws -> Int32 {
        _ = try shell("fusermount3 -u '\(mountpoint)'")
        return waitForDaemon()
    }

    /// Waits for the daemon's end, 20 seconds at most.
    func waitForDaemon() -> Int32 {
        guard let daemon else { return 0 }
        let end = Date().addingTimeInterval(20)
        while daemon.isRunning, Date() < end { usleep(5_000) }
        if daemon.isRunning {
            kill(daemon.processIdentifier, SIGKILL)
            return -1
        }
        daemon.waitUntilExit()
        self.daemon = nil
        return daemon.terminationStatus
    }

    private func unmountLazily() {
        _ = try? shell("fusermount3 -u -z '\(mountpoint)' 2>/dev/null")
        if let daemon, daemon.isRunning {
            daemon.terminate()
            _ = waitForDaemon()
        }
    }
}

/// The daemon ended, or did not answer in time.
struct MountFailure: Error, CustomStringConvertible {
    let log: String
    var description: String { "the mailbox did not come up; its log: \(log)" }
}

/// Whether this machine can mount. Continuous integration must be able to; elsewhere the suite skips.
let canMount: Bool =
    ProcessInfo.processInfo.environment["CI"] == "true"
    || (access("/dev/fuse", R_OK | W_OK) == 0
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/fusermount3"))
