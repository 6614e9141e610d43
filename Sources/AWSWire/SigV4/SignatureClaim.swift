internal import AWSVocabulary
internal import Cryptography
public import FoundationEssentials

/// What a request says about its own signature, before anything of it is believed.
public struct SignatureClaim: Sendable, Equatable {
    /// Where the signature stands.
    public enum Placement: Sendable, Equatable {
        /// In the `Authorization` header.
        case header
        /// In the query; the URL is good for this many seconds from its time stamp.
        case query(validForSeconds: Int)
    }

    /// Header or query.
    public let placement: Placement
    /// The access key id that is said to have signed.
    public let accessKeyID: String
    /// Day, Region and service.
    public let scope: SigningScope
    /// The time of signing as it was written, such as `20261125T100000Z`.
    public let timestamp: String
    /// The time of signing.
    public let date: Date
    /// The names of the signed headers, lower case, in the order given.
    public let signedHeaders: [String]
    /// The session token sent along.
    public let sessionToken: String?
    /// The signature that came with the request, 32 bytes.
    let signature: [UInt8]
    /// The signature in hexadecimal; the seed of a chunked body's signatures.
    public var hexSignature: String { Hex.encode(signature) }

    /// Whether `name`, in lower case, is covered by the signature.
    public func covers(_ name: String) -> Bool { signedHeaders.contains(name) }
}

// MARK: - Reading

extension SignatureClaim {
    /// Reads the claim of `request` from its header, else from its query.
    ///
    /// - Throws: `.missing` without a signature, `.incomplete` when its text is broken.
    public static func read(from request: WireRequest) throws(SignatureError) -> SignatureClaim {
        if let header = request.headers["authorization"] {
            return try readHeader(header, of: request)
        }
        if request.query.contains("X-Amz-Signature=") || request.query.contains("X-Amz-Algorithm=") {
            return try readQuery(of: request)
        }
        throw .missing
    }

    private static func readHeader(
        _ header: String, of request: WireRequest
    ) throws(SignatureError) -> SignatureClaim {
        guard header.hasPrefix(SigV4.algorithm), header.utf8.count <= 4096 else {
            throw .incomplete("Authorization header requires the algorithm '\(SigV4.algorithm)'.")
        }
        var parts: [Substring: Substring] = [:]
        for part in header.dropFirst(SigV4.algorithm.count).split(whereSeparator: { $0 == "," || $0 == " " })
        {
            let halves = part.split(separator: "=", maxSplits: 1)
            if halves.count == 2 { parts[halves[0]] = halves[1] }
        }
        let missing = ["Credential", "Signature", "SignedHeaders"].filter { parts[Substring($0)] == nil }
        guard missing.isEmpty, let credential = parts["Credential"], let signature = parts["Signature"],
            let names = parts["SignedHeaders"]
        else {
            throw .incomplete(
                missing.map { "Authorization header requires '\($0)' parameter." }.joined(separator: " "))
        }
        guard let moment = time(of: request.headers) else {
            throw .incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        }
        return try assemble(
            placement: .header, credential: String(credential), signature: String(signature),
            names: String(names), moment: moment, token: request.headers["x-amz-security-token"])
    }

    private static func readQuery(of request: WireRequest) throws(SignatureError) -> SignatureClaim {
        var values: [String: String] = [:]
        for part in request.query.split(separator: "&") where part.hasPrefix("X-Amz-") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { continue }
            values[String(halves[0])] = String(decoding: PercentEncoding.decode(halves[1]), as: UTF8.self)
        }
        func value(_ name: String) throws(SignatureError) -> String {
            guard let found = values[name] else {
                throw .incomplete("Query string requires '\(name)' parameter.")
            }
            return found
        }
        guard try value("X-Amz-Algorithm") == SigV4.algorithm else {
            throw .incomplete("X-Amz-Algorithm only supports \"\(SigV4.algorithm)\".")
        }
        let timestamp = try value("X-Amz-Date")
        guard let date = Timestamps.parse(compact: timestamp) else {
            throw .incomplete("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\".")
        }
        guard let seconds = Int(try value("X-Amz-Expires")),
            (1...SigV4.maximumPresignedLifetime).contains(seconds)
        else { throw .incomplete("X-Amz-Expires must be between 1 and 604800 seconds.") }
        return try assemble(
            placement: .query(validForSeconds: seconds), credential: try value("X-Amz-Credential"),
            signature: try value("X-Amz-Signature"), names: try value("X-Amz-SignedHeaders"),
            moment: (timestamp, date), token: values["X-Amz-Security-Token"])
    }

    private static func time(of headers: HeaderList) -> (String, Date)? {
        if let text = headers["x-amz-date"] {
            return Timestamps.parse(compact: text).map { (text, $0) }
        }
        guard let text = headers["date"] else { return nil }
        guard let date = Timestamps.parse(httpDate: text) ?? Timestamps.parse(compact: text) else {
            return nil
        }
        return (Timestamps.compact(date), date)
    }

    private static func assemble(
        placement: Placement, credential: String, signature: String, names: String, moment: (String, Date),
        token: String?
    ) throws(SignatureError) -> SignatureClaim {
        let fields = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 5, fields[4] == "aws4_request", fields.allSatisfy({ !$0.isEmpty }) else {
            throw .incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. "
                    + "keyid/date/region/service/term, got '\(credential)'.")
        }
        guard let bytes = Hex.decode(signature), bytes.count == 32 else {
            throw .incomplete("Signature must be 64 hexadecimal digits.")
        }
        let signedHeaders = names.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        guard Set(signedHeaders).count == signedHeaders.count, names == names.lowercased() else {
            throw .incomplete("SignedHeaders must be lower case, each name once.")
        }
        return SignatureClaim(
            placement: placement, accessKeyID: fields[0],
            scope: SigningScope(day: fields[1], region: fields[2], service: fields[3]), timestamp: moment.0,
            date: moment.1, signedHeaders: signedHeaders, sessionToken: token, signature: bytes)
    }
}

// MARK: - Verifying

extension SignatureClaim {
    // Any other x-amz header changes what is asked for, so a middleman must not be able to add one.
    private static let mayBeUnsigned: Set<String> = ["x-amz-user-agent", "x-amz-checksum-mode"]

    /// Judges everything that needs no secret: service, day, clock, and which headers are signed.
    ///
    /// - Parameters:
    ///   - service: The signing name this endpoint answers for.
    ///   - now: Our clock.
    public func check(_ request: WireRequest, service: String, now: Date) throws(SignatureError) {
        guard scope.service == service else {
            throw .wrongService(expected: service, found: scope.service)
        }
        guard timestamp.hasPrefix(scope.day), scope.day.utf8.count == 8 else {
            throw .dayMismatch(scope: scope.day, timestamp: timestamp)
        }
        try checkClock(now)
        guard covers("host") else { throw .unsignedHeader("host") }
        for field in request.headers.fields
        where field.name.hasPrefix("x-amz-") && !Self.mayBeUnsigned.contains(field.name)
            && !covers(field.name)
        {
            throw .unsignedHeader(field.name)
        }
    }

    private func checkClock(_ now: Date) throws(SignatureError) {
        let lifetime: Double
        switch placement {
        case .header: lifetime = SigV4.maximumSkew
        case .query(let seconds): lifetime = Double(seconds)
        }
        if date.timeIntervalSince(now) > SigV4.maximumSkew {
            let limit = Timestamps.compact(now.addingTimeInterval(SigV4.maximumSkew))
            throw .notYetCurrent(timestamp: timestamp, limit: limit, now: Timestamps.compact(now))
        }
        if now.timeIntervalSince(date) > lifetime {
            let limit = Timestamps.compact(now.addingTimeInterval(-lifetime))
            throw .expired(timestamp: timestamp, limit: limit, now: Timestamps.compact(now))
        }
    }

    /// Judges the signature itself, in constant time.
    ///
    /// - Parameters:
    ///   - key: The signing key of `scope`, derived from the secret of `accessKeyID`.
    /// - Throws: `.payloadMismatch` when S3's hash header does not fit the body, `.mismatch` otherwise.
    public func verify(_ request: WireRequest, with key: SigningKey) throws(SignatureError) {
        precondition(key.scope == scope, "a signing key is good for its own scope only")
        let payloadHash = try payloadHash(of: request)
        let isQuery = placement != .header
        let canonical = CanonicalRequest(
            request, signedHeaders: signedHeaders, payloadHash: payloadHash, service: scope.service,
            withoutQueryName: isQuery ? "X-Amz-Signature" : nil)
        let text = canonical.stringToSign(timestamp: timestamp, scope: scope)
        guard constantTimeEqual(key.signature(of: Array(text.utf8)), signature) else {
            throw .mismatch(
                canonicalRequest: String(decoding: canonical.bytes, as: UTF8.self), stringToSign: text)
        }
    }

    /// The word that stands for the body.
    ///
    /// Only S3 may leave the body unsigned or sign it in chunks.
    private func payloadHash(of request: WireRequest) throws(SignatureError) -> String {
        let isS3 = scope.service == SigV4.s3ServiceName
        let claimed = request.headers["x-amz-content-sha256"]
        if isS3, claimed == nil, placement != .header { return SigV4.unsignedPayload }
        if isS3, let claimed, claimed == SigV4.unsignedPayload || claimed.hasPrefix("STREAMING-") {
            return claimed
        }
        let computed = request.body.isEmpty ? SigV4.emptyPayloadHash : Hex.encode(Digest.sha256(request.body))
        if let claimed, claimed.lowercased() != computed {
            throw .payloadMismatch(claimed: claimed, computed: computed)
        }
        return computed
    }
}
