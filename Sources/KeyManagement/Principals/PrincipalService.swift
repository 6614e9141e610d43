public import AWSVocabulary
public import AccountHome
import FoundationEssentials
import GRDB
public import PolicyEngine
import StrictJSON

/// The part of IAM that KMS needs: users, roles, the policies attached to them, and access keys.
///
/// It is managed by whoever runs the home, not over the wire, so there are neither permissions nor records
/// here. Account roots and services exist without being made.
public final class PrincipalService: Sendable {
    let keys: KeyService

    /// Makes the service; principals and keys share one state, so that a change counts for the next call.
    public init(_ keys: KeyService) { self.keys = keys }

    /// Why a change to principals is refused.
    public enum Failure: Error, Equatable, Sendable {
        /// Not the ARN of an IAM user or role.
        case notAUserOrRole(String)
        /// There is one of that name.
        case alreadyExists(String)
        /// There is none of that name.
        case notFound(String)
        /// The policy is not acceptable.
        case policy(name: String, PolicyError)
        /// A name is empty or too long, or has characters that names do not have.
        case invalidName(String)
        /// The home failed.
        case home(HomeError)
    }

    // MARK: Users and roles

    /// Makes a user or a role.
    ///
    /// - Parameters:
    ///   - arn: `arn:aws:iam::ACCOUNT:user/NAME` or `arn:aws:iam::ACCOUNT:role/NAME`, paths allowed, of any
    ///     account.
    ///   - tags: For `aws:PrincipalTag`.
    /// - Throws: `.notAUserOrRole`, `.alreadyExists`.
    public func create(_ arn: ARN, tags: [ResourceTag] = []) throws(Failure) -> PrincipalDescription {
        let isRole = try Self.isRole(arn)
        let id = (isRole ? "AROA" : "AIDA") + identifier(count: 16)
        return try change { keyring, store in
            guard keyring.principals[arn.text] == nil else { throw Failure.alreadyExists(arn.text) }
            let principal = Principal(
                arn: arn, uniqueID: id, tags: tags, created: self.keys.surroundings.now(), policies: [])
            try store.save(principal)
            return principal.summary
        }
    }

    /// Replaces the tags of a user or role.
    public func setTags(_ tags: [ResourceTag], of arn: ARN) throws(Failure) {
        try change { keyring, store in
            let old = try Self.existing(arn, keyring)
            try store.save(
                Principal(
                    arn: arn, uniqueID: old.uniqueID, tags: tags, created: old.created, policies: old.policies
                ))
        }
    }

    /// Removes a user or role with its policies and access keys.
    public func delete(_ arn: ARN) throws(Failure) {
        try change { keyring, store in
            _ = try Self.existing(arn, keyring)
            for key in keyring.accessKeys.values where Self.owner(of: key) == arn.text {
                try store.deleteAccessKey(key.id)
            }
            try store.deletePrincipal(arn.text)
        }
    }

    /// All users and roles, by ARN.
    public func list() throws(Failure) -> [PrincipalDescription] {
        try keyring().principals.values.map(\.summary).sorted { $0.arn.text < $1.arn.text }
    }

    /// One user or role.
    public func describe(_ arn: ARN) throws(Failure) -> PrincipalDescription {
        try Self.existing(arn, try keyring()).summary
    }

    // MARK: Policies

    /// Attaches a policy, or replaces the one of that name.
    ///
    /// - Returns: What is legal in it but hardly meant.
    public func putPolicy(_ document: String, named name: String, on arn: ARN) throws(Failure)
        -> [PolicyWarning]
    {
        guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalidName(name)
        }
        let parsed: PolicyDocument
        do throws(PolicyError) {
            parsed = try PolicyDocument(parsing: document, kind: .identityPolicy)
        } catch {
            throw .policy(name: name, error)
        }
        try change { keyring, store in
            try store.save(try Self.existing(arn, keyring))
            try store.savePolicy(document, named: name, on: arn.text)
        }
        return parsed.warnings
    }

    /// The text of a policy.
    public func policy(named name: String, on arn: ARN) throws(Failure) -> String {
        let principal = try Self.existing(arn, try keyring())
        guard let policy = principal.policies.first(where: { $0.name == name }) else { throw .notFound(name) }
        return policy.document.text
    }

    /// Detaches a policy.
    public func deletePolicy(named name: String, from arn: ARN) throws(Failure) {
        try change { keyring, store in
            let principal = try Self.existing(arn, keyring)
            guard principal.policies.contains(where: { $0.name == name }) else {
                throw Failure.notFound(name)
            }
            try store.save(principal)
            try store.deletePolicy(named: name, from: arn.text)
        }
    }

    // MARK: Pieces

    /// The ARN of the user or role that owns an access key: a session's is its role's.
    static func owner(of key: AccessKey) -> String? {
        guard !key.isService, let arn = try? ARN(key.principal) else { return nil }
        return (try? Caller(principal: arn))?.principalARN
    }

    static func existing(_ arn: ARN, _ keyring: Keyring) throws(Failure) -> Principal {
        guard let principal = keyring.principals[arn.text] else { throw .notFound(arn.text) }
        return principal
    }

    private static func isRole(_ arn: ARN) throws(Failure) -> Bool {
        let parts = arn.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard arn.service == "iam", arn.region.isEmpty, arn.accountID != nil, parts.count >= 2,
            parts.allSatisfy({ !$0.isEmpty }), parts[0] == "user" || parts[0] == "role"
        else { throw .notAUserOrRole(arn.text) }
        return parts[0] == "role"
    }

    /// Random letters and digits as AWS IDs have them (base32).
    func identifier(count: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        let bytes = keys.surroundings.randomBytes(count).map { alphabet[Int($0 & 31)] }
        return String(decoding: bytes, as: UTF8.self)
    }

    func keyring() throws(Failure) -> Keyring {
        do throws(HomeError) {
            return try keys.snapshot.current()
        } catch {
            throw .home(error)
        }
    }

    func change<Value>(_ body: (Keyring, KeyStore) throws -> Value) throws(Failure) -> Value {
        let known = try keyring()
        return try keys.home.write(wrapping: { Failure.home($0) }) { database in
            try body(try KeyringLoader.load(database, replacing: known), try KeyStore(database))
        }
    }
}

extension PrincipalService.Failure: CustomStringConvertible {
    /// A sentence fragment for people.
    public var description: String {
        switch self {
        case .notAUserOrRole(let text): "'\(text)' is not the ARN of an IAM user or role"
        case .alreadyExists(let name): "\(name) exists already"
        case .notFound(let name): "\(name) does not exist"
        case .policy(let name, let error): "policy \(name): \(error)"
        case .invalidName(let name): "'\(name)' is not a name: 1 to 128 printable characters without spaces"
        case .home(let error): "\(error)"
        }
    }
}

extension Principal {
    var summary: PrincipalDescription {
        PrincipalDescription(
            arn: arn, uniqueID: uniqueID, tags: tags, created: created, policyNames: policies.map(\.name))
    }
}
