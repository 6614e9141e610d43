public import FoundationEssentials

/// What `GetKeyRotationStatus` answers.
public struct KeyRotationStatus: Sendable, Equatable {
    /// The key's ID, as given.
    public var keyID: String
    /// Whether automatic rotation is on.
    public var isEnabled: Bool
    /// The period in days, while it is on.
    public var rotationPeriodInDays: Int?
    /// When the next automatic rotation is due, while it is on.
    public var nextRotationDate: Date?
}

extension KeyService {
    /// Whether and how a key rotates.
    ///
    /// A rotation on demand happens at once, so none is ever under way.
    ///
    /// - Throws: `.unsupportedOperation` for keys that have no rotation, as pending import is for those that
    ///   wait.
    ///
    /// Source: KMS API, `GetKeyRotationStatus`.
    public func getKeyRotationStatus(
        _ request: KeyIDRequest, by call: Call
    ) throws(KeyManagementError) -> KeyRotationStatus {
        try answer(.getKeyRotationStatus, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) in
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            if key.state == .pendingImport {
                throw .unsupportedOperation("\(key.arn) is pending import.")
            }
            // A replica answers with what its primary does.
            let source = invocation.keyring.relatives(of: key).first { $0.isPrimary } ?? key
            let period = source.attributes.rotationPeriodDays
            return KeyRotationStatus(
                keyID: key.id.text, isEnabled: period != nil, rotationPeriodInDays: period,
                nextRotationDate: period == nil ? nil : source.attributes.nextRotation)
        }
    }
}
