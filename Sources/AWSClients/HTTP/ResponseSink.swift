internal import AWSWire
internal import CCurl
internal import Synchronization

/// Collects one answer while libcurl delivers it.
///
/// libcurl calls the functions below on the thread that waits in `curl_easy_perform`, one at a time; nobody else
/// has the object meanwhile.
final class ResponseSink {
    var status = 0
    private(set) var headers = HeaderList()
    private(set) var body: [UInt8] = []
    private(set) var isTooLarge = false
    private let limit: Int
    private let stopping: StopFlag

    init(limit: Int, stopping: StopFlag) {
        self.limit = limit
        self.stopping = stopping
    }

    var response: WireResponse { WireResponse(status: status, headers: headers, body: body) }

    // SAFETY: `context` is the sink that `EasyHandle.perform` keeps alive for the length of the transfer.
    private static func sink(_ context: UnsafeMutableRawPointer?) -> ResponseSink? {
        context.map { Unmanaged<ResponseSink>.fromOpaque($0).takeUnretainedValue() }
    }

    static let receiveBody: envelope_curl_sink = { bytes, size, count, context in
        guard let sink = ResponseSink.sink(context), let bytes else { return 0 }
        return sink.append(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }

    static let receiveHeader: envelope_curl_sink = { bytes, size, count, context in
        guard let sink = ResponseSink.sink(context), let bytes else { return 0 }
        sink.addHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    static let progress: envelope_curl_progress = { context, _, _, _, _ in
        ResponseSink.sink(context)?.stopping.isSet == true ? 1 : 0
    }

    private func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= limit else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    private func addHeader(_ bytes: UnsafeRawBufferPointer) {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // An interim answer (100) comes first with headers of its own.
            headers = HeaderList()
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        var value = line[line.index(after: colon)...].drop(while: isSpace)
        while let last = value.last, isSpace(last) { value.removeLast() }
        let name = line[..<colon].lowercased()
        headers.append(name, String(value))
        // Room for the whole body at once: a body that holds a secret is then not copied while it grows.
        if name == "content-length", let count = Int(value), count > 0, count <= limit {
            body.reserveCapacity(count)
        }
    }
}

/// Set once, read by every transfer.
final class StopFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
