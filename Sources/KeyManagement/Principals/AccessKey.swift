import AWSVocabulary
import AccountHome
import Cryptography
import FoundationEssentials
import GRDB
import Synchronization

/// An access key as stored: its secret is sealed, and opened at first use.
final class AccessKey: Sendable {
    let id: String
    let label: String
    /// An ARN, or a service's name.
    let principal: String
    let isService: Bool
    let viaService: String?
    let sourceAccount: String?
    let isActive: Bool
    let created: Date
    let expires: Date?

    private let sealedSecret: [UInt8]
    private let sealedToken: [UInt8]?
    private let opened = Mutex<Opened?>(nil)

    struct Opened: Sendable {
        var secret: OpenedMaterial
        var token: OpenedMaterial?
    }

    init(row: Row) {
        id = row["id"]
        label = row["label"]
        principal = row["principal"]
        isService = row["is_service"]
        viaService = row["via_service"]
        sourceAccount = row["source_account"]
        isActive = row["is_active"]
        created = Date(timeIntervalSince1970: row["created"])
        expires = (row["expires"] as Double?).map { Date(timeIntervalSince1970: $0) }
        sealedSecret = [UInt8](row["sealed_secret"] as Data)
        sealedToken = (row["sealed_token"] as Data?).map { [UInt8]($0) }
    }

    /// The secret and, for a session, its token.
    func open(with rootKey: RootKey) throws(HomeError) -> Opened {
        if let known = opened.withLock({ $0 }) { return known }
        let secret = OpenedMaterial(try rootKey.open(sealedSecret, as: Self.secretName(id)))
        var result = Opened(secret: secret)
        if let sealedToken {
            result.token = OpenedMaterial(try rootKey.open(sealedToken, as: Self.tokenName(id)))
        }
        opened.withLock { $0 = result }
        return result
    }

    static func secretName(_ id: String) -> [String] { ["access-key-secret", id] }
    static func tokenName(_ id: String) -> [String] { ["access-key-token", id] }

    var summary: AccessKeyDescription {
        AccessKeyDescription(
            id: id, label: label, principal: principal, isService: isService, viaService: viaService,
            sourceAccount: sourceAccount.flatMap { try? AccountID($0) }, isActive: isActive, created: created,
            expires: expires)
    }

    /// The caller this key stands for.
    ///
    /// - Throws: `.invalidARN` when its principal is none, which the issuer checked.
    func caller(tags: [ResourceTag]) throws(VocabularyError) -> Caller {
        var caller: Caller
        if isService {
            caller = .service(principal, sourceAccount: sourceAccount.flatMap { try? AccountID($0) })
        } else {
            caller = try Caller(principal: try ARN(principal))
        }
        caller.viaService = viaService
        caller.accessKeyID = id
        caller.tags = Dictionary(tags.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        return caller
    }
}
