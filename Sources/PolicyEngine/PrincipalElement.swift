import AWSVocabulary
import StrictJSON

/// The `Principal` or `NotPrincipal` element of a statement.
///
/// Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
struct PrincipalElement: Sendable, Equatable {
    /// How an Allow reaches a caller.
    enum Reach: Sendable, Equatable {
        case none
        /// It names the caller's account: the caller's own IAM policies decide.
        case account
        /// It names the caller.
        case caller
    }

    /// Whether the element is `NotPrincipal`.
    private(set) var isNegated: Bool
    /// Whether it names `*`.
    private(set) var isEveryone = false
    /// Account IDs, also those written as root ARNs: the two mean the same.
    private(set) var accounts: [String] = []
    /// Users, roles and sessions.
    private(set) var arns: [ARN] = []
    /// The same as texts, ready to be compared.
    private var names: [String] = []
    private(set) var services: [String] = []
    /// Federated and canonical users, which nobody can call as here; kept for explanations.
    private(set) var others: [String] = []

    /// How an Allow statement with this element reaches `caller`.
    ///
    /// A service is reached only by its name: neither `*`, nor an account, nor `NotPrincipal` lets one in.
    func reach(of caller: Caller) -> Reach {
        if case .service(let name) = caller.identity {
            return !isNegated && lists(service: name) ? .caller : .none
        }
        // An Allow with NotPrincipal spares nobody generously: one listed identity keeps the caller out.
        if isNegated {
            return isEveryone || listsAccount(of: caller) || listsName(of: caller) ? .none : .caller
        }
        if isEveryone || listsName(of: caller) { return .caller }
        return listsAccount(of: caller) ? .account : .none
    }

    /// Whether a Deny statement with this element hits `caller`.
    ///
    /// `NotPrincipal` spares a caller only when each of their identities is listed: the account as well as
    /// the user, or the account, the role and the session.
    func hits(_ caller: Caller) -> Bool {
        if case .service(let name) = caller.identity {
            return (isEveryone || lists(service: name)) != isNegated
        }
        guard isNegated else { return isEveryone || listsAccount(of: caller) || listsName(of: caller) }
        return !isEveryone && !listsEveryIdentity(of: caller)
    }

    private func lists(service: String) -> Bool { services.contains { sameBytes($0, service) } }

    private func listsAccount(of caller: Caller) -> Bool {
        guard !accounts.isEmpty, let account = caller.account else { return false }
        return accounts.contains(account.text)
    }

    private func listsName(of caller: Caller) -> Bool {
        guard !names.isEmpty else { return false }
        return caller.matchedNames.contains { name in names.contains { sameBytes($0, name) } }
    }

    /// Whether the account and every name of the caller are listed.
    private func listsEveryIdentity(of caller: Caller) -> Bool {
        guard listsAccount(of: caller) else { return false }
        // The root has no identity besides the account.
        if case .root = caller.identity { return true }
        return caller.matchedNames.allSatisfy { name in names.contains { sameBytes($0, name) } }
    }

    /// What the element names, for people.
    var summary: String {
        if isEveryone { return "everyone" }
        return (accounts.map { "account \($0)" } + names + services + others).joined(separator: ", ")
    }
}

// MARK: reading

extension PrincipalElement {
    /// Reads `"*"`, or an object of the types AWS, Service, Federated and CanonicalUser.
    init(_ value: JSONValue, element: String) throws(StatementError) {
        isNegated = element == "NotPrincipal"
        if let text = value.string {
            guard text == "*" else { throw .invalidPrincipal(type: element, value: text) }
            isEveryone = true
            return
        }
        guard let types = value.object else {
            throw .wrongType(element: element, expected: "\"*\" or an object of principals")
        }
        guard !types.isEmpty else { throw .empty(element) }
        for (type, listed) in types.members {
            for text in try strings(listed, element: "\(element).\(type)") { try add(text, type: type) }
        }
    }

    private mutating func add(_ text: String, type: String) throws(StatementError) {
        switch type {
        case "AWS": try addAWS(text)
        case "Service":
            guard Self.isServiceName(text) else { throw .invalidPrincipal(type: type, value: text) }
            services.append(text)
        case "Federated", "CanonicalUser":
            guard !text.isEmpty else { throw .invalidPrincipal(type: type, value: text) }
            others.append(text)
        default: throw .unknownPrincipalType(type)
        }
    }

    /// Adds `*`, an account in either form, or the ARN of a principal.
    private mutating func addAWS(_ text: String) throws(StatementError) {
        if text == "*" {
            isEveryone = true
        } else if AccountID.isValid(text) {
            accounts.append(text)
        } else {
            guard let arn = try? ARN(text), arn.region.isEmpty, arn.accountID != nil, Self.isPrincipal(arn)
            else {
                throw .invalidPrincipal(type: "AWS", value: text)
            }
            if arn.resource == "root" {
                accounts.append(arn.account)
            } else {
                arns.append(arn)
                names.append(arn.text)
            }
        }
    }

    /// Roots, users, roles, and sessions of roles and federated users; never a group, never a wildcard.
    private static func isPrincipal(_ arn: ARN) -> Bool {
        let resource = arn.resource
        guard !resource.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) else {
            return false
        }
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.dropFirst().allSatisfy({ !$0.isEmpty }) else { return false }
        switch (arn.service, parts[0], parts.count) {
        case ("iam", "root", 1), ("iam", "user", 2...), ("iam", "role", 2...): return true
        case ("sts", "assumed-role", 3), ("sts", "federated-user", 2): return true
        default: return false
        }
    }

    /// A host name below `amazonaws.com`, without wildcards.
    private static func isServiceName(_ text: String) -> Bool {
        let isNameByte = { (byte: UInt8) in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard text.hasSuffix(".amazonaws.com") || text.hasSuffix(".amazonaws.com.cn") else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 3 && labels.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isNameByte) }
    }
}
