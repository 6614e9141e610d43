public import AWSVocabulary
public import FoundationEssentials

/// The condition keys of one request, with their values.
///
/// Names of keys ignore case, values do not. A key without a value is absent. Dates are kept as dates and
/// turned into text only when a policy asks.
///
/// Source: IAM User Guide, "AWS global condition context keys"; spec of the KMS keys: KMS Developer Guide,
/// "Condition keys for AWS KMS".
public struct RequestContext: Sendable {
    /// The values of one key.
    private enum Content: Sendable {
        case single(String)
        case several([String])
        case currentTime(Date)
        case epochTime(Date)
    }

    private struct Entry: Sendable {
        let key: String
        let foldedKey: String
        var content: Content
    }

    private var entries: [Entry] = []

    /// Makes a context without keys.
    public init() { entries.reserveCapacity(24) }

    /// The values of a key, `nil` where it is absent; assigning `nil` or no values makes it absent.
    public subscript(key: String) -> [String]? {
        get { values(foldedKey: key.lowercased()) }
        set { set(newValue ?? [], for: key) }
    }

    /// Gives a key exactly one value.
    public mutating func set(_ value: String, for key: String) {
        put(.single(value), key: key, foldedKey: key.lowercased())
    }

    /// Gives a key several values; with none the key becomes absent.
    public mutating func set(_ values: [String], for key: String) {
        let foldedKey = key.lowercased()
        switch values.count {
        case 0: entries.removeAll { sameBytes($0.foldedKey, foldedKey) }
        case 1: put(.single(values[0]), key: key, foldedKey: foldedKey)
        default: put(.several(values), key: key, foldedKey: foldedKey)
        }
    }

    /// Adds a value to those a key already has.
    public mutating func add(_ value: String, for key: String) {
        set((self[key] ?? []) + [value], for: key)
    }

    /// Takes over every key of `other`; where both have a key, the other's values stay.
    public mutating func merge(_ other: RequestContext) {
        for entry in other.entries { put(entry.content, key: entry.key, foldedKey: entry.foldedKey) }
    }

    /// This context with every key of `other`, whose values win.
    public func merging(_ other: RequestContext) -> RequestContext {
        var merged = self
        merged.merge(other)
        return merged
    }

    /// Every key as it was spelt, with its values, ordered by key.
    public var contents: [(key: String, values: [String])] {
        entries.map { ($0.key, Self.values(of: $0.content)) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    // MARK: for the evaluator; keys come in lower case already

    func values(foldedKey: String) -> [String]? {
        for entry in entries where sameBytes(entry.foldedKey, foldedKey) {
            return Self.values(of: entry.content)
        }
        return nil
    }

    /// The value of a key that has exactly one.
    func singleValue(foldedKey: String) -> String? {
        guard let values = values(foldedKey: foldedKey), values.count == 1 else { return nil }
        return values[0]
    }

    private static func values(of content: Content) -> [String] {
        switch content {
        case .single(let value): [value]
        case .several(let values): values
        case .currentTime(let date): [Timestamps.iso8601(date)]
        case .epochTime(let date): [String(Int(date.timeIntervalSince1970.rounded(.down)))]
        }
    }

    private mutating func put(_ content: Content, key: String, foldedKey: String) {
        if let index = entries.firstIndex(where: { sameBytes($0.foldedKey, foldedKey) }) {
            entries[index].content = content
        } else {
            entries.append(Entry(key: key, foldedKey: foldedKey, content: content))
        }
    }
}

extension RequestContext {
    /// The keys that every request has, whatever it asks for.
    ///
    /// Keys of a principal (`aws:PrincipalArn`, `aws:username`, tags …) are absent for services;
    /// `aws:SourceAccount` and `aws:SourceArn` are absent for everyone else; `aws:SourceIp` is there only
    /// when the caller asks directly.
    ///
    /// - Parameters:
    ///   - caller: Who asks.
    ///   - date: When, for `aws:CurrentTime` and `aws:EpochTime`.
    ///   - region: Where, for `aws:RequestedRegion`.
    ///   - userID: `aws:userid`, where the account knows one; a root's is the account ID.
    public static func global(
        for caller: Caller, at date: Date, region: Region, userID: String? = nil
    ) -> RequestContext {
        var context = RequestContext()
        context.append(.currentTime(date), "aws:CurrentTime", "aws:currenttime")
        context.append(.epochTime(date), "aws:EpochTime", "aws:epochtime")
        context.append(
            .single(caller.isSecureTransport ? "true" : "false"), "aws:SecureTransport", "aws:securetransport"
        )
        context.append(.single(region.text), "aws:RequestedRegion", "aws:requestedregion")
        context.append(
            .single(caller.isService ? "true" : "false"), "aws:PrincipalIsAWSService",
            "aws:principalisawsservice")
        if let agent = caller.userAgent { context.append(.single(agent), "aws:UserAgent", "aws:useragent") }
        context.appendForwarding(of: caller)
        if caller.isService {
            context.appendService(caller)
        } else {
            context.appendPrincipal(caller, userID: userID)
        }
        return context
    }

    /// Adds what a cryptographic operation tells about its encryption context.
    ///
    /// That is `kms:EncryptionContext:NAME` for each pair and `kms:EncryptionContextKeys`, both absent when
    /// there are no pairs. Names that differ in case alone meet in one key, as condition keys ignore case.
    ///
    /// Source: KMS Developer Guide, "kms:EncryptionContext:context-key", "kms:EncryptionContextKeys".
    public mutating func addEncryptionContext(_ encryptionContext: EncryptionContext) {
        guard !encryptionContext.isEmpty else { return }
        for pair in encryptionContext.pairs { add(pair.value, for: "kms:EncryptionContext:" + pair.key) }
        set(encryptionContext.pairs.map(\.key), for: "kms:EncryptionContextKeys")
    }

    /// Adds `kms:CallerAccount` and, for forwarded calls, `kms:ViaService`.
    public mutating func addKeyCaller(_ caller: Caller) {
        if let account = caller.account { set(account.text, for: "kms:CallerAccount") }
        if let service = caller.viaService { set(service, for: "kms:ViaService") }
    }

    /// Adds a key that is known to be new, already in lower case.
    private mutating func append(_ content: Content, _ key: String, _ foldedKey: String) {
        entries.append(Entry(key: key, foldedKey: foldedKey, content: content))
    }

    /// What tells whether a service forwarded the call.
    private mutating func appendForwarding(of caller: Caller) {
        guard let service = caller.viaService else {
            append(.single("false"), "aws:ViaAWSService", "aws:viaawsservice")
            return
        }
        // kms:ViaService names the Region, aws:CalledVia does not.
        let name = Self.serviceName(ofVia: service)
        append(.single("true"), "aws:ViaAWSService", "aws:viaawsservice")
        append(.single(name), "aws:CalledVia", "aws:calledvia")
        append(.single(name), "aws:CalledViaFirst", "aws:calledviafirst")
        append(.single(name), "aws:CalledViaLast", "aws:calledvialast")
    }

    /// The service's name, and for whom it acts.
    private mutating func appendService(_ caller: Caller) {
        append(.single(caller.name), "aws:PrincipalServiceName", "aws:principalservicename")
        append(.single(caller.name), "aws:PrincipalServiceNamesList", "aws:principalservicenameslist")
        if let account = caller.sourceAccount {
            append(.single(account.text), "aws:SourceAccount", "aws:sourceaccount")
        }
        if let arn = caller.sourceARN { append(.single(arn.text), "aws:SourceArn", "aws:sourcearn") }
    }

    /// The principal's names, tags and address.
    private mutating func appendPrincipal(_ caller: Caller, userID: String?) {
        if let arn = caller.principalARN { append(.single(arn), "aws:PrincipalArn", "aws:principalarn") }
        append(.single(caller.principalType), "aws:PrincipalType", "aws:principaltype")
        if let account = caller.account {
            append(.single(account.text), "aws:PrincipalAccount", "aws:principalaccount")
        }
        switch caller.identity {
        case .user:
            if let name = caller.friendlyName { append(.single(name), "aws:username", "aws:username") }
            if let userID { append(.single(userID), "aws:userid", "aws:userid") }
        case .root(let account): append(.single(userID ?? account.text), "aws:userid", "aws:userid")
        case .roleSession: if let userID { append(.single(userID), "aws:userid", "aws:userid") }
        case .service: break
        }
        if let address = caller.sourceIPAddress, caller.viaService == nil {
            append(.single(address), "aws:SourceIp", "aws:sourceip")
        }
        for (name, value) in caller.tags { add(value, for: "aws:PrincipalTag/" + name) }
    }

    private static func serviceName(ofVia service: String) -> String {
        let parts = service.split(separator: ".")
        guard parts.count == 4, parts[2] == "amazonaws" else { return service }
        return "\(parts[0]).amazonaws.com"
    }
}

extension RequestContext: Equatable {
    /// Compares keys without regard to case or order, and values exactly.
    public static func == (left: RequestContext, right: RequestContext) -> Bool {
        guard left.entries.count == right.entries.count else { return false }
        return left.entries.allSatisfy { entry in
            guard let other = right.values(foldedKey: entry.foldedKey) else { return false }
            let values = values(of: entry.content)
            return values.count == other.count && zip(values, other).allSatisfy { sameBytes($0, $1) }
        }
    }
}
