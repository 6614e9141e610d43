import StrictJSON

/// A request that names a key and asks nothing else.
public struct KeyIDRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?

    /// Makes a request.
    public init(keyID: String?) { self.keyID = keyID }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        return members
    }
}

extension Invocation {
    /// Says in the record which key was changed, for the operations that do.
    mutating func answerWithKeyID(_ key: Key) { record.responseElements = ["keyId": .string(key.arn)] }
}
