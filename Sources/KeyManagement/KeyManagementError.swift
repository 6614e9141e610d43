/// Why a KMS call was refused, in KMS's own words.
///
/// Each case is one AWS error code; its value is the message that goes with it. What KMS sends without a
/// message has none here either: a wrong context and a damaged ciphertext must look alike.
///
/// Source: KMS API Reference, errors of each operation and "Common Errors".
public enum KeyManagementError: Error, Equatable, Sendable {
    /// The policies say no; the message names the caller, the action and the resource.
    case accessDenied(String)
    /// The alias or replica exists already.
    case alreadyExists(String)
    /// Something of the kind is under way.
    case conflict(String)
    /// The key is disabled.
    case disabled(String)
    /// The call would have succeeded, but was a dry run.
    case dryRun
    /// The import token is older than 24 hours.
    case expiredImportToken(String)
    /// Imported material differs from what the key had before.
    case incorrectKeyMaterial(String)
    /// The ciphertext belongs to another key than the one given.
    case incorrectKey
    /// An alias name is not one.
    case invalidAliasName(String)
    /// An ARN is malformed.
    case invalidARN(String)
    /// The ciphertext is damaged or foreign, or the encryption context is another.
    case invalidCiphertext
    /// A grant ID is malformed.
    case invalidGrantID(String)
    /// A grant token is malformed or unknown.
    case invalidGrantToken(String)
    /// The import token is not this key's latest.
    case invalidImportToken(String)
    /// The key cannot be used for this operation, or not with this algorithm.
    case invalidKeyUsage(String)
    /// A paging marker is not one of ours.
    case invalidMarker(String)
    /// A message authentication code does not match.
    case invalidMAC
    /// A signature does not match.
    case invalidSignature
    /// The key's state does not allow the operation.
    case invalidState(String)
    /// Our own trouble that may pass: the store is locked or the disk full.
    case keyUnavailable(String)
    /// Our own trouble.
    case internalFailure(String)
    /// A limit is reached.
    case limitExceeded(String)
    /// A policy document is not acceptable.
    case malformedPolicyDocument(String)
    /// The name is reserved to AWS.
    case notAuthorized
    /// There is no such key, alias, policy or grant.
    case notFound(String)
    /// A tag is not acceptable.
    case tag(String)
    /// The trail's record could not be written, so the call does not count.
    case trail(String)
    /// The operation does not exist for this kind of key.
    case unsupportedOperation(String)
    /// The request's shape is wrong.
    case validation(String)
}

extension KeyManagementError {
    /// The code and, where KMS sends one, the message.
    private var parts: (code: String, message: String?) {
        switch self {
        case .accessDenied(let text): ("AccessDeniedException", text)
        case .alreadyExists(let text): ("AlreadyExistsException", text)
        case .conflict(let text): ("ConflictException", text)
        case .disabled(let text): ("DisabledException", text)
        case .dryRun:
            ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
        case .expiredImportToken(let text): ("ExpiredImportTokenException", text)
        case .incorrectKeyMaterial(let text): ("IncorrectKeyMaterialException", text)
        case .incorrectKey:
            (
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation."
            )
        case .invalidAliasName(let text): ("InvalidAliasNameException", text)
        case .invalidARN(let text): ("InvalidArnException", text)
        case .invalidCiphertext: ("InvalidCiphertextException", nil)
        case .invalidGrantID(let text): ("InvalidGrantIdException", text)
        case .invalidGrantToken(let text): ("InvalidGrantTokenException", text)
        case .invalidImportToken(let text): ("InvalidImportTokenException", text)
        case .invalidKeyUsage(let text): ("InvalidKeyUsageException", text)
        case .invalidMarker(let text): ("InvalidMarkerException", text)
        case .invalidMAC: ("KMSInvalidMacException", nil)
        case .invalidSignature: ("KMSInvalidSignatureException", nil)
        case .invalidState(let text): ("KMSInvalidStateException", text)
        case .keyUnavailable(let text): ("KeyUnavailableException", text)
        case .internalFailure(let text): ("KMSInternalException", text)
        case .limitExceeded(let text): ("LimitExceededException", text)
        case .malformedPolicyDocument(let text): ("MalformedPolicyDocumentException", text)
        case .notAuthorized: ("NotAuthorizedException", nil)
        case .notFound(let text): ("NotFoundException", text)
        case .tag(let text): ("TagException", text)
        case .trail(let text): ("KMSInternalException", text)
        case .unsupportedOperation(let text): ("UnsupportedOperationException", text)
        case .validation(let text): ("ValidationException", text)
        }
    }

    /// AWS's error code, such as `NotFoundException`.
    public var code: String { parts.code }

    /// The message for the caller; `nil` where KMS sends none.
    public var message: String? { parts.message }

    /// Whether the trouble is ours and the caller may try again.
    public var isServerFault: Bool {
        switch self {
        case .keyUnavailable, .internalFailure, .trail: true
        case .accessDenied, .alreadyExists, .conflict, .disabled, .dryRun, .expiredImportToken,
            .incorrectKeyMaterial, .incorrectKey, .invalidAliasName, .invalidARN, .invalidCiphertext,
            .invalidGrantID, .invalidGrantToken, .invalidImportToken, .invalidKeyUsage, .invalidMarker,
            .invalidMAC, .invalidSignature, .invalidState, .limitExceeded, .malformedPolicyDocument,
            .notAuthorized, .notFound, .tag, .unsupportedOperation, .validation:
            false
        }
    }
}

extension KeyManagementError {
    /// How the sentence of a key that waits for its deletion ends; KMS has no code of its own for it.
    static let pendingDeletionEnding = " is pending deletion."

    /// Whether the key waits for its deletion.
    public var isPendingDeletion: Bool {
        if case .invalidState(let message) = self {
            message.hasSuffix(Self.pendingDeletionEnding)
        } else {
            false
        }
    }
}

extension KeyManagementError: CustomStringConvertible {
    /// Code and message.
    public var description: String {
        message.map { "\(code): \($0)" } ?? code
    }
}
