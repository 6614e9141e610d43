internal import AWSVocabulary
internal import Cryptography

/// Why an `aws-chunked` body is refused.
public enum ChunkedPayloadError: Error, Sendable, Equatable {
    /// The framing is broken at this offset.
    case malformed(offset: Int)
    /// The body ends before its last chunk.
    case truncated
    /// The chunk with this number, from 0, does not bear the signature it claims; trailers come last.
    case signatureMismatch(chunk: Int)
    /// The chunks add up to another length than `x-amz-decoded-content-length` said.
    case lengthMismatch(claimed: Int, found: Int)
}

/// The content coding `aws-chunked`: a body in chunks, each signed over the one before.
///
/// A chunk is `HEX-SIZE[;chunk-signature=HEX]CRLF DATA CRLF`; the last has size zero and may be followed by
/// trailer fields. Signed bodies chain: each signature covers its predecessor's, so none can be moved or dropped.
///
/// Source: S3 API reference, "Signature calculations for the Authorization header: transferring payload in
/// multiple chunks" and "… including trailing headers".
public struct ChunkedPayload: Sendable, Equatable {
    /// The payload with the framing removed.
    public let body: [UInt8]
    /// The trailer fields, such as `x-amz-checksum-crc32`; the trailer's signature is not among them.
    public let trailers: HeaderList

    /// The chain of signatures: its key, its time, and the signature of the request's headers as its seed.
    public struct Chain: Sendable {
        let key: SigningKey
        let timestamp: String
        var previous: String

        /// Starts the chain behind a verified claim.
        public init(key: SigningKey, claim: SignatureClaim) {
            self.init(key: key, timestamp: claim.timestamp, seed: claim.hexSignature)
        }

        init(key: SigningKey, timestamp: String, seed: String) {
            self.key = key
            self.timestamp = timestamp
            previous = seed
        }

        /// The signature of the next chunk, which becomes the predecessor of the one after it.
        mutating func sign(_ data: ArraySlice<UInt8>) -> String {
            let text =
                "AWS4-HMAC-SHA256-PAYLOAD\n\(timestamp)\n\(key.scope)\n\(previous)\n\(SigV4.emptyPayloadHash)\n"
                + Hex.encode(Digest.sha256(Array(data)))
            previous = key.hexSignature(of: text)
            return previous
        }

        mutating func sign(trailers: HeaderList) -> String {
            let lines = trailers.fields.map { "\($0.name):\($0.value)\n" }.joined()
            let hash = Hex.encode(Digest.sha256(Array(lines.utf8)))
            let text = "AWS4-HMAC-SHA256-TRAILER\n\(timestamp)\n\(key.scope)\n\(previous)\n\(hash)"
            previous = key.hexSignature(of: text)
            return previous
        }
    }

    /// Takes `encoded` apart and verifies it.
    ///
    /// - Parameters:
    ///   - encoded: The whole body as it was sent.
    ///   - chain: The signatures to expect; `nil` for `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
    ///   - decodedByteCount: What `x-amz-decoded-content-length` says, when it says something.
    public init(
        decoding encoded: [UInt8], chain: Chain?, decodedByteCount: Int? = nil
    ) throws(ChunkedPayloadError) {
        var reader = Reader(bytes: encoded)
        var chain = chain
        var body: [UInt8] = []
        var number = 0
        while true {
            let (size, signature) = try reader.chunkHead()
            let data = try reader.take(size)
            if chain != nil {
                guard Self.isEqual(chain?.sign(data), signature) else {
                    throw .signatureMismatch(chunk: number)
                }
            }
            if size == 0 { break }
            body.append(contentsOf: data)
            try reader.lineEnd()
            number += 1
        }
        let (trailers, trailerSignature) = try reader.trailers()
        if chain != nil, trailers.count > 0 {
            guard Self.isEqual(chain?.sign(trailers: trailers), trailerSignature) else {
                throw .signatureMismatch(chunk: number + 1)
            }
        }
        if let decodedByteCount, decodedByteCount != body.count {
            throw .lengthMismatch(claimed: decodedByteCount, found: body.count)
        }
        self.body = body
        self.trailers = trailers
    }

    private static func isEqual(_ expected: String?, _ found: String?) -> Bool {
        guard let expected, let found else { return false }
        return constantTimeEqual(Array(expected.utf8), Array(found.utf8))
    }
}

extension ChunkedPayload {
    /// Reads the framing; every read is bounded by the bytes that are there.
    private struct Reader {
        let bytes: [UInt8]
        var offset = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        /// One line without its CRLF; at most 8 KiB.
        mutating func line() throws(ChunkedPayloadError) -> String {
            let start = offset
            var index = offset
            while index + 1 < bytes.count, index - start < 8192 {
                if bytes[index] == 0x0D, bytes[index + 1] == 0x0A {
                    offset = index + 2
                    return String(decoding: bytes[start..<index], as: UTF8.self)
                }
                index += 1
            }
            throw index + 1 < bytes.count ? .malformed(offset: start) : .truncated
        }

        mutating func chunkHead() throws(ChunkedPayloadError) -> (size: Int, signature: String?) {
            let start = offset
            let parts = try line().split(separator: ";", omittingEmptySubsequences: false)
            guard let digits = parts.first, (1...8).contains(digits.utf8.count), !digits.hasPrefix("+"),
                !digits.hasPrefix("-"), let size = Int(digits, radix: 16)
            else { throw .malformed(offset: start) }
            let marker = "chunk-signature="
            let signature = parts.dropFirst().first { $0.hasPrefix(marker) }
            return (size, signature.map { String($0.dropFirst(marker.count)) })
        }

        mutating func take(_ count: Int) throws(ChunkedPayloadError) -> ArraySlice<UInt8> {
            guard count <= bytes.count - offset else { throw .truncated }
            defer { offset += count }
            return bytes[offset..<offset + count]
        }

        mutating func lineEnd() throws(ChunkedPayloadError) {
            let start = offset
            guard try take(2).elementsEqual([0x0D, 0x0A]) else { throw .malformed(offset: start) }
        }

        /// The trailer fields up to the empty line; the end of the bytes does as well.
        mutating func trailers() throws(ChunkedPayloadError) -> (HeaderList, signature: String?) {
            var found = HeaderList()
            var signature: String?
            while offset < bytes.count {
                let start = offset
                let text = try line()
                if text.isEmpty { break }
                let halves = text.split(separator: ":", maxSplits: 1)
                guard halves.count == 2 else { throw .malformed(offset: start) }
                let value = halves[1].trimmingPrefix { $0 == " " }
                if halves[0].lowercased() == "x-amz-trailer-signature" {
                    signature = String(value)
                } else {
                    found.append(String(halves[0]), String(value))
                }
            }
            guard offset == bytes.count else { throw .malformed(offset: offset) }
            return (found, signature)
        }
    }
}
