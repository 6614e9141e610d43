public import FoundationEssentials
import PolicyEngine
import StrictJSON

/// What `ScheduleKeyDeletion` is asked.
public struct ScheduleKeyDeletionRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// 7 to 30 days; 30 where it is `nil`.
    public var pendingWindowInDays: Int?

    /// Makes a request.
    public init(keyID: String?, pendingWindowInDays: Int? = nil) {
        self.keyID = keyID
        self.pendingWindowInDays = pendingWindowInDays
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("pendingWindowInDays", pendingWindowInDays)
        return members
    }
}

/// What `ScheduleKeyDeletion` answers.
public struct ScheduleKeyDeletionResponse: Sendable, Equatable {
    /// The key's ARN.
    public var keyARN: String
    /// When the key goes; `nil` for a primary key that waits for its replicas.
    public var deletionDate: Date?
    /// `PendingDeletion` or `PendingReplicaDeletion`.
    public var keyState: KeyState
    /// The waiting time in days.
    public var pendingWindowInDays: Int
}

extension KeyService {
    /// Makes a key unusable at once and deletes it after a waiting time of 7 to 30 days.
    ///
    /// A primary key with replicas waits until they are gone; its own waiting time begins then.
    ///
    /// - Throws: `.invalidState` while deletion is already pending.
    ///
    /// Source: KMS API, `ScheduleKeyDeletion`.
    public func scheduleKeyDeletion(
        _ request: ScheduleKeyDeletionRequest, by call: Call
    ) throws(KeyManagementError) -> ScheduleKeyDeletionResponse {
        try change(.scheduleKeyDeletion, by: call, request.parameters) { invocation, store in
            var shape = Shape()
            shape.requireKeyID(request.keyID)
            shape.number(request.pendingWindowInDays, "pendingWindowInDays", 7...30)
            try shape.check()
            let days = request.pendingWindowInDays ?? 30
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) { context in
                context.set(String(days), for: "kms:ScheduleKeyDeletionPendingWindowInDays")
            }
            try key.check(.managing)
            let hasReplicas = key.isPrimary && invocation.keyring.relatives(of: key).count > 1
            var attributes = key.attributes
            attributes.pendingWindowDays = days
            attributes.state = hasReplicas ? .pendingReplicaDeletion : .pendingDeletion
            attributes.deletionDate =
                hasReplicas ? nil : invocation.now.addingTimeInterval(Double(days) * 86_400)
            try store.save(key, attributes)
            invocation.answerWithKeyID(key)
            return ScheduleKeyDeletionResponse(
                keyARN: key.arn, deletionDate: attributes.deletionDate, keyState: attributes.state,
                pendingWindowInDays: days)
        }
    }
}
