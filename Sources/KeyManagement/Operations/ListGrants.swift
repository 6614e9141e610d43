import AWSVocabulary
public import FoundationEssentials
import GRDB
import PolicyEngine
import StrictJSON

/// What `ListGrants` is asked.
public struct ListGrantsRequest: Sendable, Equatable {
    /// A key ID or key ARN.
    public var keyID: String?
    /// Only the grant of this ID.
    public var grantID: String?
    /// Only grants to this principal.
    public var granteePrincipal: String?
    /// Only grants to this service.
    public var granteeServicePrincipal: String?
    /// 1 to 100; 50 where it is `nil`.
    public var limit: Int?
    /// Where the page before said to go on.
    public var marker: String?

    /// Makes a request.
    public init(
        keyID: String?, grantID: String? = nil, granteePrincipal: String? = nil,
        granteeServicePrincipal: String? = nil, limit: Int? = nil, marker: String? = nil
    ) {
        self.keyID = keyID
        self.grantID = grantID
        self.granteePrincipal = granteePrincipal
        self.granteeServicePrincipal = granteeServicePrincipal
        self.limit = limit
        self.marker = marker
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("keyId", keyID)
        members.put("grantId", grantID)
        members.put("granteePrincipal", granteePrincipal)
        members.put("granteeServicePrincipal", granteeServicePrincipal)
        members.put("limit", limit)
        members.put("marker", marker)
        return members
    }
}

/// A grant in a list.
public struct GrantListEntry: Sendable, Equatable {
    /// The ARN of the key.
    public var keyARN: String
    /// The grant's ID.
    public var grantID: String
    /// The name it was created with.
    public var name: String?
    /// When it was created.
    public var creationDate: Date
    /// Who may use it, where that is a principal.
    public var granteePrincipal: String?
    /// Who may use it, where that is a service.
    public var granteeServicePrincipal: String?
    /// Who may retire it, where that is a principal.
    public var retiringPrincipal: String?
    /// Who may retire it, where that is a service.
    public var retiringServicePrincipal: String?
    /// The root of the account that issued it.
    public var issuingAccount: String
    /// The operations it allows.
    public var operations: [String]
    /// What a request must look like.
    public var constraints: GrantConstraints
}

extension KeyService {
    /// Lists the grants of a key by ID.
    ///
    /// Source: KMS API, `ListGrants`.
    public func listGrants(
        _ request: ListGrantsRequest, by call: Call
    ) throws(KeyManagementError) -> Page<GrantListEntry> {
        try answer(.listGrants, by: call, request.parameters) { (invocation) throws(KeyManagementError) in
            try Shape.grantID(request.grantID)
            let paging = try Paging(
                .listGrants, limit: request.limit, marker: request.marker, standard: 50, maximum: 100)
            let key = try invocation.key(request.keyID)
            try invocation.authorize(key) {
                $0.set(invocation.isForAWSResource, for: "kms:GrantIsForAWSResource")
            }
            let grantee = request.granteePrincipal ?? request.granteeServicePrincipal
            let grants = try read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT * FROM grants
                        WHERE account = ?1 AND region = ?2 AND key_id = ?3 AND id > ?4
                            AND (?5 IS NULL OR id = ?5) AND (?6 IS NULL OR grantee = ?6)
                        ORDER BY id LIMIT ?7
                        """,
                    arguments: KeyStore.arguments(key.reference) + [
                        paging.after, request.grantID, grantee, paging.limit + 1,
                    ]
                ).map { try KeyringLoader.grant($0).listEntry }
            }
            return paging.page(grants, name: \.grantID)
        }
    }
}

extension Grant {
    /// The grant as a list shows it.
    var listEntry: GrantListEntry {
        GrantListEntry(
            keyARN: key.arn.text, grantID: id, name: name, creationDate: created,
            granteePrincipal: grantee.isService ? nil : grantee.name,
            granteeServicePrincipal: grantee.isService ? grantee.name : nil,
            retiringPrincipal: retiring?.isService == false ? retiring?.name : nil,
            retiringServicePrincipal: retiring?.isService == true ? retiring?.name : nil,
            issuingAccount: issuer,
            operations: operationNames, constraints: constraints)
    }
}

extension Shape {
    /// A grant ID, if it is there, is 64 hexadecimal digits.
    ///
    /// - Throws: `.validation` for a length out of range, `.invalidGrantID`.
    static func grantID(_ value: String?) throws(KeyManagementError) {
        guard let value else { return }
        var shape = Shape()
        shape.text(value, "grantId", 1...128)
        try shape.check()
        guard value.utf8.count == 64, Hex.decode(value) != nil else {
            throw .invalidGrantID("Invalid grant ID '\(value)'")
        }
    }
}
