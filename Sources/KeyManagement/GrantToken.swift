import AWSVocabulary
import AccountHome
import Cryptography

/// What `CreateGrant` hands out beside the grant's ID.
///
/// AWS needs tokens because a new grant takes minutes to be known everywhere. Here a grant counts at once,
/// and a token only has to be one of ours for a grant that exists; holding one gives no right. It is `0x01`,
/// the grant ID (32 bytes), 16 random bytes and an HMAC-SHA-256 over these, in base64.
struct GrantToken {
    private static let version: UInt8 = 1
    private static let bodyByteCount = 1 + 32 + 16

    let text: String
    let grantID: String

    /// A new token for a grant.
    static func make(for grantID: String, rootKey: RootKey) throws(KeyManagementError) -> GrantToken {
        let body = [version] + (Hex.decode(grantID) ?? []) + RandomBytes.make(count: 16)
        let text = Base64.encode(body + (try code(of: body, rootKey: rootKey)))
        return GrantToken(text: text, grantID: grantID)
    }

    /// Reads a token.
    ///
    /// - Throws: `.invalidGrantToken` when it is not one of this home's.
    static func read(_ text: String, rootKey: RootKey) throws(KeyManagementError) -> GrantToken {
        guard let bytes = Base64.decode(strict: text), bytes.count == bodyByteCount + 32, bytes[0] == version,
            constantTimeEqual(
                Array(bytes[bodyByteCount...]), try code(of: Array(bytes[..<bodyByteCount]), rootKey: rootKey)
            )
        else { throw .invalidGrantToken("The grant token is not valid.") }
        return GrantToken(text: text, grantID: Hex.encode(bytes[1..<33]))
    }

    private static func code(of body: [UInt8], rootKey: RootKey) throws(KeyManagementError) -> [UInt8] {
        do throws(HomeError) {
            return HMAC.sha256(key: try rootKey.derive(for: "kms-grant-token"), body)
        } catch {
            throw KeyManagementError(error)
        }
    }
}

extension Invocation {
    /// Refuses grant tokens that are not ours, or whose grant is gone.
    func check(grantTokens: [String]?) throws(KeyManagementError) {
        for text in grantTokens ?? [] {
            let token = try GrantToken.read(text, rootKey: service.home.rootKey)
            guard keyring.grant(id: token.grantID) != nil else {
                throw .invalidGrantToken("The grant token is not valid.")
            }
        }
    }
}
