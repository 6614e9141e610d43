import AWSVocabulary
import EnvelopeTesting
import StrictJSON
import Testing

@testable import PolicyEngine

private func parse(_ text: String, _ kind: PolicyDocument.Kind = .keyPolicy) throws(PolicyError)
    -> PolicyDocument
{
    try PolicyDocument(parsing: text, kind: kind)
}

private func document(_ statement: String) -> String { #"{"Statement":[\#(statement)]}"# }

@Suite("A policy document")
struct DocumentTests {
    static let refusals: [(String, PolicyError)] = [
        ("", .notJSON(.unexpectedEnd)),
        ("[]", .notAnObject),
        ("\"policy\"", .notAnObject),
        ("{}", .noStatement),
        (#"{"Version":"2012-10-17"}"#, .noStatement),
        (#"{"Statement":[]}"#, .noStatement),
        (#"{"Statement":null}"#, .statement(number: 1, sid: nil, .notAnObject)),
        (#"{"Statement":["x"]}"#, .statement(number: 1, sid: nil, .notAnObject)),
        (#"{"Version":"2012-10-18","Statement":{}}"#, .unsupportedVersion("2012-10-18")),
        (#"{"Version":"","Statement":{}}"#, .unsupportedVersion("")),
        (#"{"Version":2012,"Statement":{}}"#, .wrongType(element: "Version", expected: "a string")),
        (#"{"Id":1,"Statement":{}}"#, .wrongType(element: "Id", expected: "a string")),
        (#"{"version":"2012-10-17","Statement":{}}"#, .unknownElement("version")),
        (#"{"Statement":{},"Statements":{}}"#, .unknownElement("Statements")),
        (#"{"Statement":{},"Statement":{}}"#, .notJSON(.repeatedName("Statement"))),
        (#"{"Id":"\#u{20AC}","Statement":{}}"#, .forbiddenCharacter(0x20AC)),
        (#"{"Id":"\#u{7F}","Statement":{}}"#, .forbiddenCharacter(0x7F)),
        (#"{"Id":"\#u{85}","Statement":{}}"#, .forbiddenCharacter(0x85)),
        ("{\"Id\":\"\u{0}\",\"Statement\":{}}", .forbiddenCharacter(0)),
    ]

    @Test("that is none is refused with the reason", arguments: refusals.indices)
    func refused(_ index: Int) {
        let (text, reason) = Self.refusals[index]
        #expect(throws: reason) { try parse(text) }
        #expect(!reason.description.isEmpty)
    }

    static let statementRefusals: [(String, StatementError)] = [
        (#""Effect":"Allow","Action":"kms:*","Resource":"*""#, .neither("Principal", "NotPrincipal")),
        (
            #""Principal":"*","NotPrincipal":"*","Effect":"Allow","Action":"kms:*","Resource":"*""#,
            .both("Principal", "NotPrincipal")
        ),
        (#""Principal":"*","Action":"kms:*","Resource":"*""#, .missingEffect),
        (#""Principal":"*","Effect":"allow","Action":"kms:*","Resource":"*""#, .invalidEffect("allow")),
        (#""Principal":"*","Effect":"Permit","Action":"kms:*","Resource":"*""#, .invalidEffect("Permit")),
        (
            #""Principal":"*","Effect":true,"Action":"kms:*","Resource":"*""#,
            .wrongType(element: "Effect", expected: "a string")
        ),
        (#""Principal":"*","Effect":"Allow","Resource":"*""#, .neither("Action", "NotAction")),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","NotAction":"kms:*","Resource":"*""#,
            .both("Action", "NotAction")
        ),
        (#""Principal":"*","Effect":"Allow","Action":[],"Resource":"*""#, .empty("Action")),
        (
            #""Principal":"*","Effect":"Allow","Action":["kms:*",1],"Resource":"*""#,
            .wrongType(element: "Action", expected: "a list of strings")
        ),
        (
            #""Principal":"*","Effect":"Allow","Action":{},"Resource":"*""#,
            .wrongType(element: "Action", expected: "a string or a list of strings")
        ),
        (#""Principal":"*","Effect":"Allow","Action":"Decrypt","Resource":"*""#, .invalidAction("Decrypt")),
        (#""Principal":"*","Effect":"Allow","Action":"kms:","Resource":"*""#, .invalidAction("kms:")),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":"*","NotResource":"*""#,
            .both("Resource", "NotResource")
        ),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":1"#,
            .wrongType(element: "Resource", expected: "a string or a list of strings")
        ),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":"*","Conditions":{}"#,
            .unknownElement("Conditions")
        ),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":"*","Sid":3"#,
            .wrongType(element: "Sid", expected: "a string")
        ),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":"x-${aws:username""#,
            .invalidVariable("x-${aws:username")
        ),
        (#""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":"${}""#, .invalidVariable("${}")),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":"${a, b}""#,
            .invalidVariable("${a, b}")
        ),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":"${a, 'b}""#,
            .invalidVariable("${a, 'b}")
        ),
        (
            #""Principal":"*","Effect":"Allow","Action":"kms:*","Resource":"${a${b}}""#,
            .invalidVariable("${a${b}}")
        ),
    ]

    @Test("with a malformed statement is refused with the reason", arguments: statementRefusals.indices)
    func refusedStatement(_ index: Int) {
        let (body, reason) = Self.statementRefusals[index]
        #expect(throws: PolicyError.statement(number: 1, sid: nil, reason)) {
            try parse(#"{"Version":"2012-10-17","Statement":[{\#(body)}]}"#)
        }
        #expect(!reason.description.isEmpty)
    }

    static let principalRefusals: [(String, StatementError)] = [
        (#""alice""#, .invalidPrincipal(type: "Principal", value: "alice")),
        (
            #""arn:aws:iam::111122223333:root""#,
            .invalidPrincipal(type: "Principal", value: "arn:aws:iam::111122223333:root")
        ),
        (#"[]"#, .wrongType(element: "Principal", expected: "\"*\" or an object of principals")),
        (#"{}"#, .empty("Principal")),
        (#"{"AWS":[]}"#, .empty("Principal.AWS")),
        (#"{"AWS":1}"#, .wrongType(element: "Principal.AWS", expected: "a string or a list of strings")),
        (#"{"aws":"*"}"#, .unknownPrincipalType("aws")),
        (#"{"User":"*"}"#, .unknownPrincipalType("User")),
        (#"{"AWS":"alice"}"#, .invalidPrincipal(type: "AWS", value: "alice")),
        (#"{"AWS":""}"#, .invalidPrincipal(type: "AWS", value: "")),
        (#"{"AWS":"11112222333"}"#, .invalidPrincipal(type: "AWS", value: "11112222333")),
        (#"{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}"#, .invalidPrincipal(type: "AWS", value: "AIDACKCEVSQ6C2EXAMPLE")),
        (
            #"{"AWS":"arn:aws:iam::111122223333:*"}"#,
            .invalidPrincipal(type: "AWS", value: "arn:aws:iam::111122223333:*")
        ),
        (
            #"{"AWS":"arn:aws:iam::111122223333:user/*"}"#,
            .invalidPrincipal(type: "AWS", value: "arn:aws:iam::111122223333:user/*")
        ),
        (#"{"AWS":"arn:aws:iam::*:root"}"#, .invalidPrincipal(type: "AWS", value: "arn:aws:iam::*:root")),
        (
            #"{"AWS":"arn:aws:iam::111122223333:group/g"}"#,
            .invalidPrincipal(type: "AWS", value: "arn:aws:iam::111122223333:group/g")
        ),
        (
            #"{"AWS":"arn:aws:iam::111122223333:user/"}"#,
            .invalidPrincipal(type: "AWS", value: "arn:aws:iam::111122223333:user/")
        ),
        (
            #"{"AWS":"arn:aws:sts::111122223333:assumed-role/r"}"#,
            .invalidPrincipal(type: "AWS", value: "arn:aws:sts::111122223333:assumed-role/r")
        ),
        (#"{"AWS":"arn:aws:s3:::bucket"}"#, .invalidPrincipal(type: "AWS", value: "arn:aws:s3:::bucket")),
        (#"{"Service":"*"}"#, .invalidPrincipal(type: "Service", value: "*")),
        (#"{"Service":"ses"}"#, .invalidPrincipal(type: "Service", value: "ses")),
        (#"{"Service":"*.amazonaws.com"}"#, .invalidPrincipal(type: "Service", value: "*.amazonaws.com")),
        (
            #"{"Service":"ses.amazonaws.com.evil.org"}"#,
            .invalidPrincipal(type: "Service", value: "ses.amazonaws.com.evil.org")
        ),
        (#"{"Federated":""}"#, .invalidPrincipal(type: "Federated", value: "")),
    ]

    @Test("that names no possible principal is refused", arguments: principalRefusals.indices)
    func refusedPrincipal(_ index: Int) {
        let (principal, reason) = Self.principalRefusals[index]
        #expect(throws: PolicyError.statement(number: 1, sid: nil, reason)) {
            try parse(document(statement(principal)))
        }
        #expect(!reason.description.isEmpty)
    }

    static let conditionRefusals: [(String, StatementError)] = [
        (#"[]"#, .wrongType(element: "Condition", expected: "an object")),
        (#"{"StringEqual":{"a":"b"}}"#, .unknownOperator("StringEqual")),
        (#"{"stringequals":{"a":"b"}}"#, .unknownOperator("stringequals")),
        (#"{"StringEqualsIfExistsIfExists":{"a":"b"}}"#, .unknownOperator("StringEqualsIfExistsIfExists")),
        (#"{"NullIfExists":{"a":"true"}}"#, .unknownOperator("NullIfExists")),
        (#"{"ForAnyValue:Null":{"a":"true"}}"#, .unknownOperator("ForAnyValue:Null")),
        (#"{"ForSomeValues:StringEquals":{"a":"b"}}"#, .unknownOperator("ForSomeValues:StringEquals")),
        (
            #"{"StringEquals":"a"}"#,
            .wrongType(element: "Condition.StringEquals", expected: "an object of condition keys")
        ),
        (#"{"StringEquals":{"":"a"}}"#, .conditionKeyNotAllowed("")),
        (#"{"StringEquals":{"a":null}}"#, .invalidConditionValue(operator: "StringEquals", key: "a")),
        (#"{"StringEquals":{"a":{"b":"c"}}}"#, .invalidConditionValue(operator: "StringEquals", key: "a")),
        (#"{"StringEquals":{"a":["b",["c"]]}}"#, .invalidConditionValue(operator: "StringEquals", key: "a")),
        (#"{"StringEquals":{"kms:ResourceAliases":"a"}}"#, .conditionKeyNotAllowed("kms:ResourceAliases")),
        (#"{"StringEquals":{"aws:ResourceTag/x":"a"}}"#, .conditionKeyNotAllowed("aws:ResourceTag/x")),
        (#"{"StringEquals":{"KMS:resourcetag/x":"a"}}"#, .conditionKeyNotAllowed("KMS:resourcetag/x")),
        (
            #"{"ForAllValues:StringEquals":{"kms:EncryptionContext:x":"a"}}"#,
            .overlyPermissiveCondition(operator: "ForAllValues:StringEquals", key: "kms:EncryptionContext:x")
        ),
        (
            #"{"ForAllValues:StringLikeIfExists":{"aws:RequestTag/x":"a"}}"#,
            .overlyPermissiveCondition(operator: "ForAllValues:StringLikeIfExists", key: "aws:RequestTag/x")
        ),
    ]

    @Test("with a condition that cannot be is refused", arguments: conditionRefusals.indices)
    func refusedCondition(_ index: Int) {
        let (condition, reason) = Self.conditionRefusals[index]
        let text =
            #"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":\#(condition)}"#
        #expect(throws: PolicyError.statement(number: 1, sid: nil, reason)) { try parse(document(text)) }
        #expect(!reason.description.isEmpty)
    }

    @Test("names the statement that is at fault, and OverlyPermissiveCondition by AWS's word")
    func place() {
        let good = statement(#""*""#)
        let bad = #"{"Sid":"the bad one","Effect":"Allow","Principal":"*"}"#
        let error = #expect(throws: PolicyError.self) { try parse(document(good + "," + bad)) }
        #expect(error?.description == "statement 2 \"the bad one\": Action or NotAction is needed")
        let permissive = StatementError.overlyPermissiveCondition(operator: "ForAllValues:X", key: "k")
        #expect(permissive.description.contains("OverlyPermissiveCondition"))
    }

    @Test("keeps its text, and takes a statement or a list, old and missing versions, Sids with spaces")
    func accepted() throws {
        let text =
            "{ \"Version\": \"2008-10-17\",\n\t\"Id\": \"caf\u{E9}\", \"Statement\": "
            + "{\"Sid\":\"a b\",\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"111122223333\"},\"Action\":[\"kms:*\"],\"Resource\":[\"*\"]}}"
        let policy = try parse(text)
        #expect(policy.text == text)
        #expect(policy.id == "caf\u{E9}")
        #expect(policy.version == .v2008)
        #expect(policy.statements.map(\.sid) == ["a b"])
        #expect(policy.statements.map(\.effect) == [.deny])
        #expect(policy.warnings.isEmpty)
        #expect(try policy == parse(text))
        #expect(try policy != parse(text.replacing("a b", with: "a  b")))
        #expect(try parse(document(statement(#""*""#))).version == .v2008)
    }

    @Test("tells which users, roles and sessions it names, accounts apart")
    func namedPrincipals() throws {
        let arns = [
            "arn:aws:iam::111122223333:user/a/b", "arn:aws:iam::111122223333:role/service-role/r",
            "arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:sts::444455556666:federated-user/f",
        ]
        let listed = arns.map { "\"\($0)\"" }.joined(separator: ",")
        let policy = try parse(
            document(
                statement(#"{"AWS":["111122223333","arn:aws:iam::111122223333:root",\#(listed)]}"#)
                    + "," + statement(#"{"Service":"ses.amazonaws.com"}"#)))
        #expect(policy.namedPrincipals.map(\.text) == arns)
    }

    @Test(
        "is at most as long as its kind allows",
        arguments: [PolicyDocument.Kind.keyPolicy, .identityPolicy, .resourcePolicy(bucket: "b")])
    func length(_ kind: PolicyDocument.Kind) throws {
        let principal = kind == .identityPolicy ? "" : #""Principal":"*","#
        let resource = kind == .resourcePolicy(bucket: "b") ? "arn:aws:s3:::b/*" : "*"
        let text = #"{"Statement":{"Effect":"Allow",\#(principal)"Action":"x:*","Resource":"\#(resource)"}}"#
        let limit = kind.maximumByteCount
        let fits = text + String(repeating: " ", count: limit - text.utf8.count)
        #expect(try PolicyDocument(parsing: fits, kind: kind).statements.count == 1)
        #expect(throws: PolicyError.tooLong(byteCount: limit + 1, limit: limit)) {
            try PolicyDocument(parsing: fits + " ", kind: kind)
        }
    }

    @Test("of an IAM principal has no Principal, needs a Resource, and each Sid once")
    func identityPolicy() {
        func refusal(_ statements: String) -> StatementError? {
            let error = #expect(throws: PolicyError.self) { try parse(document(statements), .identityPolicy) }
            guard case .statement(_, _, let reason) = error else { return nil }
            return reason
        }
        let rest = #""Effect":"Allow","Action":"kms:*""#
        #expect(refusal(#"{\#(rest),"Principal":"*","Resource":"*"}"#) == .elementNotAllowed("Principal"))
        #expect(
            refusal(#"{\#(rest),"NotPrincipal":"*","Resource":"*"}"#) == .elementNotAllowed("NotPrincipal"))
        #expect(refusal(#"{\#(rest)}"#) == .neither("Resource", "NotResource"))
        #expect(refusal(#"{\#(rest),"Resource":"key/1"}"#) == .invalidResource("key/1"))
        #expect(refusal(#"{\#(rest),"Resource":"*","Sid":"a b"}"#) == .invalidSid("a b"))
        let twin = #"{\#(rest),"Resource":"*","Sid":"a"}"#
        #expect(refusal(twin + "," + twin) == .repeatedSid("a"))
        #expect(throws: Never.self) {
            try parse(
                document(
                    #"{\#(rest),"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/x":"y"}}}"#),
                .identityPolicy)
        }
    }

    @Test(
        "of a bucket names that bucket alone",
        arguments: Row.table(
            """
            arn:aws:s3:::mailbox | yes
            arn:aws:s3:::mailbox/* | yes
            arn:aws:s3:::mailbox/a/b | yes
            arn:aws:s3:::mailbox* | yes
            arn:aws:s3:::mailbox2 | no
            arn:aws:s3:::other/* | no
            * | no
            """, columns: 2))
    func bucketPolicy(_ row: Row) {
        let text = document(
            #"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"\#(row.cells[0])"}"#)
        let isAccepted = (try? parse(text, .resourcePolicy(bucket: "mailbox"))) != nil
        #expect(isAccepted == row.isExpected)
    }

    @Test("warns of values that can never match")
    func warnings() throws {
        let policy = try parse(
            document(
                #"""
                {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{
                 "IpAddress":{"aws:SourceIp":["10.0.0.0/8","10.0.0/8"]},"ArnLike":{"aws:SourceArn":"*"},
                 "NumericLessThan":{"k":"many"},"Null":{"k":"perhaps"}}}
                """#))
        #expect(
            policy.warnings.map(\.kind) == [
                .valueNeverMatches(operator: "IpAddress", key: "aws:SourceIp", value: "10.0.0/8"),
                .valueNeverMatches(operator: "ArnLike", key: "aws:SourceArn", value: "*"),
                .valueNeverMatches(operator: "NumericLessThan", key: "k", value: "many"),
                .valueNeverMatches(operator: "Null", key: "k", value: "perhaps"),
            ])
        #expect(
            policy.warnings.first?.description
                == "statement 1: IpAddress aws:SourceIp can never match \"10.0.0/8\"")
    }

    @Test("survives every cut and every changed byte: it is read or refused, never anything else")
    func mutations() throws {
        let text = try keyPolicy(
            ReceivingStatementTests.byContext, ReceivingStatementTests.bySource, delegation
        ).text
        let bytes = Array(text.utf8)
        for end in bytes.indices {
            #expect(throws: PolicyError.self) { try parse(String(decoding: bytes[..<end], as: UTF8.self)) }
        }
        for seed in UInt64(1)...400 {
            var generator = SeededGenerator(seed: seed)
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                changed[Int.random(in: changed.indices, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            guard let policy = try? parse(String(decoding: changed, as: UTF8.self)) else { continue }
            // Whatever was read can be evaluated and explained.
            let decision = Evaluator.decide(
                request(try Cast.caller("ses"), "kms:GenerateDataKey"), resourcePolicy: policy,
                identityPolicies: [])
            #expect(!decision.explanation().isEmpty, "seed \(seed)")
        }
    }

    @Test("of the deepest nesting and the longest lists is read or refused in time", .timeLimit(.minutes(1)))
    func hostile() {
        let deep = String(repeating: "[", count: 30_000)
        #expect(throws: PolicyError.notJSON(.tooDeep)) { try parse(deep) }
        let many = (0..<2_000).map { "\"kms:\($0)*\"" }.joined(separator: ",")
        #expect(throws: Never.self) { try parse(document(statement(#""*""#, "[\(many)]"))) }
        let variables = String(repeating: "${a}", count: 5_000)
        #expect(throws: Never.self) {
            try parse(
                #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"\#(variables)"}}"#
            )
        }
    }
}
