/// Why a service elsewhere could not be asked.
///
/// What a service answers is not here: clients translate that into the words of the module they serve. No case
/// carries a secret.
public enum ClientError: Error, Equatable, Sendable {
    /// The text is no endpoint we can use.
    case invalidEndpoint(String, reason: String)
    /// Secrets would cross the network unencrypted.
    case plainTransport(host: String)
    /// A header cannot be sent, for example because it holds a line break.
    case invalidHeader(name: String)
    /// No connection: no such host, nobody listening, no route.
    case unreachable(host: String, reason: String)
    /// No answer within the time allowed.
    case timedOut(host: String, milliseconds: Int)
    /// The other side's certificate does not convince us.
    case untrusted(host: String, reason: String)
    /// The connection broke, or what came over it is not HTTP.
    case interrupted(host: String, reason: String)
    /// The answer is larger than the client is willing to hold.
    case answerTooLarge(limit: Int)
    /// The transport is being shut down.
    case stopped
    /// No source had credentials; the names are those that were tried.
    case noCredentials(tried: [String])
    /// A credentials file cannot be read.
    case unreadableFile(path: String, reason: String)
    /// The file has no such profile.
    case profileNotFound(String, path: String)
    /// A source names an access key without its other half.
    case incompleteCredentials(source: String, missing: String)
    /// Credentials would have to come from a place we do not ask.
    case unsupportedSource(String, reason: String)
}

extension ClientError: CustomStringConvertible {
    /// A sentence for a person, lower case, no full stop.
    public var description: String {
        switch self {
        case .invalidEndpoint(let text, let reason): "'\(text)' is not an endpoint: \(reason)"
        case .plainTransport(let host):
            "refusing to exchange secrets with \(host) over plain HTTP; use https, or allow it explicitly"
        case .invalidHeader(let name): "the header \(name) cannot be sent"
        case .unreachable(let host, let reason): "\(host) cannot be reached: \(reason)"
        case .timedOut(let host, let milliseconds): "\(host) did not answer within \(milliseconds) ms"
        case .untrusted(let host, let reason): "the certificate of \(host) is not trusted: \(reason)"
        case .interrupted(let host, let reason): "the exchange with \(host) broke off: \(reason)"
        case .answerTooLarge(let limit): "the answer is larger than \(limit) bytes"
        case .stopped: "the client is being shut down"
        case .noCredentials(let tried): "no AWS credentials found (tried \(tried.joined(separator: ", ")))"
        case .unreadableFile(let path, let reason): "cannot read \(path): \(reason)"
        case .profileNotFound(let name, let path): "there is no profile '\(name)' in \(path)"
        case .incompleteCredentials(let source, let missing): "\(source) has no \(missing)"
        case .unsupportedSource(let source, let reason): "\(source) is not supported: \(reason)"
        }
    }

    /// Whether the same request may succeed a moment later.
    var isTransient: Bool {
        switch self {
        case .unreachable, .timedOut, .interrupted: true
        case .invalidEndpoint, .plainTransport, .invalidHeader, .untrusted, .answerTooLarge, .stopped,
            .noCredentials, .unreadableFile, .profileNotFound, .incompleteCredentials, .unsupportedSource:
            false
        }
    }
}
