public import AWSVocabulary
import AccountHome
import Cryptography
import FoundationEssentials
import GRDB

extension PrincipalService {
    /// Whom an access key shall stand for.
    public enum AccessKeyOwner: Sendable, Equatable {
        /// An account's root, a user, or a session of a role, by ARN; a user or role must exist.
        case principal(ARN)
        /// A service that acts for an account.
        case service(String, sourceAccount: AccountID?)
        /// A principal whose calls a service forwards, such as `ses.us-east-1.amazonaws.com`.
        case forwarded(ARN, via: String)
    }

    /// Issues an access key; its secret is sealed under the root key, and shown here and by
    /// ``exportAccessKeys()``.
    ///
    /// - Parameters:
    ///   - owner: Whom it stands for.
    ///   - label: What the operator calls it.
    ///   - validFor: Seconds until a session ends; `nil` for no end. Keys of roots and users never end.
    /// - Throws: `.notFound`, `.notAUserOrRole`.
    public func createAccessKey(
        for owner: AccessKeyOwner, label: String, validFor: Double? = nil
    ) throws(Failure) -> IssuedAccessKey {
        let now = keys.surroundings.now()
        let draft = try draft(for: owner, label: label, at: now)
        let isSession = draft.id.hasPrefix("ASIA")
        let description = AccessKeyDescription(
            id: draft.id, label: label, principal: draft.principal, isService: draft.isService,
            viaService: draft.viaService, sourceAccount: draft.sourceAccount, isActive: true, created: now,
            expires: isSession ? validFor.map { now.addingTimeInterval($0) } : nil)
        // 30 bytes are 40 characters of base64, as AWS's secrets have.
        let secret = Base64.encode(RandomBytes.make(count: 30))
        let token = isSession ? Base64.encode(RandomBytes.make(count: 192)) : nil
        let sealedSecret = try seal(secret, as: AccessKey.secretName(draft.id))
        let sealedToken: [UInt8]? =
            if let token { try seal(token, as: AccessKey.tokenName(draft.id)) } else { nil }
        try change { keyring, store in
            try Self.checkExists(owner, keyring)
            try store.save(description, sealedSecret: sealedSecret, sealedToken: sealedToken)
        }
        return IssuedAccessKey(description: description, secretAccessKey: secret, sessionToken: token)
    }

    /// All access keys, by label and ID, without their secrets.
    public func accessKeys() throws(Failure) -> [AccessKeyDescription] {
        try keyring().accessKeys.values.map(\.summary).sorted { ($0.label, $0.id) < ($1.label, $1.id) }
    }

    /// All active access keys with their secrets, for a file of callers.
    public func exportAccessKeys() throws(Failure) -> [IssuedAccessKey] {
        let keyring = try keyring()
        var issued: [IssuedAccessKey] = []
        for key in keyring.accessKeys.values where key.isActive {
            do throws(HomeError) {
                let opened = try key.open(with: keys.home.rootKey)
                issued.append(
                    IssuedAccessKey(
                        description: key.summary, secretAccessKey: opened.secret.text,
                        sessionToken: opened.token?.text))
            } catch {
                throw .home(error)
            }
        }
        return issued.sorted {
            ($0.description.label, $0.description.id) < ($1.description.label, $1.description.id)
        }
    }

    /// Switches a key off, or on again; the next request obeys.
    public func setAccessKey(_ id: String, isActive: Bool) throws(Failure) {
        try change { keyring, store in
            guard keyring.accessKeys[id] != nil else { throw Failure.notFound(id) }
            try store.setAccessKey(id, isActive: isActive)
        }
    }

    /// Removes a key.
    public func deleteAccessKey(_ id: String) throws(Failure) {
        try change { keyring, store in
            guard keyring.accessKeys[id] != nil else { throw Failure.notFound(id) }
            try store.deleteAccessKey(id)
        }
    }

    /// Finds out for whom an access key stands.
    ///
    /// - Parameters:
    ///   - id: The access key ID of the signature.
    ///   - sessionToken: `X-Amz-Security-Token`, where the request has one.
    /// - Throws: ``CredentialError``.
    public func credential(
        accessKeyID id: String, sessionToken: String?
    ) throws(CredentialError) -> Credential {
        let keyring: Keyring
        do throws(Failure) {
            keyring = try self.keyring()
        } catch {
            throw .unavailable("\(error)")
        }
        guard let key = keyring.accessKeys[id], key.isActive else { throw .unknownAccessKey(id) }
        return try credential(of: key, sessionToken, keyring)
    }

    private func credential(
        of key: AccessKey, _ sessionToken: String?, _ keyring: Keyring
    ) throws(CredentialError) -> Credential {
        let opened: AccessKey.Opened
        let caller: Caller
        do {
            opened = try key.open(with: keys.home.rootKey)
            let owner = Self.owner(of: key).flatMap { keyring.principals[$0] }
            caller = try key.caller(tags: owner?.tags ?? [])
        } catch {
            throw .unavailable("\(error)")
        }
        guard opened.matches(token: sessionToken) else { throw .invalidSessionToken }
        if let expires = key.expires, expires <= keys.surroundings.now() { throw .expiredSessionToken }
        return Credential(caller: caller, mayNameSource: key.isService, secret: opened.secret)
    }
}

// MARK: - Issuing

extension PrincipalService {
    private struct Draft {
        var id: String
        var principal: String
        var isService = false
        var viaService: String?
        var sourceAccount: AccountID?
    }

    private func draft(for owner: AccessKeyOwner, label: String, at now: Date) throws(Failure) -> Draft {
        switch owner {
        case .service(let name, let account):
            guard name.contains("."), !name.contains("/") else { throw .invalidName(name) }
            return Draft(
                id: "AKIA" + identifier(count: 16), principal: name, isService: true, sourceAccount: account)
        case .principal(let arn):
            guard let caller = try? Caller(principal: arn) else { throw .notAUserOrRole(arn.text) }
            let isSession = if case .roleSession = caller.identity { true } else { false }
            return Draft(id: (isSession ? "ASIA" : "AKIA") + identifier(count: 16), principal: arn.text)
        case .forwarded(let arn, let service):
            guard (try? Caller(principal: arn)) != nil else { throw .notAUserOrRole(arn.text) }
            return Draft(id: "ASIA" + identifier(count: 16), principal: arn.text, viaService: service)
        }
    }

    private static func checkExists(_ owner: AccessKeyOwner, _ keyring: Keyring) throws(Failure) {
        let arn: ARN
        switch owner {
        case .service: return
        case .principal(let principal), .forwarded(let principal, _): arn = principal
        }
        guard let caller = try? Caller(principal: arn), let name = caller.principalARN else {
            throw .notAUserOrRole(arn.text)
        }
        if case .root = caller.identity { return }
        guard keyring.principals[name] != nil else { throw .notFound(name) }
    }

    private func seal(_ text: String, as name: [String]) throws(Failure) -> [UInt8] {
        do throws(HomeError) {
            return try Array(text.utf8).withRawBytes { (bytes: UnsafeRawBufferPointer) throws(HomeError) in
                try keys.home.rootKey.seal(bytes, as: name)
            }
        } catch {
            throw .home(error)
        }
    }
}

extension OpenedMaterial {
    /// The secret as text, for printing.
    fileprivate var text: String { secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

extension AccessKey.Opened {
    /// Whether a request carries exactly the session token that this key needs.
    fileprivate func matches(token text: String?) -> Bool {
        guard let token, let text else { return token == nil && text == nil }
        return Array(text.utf8).withRawBytes { given in
            token.secret.withUnsafeBytes { constantTimeEqual($0, given) }
        }
    }
}
