import AWSVocabulary
import GRDB
import StrictJSON

/// What `ListRetirableGrants` is asked.
public struct ListRetirableGrantsRequest: Sendable, Equatable {
    /// The principal that may retire the grants.
    public var retiringPrincipal: String?
    /// 1 to 100; 50 where it is `nil`.
    public var limit: Int?
    /// Where the page before said to go on.
    public var marker: String?

    /// Makes a request.
    public init(retiringPrincipal: String?, limit: Int? = nil, marker: String? = nil) {
        self.retiringPrincipal = retiringPrincipal
        self.limit = limit
        self.marker = marker
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("retiringPrincipal", retiringPrincipal)
        members.put("limit", limit)
        members.put("marker", marker)
        return members
    }
}

extension KeyService {
    /// Lists the grants of one Region that a principal of the caller's account may retire.
    ///
    /// Source: KMS API, `ListRetirableGrants`.
    public func listRetirableGrants(
        _ request: ListRetirableGrantsRequest, by call: Call
    ) throws(KeyManagementError) -> Page<GrantListEntry> {
        try answer(.listRetirableGrants, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) in
            var shape = Shape()
            shape.requireText(request.retiringPrincipal, "retiringPrincipal", atMost: 256)
            try shape.check()
            let paging = try Paging(
                .listRetirableGrants, limit: request.limit, marker: request.marker, standard: 50, maximum: 100
            )
            let principal = request.retiringPrincipal ?? ""
            let place = try invocation.place
            guard let arn = try? ARN(principal), arn.accountID == place.account else {
                throw .invalidARN("ARN does not refer to a valid principal: \(principal)")
            }
            try invocation.authorize()
            let grants = try read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT * FROM grants
                        WHERE retiring = ? AND retiring_is_service = 0 AND region = ? AND id > ?
                        ORDER BY id LIMIT ?
                        """,
                    arguments: [principal, place.region.text, paging.after, paging.limit + 1]
                ).map { try KeyringLoader.grant($0).listEntry }
            }
            return paging.page(grants, name: \.grantID)
        }
    }
}
