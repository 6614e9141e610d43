import AWSVocabulary
import AccountHome
import GRDB
import StrictJSON

/// A request for one page of a list that needs nothing else.
public struct PageRequest: Sendable, Equatable {
    /// How many items at most.
    public var limit: Int?
    /// Where the page before said to go on.
    public var marker: String?

    /// Makes a request.
    public init(limit: Int? = nil, marker: String? = nil) {
        self.limit = limit
        self.marker = marker
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("limit", limit)
        members.put("marker", marker)
        return members
    }
}

/// A key in a list.
public struct KeyListEntry: Sendable, Equatable {
    /// The key's ID.
    public var keyID: String
    /// The key's ARN.
    public var keyARN: String
}

extension KeyService {
    /// Lists the keys of the caller's account in one Region, by ID; 100 at a time, 1,000 at most.
    ///
    /// Source: KMS API, `ListKeys`.
    public func listKeys(_ request: PageRequest, by call: Call) throws(KeyManagementError) -> Page<
        KeyListEntry
    > {
        try answer(.listKeys, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            let paging = try Paging(
                .listKeys, limit: request.limit, marker: request.marker, standard: 100, maximum: 1000)
            try invocation.authorize()
            let place = try invocation.place
            let ids = try read { database in
                try String.fetchAll(
                    database,
                    sql:
                        "SELECT id FROM keys WHERE account = ? AND region = ? AND id > ? ORDER BY id LIMIT ?",
                    arguments: [place.account.text, place.region.text, paging.after, paging.limit + 1])
            }
            let entries = ids.compactMap(KeyID.init).map { id in
                KeyListEntry(keyID: id.text, keyARN: KeyReference(place: place, id: id).arn.text)
            }
            return paging.page(entries, name: \.keyID)
        }
    }

    /// Reads what the keyring does not hold in order: lists.
    func read<Value>(_ body: (Database) throws -> Value) throws(KeyManagementError) -> Value {
        try home.read(wrapping: { KeyManagementError($0) }, body)
    }
}
