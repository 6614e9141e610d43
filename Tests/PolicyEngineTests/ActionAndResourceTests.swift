import AWSVocabulary
import PolicyEngine
import Testing

@Suite("Action and Resource")
struct ActionAndResourceTests {
    @Test(
        "name calls with wildcards, case ignored",
        arguments: Row.table(
            """
            Action | "kms:Decrypt" | kms:Decrypt | yes
            Action | "kms:decrypt" | kms:Decrypt | yes
            Action | "KMS:DECRYPT" | kms:Decrypt | yes
            Action | "kms:Decrypt" | kms:Encrypt | no
            Action | "kms:*" | kms:Decrypt | yes
            Action | "*" | kms:Decrypt | yes
            Action | "s3:*" | kms:Decrypt | no
            Action | "kms:De*" | kms:DescribeKey | yes
            Action | "kms:*crypt" | kms:Encrypt | yes
            Action | "kms:?ncrypt" | kms:Encrypt | yes
            Action | "kms:?crypt" | kms:Encrypt | no
            Action | "k*:Decrypt" | kms:Decrypt | yes
            Action | "kms:GenerateDataKey*" | kms:GenerateDataKey | yes
            Action | "kms:GenerateDataKey*" | kms:GenerateDataKeyWithoutPlaintext | yes
            Action | "kms:GenerateDataKey*" | kms:GenerateDataKeyPair | yes
            Action | "kms:GenerateDataKey*" | kms:GenerateDataKeyPairWithoutPlaintext | yes
            Action | "kms:GenerateDataKey*" | kms:GenerateRandom | no
            Action | "kms:ReEncrypt*" | kms:ReEncryptFrom | yes
            Action | "kms:ReEncrypt*" | kms:ReEncryptTo | yes
            Action | "kms:ReEncryptFrom" | kms:ReEncryptTo | no
            Action | ["kms:Encrypt","kms:Decrypt"] | kms:Decrypt | yes
            NotAction | "kms:Decrypt" | kms:Decrypt | no
            NotAction | "kms:Decrypt" | kms:Encrypt | yes
            NotAction | ["kms:Encrypt","kms:De*"] | kms:DescribeKey | no
            NotAction | "kms:*" | kms:Encrypt | no
            NotAction | "KMS:decrypt" | kms:Decrypt | no
            """, columns: 4))
    func actions(_ row: Row) throws {
        let policy = try keyPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"*"},"\#(row.cells[0])":\#(row.cells[1]),"Resource":"*"}"#)
        let decision = Evaluator.decide(
            request(try Cast.caller("alice"), row.cells[2]), resourcePolicy: policy, identityPolicies: [])
        #expect(decision.isAllowed == row.isExpected)
    }

    /// In a key policy and in an IAM policy alike.
    @Test(
        "name keys part by part, case kept",
        arguments: Row.table(
            """
            Resource | "*" | yes
            Resource | "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" | yes
            Resource | "arn:aws:kms:us-east-1:111122223333:key/1234ABCD-12ab-34cd-56ef-1234567890ab" | no
            Resource | "arn:aws:kms:us-east-1:111122223333:key/*" | yes
            Resource | "arn:aws:kms:*:111122223333:key/*" | yes
            Resource | "arn:aws:kms:us-*-1:*:key/1234*" | yes
            Resource | "arn:aws:kms:*:key/*" | no
            Resource | "arn:aws:kms" | yes
            Resource | "arn:aws:kms:*" | yes
            Resource | "arn:aws:kms:eu-west-1" | no
            Resource | "arn:aws:s3:::*" | no
            Resource | "arn:aws:kms:us-east-1:444455556666:key/*" | no
            Resource | "arn:aws:kms:us-east-1:111122223333:alias/*" | no
            Resource | "arn:aws:kms:us-east-1:111122223333:key/????????-12ab-34cd-56ef-1234567890ab" | yes
            Resource | ["arn:aws:s3:::x","arn:aws:kms:*:*:key/*"] | yes
            NotResource | "*" | no
            NotResource | "arn:aws:kms:us-east-1:111122223333:key/1234*" | no
            NotResource | "arn:aws:kms:us-east-1:111122223333:key/ffff*" | yes
            """, columns: 3))
    func resources(_ row: Row) throws {
        let rest = #""Action":"kms:*","\#(row.cells[0])":\#(row.cells[1])"#
        let asked = request(try Cast.caller("alice"))
        let direct = Evaluator.decide(
            asked, resourcePolicy: try keyPolicy(#"{"Effect":"Allow","Principal":"*",\#(rest)}"#),
            identityPolicies: [])
        let delegated = Evaluator.decide(
            asked, resourcePolicy: try keyPolicy(delegation),
            identityPolicies: [try identityPolicy(#"{"Effect":"Allow",\#(rest)}"#)])
        #expect(direct.isAllowed == row.isExpected)
        #expect(delegated.isAllowed == row.isExpected)
    }

    @Test("leave a key policy's statement void where Resource is missing, Allow and Deny alike")
    func missingResource() throws {
        let void = #"{"Effect":"Deny","Principal":"*","Action":"kms:*"}"#
        let policy = try keyPolicy(
            statement(#""*""#), void, #"{"Effect":"Allow","Principal":"*","Action":"kms:*"}"#)
        #expect(policy.warnings.map(\.kind) == [.noResource, .noResource])
        let asked = request(try Cast.caller("alice"))
        #expect(Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: []).isAllowed)
        let alone = try keyPolicy(#"{"Effect":"Allow","Principal":"*","Action":"kms:*"}"#)
        #expect(!Evaluator.decide(asked, resourcePolicy: alone, identityPolicies: []).isAllowed)
    }

    @Test("of a hostile pattern answer in time", .timeLimit(.minutes(1)))
    func hostilePattern() throws {
        let pattern = "kms:" + String(repeating: "*a", count: 5_000)
        let policy = try keyPolicy(statement(#""*""#, #""\#(pattern)""#))
        let action = "kms:" + String(repeating: "a", count: 4_999) + "b"
        let decision = Evaluator.decide(
            request(try Cast.caller("alice"), action), resourcePolicy: policy, identityPolicies: [])
        #expect(!decision.isAllowed)
    }
}
