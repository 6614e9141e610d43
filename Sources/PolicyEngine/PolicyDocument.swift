// IAM policy documents in the JSON policy language, versions 2012-10-17 and 2008-10-17.
//
// Read are key policies, bucket policies and the policies of IAM principals, with every element of the
// grammar. Left out: session policies, permission boundaries, organisation and endpoint policies, which are
// kinds of document that nothing here attaches.
//
// Source: IAM User Guide, "Grammar of the IAM JSON policy language"; KMS Developer Guide, "Key policies in
// AWS KMS".

public import AWSVocabulary

/// A policy document that has been read, judged and compiled.
///
/// Reading refuses everything that the service would refuse when the document is put; a value of this type
/// can be evaluated without further checks. The text is kept as it was given.
public struct PolicyDocument: Sendable {
    /// What a document is attached to, which decides what it may contain.
    public enum Kind: Sendable, Hashable {
        /// A KMS key's policy `default`.
        case keyPolicy
        /// A policy of an IAM user or role; it has no `Principal`.
        case identityPolicy
        /// The policy of a bucket, by the bucket's name.
        case resourcePolicy(bucket: String)
    }

    /// The edition of the policy language.
    public enum Version: String, Sendable, Hashable {
        /// The one with policy variables.
        case v2012 = "2012-10-17"
        /// The older one, which also holds where `Version` is missing.
        case v2008 = "2008-10-17"

        var hasVariables: Bool { self == .v2012 }
    }

    /// The document as it was given.
    public let text: String
    /// What it is attached to.
    public let kind: Kind
    /// `Id`, where there is one.
    public let id: String?
    /// `Version`, or `2008-10-17` where it is missing.
    public let version: Version
    /// The statements in order.
    public let statements: [Statement]
    /// What is legal but hardly meant.
    public let warnings: [PolicyWarning]

    /// Reads a document.
    ///
    /// - Throws: The first reason why the service would refuse it.
    public init(parsing text: String, kind: Kind) throws(PolicyError) {
        let byteCount = text.utf8.count
        guard byteCount <= kind.maximumByteCount else {
            throw .tooLong(byteCount: byteCount, limit: kind.maximumByteCount)
        }
        if let scalar = text.unicodeScalars.first(where: { !Self.isAllowed($0) }) {
            throw .forbiddenCharacter(scalar.value)
        }
        var reader = DocumentReader(kind: kind)
        try reader.read(text)
        self.text = text
        self.kind = kind
        id = reader.id
        version = reader.version
        statements = reader.statements
        warnings = reader.warnings
    }

    /// The users, roles and sessions that any statement names; whether they exist is for the caller to check.
    public var namedPrincipals: [ARN] { statements.flatMap(\.namedPrincipals) }

    /// KMS API, `PutKeyPolicy`: `[\u0009\u000A\u000D\u0020-\u00FF]`, and of those only what can be printed.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0xA0...0xFF: true
        default: false
        }
    }
}

extension PolicyDocument: Equatable {
    /// Two documents are equal when they are the same text of the same kind.
    public static func == (left: PolicyDocument, right: PolicyDocument) -> Bool {
        left.kind == right.kind && sameBytes(left.text, right.text)
    }
}

extension PolicyDocument.Kind {
    /// The longest text that is accepted, in bytes.
    ///
    /// Source: KMS Developer Guide, "Quotas" (32 KB); S3, "Bucket policies" (20 KB); IAM, "IAM and AWS STS
    /// quotas" (inline policies of a role, 10,240 characters).
    public var maximumByteCount: Int {
        switch self {
        case .keyPolicy: 32_768
        case .identityPolicy: 10_240
        case .resourcePolicy: 20_480
        }
    }

    /// Whether a statement may name `resource`.
    func canName(resource: String) -> Bool {
        switch self {
        case .keyPolicy: true
        case .identityPolicy: resource == "*" || resource.hasPrefix("arn:")
        case .resourcePolicy(let bucket):
            // S3 refuses a bucket policy that speaks of other buckets.
            resource == "arn:aws:s3:::\(bucket)" || resource == "arn:aws:s3:::\(bucket)*"
                || resource.hasPrefix("arn:aws:s3:::\(bucket)/")
        }
    }
}

/// Something a policy document may say although it hardly means it.
public struct PolicyWarning: Sendable, Equatable, CustomStringConvertible {
    /// What is odd.
    public enum Kind: Sendable, Equatable {
        /// The statement has no `Resource` and therefore no effect.
        case noResource
        /// Allow with `NotPrincipal` lets everyone else in.
        case allowWithNotPrincipal
        /// The value is not of its operator's type and matches nothing.
        case valueNeverMatches(operator: String, key: String, value: String)
    }

    /// The statement's number, counted from 1.
    public let statement: Int
    /// The statement's identifier, where it has one.
    public let sid: String?
    /// What is odd about it.
    public let kind: Kind

    /// A sentence fragment for people.
    public var description: String {
        let place = "statement \(statement)" + (sid.map { " \"\($0)\"" } ?? "")
        return switch kind {
        case .noResource: "\(place): without Resource it has no effect"
        case .allowWithNotPrincipal: "\(place): Allow with NotPrincipal lets in everyone who is not listed"
        case .valueNeverMatches(let name, let key, let value):
            "\(place): \(name) \(key) can never match \"\(value)\""
        }
    }
}
