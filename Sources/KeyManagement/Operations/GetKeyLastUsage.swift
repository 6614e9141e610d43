import AWSVocabulary
public import FoundationEssentials
import StrictJSON
import Trail

/// What `GetKeyLastUsage` answers.
public struct KeyLastUsage: Sendable, Equatable {
    /// One use of a key.
    public struct Use: Sendable, Equatable {
        /// The operation, such as `Decrypt`.
        public var operation: String
        /// When.
        public var timestamp: Date
        /// The ID of the request.
        public var kmsRequestID: String?
        /// The ID of the trail's record.
        public var cloudTrailEventID: String?
    }

    /// The ARN of the key.
    public var keyARN: String
    /// When the key was made.
    public var keyCreationDate: Date
    /// Since when uses are known.
    public var trackingStartDate: Date
    /// The latest successful cryptographic use, once there was one.
    public var lastUse: Use?
}

extension KeyService {
    /// When and how a key was last used, as the trail tells.
    ///
    /// Only successful use of the material counts; describing a key does not, and `ReEncrypt` counts for both
    /// keys. What was deleted from the trail is forgotten here too.
    ///
    /// Source: KMS API, `GetKeyLastUsage`.
    public func getKeyLastUsage(_ request: KeyIDRequest, by call: Call) throws(KeyManagementError)
        -> KeyLastUsage
    {
        try answer(.getKeyLastUsage, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) in
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key)
            return KeyLastUsage(
                keyARN: key.arn, keyCreationDate: key.attributes.created,
                trackingStartDate: key.attributes.created,
                lastUse: try lastUse(of: key.arn))
        }
    }

    private func lastUse(of arn: String) throws(KeyManagementError) -> KeyLastUsage.Use? {
        let query = TrailQuery(eventSource: Self.eventSource, resource: arn)
        // Newest first; the last use is mostly among the first few records, so look at few before looking at
        // all.
        for limit in [50, Int.max] {
            let records: [JSONValue]
            do throws(TrailError) {
                records = try trail.records(matching: query, limit: limit)
            } catch {
                throw .internalFailure("the trail cannot be read: \(error)")
            }
            if let use = records.lazy.compactMap({ KeyLastUsage.Use(record: $0, of: arn) }).first {
                return use
            }
            if records.count < limit { return nil }
        }
        return nil
    }
}

extension KeyLastUsage.Use {
    /// The use that a record tells of; `nil` when the call failed or used no material of the key.
    fileprivate init?(record: JSONValue, of arn: String) {
        guard record["errorCode"] == nil, let name = record["eventName"]?.string,
            Operation(rawValue: name)?.isCryptographic == true,
            let time = record["eventTime"]?.string.flatMap(Timestamps.parse(iso8601:)),
            record["resources"]?.array?.contains(where: { $0["ARN"]?.string == arn }) == true
        else { return nil }
        self.init(
            operation: name, timestamp: time, kmsRequestID: record["requestID"]?.string,
            cloudTrailEventID: record["eventID"]?.string)
    }
}
