internal import AWSWire
internal import CCurl

/// One libcurl easy handle: at most one transfer at a time, with the connections it keeps open.
///
/// Not copyable, so that two threads can never hold one. Between transfers the pool keeps it as an address.
struct EasyHandle: ~Copyable {
    private let handle: UnsafeMutableRawPointer

    // SAFETY: libcurl's global state is set up once, before the first handle, and never torn down.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// - Returns: `nil` when memory is short.
    init?() {
        guard Self.isLibraryReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
    }

    /// Takes back a handle that `intoAddress()` gave away.
    // SAFETY: an address leaves one EasyHandle and enters one; whoever holds it is the only owner.
    init?(address: UInt) {
        guard let handle = UnsafeMutableRawPointer(bitPattern: address) else { return nil }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    /// Gives the handle away without closing it.
    consuming func intoAddress() -> UInt {
        let address = UInt(bitPattern: handle)
        discard self
        return address
    }

    /// Carries out one exchange.
    mutating func perform(
        _ request: WireRequest, url: String, options: CurlTransport.Options, into sink: ResponseSink
    ) throws(CurlFailure) {
        curl_easy_reset(handle)
        let list = try HeaderLines(request)
        try configure(request, url: url, options: options, sink: sink)
        try check(envelope_curl_set_list(handle, CURLOPT_HTTPHEADER, list.first))
        // SAFETY: libcurl reads body and context only during this call, while both are kept alive here.
        let code = request.body.withUnsafeBytes { body in
            if Self.sendsBody(request) {
                _ = envelope_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
                _ = envelope_curl_set_pointer(handle, CURLOPT_POSTFIELDS, body.baseAddress ?? Self.nothing)
            }
            return withExtendedLifetime((sink, list)) { curl_easy_perform(handle) }
        }
        try check(code)
        var status = 0
        try check(envelope_curl_get_number(handle, CURLINFO_RESPONSE_CODE, &status))
        sink.status = status
    }

    /// How many connections the last transfer had to open; 0 when it used one that was open.
    func openedConnectionCount() -> Int {
        var count = 0
        _ = envelope_curl_get_number(handle, CURLINFO_NUM_CONNECTS, &count)
        return count
    }

    private static func sendsBody(_ request: WireRequest) -> Bool {
        !request.body.isEmpty || request.method == "POST" || request.method == "PUT"
    }

    // A body of no bytes still needs a pointer: without one libcurl reads from standard input.
    private static var nothing: UnsafeRawPointer { UnsafeRawPointer(StaticString("").utf8Start) }

    private func configure(
        _ request: WireRequest, url: String, options: CurlTransport.Options, sink: ResponseSink
    ) throws(CurlFailure) {
        try check(envelope_curl_set_text(handle, CURLOPT_URL, url))
        if request.method == "HEAD" {
            try check(envelope_curl_set_number(handle, CURLOPT_NOBODY, 1))
        } else if request.method != "GET" {
            if Self.sendsBody(request) { try check(envelope_curl_set_number(handle, CURLOPT_POST, 1)) }
            try check(envelope_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method))
        }
        for (option, value) in [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_PATH_AS_IS, 1), (CURLOPT_TCP_KEEPALIVE, 1),
            (CURLOPT_NOPROGRESS, 0),
            (CURLOPT_CONNECTTIMEOUT_MS, options.connectMilliseconds),
            (CURLOPT_TIMEOUT_MS, options.totalMilliseconds),
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)), (CURLOPT_MAXCONNECTS, 2),
        ] { try check(envelope_curl_set_number(handle, option, value)) }
        try check(envelope_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"))
        // An empty proxy keeps libcurl from reading the environment.
        try check(envelope_curl_set_text(handle, CURLOPT_PROXY, options.proxy ?? ""))
        try check(envelope_curl_set_text(handle, CURLOPT_USERAGENT, options.userAgent))
        if let file = options.certificateAuthorityFile {
            try check(envelope_curl_set_text(handle, CURLOPT_CAINFO, file))
        }
        let context = Unmanaged.passUnretained(sink).toOpaque()
        try check(envelope_curl_set_sink(handle, CURLOPT_WRITEFUNCTION, ResponseSink.receiveBody))
        try check(envelope_curl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        try check(envelope_curl_set_sink(handle, CURLOPT_HEADERFUNCTION, ResponseSink.receiveHeader))
        try check(envelope_curl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        try check(envelope_curl_set_progress(handle, CURLOPT_XFERINFOFUNCTION, ResponseSink.progress))
        try check(envelope_curl_set_pointer(handle, CURLOPT_XFERINFODATA, context))
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        guard code == CURLE_OK else { throw .code(code) }
    }
}

/// What stops a transfer, in libcurl's terms.
enum CurlFailure: Error {
    case code(CURLcode)
    case invalidHeader(String)
    case noMemory
}

/// The header lines of a request as libcurl wants them, freed with this object.
private final class HeaderLines {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    init(_ request: WireRequest) throws(CurlFailure) {
        // Without these libcurl adds headers of its own, which nobody signed.
        var lines = ["expect:", "accept:"]
        if request.headers["content-type"] == nil { lines.append("content-type:") }
        for field in request.headers.fields where field.name != "content-length" {
            guard Self.isSafe(field.name), Self.isSafe(field.value), !field.name.contains(":") else {
                throw .invalidHeader(field.name)
            }
            lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        for line in lines {
            guard let longer = curl_slist_append(first, line) else { throw .noMemory }
            first = longer
        }
    }

    deinit { curl_slist_free_all(first) }

    private static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
