import CFuse
import Glibc
import Synchronization

/// How grave a message is.
public enum LogLevel: Sendable, Hashable {
    /// Only for whoever looks for a fault.
    case debug
    /// The normal course of things.
    case info
    /// Something is not as it should be, and was handled.
    case warning
    /// Something failed.
    case error
}

/// Where messages go; called from any thread.
public typealias Log = @Sendable (LogLevel, String) -> Void

/// Takes over libfuse's own messages, which would otherwise go to the standard error of a daemon that has none.
///
/// libfuse has one handler a process; with several sessions the last one's log gets all messages.
enum LibfuseLog {
    private struct State {
        var log: Log?
        var recent: [String] = []
    }

    private static let state = Mutex(State())

    /// Sends libfuse's messages to `log` from now on.
    static func redirect(to log: @escaping Log) {
        state.withLock { $0.log = log }
        fuse_set_log_func { level, format, arguments in
            guard let format, let arguments else { return }
            var text = [CChar](repeating: 0, count: 512)
            let length = cfuse_render(&text, text.count, format, arguments)
            guard length > 0 else { return }
            let bytes = text.prefix(min(Int(length), text.count - 1)).map { UInt8(bitPattern: $0) }
            LibfuseLog.take(LibfuseLog.level(level), String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Forgets what was said so far, so that `reason` speaks of the next call only.
    static func startListening() {
        state.withLock { $0.recent = [] }
    }

    /// What libfuse said since `startListening`, as one phrase; `nil` when it was silent.
    static func reason() -> String? {
        state.withLock { $0.recent.isEmpty ? nil : $0.recent.joined(separator: "; ") }
    }

    private static func take(_ level: LogLevel, _ message: String) {
        var phrase = message
        if phrase.hasPrefix("fuse: ") { phrase.removeFirst("fuse: ".count) }
        while phrase.last?.isNewline == true { phrase.removeLast() }
        let log = state.withLock { state in
            // Bounded: a session that lives for months must not collect its warnings.
            if state.recent.count < 4 { state.recent.append(phrase) }
            return state.log
        }
        log?(level, "libfuse: " + phrase)
    }

    private static func level(_ level: fuse_log_level) -> LogLevel {
        switch level {
        case FUSE_LOG_DEBUG: .debug
        case FUSE_LOG_INFO, FUSE_LOG_NOTICE: .info
        case FUSE_LOG_WARNING: .warning
        default: .error
        }
    }
}
