import AWSVocabulary
import AccountHome
import FoundationEssentials
import PolicyEngine

/// One call on its way: who asks for what, on which state, and what the record will say.
struct Invocation {
    let service: KeyService
    let operation: Operation
    let call: Call
    let now: Date
    let requestID: String
    /// The state that the whole call is judged on.
    var keyring = Keyring()
    var record = CallRecord()

    var caller: Caller { call.caller }
    var region: Region { call.region ?? service.home.region }

    /// Where a key ID or alias without ARN is looked up, and where new things are made.
    ///
    /// - Throws: `.accessDenied` for a service that does not say for which account it acts.
    var place: KeyPlace {
        get throws(KeyManagementError) {
            guard let account = caller.accountForLookup else {
                throw .accessDenied(
                    "User: \(caller.name) is not authorized to perform: \(operation.action) "
                        + "because it names no source account")
            }
            return KeyPlace(account: account, region: region)
        }
    }
}

/// A key as a request named it.
struct NamedKey {
    let key: Key
    /// The alias by which it was named, for `kms:RequestAlias`.
    let alias: AliasReference?
}

// MARK: - Naming

extension Invocation {
    /// Finds the key that a request names.
    ///
    /// - Parameters:
    ///   - text: The identifier; its shape has been checked.
    ///   - allowingAliases: Whether this operation takes aliases.
    /// - Throws: `.notFound`, `.invalidARN`; `.accessDenied` for a caller who must not learn that there is no
    ///   such key.
    mutating func resolve(_ text: String, allowingAliases: Bool = false) throws(KeyManagementError)
        -> NamedKey
    {
        switch try KeyIdentifier(text, from: try place) {
        case .key(let reference):
            return NamedKey(key: try existing(reference), alias: nil)
        case .alias(let reference):
            guard allowingAliases else {
                throw text.hasPrefix("arn:")
                    ? .invalidARN("Invalid arn \(text)") : .notFound("Invalid keyId '\(text)'")
            }
            let alias = try existing(reference)
            record.touch(reference)
            return NamedKey(key: try existing(alias.target), alias: reference)
        }
    }

    /// Finds the key that a management request names: by ID or key ARN.
    mutating func key(_ text: String?) throws(KeyManagementError) -> Key {
        try resolve(try Shape.keyID(text)).key
    }

    /// Finds the key that a request to use one names: aliases are welcome.
    mutating func usableKey(_ text: String?) throws(KeyManagementError) -> NamedKey {
        try resolve(try Shape.keyID(text), allowingAliases: true)
    }

    private mutating func existing(_ reference: KeyReference) throws(KeyManagementError) -> Key {
        guard let key = keyring.keys[reference] else {
            try concealAbsence(of: reference.arn, owner: reference.place.account)
            throw .notFound("Key '\(reference.arn)' does not exist")
        }
        record.touch(key)
        return key
    }

    private mutating func existing(_ reference: AliasReference) throws(KeyManagementError) -> Alias {
        if let alias = keyring.aliases[reference] { return alias }
        if isFirstUse(of: reference) {
            try service.makeManagedKey(for: reference, at: now)
            keyring = try service.currentKeyring()
            if let alias = keyring.aliases[reference] { return alias }
        }
        try concealAbsence(of: reference.arn, owner: reference.place.account)
        throw .notFound("Alias \(reference.arn) is not found.")
    }

    /// Whether naming this alias brings its AWS managed key into being.
    private func isFirstUse(of reference: AliasReference) -> Bool {
        guard reference.name == ManagedKeys.sesAlias else { return false }
        if operation == .describeKey { return caller.account == reference.place.account }
        return caller.name == ManagedKeys.sesService
            && [.generateDataKey, .generateDataKeyWithoutPlaintext, .encrypt].contains(operation)
    }

    /// Refuses, rather than tells that a resource does not exist, a caller who could not have used it either.
    private func concealAbsence(of arn: ARN, owner: AccountID) throws(KeyManagementError) {
        guard let account = caller.account else { return }
        let request = AuthorizationRequest(
            caller: caller, action: operation.action, resource: arn.text, resourceAccount: owner,
            context: context())
        let mayKnow =
            account == owner
            && Evaluator.decideIdentityOnly(request, identityPolicies: identityPolicies).isAllowed
        if !mayKnow {
            throw .accessDenied(
                Decision.refusalText(concealing: arn.text, action: operation.action, caller: caller))
        }
    }
}

// MARK: - Checks on a key

extension Key {
    /// Refuses a key whose state does not allow it.
    func check(_ rule: StateRule) throws(KeyManagementError) {
        try rule.check(state, arn: arn)
    }

    /// Refuses a key made for something else.
    func check(_ wanted: KeyUsage, for operation: Operation) throws(KeyManagementError) {
        guard usage == wanted else {
            throw .invalidKeyUsage(
                "\(arn) key usage is \(usage.rawValue) which is not valid for \(operation.rawValue).")
        }
    }

    /// Refuses an algorithm that the key does not know.
    func check(algorithm: String) throws(KeyManagementError) {
        guard spec.algorithms(for: usage).contains(algorithm) else {
            throw .invalidKeyUsage("Algorithm \(algorithm) is incompatible with key spec \(spec.rawValue).")
        }
    }
}
