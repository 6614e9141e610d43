import AWSVocabulary
import FoundationEssentials
public import StrictJSON

extension EventRecord {
    /// The record as CloudTrail writes it.
    ///
    /// A refused call has null parameters and no resources. Blocks of parameters beyond CloudTrail's limits
    /// are left out, and long texts cut.
    ///
    /// Source: CloudTrail User Guide, field limits: 100 KB for `requestParameters` and `responseElements`, 28
    /// KB for `additionalEventData`, 1 KB for `userAgent`, `errorCode` and `errorMessage`.
    public func json() -> JSONValue {
        var sink = ObjectSink()
        describe(to: &sink, time: Timestamps.iso8601(eventTime))
        return .object(sink.object)
    }

    /// The record as one line, its line feed included, and the day it belongs to in UTC.
    func line() -> (bytes: [UInt8], day: String) {
        let time = Timestamps.iso8601(eventTime)
        var sink = LineSink(capacity: 2_048)
        describe(to: &sink, time: time)
        return (sink.finish(), String(time.prefix(10)))
    }

    /// Gives every field to `sink`, in CloudTrail's order.
    private func describe(to sink: inout some FieldSink, time: String) {
        sink.put("eventVersion", "1.11")
        sink.object("userIdentity") { userIdentity.describe(to: &$0) }
        sink.put("eventTime", time)
        sink.put("eventSource", eventSource)
        sink.put("eventName", eventName)
        sink.put("awsRegion", region.text)
        sink.put("sourceIPAddress", sourceIPAddress)
        sink.put("userAgent", Self.cut(userAgent))
        describeOutcome(to: &sink)
        describeBlocks(to: &sink)
        sink.put("requestID", ifAny: requestID)
        sink.put("eventID", eventID)
        sink.put("readOnly", readOnly)
        describeKind(to: &sink)
        guard let tlsDetails else { return }
        sink.object("tlsDetails") { sink in
            sink.put("tlsVersion", tlsDetails.version)
            sink.put("cipherSuite", tlsDetails.cipherSuite)
            sink.put("clientProvidedHostHeader", tlsDetails.clientProvidedHostHeader)
        }
    }

    /// Error code and message; nothing for a call that succeeded.
    private func describeOutcome(to sink: inout some FieldSink) {
        switch outcome {
        case .succeeded: break
        case .failed(let code, let message):
            sink.put("errorCode", Self.cut(code))
            sink.put("errorMessage", Self.cut(message))
        case .refused(let message):
            // Observed, not documented: the record says AccessDenied where the answer says
            // AccessDeniedException.
            sink.put("errorCode", "AccessDenied")
            sink.put("errorMessage", Self.cut(message))
        }
    }

    /// The blocks that differ from operation to operation.
    ///
    /// Parameters and response are there even when null.
    private func describeBlocks(to sink: inout some FieldSink) {
        for (name, block) in [
            ("requestParameters", requestParameters), ("responseElements", responseElements),
        ] {
            if let block, !isRefused {
                if JSONValue.object(block).isAtMost(100 * 1024) { sink.put(name, .object(block)) }
            } else {
                sink.put(name, .null)
            }
        }
        if let data = additionalEventData, !isRefused, JSONValue.object(data).isAtMost(28 * 1024) {
            sink.put("additionalEventData", .object(data))
        }
        if let details = serviceEventDetails { sink.put("serviceEventDetails", .object(details)) }
    }

    /// What was touched, and what kind of event it was.
    private func describeKind(to sink: inout some FieldSink) {
        if !resources.isEmpty, !isRefused {
            sink.list("resources", of: resources) { sink, resource in
                sink.put("accountId", resource.account.text)
                sink.put("type", resource.type)
                sink.put("ARN", resource.arn)
            }
        }
        sink.put("eventType", category == .serviceEvent ? "AwsServiceEvent" : "AwsApiCall")
        sink.put("managementEvent", category != .data)
        sink.put("recipientAccountId", recipientAccount.text)
        sink.put("sharedEventID", ifAny: sharedEventID)
        sink.put("eventCategory", category == .data ? "Data" : "Management")
    }

    private var isRefused: Bool {
        if case .refused = outcome { true } else { false }
    }

    /// At most 1 KB of a text, ending with a whole character.
    private static func cut(_ text: String) -> String {
        let limit = 1_024
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}

extension JSONValue {
    /// Whether the value's text has at most that many bytes; the text of small values is not made to know.
    fileprivate func isAtMost(_ byteCount: Int) -> Bool {
        upperBound <= byteCount || text().utf8.count <= byteCount
    }

    /// No fewer bytes than the value's text has: an escape may turn each byte of a string into six.
    private var upperBound: Int {
        switch self {
        case .null, .bool: 5
        case .number(let text): text.utf8.count
        case .string(let text): 6 * text.utf8.count + 2
        case .array(let elements): elements.reduce(2) { $0 + $1.upperBound + 1 }
        case .object(let object):
            object.members.reduce(2) { $0 + 6 * $1.name.utf8.count + 4 + $1.value.upperBound }
        }
    }
}
