/// An Amazon Resource Name: `arn:partition:service:region:account:resource`.
///
/// Region and account may be empty (S3 buckets, IAM principals); the resource may hold further colons.
///
/// Source: AWS General Reference, "Amazon Resource Names (ARNs)".
public struct ARN: Hashable, Sendable, CustomStringConvertible {
    /// `aws`, or the name of another partition.
    public let partition: String
    /// The service's namespace, such as `kms`.
    public let service: String
    /// The Region's name, or empty.
    public let region: String
    /// The account ID, or empty.
    public let account: String
    /// Everything after the fifth colon, such as `key/1234abcd-…`.
    public let resource: String

    /// Reads an ARN.
    ///
    /// - Throws: `.invalidARN` when there are fewer than six parts, the first is not `arn`, or partition,
    ///   service or resource is empty.
    public init(_ text: String) throws(VocabularyError) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty
        else {
            throw .invalidARN(text)
        }
        self.init(
            partition: String(parts[1]), service: String(parts[2]), region: String(parts[3]),
            account: String(parts[4]), resource: String(parts[5]))
    }

    /// Puts an ARN together; the parts before `resource` must hold no colon.
    public init(partition: String = "aws", service: String, region: String, account: String, resource: String)
    {
        self.partition = partition
        self.service = service
        self.region = region
        self.account = account
        self.resource = resource
    }

    /// The ARN as text.
    public var text: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }

    /// The ARN as text.
    public var description: String { text }

    /// The account, where the ARN names a valid one.
    public var accountID: AccountID? { try? AccountID(account) }
}

extension ARN {
    /// `arn:aws:kms:REGION:ACCOUNT:key/ID`.
    public static func kmsKey(_ id: String, account: AccountID, region: Region) -> ARN {
        ARN(service: "kms", region: region.text, account: account.text, resource: "key/\(id)")
    }

    /// `arn:aws:kms:REGION:ACCOUNT:alias/NAME`, for `name` with its prefix `alias/`.
    public static func kmsAlias(_ name: String, account: AccountID, region: Region) -> ARN {
        ARN(service: "kms", region: region.text, account: account.text, resource: name)
    }

    /// `arn:aws:iam::ACCOUNT:root`.
    public static func accountRoot(_ account: AccountID) -> ARN {
        ARN(service: "iam", region: "", account: account.text, resource: "root")
    }

    /// `arn:aws:ses:REGION:ACCOUNT:receipt-rule-set/SET:receipt-rule/RULE`.
    public static func receiptRule(_ rule: String, in set: String, account: AccountID, region: Region) -> ARN
    {
        ARN(
            service: "ses", region: region.text, account: account.text,
            resource: "receipt-rule-set/\(set):receipt-rule/\(rule)")
    }
}
