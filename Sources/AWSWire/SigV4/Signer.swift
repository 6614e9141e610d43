public import AWSVocabulary
internal import Cryptography
public import FoundationEssentials

/// Signs requests as an AWS client does.
public struct Signer: Sendable {
    /// What the signature says of the body.
    public enum Payload: Sendable, Equatable {
        /// The hash of the request's body.
        case body
        /// A hash computed elsewhere, 64 hexadecimal digits.
        case hash(String)
        /// Nothing: the body is protected by TLS alone. Only S3 accepts this.
        case unsigned
    }

    /// Who signs.
    public let credentials: Credentials
    /// The Region of the scope.
    public let region: Region
    /// The signing name, such as `kms` or `s3`.
    public let service: String

    /// Makes a signer for one service in one Region.
    public init(credentials: Credentials, region: Region, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    // Headers a proxy or the HTTP library may add or change on the way; signing them breaks the signature.
    private static let neverSigned: Set<String> = [
        "authorization", "connection", "content-length", "expect", "user-agent", "x-amzn-trace-id",
        "transfer-encoding", "accept-encoding", "accept", "amz-sdk-invocation-id", "amz-sdk-request",
    ]

    /// Adds `x-amz-date`, the session token when there is one, S3's payload hash, and `authorization`.
    ///
    /// `host` must already be among the headers. Signing again replaces what an earlier signature added, so a
    /// retried request can be signed with a fresh time.
    public func sign(_ request: inout WireRequest, at date: Date, payload: Payload = .body) {
        let timestamp = Timestamps.compact(date)
        request.headers["authorization"] = nil
        request.headers["x-amz-date"] = timestamp
        request.headers["x-amz-security-token"] = credentials.sessionToken
        let payloadHash = Self.hash(of: request.body, payload)
        if service == SigV4.s3ServiceName { request.headers["x-amz-content-sha256"] = payloadHash }

        let scope = SigningScope(day: String(timestamp.prefix(8)), region: region.text, service: service)
        let names = Set(request.headers.fields.map(\.name)).subtracting(Self.neverSigned).sorted()
        let canonical = CanonicalRequest(
            request, signedHeaders: names, payloadHash: payloadHash, service: service)
        let key = SigningKey(credentials.secret, scope: scope)
        let signature = key.hexSignature(of: canonical.stringToSign(timestamp: timestamp, scope: scope))
        request.headers["authorization"] =
            "\(SigV4.algorithm) Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
    }

    /// Signs into the query, so that the URL alone carries the permission.
    ///
    /// - Parameters:
    ///   - request: `host` must be among the headers; every header present is signed and must be sent again.
    ///   - seconds: How long the URL is good for, 1 to 604,800.
    ///   - payload: S3 leaves the body of presigned requests unsigned; other services sign it.
    /// - Returns: The request with the longer query, headers unchanged.
    public func presign(
        _ request: WireRequest, at date: Date, validForSeconds seconds: Int, payload: Payload? = nil
    ) -> WireRequest {
        let timestamp = Timestamps.compact(date)
        let scope = SigningScope(day: String(timestamp.prefix(8)), region: region.text, service: service)
        let names = Set(request.headers.fields.map(\.name)).subtracting(Self.neverSigned).sorted()
        var signed = request
        var parameters = [
            ("X-Amz-Algorithm", SigV4.algorithm),
            ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope)"),
            ("X-Amz-Date", timestamp),
            ("X-Amz-Expires", String(seconds)),
            ("X-Amz-SignedHeaders", names.joined(separator: ";")),
        ]
        if let token = credentials.sessionToken { parameters.append(("X-Amz-Security-Token", token)) }
        let added = parameters.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
        signed.query = request.query.isEmpty ? added : request.query + "&" + added

        let chosen = payload ?? (service == SigV4.s3ServiceName ? .unsigned : .body)
        let canonical = CanonicalRequest(
            signed, signedHeaders: names, payloadHash: Self.hash(of: request.body, chosen), service: service)
        let key = SigningKey(credentials.secret, scope: scope)
        let signature = key.hexSignature(of: canonical.stringToSign(timestamp: timestamp, scope: scope))
        signed.query += "&X-Amz-Signature=" + signature
        return signed
    }

    private static func hash(of body: [UInt8], _ payload: Payload) -> String {
        switch payload {
        case .body: body.isEmpty ? SigV4.emptyPayloadHash : Hex.encode(Digest.sha256(body))
        case .hash(let text): text
        case .unsigned: SigV4.unsignedPayload
        }
    }
}
