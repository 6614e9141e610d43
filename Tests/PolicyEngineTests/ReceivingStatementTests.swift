import AWSVocabulary
import PolicyEngine
import Testing

/// The statements that let SES seal mail, in the form of the KMS guide and in that of the SES guide.
@Suite("The SES statement")
struct ReceivingStatementTests {
    static let byContext = #"""
        {"Sid": "Allow SES to encrypt messages using this master key", "Effect": "Allow",
         "Principal": {"Service": "ses.amazonaws.com"}, "Action": ["kms:Encrypt", "kms:GenerateDataKey*"],
         "Resource": "*",
         "Condition": {
           "Null": {"kms:EncryptionContext:aws:ses:rule-name": "false",
                    "kms:EncryptionContext:aws:ses:message-id": "false"},
           "StringEquals": {"kms:EncryptionContext:aws:ses:source-account": "111122223333"}}}
        """#
    static let bySource = #"""
        {"Sid": "AllowSESToEncryptMessagesBelongingToThisAccount", "Effect": "Allow",
         "Principal": {"Service": "ses.amazonaws.com"}, "Action": "kms:GenerateDataKey*", "Resource": "*",
         "Condition": {"StringEquals": {"AWS:SourceAccount": "111122223333",
            "AWS:SourceArn": "arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/default"}}}
        """#
    static let context: EncryptionContext = [
        "aws:ses:message-id": "o3vrnil0e2ic28tr", "aws:ses:rule-name": "default",
        "aws:ses:source-account": "111122223333",
        "kms_cmk_id": "arn:aws:kms:us-east-1:111122223333:alias/aws/ses",
    ]

    private func isAllowed(
        _ statement: String, caller: Caller? = nil, _ action: String = "kms:GenerateDataKey",
        _ context: EncryptionContext = Self.context, also extra: String? = nil
    ) throws -> Bool {
        let policy =
            try extra.map { try keyPolicy(delegation, statement, $0) } ?? keyPolicy(delegation, statement)
        let caller = try caller ?? Cast.caller("ses")
        return Evaluator.decide(
            request(caller, action, encryptionContext: context), resourcePolicy: policy, identityPolicies: []
        ).isAllowed
    }

    @Test(
        "by encryption context lets SES do what it lists and nothing else",
        arguments: Row.table(
            """
            kms:Encrypt | yes
            kms:GenerateDataKey | yes
            kms:GenerateDataKeyWithoutPlaintext | yes
            kms:GenerateDataKeyPair | yes
            kms:GenerateDataKeyPairWithoutPlaintext | yes
            kms:Decrypt | no
            kms:ReEncryptFrom | no
            kms:ReEncryptTo | no
            kms:DescribeKey | no
            kms:CreateGrant | no
            kms:PutKeyPolicy | no
            kms:GenerateRandom | no
            kms:ScheduleKeyDeletion | no
            """, columns: 2))
    func actionsByContext(_ row: Row) throws {
        #expect(try isAllowed(Self.byContext, row.cells[0]) == row.isExpected)
        let unquoted = Self.byContext.replacing(#""false""#, with: "false")
        #expect(try isAllowed(unquoted, row.cells[0]) == row.isExpected)
    }

    @Test(
        "by source lets SES do what it lists and nothing else",
        arguments: Row.table(
            """
            kms:GenerateDataKey | yes
            kms:GenerateDataKeyWithoutPlaintext | yes
            kms:GenerateDataKeyPair | yes
            kms:Encrypt | no
            kms:Decrypt | no
            kms:DescribeKey | no
            kms:CreateGrant | no
            kms:PutKeyPolicy | no
            """, columns: 2))
    func actionsBySource(_ row: Row) throws {
        #expect(try isAllowed(Self.bySource, row.cells[0]) == row.isExpected)
    }

    /// The pair that is changed, its new value (`-` leaves it out), expected.
    @Test(
        "by encryption context wants rule name and message ID present and the account equal",
        arguments: Row.table(
            """
            aws:ses:rule-name | other | yes
            aws:ses:rule-name | - | no
            aws:ses:message-id | x | yes
            aws:ses:message-id | - | no
            aws:ses:source-account | 444455556666 | no
            aws:ses:source-account | 11112222333 | no
            aws:ses:source-account | 111122223333 | yes
            aws:ses:source-account | - | no
            kms_cmk_id | - | yes
            more | pairs | yes
            """, columns: 3))
    func pairs(_ row: Row) throws {
        var pairs = Self.context.dictionary
        pairs[row.cells[0]] = row.cells[1] == "-" ? nil : row.cells[1]
        #expect(
            try isAllowed(Self.byContext, "kms:GenerateDataKey", EncryptionContext(pairs)) == row.isExpected)
    }

    @Test("by encryption context takes the pairs' names in any case, and refuses an empty context")
    func namesIgnoreCase() throws {
        let shouted = EncryptionContext(
            Dictionary(uniqueKeysWithValues: Self.context.dictionary.map { ($0.key.uppercased(), $0.value) }))
        #expect(try isAllowed(Self.byContext, "kms:GenerateDataKey", shouted))
        #expect(try !isAllowed(Self.byContext, "kms:GenerateDataKey", [:]))
    }

    @Test("lets nobody else in with the same context", arguments: ["s3", "alice", "root2", "app", "ext"])
    func otherCallers(_ name: String) throws {
        let caller = try Cast.caller(name)
        #expect(try !isAllowed(Self.byContext, caller: caller))
        #expect(try !isAllowed(Self.bySource, caller: caller))
    }

    @Test(
        "by source wants the account and the rule",
        arguments: Row.table(
            """
            111122223333 | arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/default | yes
            444455556666 | arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/default | no
            111122223333 | arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/other | no
            111122223333 | arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/Default | no
            111122223333 | - | no
            - | arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/default | no
            """, columns: 3))
    func sources(_ row: Row) throws {
        let ses = Caller.service(
            "ses.amazonaws.com", sourceAccount: row.cells[0] == "-" ? nil : try AccountID(row.cells[0]),
            sourceARN: row.cells[1] == "-" ? nil : try ARN(row.cells[1]))
        #expect(try isAllowed(Self.bySource, caller: ses) == row.isExpected)
    }

    @Test("by source cannot be satisfied by a user who sets the keys of a service")
    func forgedSource() throws {
        var alice = try Cast.caller("alice")
        alice.sourceAccount = account
        alice.sourceARN = try ARN(ruleARN)
        #expect(try !isAllowed(Self.bySource, caller: alice))
        let everyone = Self.bySource.replacing(#"{"Service": "ses.amazonaws.com"}"#, with: #"{"AWS": "*"}"#)
        #expect(try !isAllowed(everyone, caller: alice))
    }

    @Test(
        "loses against a Deny, whoever it names",
        arguments: [#""*""#, #"{"AWS":"*"}"#, #"{"Service":"ses.amazonaws.com"}"#])
    func denied(_ principal: String) throws {
        let deny = statement(principal, #""kms:GenerateDataKey""#, effect: "Deny")
        #expect(try !isAllowed(Self.byContext, also: deny))
        #expect(try !isAllowed(Self.bySource, also: deny))
        #expect(try isAllowed(Self.byContext, "kms:Encrypt", also: deny))
    }
}
