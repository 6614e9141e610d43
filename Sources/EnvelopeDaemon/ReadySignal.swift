import Glibc
public import SystemPackage

/// How a daemon tells the command that started it whether the mount answers.
///
/// Daemonising means starting oneself again in a session of one's own with one end of a pipe. The command
/// waits at the other end: a line `ready` means the mount answered its first request; anything else is the
/// sentence why it never will; an end of file without either means the daemon died.
public struct ReadySignal: Sendable {
    private let descriptor: Int32

    /// Reports over an inherited descriptor.
    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// Says that the mount answers, and closes the pipe.
    public func ready() { say("ready\n") }

    /// Says why the mount failed, and closes the pipe.
    public func failed(_ sentence: String) { say(sentence + "\n") }

    private func say(_ text: String) {
        let file = FileDescriptor(rawValue: descriptor)
        // Nobody may be listening any more; that is their affair, and SIGPIPE is ignored by then.
        _ = try? file.writeAll(text.utf8)
        try? file.close()
    }
}

/// Starts the running program again as a daemon and waits for its word.
public enum Daemonizer {
    /// What became of the daemon.
    public enum Outcome: Equatable, Sendable {
        /// The mount answers.
        case ready
        /// It failed, with its own sentence.
        case failed(String)
    }

    /// Runs `arguments` (program first) in a new session, standard streams on `/dev/null`, and waits until it
    /// reports over the descriptor whose number is appended after `--ready-descriptor`.
    ///
    /// - Throws: The error of `pipe` or `posix_spawn`.
    public static func start(program: String, arguments: [String]) throws(Errno) -> Outcome {
        let (reading, writing) = try FileDescriptor.pipe(options: .closeOnExec)
        defer { try? reading.close() }
        do throws(Errno) {
            try spawn(program, arguments + ["--ready-descriptor", "3"], reporting: writing.rawValue)
        } catch {
            try? writing.close()
            throw error
        }
        try? writing.close()
        let report = readAll(reading)
        if report == "ready\n" { return .ready }
        return .failed(report.isEmpty ? "the daemon ended without a word" : String(report.dropLast()))
    }

    /// `POSIX_SPAWN_SETSID`, which the C library shows to GNU programs only.
    private static let newSession: Int16 = 0x80

    private static func spawn(
        _ program: String, _ arguments: [String], reporting descriptor: Int32
    ) throws(Errno) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream: Int32 in 0...2 {
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, descriptor, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, newSession)

        let words = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, words, environ)
        guard code == 0 else { throw Errno(rawValue: code) }
    }

    private static func readAll(_ descriptor: FileDescriptor) -> String {
        var text: [UInt8] = []
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { chunk.deallocate() }
        while let count = try? descriptor.read(into: chunk), count > 0 {
            text.append(contentsOf: chunk[..<count])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
