import AWSVocabulary
import PolicyEngine
import Testing

@Suite("A policy variable")
struct VariableTests {
    /// Operator, policy value, value of t:v (`-` absent), value of t:k, expected; the caller is alice.
    @Test(
        "is replaced in string and ARN values under Version 2012-10-17",
        arguments: Row.table(
            #"""
            StringEquals | ${t:v} | x | x | yes
            StringEquals | ${t:v} | x | y | no
            StringEquals | ${T:V} | x | x | yes
            StringEquals | a-${t:v}-b | x | a-x-b | yes
            StringEquals | ${t:v}${t:v} | x | xx | yes
            StringEquals | ${t:v} | - | x | no
            StringNotEquals | ${t:v} | - | x | yes
            StringEquals | ${t:v, 'none'} | - | none | yes
            StringEquals | ${t:v,'none'} | - | none | yes
            StringEquals | ${ t:v , 'none' } | x | x | yes
            StringEquals | ${t:v, 'none'} | x | none | no
            StringEquals | ${aws:username} | - | alice | yes
            StringEquals | ${aws:username} | - | bob | no
            StringEquals | ${*}${?}${$} | - | *?$ | yes
            StringLike | ${*}x | - | *x | yes
            StringLike | ${*}x | - | abcx | no
            StringLike | ${t:v}/* | x | x/y/z | yes
            StringLike | ${t:v}/* | * | abc/y | no
            StringLike | ${t:v}/* | * | */y | yes
            StringLike | ${t:v, '*'} | - | abc | no
            StringEqualsIgnoreCase | ${t:v} | ABC | abc | yes
            ArnEquals | ${aws:PrincipalArn} | - | arn:aws:iam::111122223333:user/alice | yes
            ArnEquals | ${aws:PrincipalArn} | - | arn:aws:iam::111122223333:user/bob | no
            ArnLike | arn:aws:s3:::${t:v}-* | x | arn:aws:s3:::x-1 | yes
            NumericEquals | ${t:v} | 5 | 5 | no
            Bool | ${t:v} | true | true | no
            StringEquals | $t | - | $t | yes
            StringEquals | {t} | - | {t} | yes
            """#, columns: 5))
    func replacement(_ row: Row) throws {
        let condition = #"{"\#(row.cells[0])": {"t:k": "\#(row.cells[1])"}}"#
        let policy = try keyPolicy(
            #"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":\#(condition)}"#)
        var context = ["t:k": [row.cells[3]]]
        if row.cells[2] != "-" { context["t:v"] = [row.cells[2]] }
        let asked = request(try Cast.caller("alice"), adding: context)
        let decision = Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: [])
        #expect(decision.isAllowed == row.isExpected)
    }

    @Test("with several values is unresolvable")
    func severalValues() throws {
        let policy = try keyPolicy(
            #"""
            {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
             "Condition":{"StringEquals":{"t:k":"${t:v}"}}}
            """#)
        let asked = request(try Cast.caller("alice"), adding: ["t:v": ["a", "b"], "t:k": ["a"]])
        #expect(!Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: []).isAllowed)
    }

    @Test("is plain text under Version 2008-10-17 and without Version", arguments: ["2008-10-17", ""])
    func oldVersion(_ version: String) throws {
        let head = version.isEmpty ? "" : #""Version":"\#(version)","#
        let policy = try PolicyDocument(
            parsing: #"""
                {\#(head)"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
                 "Condition":{"StringEquals":{"t:k":"${aws:username}"}}}}
                """#, kind: .keyPolicy)
        let alice = try Cast.caller("alice")
        for (value, isExpected) in [("alice", false), ("${aws:username}", true)] {
            let decision = Evaluator.decide(
                request(alice, adding: ["t:k": [value]]), resourcePolicy: policy, identityPolicies: [])
            #expect(decision.isAllowed == isExpected)
        }
    }

    @Test(
        "is replaced in Resource, and never brings in a wildcard",
        arguments: ["1234*", "*", "1234abcd-12ab-34cd-56ef-1234567890ab"])
    func inResource(_ tag: String) throws {
        let policy = try identityPolicy(
            #"{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/${aws:PrincipalTag/Key}"}"#)
        var alice = try Cast.caller("alice")
        alice.tags = ["key": tag]
        let decision = Evaluator.decide(
            request(alice), resourcePolicy: try keyPolicy(delegation), identityPolicies: [policy])
        #expect(decision.isAllowed == !tag.contains("*"))
    }

    @Test("is not replaced in condition keys")
    func neverInKeys() throws {
        let policy = try keyPolicy(
            #"""
            {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
             "Condition":{"StringEquals":{"t:${aws:username}":"x"}}}
            """#)
        let asked = request(try Cast.caller("alice"), adding: ["t:alice": ["x"]])
        #expect(!Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: []).isAllowed)
    }
}
