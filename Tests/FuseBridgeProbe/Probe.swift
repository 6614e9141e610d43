import FuseBridge
import Glibc

/// The probe's whole life; apart from `main.swift`, whose code would belong to the main actor.
enum Probe {
    static func run(_ arguments: [String]) -> Int32 {
        do throws(FuseBridgeError) {
            try serve(arguments)
            say("ended")
            return 0
        } catch {
            complain("fuse-bridge-probe: \(error)")
            if let hint = error.hint { complain("hint: \(hint)") }
            return 1
        }
    }

    private static func serve(_ arguments: [String]) throws(FuseBridgeError) {
        var (paths, lists) = ([String](), [String]())
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "-o" { lists.append(rest.popFirst() ?? "") } else { paths.append(argument) }
        }
        let options = try MountOptions(parsing: lists, knowing: ["probe": .value(expected: "a word")])
        let files = MemoryFileSystem(umask: options.permissionMask ?? 0)
        let session = try Session(fileSystem: files, mountPoint: paths.first ?? "", options: options) {
            level, text in
            complain("\(level): \(text)")
        }
        stopOnSignal(session)
        try session.mountFileSystem()
        files.session = session
        try session.run(ready: { say("ready") })
    }

    /// A thread of its own waits for the signals; all others block them.
    private static func stopOnSignal(_ session: Session) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(session).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let session = Unmanaged<Session>.fromOpaque(argument).takeRetainedValue()
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, SIGTERM)
                sigaddset(&signals, SIGINT)
                var signal: Int32 = 0
                sigwait(&signals, &signal)
                session.requestStop()
                return nil
            }, argument)
        pthread_detach(thread)
    }

    private static func say(_ text: String) {
        write(1, text + "\n")
    }

    private static func complain(_ text: String) {
        write(2, text + "\n")
    }

    private static func write(_ descriptor: Int32, _ text: String) {
        _ = text.utf8.withContiguousStorageIfAvailable { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
