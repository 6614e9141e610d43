public import AWSWire
internal import CCurl
internal import Synchronization

/// HTTP over libcurl's easy interface, blocking.
///
/// Each calling thread takes a handle from the pool for one exchange and puts it back; a handle keeps its
/// connection open, so callers that come again find it warm. There are as many connections as callers at the
/// busiest moment. Neither proxies from the environment nor `.netrc` are read. Parts of an answer may linger in
/// libcurl's receive buffer until the handle is used again or freed; that buffer is not ours to wipe.
public final class CurlTransport: HTTPTransport {
    /// What may be set.
    public struct Options: Sendable {
        /// The longest wait for a connection, TLS included.
        public var connectMilliseconds = 5_000
        /// The longest wait for a whole exchange.
        public var totalMilliseconds = 30_000
        /// The most handles kept between exchanges.
        public var idleHandleCount = 16
        /// The largest answer accepted.
        public var answerByteLimit = 64 << 20
        /// A file of certificates to trust instead of the system's, PEM.
        public var certificateAuthorityFile: String?
        /// A proxy's URL.
        public var proxy: String?
        /// What we call ourselves.
        public var userAgent = "EnvelopeFS"

        /// The options as they are without further wishes.
        public init() {}
    }

    private let options: Options
    // Handles as addresses: a pointer is not Sendable, and each address stands for sole ownership.
    private let idle = Mutex<[UInt]>([])
    private let stopping = StopFlag()
    private let opened = Atomic(0)

    /// Makes a transport; nothing is opened yet.
    public init(options: Options = Options()) {
        self.options = options
    }

    deinit { closeIdleHandles() }

    /// How many connections were opened so far.
    public var openedConnectionCount: Int { opened.load(ordering: .relaxed) }

    /// Ends waiting exchanges within about a second and refuses new ones.
    public func shutDown() {
        stopping.set()
        closeIdleHandles()
    }

    /// Sends `request` to `endpoint` and waits for the whole answer; see ``HTTPTransport``.
    public func send(_ request: WireRequest, to endpoint: Endpoint) throws(ClientError) -> WireResponse {
        guard !stopping.isSet else { throw .stopped }
        let address = idle.withLock { $0.popLast() }
        guard var handle = address.flatMap({ EasyHandle(address: $0) }) ?? EasyHandle() else {
            throw .interrupted(host: endpoint.hostHeader, reason: "out of memory")
        }
        let sink = ResponseSink(limit: options.answerByteLimit, stopping: stopping)
        let failure: ClientError?
        do throws(CurlFailure) {
            try handle.perform(request, url: "\(endpoint)\(request.target)", options: options, into: sink)
            failure = nil
        } catch {
            failure = translate(error, sink: sink, endpoint: endpoint)
        }
        opened.add(handle.openedConnectionCount(), ordering: .relaxed)
        keep(handle)
        if let failure { throw failure }
        return sink.response
    }

    private func keep(_ handle: consuming EasyHandle) {
        let address = handle.intoAddress()
        let isKept = idle.withLock { handles in
            guard handles.count < options.idleHandleCount, !stopping.isSet else { return false }
            handles.append(address)
            return true
        }
        if !isKept { _ = EasyHandle(address: address) }
    }

    private func closeIdleHandles() {
        let addresses = idle.withLock { handles in
            defer { handles = [] }
            return handles
        }
        for address in addresses { _ = EasyHandle(address: address) }
    }

    private func translate(_ failure: CurlFailure, sink: ResponseSink, endpoint: Endpoint) -> ClientError {
        let host = endpoint.hostHeader
        switch failure {
        case .invalidHeader(let name): return .invalidHeader(name: name)
        case .noMemory: return .interrupted(host: host, reason: "out of memory")
        case .code(let code):
            let reason = String(cString: curl_easy_strerror(code))
            switch code {
            case CURLE_ABORTED_BY_CALLBACK: return .stopped
            case CURLE_WRITE_ERROR where sink.isTooLarge:
                return .answerTooLarge(limit: options.answerByteLimit)
            case CURLE_OPERATION_TIMEDOUT:
                return .timedOut(host: host, milliseconds: options.totalMilliseconds)
            case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
                return .unreachable(host: host, reason: reason)
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
                CURLE_SSL_ISSUER_ERROR:
                return .untrusted(host: host, reason: reason)
            case CURLE_URL_MALFORMAT: return .invalidEndpoint("\(endpoint)", reason: reason)
            default: return .interrupted(host: host, reason: reason)
            }
        }
    }
}
