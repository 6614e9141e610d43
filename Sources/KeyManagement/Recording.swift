import AWSVocabulary
import AccountHome
import FoundationEssentials
import StrictJSON
import Trail

/// Where records go: the account's trail, or what a test puts in its place.
protocol RecordSink: Sendable {
    /// Keeps a record; when it throws, the call the record describes must fail.
    func append(_ record: EventRecord) throws(TrailError)

    /// What was kept, newest first.
    func records(matching query: TrailQuery, limit: Int) throws(TrailError) -> [JSONValue]
}

extension Trail: RecordSink {}

extension KeyService {
    static let eventSource = "kms.amazonaws.com"

    /// Writes the record of a call.
    ///
    /// - Throws: `.trail`.
    func record(_ invocation: Invocation, failure: KeyManagementError?) throws(KeyManagementError) {
        let details = invocation.record
        let event = EventRecord(
            of: invocation.operation.rawValue, source: Self.eventSource, by: invocation.caller,
            principalID: invocation.principal?.uniqueID, at: invocation.now, in: invocation.region,
            recipientAccount: invocation.caller.accountForLookup ?? home.account,
            eventID: surroundings.uuid(),
            requestID: invocation.requestID, readOnly: invocation.operation.isReadOnly,
            outcome: EventRecord.Outcome(failure),
            requestParameters: details.parameters.isEmpty ? nil : details.parameters,
            responseElements: failure == nil ? details.responseElements : nil,
            additionalEventData: failure == nil ? details.additionalEventData : nil,
            resources: details.resources.map { resource in
                EventRecord.Resource(
                    account: resource.account, type: resource.isAlias ? "AWS::KMS::Alias" : "AWS::KMS::Key",
                    arn: resource.arn)
            },
            tlsDetails: invocation.call.tls)
        try append(event)
    }

    /// Writes the record of something that time did.
    func recordEvent(_ name: String, on key: KeyReference, at now: Date) throws(KeyManagementError) {
        let account = key.place.account
        try append(
            .serviceEvent(
                name, source: Self.eventSource, at: now, in: key.place.region, account: account,
                eventID: surroundings.uuid(), details: ["keyId": .string(key.id.text)],
                resources: [EventRecord.Resource(account: account, type: "AWS::KMS::Key", arn: key.arn.text)])
        )
    }

    private func append(_ event: EventRecord) throws(KeyManagementError) {
        do throws(TrailError) {
            try trail.append(event)
        } catch {
            throw .trail("the call could not be recorded: \(error)")
        }
    }
}

extension EventRecord.Outcome {
    /// How a call ended.
    init(_ failure: KeyManagementError?) {
        switch failure {
        case nil: self = .succeeded
        case .accessDenied(let message)?: self = .refused(message: message)
        case let error?: self = .failed(code: error.code, message: error.message ?? "")
        }
    }
}

extension CallRecord {
    /// The materials that were used.
    var additionalEventData: JSONObject? {
        guard let first = materialIDs.first else { return nil }
        guard materialIDs.count > 1 else { return ["keyMaterialId": .string(first.text)] }
        // ReEncrypt alone uses two.
        return [
            "sourceKeyMaterialId": .string(first.text),
            "destinationKeyMaterialId": .string(materialIDs[1].text),
        ]
    }
}
