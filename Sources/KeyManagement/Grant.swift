public import AWSVocabulary
import FoundationEssentials

/// An operation that a grant can allow.
///
/// Source: KMS Developer Guide, "Grant operations".
enum GrantOperation: String, Sendable, CaseIterable {
    case decrypt = "Decrypt"
    case encrypt = "Encrypt"
    case generateDataKey = "GenerateDataKey"
    case generateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext"
    case generateDataKeyPair = "GenerateDataKeyPair"
    case generateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext"
    case reEncryptFrom = "ReEncryptFrom"
    case reEncryptTo = "ReEncryptTo"
    case sign = "Sign"
    case verify = "Verify"
    case getPublicKey = "GetPublicKey"
    case generateMAC = "GenerateMac"
    case verifyMAC = "VerifyMac"
    case deriveSharedSecret = "DeriveSharedSecret"
    case encapsulate = "Encapsulate"
    case decapsulate = "Decapsulate"
    case createGrant = "CreateGrant"
    case retireGrant = "RetireGrant"
    case describeKey = "DescribeKey"

    /// Whether a key of this spec and usage can do it at all.
    func isPossible(for spec: KeySpec, usage: KeyUsage) -> Bool {
        switch self {
        case .createGrant, .retireGrant, .describeKey: true
        case .encrypt, .decrypt, .reEncryptFrom, .reEncryptTo: usage == .encryptDecrypt
        case .generateDataKey, .generateDataKeyWithoutPlaintext, .generateDataKeyPair,
            .generateDataKeyPairWithoutPlaintext:
            spec == .symmetricDefault
        case .sign, .verify: usage == .signVerify
        case .getPublicKey: spec.isAsymmetric
        case .generateMAC, .verifyMAC: usage == .generateVerifyMAC
        case .deriveSharedSecret: usage == .keyAgreement
        case .encapsulate, .decapsulate: false
        }
    }

    /// Whether the grant's context constraints apply: they do to what has an encryption context, and to
    /// grants passed on, which carry constraints of their own.
    var usesEncryptionContext: Bool {
        switch self {
        case .decrypt, .encrypt, .generateDataKey, .generateDataKeyWithoutPlaintext, .generateDataKeyPair,
            .generateDataKeyPairWithoutPlaintext, .reEncryptFrom, .reEncryptTo:
            true
        case .sign, .verify, .getPublicKey, .generateMAC, .verifyMAC, .deriveSharedSecret, .encapsulate,
            .decapsulate, .createGrant, .retireGrant, .describeKey:
            false
        }
    }
}

/// What a request must look like for a grant to apply.
public struct GrantConstraints: Sendable, Hashable {
    /// The request's encryption context must hold these pairs and no others.
    public var encryptionContextEquals: EncryptionContext?
    /// The request's encryption context must hold these pairs, and may hold others.
    public var encryptionContextSubset: EncryptionContext?
    /// The resource a service must act for, wildcards allowed.
    public var sourceARN: String?

    /// Makes constraints.
    public init(
        encryptionContextEquals: EncryptionContext? = nil, encryptionContextSubset: EncryptionContext? = nil,
        sourceARN: String? = nil
    ) {
        self.encryptionContextEquals = encryptionContextEquals
        self.encryptionContextSubset = encryptionContextSubset
        self.sourceARN = sourceARN
    }

    /// Whether nothing is constrained.
    public var isEmpty: Bool {
        encryptionContextEquals == nil && encryptionContextSubset == nil && sourceARN == nil
    }

    /// Whether a request with this encryption context satisfies the context constraints.
    func admits(_ context: EncryptionContext) -> Bool {
        if let wanted = encryptionContextEquals, wanted != context { return false }
        if let wanted = encryptionContextSubset, !context.contains(wanted) { return false }
        return true
    }

    /// Whether whatever satisfies these constraints also satisfies `other`.
    func areAtLeastAsStrict(as other: GrantConstraints) -> Bool {
        if let wanted = other.encryptionContextEquals, encryptionContextEquals != wanted { return false }
        if let wanted = other.encryptionContextSubset {
            let own = encryptionContextEquals ?? encryptionContextSubset ?? [:]
            guard own.contains(wanted) else { return false }
        }
        return other.sourceARN == nil || sourceARN == other.sourceARN
    }
}

extension EncryptionContext {
    /// Whether every pair of `other` is a pair of this context.
    func contains(_ other: EncryptionContext) -> Bool {
        other.pairs.allSatisfy { pair in
            self[pair.key].map { $0.utf8.elementsEqual(pair.value.utf8) } ?? false
        }
    }
}

/// A permission on one key, given to one principal.
///
/// Source: KMS Developer Guide, "Grants in AWS KMS".
struct Grant: Sendable, Equatable {
    /// A principal as a grant names it: an ARN, or a service's name.
    struct Party: Sendable, Hashable {
        var name: String
        var isService: Bool
    }

    /// 64 hexadecimal digits.
    var id: String
    var key: KeyReference
    var name: String?
    var grantee: Party
    var retiring: Party?
    /// Who created the grant.
    var issuer: String
    var operations: Set<GrantOperation>
    var constraints: GrantConstraints
    var created: Date

    /// The operations in the order AWS lists them.
    var operationNames: [String] {
        GrantOperation.allCases.filter(operations.contains).map(\.rawValue)
    }

    /// Whether two requests of the same name ask for the same grant.
    func hasSameTerms(as other: Grant) -> Bool {
        key == other.key && name == other.name && grantee == other.grantee && retiring == other.retiring
            && operations == other.operations && constraints == other.constraints
    }
}

/// The grants of one key, found by grantee: a key may have 50,000.
struct GrantIndex: Sendable {
    private var byID: [String: Grant] = [:]
    private var byGrantee: [Grant.Party: Set<String>] = [:]

    var count: Int { byID.count }
    var ids: [String] { byID.keys.sorted() }

    subscript(id: String) -> Grant? { byID[id] }

    /// Adds a grant, or replaces the one of the same ID.
    mutating func insert(_ grant: Grant) {
        remove(grant.id)
        byID[grant.id] = grant
        byGrantee[grant.grantee, default: []].insert(grant.id)
    }

    mutating func remove(_ id: String) {
        guard let grant = byID.removeValue(forKey: id) else { return }
        byGrantee[grant.grantee]?.remove(id)
    }

    /// The grants whose grantee is `party`.
    func grants(to party: Grant.Party) -> [Grant] {
        byGrantee[party].map { $0.compactMap { byID[$0] } } ?? []
    }
}
