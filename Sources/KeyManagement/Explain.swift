public import AWSVocabulary
import FoundationEssentials
public import PolicyEngine

/// A call that is imagined, to see what the policies say of it.
public struct PolicyQuestion: Sendable {
    /// Who would call.
    public var caller: Caller
    /// The action, with or without `kms:`; `ReEncryptFrom` and `ReEncryptTo` for the halves of ReEncrypt.
    public var action: String
    /// The key, by any of its names; `nil` for calls without one.
    public var keyID: String?
    /// The encryption context the call would have.
    public var encryptionContext: EncryptionContext
    /// Further condition keys, which win over those that follow from the rest.
    public var conditions: [String: [String]]
    /// The Region of the call; the home's own where it is `nil`.
    public var region: Region?

    /// Puts a question.
    public init(
        caller: Caller, action: String, keyID: String?, encryptionContext: EncryptionContext = [:],
        conditions: [String: [String]] = [:], region: Region? = nil
    ) {
        self.caller = caller
        self.action = action
        self.keyID = keyID
        self.encryptionContext = encryptionContext
        self.conditions = conditions
        self.region = region
    }
}

extension KeyService {
    /// Decides an imagined call exactly as a real one would be, without making it: nothing is recorded or
    /// changed.
    ///
    /// For whoever runs the home; over the wire there is no such operation.
    ///
    /// - Returns: The decision, which can explain itself statement by statement.
    /// - Throws: `.validation` for an action that KMS does not have, and whatever naming the key may throw.
    public func explain(_ question: PolicyQuestion) throws(KeyManagementError) -> Decision {
        let name = question.action.hasPrefix("kms:") ? String(question.action.dropFirst(4)) : question.action
        guard let operation = Self.operation(ofAction: name) else {
            throw .validation("'\(question.action)' is not an action of KMS")
        }
        let now = surroundings.now()
        var invocation = Invocation(
            service: self, operation: operation, call: Call(question.caller, region: question.region),
            now: now,
            requestID: "")
        invocation.keyring = try keyring(at: now)
        var extra = RequestContext()
        for (key, values) in question.conditions { extra.set(values, for: key) }
        guard let keyID = question.keyID else {
            let request = AuthorizationRequest(
                caller: question.caller, action: "kms:\(name)", resource: "*",
                resourceAccount: try invocation.place.account, context: invocation.context().merging(extra))
            return Evaluator.decideIdentityOnly(request, identityPolicies: invocation.identityPolicies)
        }
        let named = try invocation.explained(keyID)
        return invocation.decide(
            named, action: "kms:\(name)", encryptionContext: question.encryptionContext
        ) { context in
            if operation.isCryptographic, named.key.usage == .encryptDecrypt,
                context["kms:EncryptionAlgorithm"] == nil
            {
                context.set(EncryptionAlgorithm.symmetricDefault.rawValue, for: "kms:EncryptionAlgorithm")
            }
            context.merge(extra)
        }
    }

    private static func operation(ofAction name: String) -> Operation? {
        if ["ReEncryptFrom", "ReEncryptTo"].contains(name) { return .reEncrypt }
        return Operation.allCases.first { $0 != .reEncrypt && $0.rawValue.lowercased() == name.lowercased() }
    }
}

extension Invocation {
    /// Finds the key of an imagined call as whoever runs the home sees it: absence is told plainly.
    fileprivate func explained(_ text: String) throws(KeyManagementError) -> NamedKey {
        switch try KeyIdentifier(try Shape.keyID(text), from: try place) {
        case .key(let reference):
            guard let key = keyring.keys[reference] else {
                throw .notFound("Key '\(reference.arn)' does not exist")
            }
            return NamedKey(key: key, alias: nil)
        case .alias(let reference):
            guard let alias = keyring.aliases[reference], let key = keyring.keys[alias.target] else {
                throw .notFound("Alias \(reference.arn) is not found.")
            }
            return NamedKey(key: key, alias: reference)
        }
    }
}
