import AWSVocabulary
import AWSWire
import EnvelopeTesting
import Foundation
import Logging
import NIOPosix
import ServiceEndpoints
import ServiceLifecycle
import Synchronization

/// Runs a server on a free port of loopback for the length of `body`.
///
/// `body` blocks (it talks through sockets), so it runs on a thread of its own: the server needs the cooperative
/// threads for itself.
func withServer<Result: Sendable>(
    _ endpoints: [any ServiceEndpoint], options: ServerOptions = ServerOptions(),
    metrics: PrometheusMetrics = PrometheusMetrics(), isHealthy: @escaping @Sendable () -> Bool = { true },
    surroundings: Surroundings = .fixed(), _ body: @escaping @Sendable (_ port: Int) throws -> Result
) async throws -> Result {
    let (ports, continuation) = AsyncStream<Int>.makeStream()
    let server = try EnvelopeServer(
        options, endpoints: endpoints, metrics: metrics, isHealthy: isHealthy, surroundings: surroundings,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        onListening: { continuation.yield($0) })
    let group = ServiceGroup(
        configuration: .init(
            services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { throw POSIXError(.EADDRNOTAVAIL) }
        let result = await onThread { Swift.Result { try body(port) } }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return try result.get()
    }
}

/// Runs blocking code on a new thread.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}

/// A service that says back what it was sent.
struct EchoEndpoint: ServiceEndpoint {
    let name = "echo"
    var bodyByteLimit = 1000
    var delay = 0.0

    func claims(_ head: WireRequest) -> Bool { head.path.hasPrefix("/echo") }

    func answer(_ exchange: Exchange) -> Outcome {
        if delay > 0 { Thread.sleep(forTimeInterval: delay) }
        let request = exchange.request
        let lines =
            ["\(request.method) \(request.target) from \(exchange.sourceIPAddress ?? "?")"]
            + request.headers.fields.map { "\($0.name): \($0.value)" }
        let response = WireResponse(
            status: 200, headers: ["x-request": exchange.requestID],
            body: Array(lines.joined(separator: "\n").utf8) + request.body)
        return Outcome(response: response, operation: "Echo", code: "OK")
    }

    func refuse(_ error: WireError, requestID: String) -> WireResponse {
        WireResponse(status: error.status, headers: ["x-request": requestID], body: Array(error.code.utf8))
    }
}
