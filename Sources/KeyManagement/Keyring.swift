import AWSVocabulary
import FoundationEssentials
import PolicyEngine

/// All that KMS knows, as of one revision: what a call is judged on.
///
/// A value, so that one call sees one state from beginning to end; copies share their storage.
struct Keyring: Sendable {
    /// The revision up to which changes are included.
    var revision: Int64 = -1
    private(set) var keys: [KeyReference: Key] = [:]
    private(set) var aliases: [AliasReference: Alias] = [:]
    private(set) var grants: [KeyReference: GrantIndex] = [:]
    private var grantKeys: [String: KeyReference] = [:]
    private(set) var principals: [String: Principal] = [:]
    private(set) var accessKeys: [String: AccessKey] = [:]
    /// The earliest date at which time alone changes a key.
    private(set) var nextDue: Date?

    /// The aliases that point at a key, names ascending.
    func aliases(of key: KeyReference) -> [Alias] {
        aliasNames[key].map { names in
            names.sorted().compactMap { aliases[AliasReference(place: key.place, name: $0)] }
        } ?? []
    }

    private var aliasNames: [KeyReference: Set<String>] = [:]

    /// The grant of that ID, whatever its key.
    func grant(id: String) -> Grant? {
        grantKeys[id].flatMap { grants[$0]?[id] }
    }

    /// All places of a multi-Region key within its account, in no order.
    func relatives(of key: Key) -> [Key] {
        guard key.id.isMultiRegion else { return [key] }
        return keys.values.filter { $0.id == key.id && $0.account == key.account }
    }
}

// MARK: - Bringing it up to date

extension Keyring {
    mutating func insert(_ key: Key) { keys[key.reference] = key }

    mutating func insert(_ alias: Alias) {
        removeAlias(alias.reference)
        aliases[alias.reference] = alias
        aliasNames[alias.target, default: []].insert(alias.reference.name)
    }

    mutating func insert(_ grant: Grant) {
        grants[grant.key, default: GrantIndex()].insert(grant)
        grantKeys[grant.id] = grant.key
    }

    mutating func insert(_ principal: Principal) { principals[principal.arn.text] = principal }

    mutating func insert(_ accessKey: AccessKey) { accessKeys[accessKey.id] = accessKey }

    mutating func removeKey(_ reference: KeyReference) { keys[reference] = nil }

    mutating func removeAlias(_ reference: AliasReference) {
        guard let alias = aliases.removeValue(forKey: reference) else { return }
        aliasNames[alias.target]?.remove(reference.name)
    }

    mutating func removeGrant(_ id: String) {
        guard let key = grantKeys.removeValue(forKey: id) else { return }
        grants[key]?.remove(id)
    }

    mutating func removePrincipal(_ arn: String) { principals[arn] = nil }

    mutating func removeAccessKey(_ id: String) { accessKeys[id] = nil }

    /// Settles what follows from the whole; call after the last insertion or removal.
    mutating func settle(at revision: Int64) {
        self.revision = revision
        nextDue = keys.values.lazy.compactMap(\.nextDue).min()
    }
}
