import AWSVocabulary
import FoundationEssentials
import StrictJSON

/// What the trail's record will say about a call, gathered while the call proceeds.
struct CallRecord: Sendable {
    /// A key or alias the call touched.
    struct Resource: Sendable, Hashable {
        var arn: String
        var account: AccountID
        var isAlias: Bool
    }

    /// The request without anything secret; made when the record is.
    var parameters = JSONObject()
    /// What changed, for the few operations that say so.
    var responseElements: JSONObject?
    /// Every key and alias touched, in the order of the request.
    private(set) var resources: [Resource] = []
    /// The materials that were used.
    private(set) var materialIDs: [MaterialID] = []

    mutating func touch(_ key: Key) {
        add(Resource(arn: key.arn, account: key.account, isAlias: false))
    }

    mutating func touch(_ alias: AliasReference) {
        add(Resource(arn: alias.arn.text, account: alias.place.account, isAlias: true))
    }

    mutating func use(_ material: KeyMaterial) { materialIDs.append(material.id) }

    private mutating func add(_ resource: Resource) {
        if !resources.contains(resource) { resources.append(resource) }
    }
}

extension JSONObject {
    /// Sets a string member, where there is a string.
    mutating func put(_ name: String, _ value: String?) {
        if let value { self[name] = .string(value) }
    }

    /// Sets a number member, where there is a number.
    mutating func put(_ name: String, _ value: Int?) {
        if let value { self[name] = JSONValue(value) }
    }

    /// Sets a boolean member, where there is one.
    mutating func put(_ name: String, _ value: Bool?) {
        if let value { self[name] = .bool(value) }
    }

    /// Sets the encryption context, where it has pairs.
    mutating func put(_ name: String, _ context: EncryptionContext?) {
        if let context, !context.isEmpty { self[name] = context.jsonValue }
    }
}
