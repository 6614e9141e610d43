import CFuse
import SystemPackage

/// Takes requests from the kernel, one after the other, and has libfuse call us for each.
struct ReceiveLoop: ~Copyable {
    /// How one round ended.
    enum Round: Equatable {
        /// A request was served.
        case served
        /// The call was interrupted; nothing was received.
        case interrupted
        /// The file system was unmounted, or the session told to end.
        case ended
        /// The connection broke.
        case failed(Errno)
    }

    private let session: LibfuseSession
    private let buffer: ReceiveBuffer

    init(_ session: LibfuseSession) throws(FuseBridgeError) {
        self.session = session
        buffer = try ReceiveBuffer()
    }

    /// Whether the buffer is kept out of swap.
    var isLocked: Bool { buffer.isLocked }

    /// Receives and serves until the session ends.
    func run() -> Errno? {
        while true {
            switch round() {
            case .served, .interrupted: continue
            case .ended: return nil
            case .failed(let errno): return errno
            }
        }
    }

    /// Receives and serves one request.
    func round() -> Round {
        var request = buffer.makeFuseBuffer()
        let count = session.receive(&request)
        if count > 0 {
            session.process(&request)
            // The request may have been a WRITE: what it carried is in the file system now, or refused.
            buffer.wipe(Int(count))
            return .served
        }
        if count == 0 || session.hasExited { return .ended }
        let errno = Errno(rawValue: -count)
        let isTemporary = errno == .interrupted || errno == .resourceTemporarilyUnavailable
        return isTemporary ? .interrupted : .failed(errno)
    }
}
