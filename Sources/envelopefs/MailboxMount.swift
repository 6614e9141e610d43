import AWSVocabulary
import Cryptography
import EnvelopeDaemon
import Foundation
import FuseBridge
import Glibc
import Logging
import MailboxFS

/// One mailbox from the command line to the unmount.
struct MailboxMount {
    private let configuration: MailboxConfiguration
    private let options: MountOptions
    private let mountpoint: String
    private let signal: ReadySignal?

    /// Understands the command line; nothing is opened yet.
    init(_ command: EnvelopeFSCommand) throws {
        signal = command.readyDescriptor.map(ReadySignal.init)
        mountpoint = Self.absolute(command.mountpoint)
        do throws(FuseBridgeError) {
            options = try Self.parse(command)
        } catch {
            throw MountRefusal("\(error)", hint: error.hint)
        }
        do throws(DaemonError) {
            configuration = try Self.configure(command, options)
        } catch {
            throw MountRefusal("\(error)", hint: error.hint)
        }
    }

    /// Mounts, serves until the mount ends, and puts everything away.
    func run() throws {
        TerminationSignals.block()
        SecretMemory.hardenProcess()
        let log = makeLog()
        do {
            try serve(log)
        } catch {
            let refusal = error as? MountRefusal ?? MountRefusal("\(error)")
            signal?.failed(refusal.description)
            throw refusal
        }
    }

    private func serve(_ log: Logger) throws {
        let daemon: MailboxDaemon
        do throws(DaemonError) {
            daemon = try MailboxDaemon(configuration, surroundings: .system, log: log)
        } catch {
            throw MountRefusal("\(error)", hint: error.hint)
        }
        defer { daemon.stop() }
        do throws(FuseBridgeError) {
            let session = try Session(fileSystem: daemon.files, mountPoint: mountpoint, options: options) {
                level, text in
                log.log(level: Logger.Level(level), "\(text)")
            }
            TerminationSignals.watch { _ in session.requestStop() }
            try session.mountFileSystem()
            try session.run(ready: {
                log.info("mounted \(configuration.source) on \(mountpoint)")
                signal?.ready()
            })
            log.info("unmounted \(mountpoint)")
        } catch {
            throw MountRefusal("\(error)", hint: error.hint)
        }
    }

    private func makeLog() -> Logger {
        let isDaemon = signal != nil
        LoggingSystem.bootstrap { (label) -> any LogHandler in
            if isDaemon {
                SystemLogHandler(label: label)
            } else {
                StreamLogHandler.standardError(label: label)
            }
        }
        return Logger(label: "envelopefs")
    }

    // MARK: The command line

    private static func parse(_ command: EnvelopeFSCommand) throws(FuseBridgeError) -> MountOptions {
        var known: [String: MountOptions.Form] = [:]
        for name in MountOptionName.allCases {
            known[name.rawValue] = name.expectedValue.map { .value(expected: $0) } ?? .flag
        }
        var options = try MountOptions(parsing: command.options, knowing: known)
        if options.sourceName == MountOptions().sourceName { options.sourceName = absolute(command.source) }
        return options
    }

    private static func configure(
        _ command: EnvelopeFSCommand, _ options: MountOptions
    ) throws(DaemonError) -> MailboxConfiguration {
        let asked = command.home ?? options.value(of: MountOptionName.home.rawValue)
        guard let home = HomeLocation.resolve(asked: asked, environment: ProcessInfo.processInfo.environment)
        else {
            throw .noHome
        }
        var configuration = MailboxConfiguration(
            source: absolute(command.source), home: absolute(home), uid: options.userID ?? getuid(),
            gid: options.groupID ?? getgid())
        configuration.mailbox.isReadOnly = options.isReadOnly
        if let mask = options.permissionMask { configuration.mailbox.umask = mask }
        for name in MountOptionName.allCases where name != .home {
            if let value = options.value(of: name.rawValue) { try configuration.apply(name, value: value) }
        }
        return configuration
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}

extension Logger.Level {
    /// The level of a message of the bridge.
    init(_ level: LogLevel) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
