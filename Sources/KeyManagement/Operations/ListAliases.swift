import AWSVocabulary
public import FoundationEssentials
import GRDB
import StrictJSON

/// What `ListAliases` is asked.
public struct ListAliasesRequest: Sendable, Equatable {
    /// Only the aliases of this key.
    public var keyID: String?
    /// 1 to 100; 50 where it is `nil`.
    public var limit: Int?
    /// Where the page before said to go on.
    public var marker: String?

    /// Makes a request.
    public init(keyID: String? = nil, limit: Int? = nil, marker: String? = nil) {
        self.keyID = keyID
        self.limit = limit
        self.marker = marker
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("limit", limit)
        members.put("marker", marker)
        return members
    }
}

/// An alias in a list.
public struct AliasListEntry: Sendable, Equatable {
    /// The name with its prefix.
    public var aliasName: String
    /// The alias's ARN.
    public var aliasARN: String
    /// The ID of its key; `nil` for an AWS alias that was never used.
    public var targetKeyID: String?
    /// When it was made.
    public var creationDate: Date?
    /// When it was last pointed at a key.
    public var lastUpdatedDate: Date?
}

extension KeyService {
    /// Lists aliases by name, AWS's own among them.
    ///
    /// Source: KMS API, `ListAliases`.
    public func listAliases(
        _ request: ListAliasesRequest, by call: Call
    ) throws(KeyManagementError) -> Page<AliasListEntry> {
        try answer(.listAliases, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            let paging = try Paging(
                .listAliases, limit: request.limit, marker: request.marker, standard: 50, maximum: 100)
            let place = try invocation.place
            let key: Key? = if request.keyID != nil { try invocation.key(request.keyID) } else { nil }
            try invocation.authorize()
            var aliases = try read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT * FROM aliases
                        WHERE account = ?1 AND region = ?2 AND name > ?3 AND (?4 IS NULL OR key_id = ?4)
                        ORDER BY name LIMIT ?5
                        """,
                    arguments: [
                        place.account.text, place.region.text, paging.after, key?.id.text, paging.limit + 1,
                    ]
                ).map { try KeyringLoader.alias($0).listEntry }
            }
            let unused = AliasReference(place: place, name: ManagedKeys.sesAlias)
            if key == nil, unused.name > paging.after, invocation.keyring.aliases[unused] == nil {
                aliases.append(AliasListEntry(aliasName: unused.name, aliasARN: unused.arn.text))
                aliases.sort { $0.aliasName.utf8.lexicographicallyPrecedes($1.aliasName.utf8) }
            }
            return paging.page(aliases, name: \.aliasName)
        }
    }
}

extension Alias {
    /// The alias as a list shows it.
    var listEntry: AliasListEntry {
        AliasListEntry(
            aliasName: reference.name, aliasARN: reference.arn.text, targetKeyID: keyID.text,
            creationDate: created,
            lastUpdatedDate: updated)
    }
}
