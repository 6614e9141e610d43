import AWSWire
import Foundation
import ServiceEndpoints
import Synchronization
import Testing

private func echo(_ method: String = "POST", body: String = "") -> WireRequest {
    WireRequest(method: method, path: "/echo", headers: ["host": "h:1"], body: Array(body.utf8))
}

@Suite("The common port", .timeLimit(.minutes(1)))
struct CommonPortTests {
    @Test("hands a request on as it stood on the wire")
    func passesOn() async throws {
        let text = try await withServer([EchoEndpoint()]) { port in
            let client = try RawClient(port: port)
            client.send(
                "PUT /echo/a%20b//../c?x=%2F&y HTTP/1.1\r\nHost: Name:99\r\nX-Two: 1\r\nx-two:  2 \r\n"
                    + "Content-Length: 5\r\n\r\nhello")
            return client.receive()?.text
        }
        #expect(
            text == "PUT /echo/a%20b//../c?x=%2F&y from 127.0.0.1\nhost: Name:99\nx-two: 1\nx-two: 2\n"
                + "content-length: 5hello")
    }

    @Test("many requests go over one connection, each answered with its own identifier")
    func keepAlive() async throws {
        let identifiers = try await withServer([EchoEndpoint()]) { port in
            let client = try RawClient(port: port)
            return (0..<50).compactMap { number -> String? in
                client.send(echo(body: "body \(number)"))
                let response = client.receive()
                return response?.text.hasSuffix("body \(number)") == true
                    ? response?.headers["x-request"] : nil
            }
        }
        #expect(Set(identifiers).count == 50)
    }

    @Test("requests sent before the answer to the last are answered in order")
    func pipelining() async throws {
        let texts = try await withServer([EchoEndpoint()]) { port in
            let client = try RawClient(port: port)
            for number in 0..<10 { client.send(echo(body: "<\(number)>")) }
            return (0..<10).compactMap { _ in client.receive()?.text }
        }
        #expect(texts.enumerated().allSatisfy { $1.hasSuffix("<\($0)>") } && texts.count == 10)
    }

    @Test("a body over the limit is refused, whether announced or in chunks", arguments: [true, false])
    func bodyLimit(_ isAnnounced: Bool) async throws {
        let answers = try await withServer([EchoEndpoint()]) { port in
            let fitting = try RawClient(port: port)
            fitting.send(echo(body: String(repeating: "x", count: 1000)))
            let client = try RawClient(port: port)
            let head = "POST /echo HTTP/1.1\r\nHost: h\r\n"
            if isAnnounced {
                client.send(head + "Content-Length: 1000000000\r\n\r\n")
            } else {
                client.send(
                    head + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + String(repeating: "x", count: 1001))
            }
            return [fitting.receive(), client.receive()]
        }
        #expect(answers.map { $0?.status } == [200, 413])
        #expect(answers[1]?.text == "RequestEntityTooLargeException")
        #expect(answers[1]?.headers["connection"] == "close")
    }

    @Test("a refused body is not read to its end: the connection closes")
    func refusedBodyIsNotRead() async throws {
        let hasEnded = try await withServer([EchoEndpoint()]) { port in
            let client = try RawClient(port: port)
            client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n")
            _ = client.receive()
            let start = ContinuousClock.now
            while client.send([UInt8](repeating: 0, count: 65536)), start.duration(to: .now) < .seconds(5) {}
            return start.duration(to: .now) < .seconds(5) && client.isEnded
        }
        #expect(hasEnded)
    }

    @Test(
        "what is not HTTP is answered with 400 and the end of the connection",
        arguments: [
            "hello\r\n\r\n", "GET\r\n\r\n", "POST / HTTP/9.9\r\n\r\n",
            "POST / HTTP/1.1\r\nbad header\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ])
    func notHTTP(_ text: String) async throws {
        let (status, isAlive) = try await withServer([EchoEndpoint()]) { port in
            let client = try RawClient(port: port)
            client.send(text)
            let status = client.receive()?.status
            let other = try RawClient(port: port)
            other.send(echo())
            return (status, other.receive()?.status)
        }
        #expect(status == 400 || status == nil)
        #expect(isAlive == 200)
    }

    @Test("a flood of header fields is cut off", arguments: [(100_000, 10), (1, 20_000)])
    func headerFlood(_ count: Int, _ length: Int) async throws {
        let (status, isAlive) = try await withServer([EchoEndpoint()]) { port in
            let client = try RawClient(port: port)
            client.send("POST /echo HTTP/1.1\r\nHost: h\r\n")
            for number in 0..<count where number % 100 != 0 || client.send("") {
                guard client.send("x-\(number): \(String(repeating: "v", count: length))\r\n") else { break }
            }
            client.send("\r\n")
            let status = client.receive()?.status
            let other = try RawClient(port: port)
            other.send(echo())
            return (status, other.receive()?.status)
        }
        #expect(status != 200)
        #expect(isAlive == 200)
    }

    @Test("a request that stops in the middle ends with the idle time, not with the server")
    func stalled() async throws {
        let options = ServerOptions(idleSeconds: 1)
        let hasEnded = try await withServer([EchoEndpoint()], options: options) { port in
            let client = try RawClient(port: port)
            client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
            return client.receive() == nil && client.isEnded
        }
        #expect(hasEnded)
    }

    @Test(
        "health follows the state behind the services",
        arguments: [(true, 200, "ok"), (false, 503, "unavailable")])
    func health(_ isHealthy: Bool, _ status: Int, _ word: String) async throws {
        let response = try await withServer([EchoEndpoint()], isHealthy: { isHealthy }) { port in
            let client = try RawClient(port: port)
            client.send(WireRequest(method: "GET", path: "/health", headers: ["host": "h"]))
            return client.receive()
        }
        #expect(response?.status == status)
        #expect(response?.text == "{\"status\":\"\(word)\"}")
    }

    @Test("metrics count requests by service, operation and code")
    func metrics() async throws {
        let text = try await withServer([EchoEndpoint()]) { port in
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                client.send(echo())
                _ = client.receive()
            }
            client.send(WireRequest(method: "GET", path: "/metrics", headers: ["host": "h"]))
            return client.receive()?.text ?? ""
        }
        #expect(text.contains("envelope_requests_total{code=\"OK\",operation=\"Echo\",service=\"echo\"} 3\n"))
        #expect(
            text.contains("envelope_request_duration_seconds_count{operation=\"Echo\",service=\"echo\"} 3\n"))
        #expect(text.contains("envelope_requests_in_flight 0\n"))
    }

    @Test("a signed request never means the operator's pages")
    func signedHealth() async throws {
        let text = try await withServer([EchoEndpoint()]) { port in
            let client = try RawClient(port: port)
            client.send(
                WireRequest(
                    method: "GET", path: "/health", headers: ["host": "h", "authorization": "AWS4 x"]))
            return client.receive()?.text
        }
        #expect(text?.hasPrefix("GET /health") == true)
    }

    @Test("a graceful stop lets a running request finish")
    func gracefulStop() async throws {
        let answer = Mutex<Int?>(nil)
        let sent = DispatchSemaphore(value: 0)
        let done = DispatchSemaphore(value: 0)
        try await withServer([EchoEndpoint(delay: 0.5)]) { port in
            Thread.detachNewThread {
                let client = try? RawClient(port: port)
                client?.send(echo())
                sent.signal()
                let status = client?.receive()?.status
                answer.withLock { $0 = status }
                done.signal()
            }
            sent.wait()
            Thread.sleep(forTimeInterval: 0.1)
        }
        await onThread { done.wait() }
        #expect(answer.withLock { $0 } == 200)
    }

    @Test("blocking answers do not keep others waiting")
    func parallel() async throws {
        let start = ContinuousClock.now
        try await withServer([EchoEndpoint(delay: 0.2)]) { port in
            let clients = try (0..<8).map { _ in try RawClient(port: port) }
            for client in clients { client.send(echo()) }
            for client in clients { #expect(client.receive()?.status == 200) }
        }
        #expect(start.duration(to: .now) < .seconds(1.2))
    }
}
