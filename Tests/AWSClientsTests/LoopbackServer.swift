import Foundation
import Glibc
import Synchronization

/// A web server of the simplest kind on 127.0.0.1, each connection on a thread of its own.
final class LoopbackServer: Sendable {
    /// What to do with a request, given its head and body.
    enum Reaction: Sendable {
        /// Send these bytes and keep the connection.
        case send(String)
        /// Send these bytes and close.
        case sendAndClose(String)
        /// Say nothing for this long, then close.
        case hang(seconds: Double)
    }

    let port: Int
    private let listener: Int32
    private let connections = Mutex(0)
    private let received = Mutex<[String]>([])

    init(_ react: @escaping @Sendable (String) -> Reaction) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isUp = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isUp else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                connections.withLock { $0 += 1 }
                Thread.detachNewThread { [self] in serve(connection, react) }
            }
        }
    }

    /// Ends accepting.
    func stop() {
        _ = shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    var connectionCount: Int { connections.withLock { $0 } }
    var requests: [String] { received.withLock { $0 } }

    private func serve(_ connection: Int32, _ react: (String) -> Reaction) {
        defer {
            // Not closing alone: a program that another test starts at this moment may have inherited the
            // connection, and the client would wait for the end of that.
            _ = shutdown(connection, Int32(SHUT_RDWR))
            close(connection)
        }
        while let request = readRequest(connection) {
            received.withLock { $0.append(request) }
            switch react(request) {
            case .send(let text): write(text, to: connection)
            case .sendAndClose(let text):
                write(text, to: connection)
                return
            case .hang(let seconds):
                Thread.sleep(forTimeInterval: seconds)
                return
            }
        }
    }

    private func write(_ text: String, to connection: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func readRequest(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let length = text[..<end.lowerBound].lowercased().split(separator: "\r\n")
                    .first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
                if text[end.upperBound...].utf8.count >= length ?? 0 { return text }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }
}
