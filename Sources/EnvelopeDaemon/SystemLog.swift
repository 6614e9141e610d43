import Glibc
public import Logging

/// Log messages to syslog(3), which is the journal where systemd runs.
///
/// A daemon has no terminal; in the foreground swift-log's own handler writes to standard error instead.
public struct SystemLogHandler: LogHandler {
    /// The metadata of every message.
    public var metadata: Logger.Metadata = [:]
    /// The least severe level that is written.
    public var logLevel: Logger.Level = .info

    /// Opens the log under the program's name.
    public init(label: String) {
        openlog(nil, LOG_PID, LOG_MAIL)
    }

    /// Reads or sets one metadata value.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one message; syslog(3) has its own lock.
    public func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let pairs = merged.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        // One line a message: names in it come from mail and must not forge another.
        let line = "\(event.message)\(pairs)".filter { !$0.isNewline }
        line.withCString { text in
            withVaList([text]) { vsyslog(priority(of: event.level), "%s", $0) }
        }
    }

    private func priority(of level: Logger.Level) -> Int32 {
        switch level {
        case .trace, .debug: LOG_DEBUG
        case .info: LOG_INFO
        case .notice: LOG_NOTICE
        case .warning: LOG_WARNING
        case .error: LOG_ERR
        case .critical: LOG_CRIT
        }
    }
}
