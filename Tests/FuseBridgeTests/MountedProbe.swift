import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@testable import FuseBridge

/// The probe in a process of its own, mounted on a temporary directory.
///
/// Everything that touches the mount runs in further child processes with a deadline, so a mount that hangs
/// fails its test and does not hang it.
final class MountedProbe {
    /// How a program ended, and what it said.
    struct Outcome: Equatable {
        var code: Int32
        var output: String
    }

    static let path = Program.besideTests("FuseBridgeProbe")
    /// Whether file systems can be mounted here at all.
    static var isMountingPossible: Bool {
        access("/dev/fuse", R_OK | W_OK) == 0 && access("/usr/bin/fusermount3", X_OK) == 0
    }

    let directory: TemporaryDirectory
    let process: pid_t
    private var isReaped = false

    var mountPoint: String { directory.path + "/mnt" }
    private var outputPath: String { directory.path + "/out" }
    var messages: String { TextFile.read(outputPath) ?? "" }

    /// Mounts, and waits until the mount answers.
    init(_ options: String = "rw", in directory: TemporaryDirectory? = nil) throws {
        self.directory = try directory ?? TemporaryDirectory()
        let path = self.directory.path
        mkdir(path + "/mnt", 0o755)
        unlink(path + "/out")
        process = try Program.start(
            "exec '\(Self.path)' '\(path)/mnt' -o '\(options)' > '\(path)/out' 2>&1")
        let isReady = Wait.until { self.messages.contains("ready\n") || kill(self.process, 0) != 0 }
        try #require(isReady && messages.contains("ready\n"), "the probe said: \(messages)")
    }

    deinit {
        _ = try? Program.run("fusermount3 -u -z -q '\(mountPoint)'")
        guard !isReaped else { return }
        kill(process, SIGKILL)
        _ = Wait.until { reap() != nil }
    }

    /// Runs a shell script in the mount point.
    func run(_ script: String, seconds: Int = 20) throws -> Outcome {
        try Program.run("cd '\(mountPoint)' && { \(script)\n}", seconds: seconds)
    }

    /// Sends a signal and waits for the end; the exit code, or 128 and more when a signal ended it.
    func end(with signal: Int32) throws -> Int32 {
        kill(process, signal)
        return try waitForEnd()
    }

    /// Waits until the process has ended.
    func waitForEnd() throws -> Int32 {
        var code: Int32?
        let isOver = Wait.until {
            code = self.reap()
            return code != nil
        }
        try #require(isOver, "the probe does not end; it said: \(messages)")
        return code ?? -1
    }

    private func reap() -> Int32? {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { return nil }
        isReaped = true
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    /// What the probe has open, by descriptor.
    var descriptors: [String: String] {
        let directory = "/proc/\(process)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.reduce(into: [:]) { targets, name in
            targets[name] = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)")
        }
    }

    /// Whether the mount table shows the mount.
    var isMounted: Bool {
        (try? MountTable.read().contains { $0.mountPoint == mountPoint }) ?? false
    }
}

/// Programs the tests run.
enum Program {
    /// Where a program of this package lies: beside the test bundle.
    static func besideTests(_ name: String) -> String {
        let arguments = CommandLine.arguments
        var bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        if let flag = arguments.firstIndex(of: "--test-bundle-path"), flag + 1 < arguments.count {
            bundle = arguments[flag + 1]
        }
        var path = FilePath(bundle)
        while path.removeLastComponent() {
            let candidate = path.appending(name).string
            if access(candidate, X_OK) == 0, !candidate.contains(".build/\(name)") { return candidate }
        }
        return "/no/such/\(name)"
    }

    /// Starts a shell script in the background.
    static func start(_ script: String) throws -> pid_t {
        var vector: [UnsafeMutablePointer<CChar>?] = [
            strdup("/bin/bash"), strdup("-c"), strdup(script), nil,
        ]
        defer { for argument in vector { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [
            strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), strdup("LC_ALL=C"),
            strdup("SWIFT_BACKTRACE=enable=no"), nil,
        ]
        defer { for variable in environment { free(variable) } }
        // Tests run on threads that block every signal, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        var noSignals = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var child = pid_t()
        let code = posix_spawn(&child, "/bin/bash", nil, &attributes, &vector, &environment)
        guard code == 0 else { throw Errno(rawValue: code) }
        return child
    }

    /// Runs a shell script to its end or its deadline; what it says on both outputs is collected.
    static func run(_ script: String, seconds: Int = 20) throws -> MountedProbe.Outcome {
        let directory = try TemporaryDirectory()
        try script.write(toFile: directory.path + "/script", atomically: false, encoding: .utf8)
        let command =
            "exec timeout -k 2 \(seconds) bash '\(directory.path)/script' > '\(directory.path)/out' 2>&1"
        let child = try start(command)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        return MountedProbe.Outcome(code: code, output: TextFile.read(directory.path + "/out") ?? "")
    }
}

/// What runs on this machine.
enum Processes {
    /// The processes of that program whose command line names `word`.
    static func named(_ program: String, about word: String) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).filter { process in
            let data = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.first?.hasSuffix(program) == true && words.contains(word)
        }
    }
}

/// Waiting for something that another process does.
enum Wait {
    /// Asks every 5 ms, for 20 seconds at most; whether it came true.
    static func until(_ condition: () -> Bool) -> Bool {
        for _ in 0..<4000 {
            if condition() { return true }
            usleep(5000)
        }
        return condition()
    }
}
