internal import AWSVocabulary
internal import Cryptography

// AWS Signature Version 4, header and query form, for HTTP/1.1 requests.
//
// Both directions live here: `Signer` writes signatures, `SignatureClaim` reads and verifies them, and both hash
// the same canonical request. Left out: SigV4A (several Regions under one elliptic-curve signature) and signed
// event streams, which none of our services uses.
//
// Source: AWS General Reference, "Signing AWS API requests"; for S3 also "Authenticating Requests (AWS Signature
// Version 4)" in the S3 API reference.

/// The names SigV4 gives to things.
public enum SigV4 {
    /// The only algorithm there is, as it stands in `Authorization`.
    public static let algorithm = "AWS4-HMAC-SHA256"
    /// The payload hash of a request whose body is not signed (S3).
    public static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// SHA-256 of no bytes, in hexadecimal.
    public static let emptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    /// The signing name whose paths are encoded once and never normalised.
    public static let s3ServiceName = "s3"
    /// How far a signature's time may be from ours, in seconds, either way.
    public static let maximumSkew = 900.0
    /// The longest life of a presigned request, in seconds: seven days.
    public static let maximumPresignedLifetime = 604_800
}

/// The text a signature is made over, built from a request.
///
/// Query and path are decoded and encoded again, so both spellings of one URL give one signature. S3 encodes
/// each path segment once and takes the path as it is; every other service first removes `.`, `..` and doubled
/// slashes and then encodes what is already encoded a second time.
struct CanonicalRequest {
    /// The bytes that are hashed.
    let bytes: [UInt8]

    /// - Parameters:
    ///   - signedHeaders: Lower-case names in the order the signature lists them.
    ///   - payloadHash: 64 hexadecimal digits, or one of S3's words.
    ///   - withoutQueryName: A query parameter to leave out: the signature itself, when presigned.
    init(
        _ request: WireRequest, signedHeaders: [String], payloadHash: String, service: String,
        withoutQueryName: String? = nil
    ) {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        func line(_ text: some Sequence<UInt8>) {
            out.append(contentsOf: text)
            out.append(UInt8(ascii: "\n"))
        }
        line(request.method.utf8)
        line(Self.path(request.path, isS3: service == SigV4.s3ServiceName))
        line(Self.query(request.query, without: withoutQueryName))
        for name in signedHeaders {
            out.append(contentsOf: name.utf8)
            out.append(UInt8(ascii: ":"))
            Self.append(valuesOf: name, in: request.headers, to: &out)
            out.append(UInt8(ascii: "\n"))
        }
        line([])
        line(signedHeaders.joined(separator: ";").utf8)
        out.append(contentsOf: payloadHash.utf8)
        bytes = out
    }

    /// The text whose HMAC is the signature.
    func stringToSign(timestamp: String, scope: SigningScope) -> String {
        "\(SigV4.algorithm)\n\(timestamp)\n\(scope)\n\(Hex.encode(Digest.sha256(bytes)))"
    }

    // MARK: - Path

    static func path(_ path: String, isS3: Bool) -> [UInt8] {
        if path == "/" || path.isEmpty { return [UInt8(ascii: "/")] }
        if isS3 { return PercentEncoding.encode(PercentEncoding.decode(path), keepingSlash: true) }
        return PercentEncoding.encode(normalized(path).utf8, keepingSlash: true)
    }

    /// Removes empty and dot segments; a trailing slash stays (RFC 3986 section 5.2.4).
    static func normalized(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for segment in segments where !segment.isEmpty && segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        let endsOpen = segments.last.map { $0.isEmpty || $0 == "." || $0 == ".." } ?? true
        return "/" + kept.joined(separator: "/") + (endsOpen && !kept.isEmpty ? "/" : "")
    }

    // MARK: - Query

    static func query(_ query: String, without excluded: String?) -> [UInt8] {
        if query.isEmpty { return [] }
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = part.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = reencoded(Substring(halves[0]))
            if let excluded, name.elementsEqual(excluded.utf8) { continue }
            pairs.append((name, halves.count > 1 ? reencoded(Substring(halves[1])) : []))
        }
        pairs.sort { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value)
                : left.name.lexicographicallyPrecedes(right.name)
        }
        let parts = pairs.map { $0.name + [UInt8(ascii: "=")] + $0.value }
        return Array(parts.joined(separator: [UInt8(ascii: "&")]))
    }

    private static func reencoded(_ text: Substring) -> [UInt8] {
        PercentEncoding.encode(PercentEncoding.decode(text), keepingSlash: false)
    }

    // MARK: - Headers

    /// Appends every value under `name`, trimmed, inner runs of white space as one space, joined with commas.
    static func append(valuesOf name: String, in headers: HeaderList, to out: inout [UInt8]) {
        var isFirst = true
        for field in headers.fields where field.name == name {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            var pendingSpace = false
            let start = out.count
            for byte in field.value.utf8 {
                if byte == 0x20 || (0x09...0x0D).contains(byte) {
                    pendingSpace = out.count > start
                    continue
                }
                if pendingSpace { out.append(0x20) }
                pendingSpace = false
                out.append(byte)
            }
        }
    }
}
