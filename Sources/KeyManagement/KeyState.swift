/// The state of a KMS key, which decides what may be done with it.
///
/// Source: KMS Developer Guide, "Key states of AWS KMS keys".
public enum KeyState: String, Sendable, CaseIterable {
    /// Usable.
    case enabled = "Enabled"
    /// Switched off by `DisableKey`, or just saved from deletion.
    case disabled = "Disabled"
    /// Will be deleted at its deletion date.
    case pendingDeletion = "PendingDeletion"
    /// Of external origin and without material.
    case pendingImport = "PendingImport"
    /// A primary key whose deletion waits for that of its replicas.
    case pendingReplicaDeletion = "PendingReplicaDeletion"
}

/// Which states a group of operations accepts: one row of the table in the Developer Guide.
enum StateRule: Sendable {
    /// Encrypts, signs, derives …, and makes grants and replicas: enabled keys only.
    case use
    /// Reads and what must work in every state.
    case any
    /// Enables and disables: not while deletion or import is pending.
    case enabling
    /// Aliases, tags, description, and scheduling deletion: not while deletion is pending.
    case managing
    /// Cancels a deletion: only while one is pending.
    case cancelling

    /// Refuses a key in the wrong state.
    ///
    /// - Throws: `.disabled` or `.invalidState`, with the key's ARN.
    func check(_ state: KeyState, arn: String) throws(KeyManagementError) {
        switch (self, state) {
        case (.any, _): return
        case (.cancelling, .pendingDeletion), (.cancelling, .pendingReplicaDeletion): return
        case (.cancelling, _): throw .invalidState("\(arn) is not pending deletion.")
        case (_, .pendingDeletion): throw .invalidState("\(arn)\(KeyManagementError.pendingDeletionEnding)")
        case (_, .pendingReplicaDeletion): throw .invalidState("\(arn) is pending replica deletion.")
        case (.use, .disabled): throw .disabled("\(arn) is disabled.")
        case (.use, .pendingImport), (.enabling, .pendingImport):
            throw .invalidState("\(arn) is pending import.")
        case (_, .enabled), (_, .disabled), (_, .pendingImport): return
        }
    }
}
