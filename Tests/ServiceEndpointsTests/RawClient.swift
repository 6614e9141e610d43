import AWSWire
import Foundation
import Glibc

/// One TCP connection that sends exactly the bytes it is told to, and reads answers one by one.
final class RawClient {
    private let socket: Int32
    private var buffer: [UInt8] = []

    /// Connects to a port of 127.0.0.1.
    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let socket = socket
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    deinit { close(socket) }

    /// Sends bytes as they are; an answer may come, and the connection go, before all are sent.
    @discardableResult
    func send(_ bytes: some Sequence<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(text.utf8) }

    /// Sends a request, with its content length.
    func send(_ request: WireRequest) {
        var head = "\(request.method) \(request.target) HTTP/1.1\r\ncontent-length: \(request.body.count)\r\n"
        for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
        send(Array((head + "\r\n").utf8) + request.body)
    }

    /// The next answer, or `nil` when the connection has ended or is silent for ten seconds.
    func receive() -> WireResponse? {
        guard let head = take(through: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        var headers = HeaderList()
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1)
            if halves.count == 2 {
                headers.append(String(halves[0]), halves[1].trimmingCharacters(in: .whitespaces))
            }
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length, fill() {}
        guard buffer.count >= length else { return nil }
        let body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return WireResponse(status: status, headers: headers, body: body)
    }

    /// Whether the other side has closed the connection and sent nothing more.
    var isEnded: Bool {
        guard buffer.isEmpty else { return false }
        var byte: UInt8 = 0
        let count = recv(socket, &byte, 1, 0)
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }

    private func take(through mark: [UInt8]) -> [UInt8]? {
        var searched = 0
        while true {
            if let range = buffer[searched...].firstRange(of: mark) {
                let found = Array(buffer[..<range.upperBound])
                buffer.removeFirst(range.upperBound)
                return found
            }
            searched = max(0, buffer.count - mark.count + 1)
            guard fill() else { return nil }
        }
    }
}

extension WireResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
