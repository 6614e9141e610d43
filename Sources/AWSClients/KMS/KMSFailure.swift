internal import AWSWire
internal import EnvelopeCrypto

/// What one exchange with a KMS can come to, and what that means to the object format.
enum KMSFailure: Error, Equatable {
    case client(ClientError)
    case service(WireError)
    case malformedAnswer(String)

    // KMS's own trouble, and the codes AWS's SDKs take for throttling.
    private static let transientCodes: Set<String> = [
        "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException", "InternalFailure",
        "ServiceUnavailable", "ThrottlingException", "Throttling", "ThrottledException",
        "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
    ]
    private static let credentialCodes: Set<String> = [
        "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredToken",
    ]

    /// Whether the same call may succeed a moment later.
    var isTransient: Bool {
        switch self {
        case .client(let error): error.isTransient
        case .service(let error):
            error.status >= 500 || error.status == 429 || Self.transientCodes.contains(error.code)
        case .malformedAnswer: false
        }
    }

    /// Whether other credentials may help.
    var isAboutCredentials: Bool {
        guard case .service(let error) = self else { return false }
        return Self.credentialCodes.contains(error.code)
    }

    /// The failure in the words of the object format.
    func dataKeyError(endpoint: Endpoint) -> DataKeyError {
        switch self {
        case .malformedAnswer(let reason):
            return .internalFailure("the answer of \(endpoint) cannot be used: \(reason)")
        case .client(let error):
            return Self.translate(error)
        case .service(let error):
            return translate(error, endpoint: endpoint)
        }
    }

    private static func translate(_ error: ClientError) -> DataKeyError {
        switch error {
        case .unreachable, .timedOut, .interrupted, .untrusted, .stopped, .invalidEndpoint, .plainTransport:
            .unavailable("\(error)")
        case .noCredentials, .unreadableFile, .profileNotFound, .incompleteCredentials, .unsupportedSource:
            .accessDenied("\(error)")
        case .invalidHeader, .answerTooLarge:
            .internalFailure("\(error)")
        }
    }

    private func translate(_ error: WireError, endpoint: Endpoint) -> DataKeyError {
        let sentence = error.message ?? error.code
        switch error.code {
        case "AccessDeniedException": return .accessDenied(sentence)
        case "DisabledException": return .keyDisabled(sentence)
        case "KMSInvalidStateException":
            // The one exception covers all states; only its sentence tells which: "… is pending deletion."
            return sentence.contains("pending deletion") || sentence.contains("PendingDeletion")
                ? .keyPendingDeletion(sentence) : .invalidKeyState(sentence)
        case "NotFoundException", "InvalidArnException": return .keyNotFound(sentence)
        case "InvalidCiphertextException": return .invalidCiphertext
        case "IncorrectKeyException": return .incorrectKey
        case "InvalidKeyUsageException": return .invalidKeyUsage(sentence)
        case "MissingAuthenticationTokenException", "IncompleteSignatureException",
            "InvalidSignatureException",
            "UnrecognizedClientException", "ExpiredTokenException":
            return .accessDenied("\(endpoint) does not accept the signature: \(error.code): \(sentence)")
        default:
            if isTransient {
                return .unavailable("\(endpoint) answers \(error.status) \(error.code): \(sentence)")
            }
            return .internalFailure("\(endpoint) answers \(error.status) \(error.code): \(sentence)")
        }
    }
}
