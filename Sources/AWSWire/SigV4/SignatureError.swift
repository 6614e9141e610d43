/// Why a signature is not accepted.
public enum SignatureError: Error, Sendable, Equatable {
    /// The request carries no signature at all.
    case missing
    /// The signature's own text cannot be read; the sentence says which part.
    case incomplete(String)
    /// Made too long ago, or its presigned life is over.
    case expired(timestamp: String, limit: String, now: String)
    /// Made in the future.
    case notYetCurrent(timestamp: String, limit: String, now: String)
    /// The day in the scope is not the day of the time stamp.
    case dayMismatch(scope: String, timestamp: String)
    /// The scope names another service.
    case wrongService(expected: String, found: String)
    /// A header that must be signed is not.
    case unsignedHeader(String)
    /// The body does not have the hash that was signed (S3).
    case payloadMismatch(claimed: String, computed: String)
    /// The signature is not ours; both texts are what we made of the request, for the caller to compare.
    case mismatch(canonicalRequest: String, stringToSign: String)
}

extension SignatureError {
    /// The sentence AWS's JSON and Query services send.
    public var message: String {
        switch self {
        case .missing: "Missing Authentication Token"
        case .incomplete(let reason): reason
        case .expired(let timestamp, let limit, let now):
            "Signature expired: \(timestamp) is now earlier than \(limit) (\(now) - 15 min.)"
        case .notYetCurrent(let timestamp, let limit, let now):
            "Signature not yet current: \(timestamp) is still later than \(limit) (\(now) + 15 min.)"
        case .dayMismatch(let scope, let timestamp):
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + "'\(scope)' != '\(timestamp.prefix(8))', from '\(timestamp)'."
        case .wrongService(let expected, _): "Credential should be scoped to correct service: '\(expected)'."
        case .unsignedHeader(let name):
            name == "host"
                ? "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
                : "'\(name)' must be a 'SignedHeader' in the AWS Authorization."
        case .payloadMismatch: "The provided 'x-amz-content-sha256' header does not match what was computed."
        case .mismatch:
            "The request signature we calculated does not match the signature you provided. Check your AWS "
                + "Secret Access Key and signing method. Consult the service documentation for details."
        }
    }

    /// The error a JSON 1.1 service answers with, status 400.
    public var jsonError: WireError {
        switch self {
        case .missing: WireError("MissingAuthenticationTokenException", message)
        case .incomplete: WireError("IncompleteSignatureException", message)
        case .expired, .notYetCurrent, .dayMismatch, .wrongService, .unsignedHeader, .payloadMismatch,
            .mismatch:
            WireError("InvalidSignatureException", message)
        }
    }

    /// The error a Query service answers with, status 403, or 400 where the text could not be read.
    public var queryError: WireError {
        switch self {
        case .missing: WireError("MissingAuthenticationToken", message, status: 403)
        case .incomplete: WireError("IncompleteSignature", message)
        case .expired, .notYetCurrent, .dayMismatch, .wrongService, .unsignedHeader, .payloadMismatch,
            .mismatch:
            WireError("SignatureDoesNotMatch", message, status: 403)
        }
    }
}
