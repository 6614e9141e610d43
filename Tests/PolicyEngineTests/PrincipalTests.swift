import AWSVocabulary
import PolicyEngine
import Testing

@Suite("A Principal element")
struct PrincipalTests {
    /// Principal as JSON, caller, whether the caller's IAM policies allow, expected.
    @Test(
        "of an Allow lets in whom it names",
        arguments: Row.table(
            """
            "*" | alice | none | yes
            "*" | app | none | yes
            "*" | root | none | yes
            "*" | ext | none | no
            "*" | ext | IAM | yes
            "*" | ses | none | no
            {"AWS":"*"} | alice | none | yes
            {"AWS":"*"} | foreignRoot | none | yes
            {"AWS":"*"} | ses | none | no
            {"AWS":["*"]} | bob | none | yes
            {"AWS":"arn:aws:iam::111122223333:root"} | root | none | yes
            {"AWS":"arn:aws:iam::111122223333:root"} | alice | none | no
            {"AWS":"arn:aws:iam::111122223333:root"} | alice | IAM | yes
            {"AWS":"arn:aws:iam::111122223333:root"} | app | IAM | yes
            {"AWS":"arn:aws:iam::111122223333:root"} | ses | none | no
            {"AWS":"arn:aws:iam::111122223333:root"} | ext | IAM | no
            {"AWS":"111122223333"} | root | none | yes
            {"AWS":"111122223333"} | alice | none | no
            {"AWS":"111122223333"} | alice | IAM | yes
            {"AWS":"444455556666"} | ext | none | no
            {"AWS":"444455556666"} | ext | IAM | yes
            {"AWS":"444455556666"} | extapp | IAM | yes
            {"AWS":"444455556666"} | foreignRoot | none | yes
            {"AWS":"444455556666"} | alice | IAM | no
            {"AWS":"444455556666"} | root | none | no
            {"AWS":"arn:aws:iam::111122223333:user/alice"} | alice | none | yes
            {"AWS":"arn:aws:iam::111122223333:user/alice"} | bob | none | no
            {"AWS":"arn:aws:iam::111122223333:user/alice"} | bob | IAM | no
            {"AWS":"arn:aws:iam::111122223333:user/alice"} | root | none | no
            {"AWS":"arn:aws:iam::111122223333:user/Alice"} | alice | none | no
            {"AWS":"arn:aws:iam::444455556666:user/alice"} | alice | IAM | no
            {"AWS":"arn:aws:iam::111122223333:role/app"} | app | none | yes
            {"AWS":"arn:aws:iam::111122223333:role/app"} | app2 | none | yes
            {"AWS":"arn:aws:iam::111122223333:role/app"} | extapp | IAM | no
            {"AWS":"arn:aws:sts::111122223333:assumed-role/app/s1"} | app | none | yes
            {"AWS":"arn:aws:sts::111122223333:assumed-role/app/s1"} | app2 | none | no
            {"AWS":"arn:aws:iam::444455556666:user/ext"} | ext | none | no
            {"AWS":"arn:aws:iam::444455556666:user/ext"} | ext | IAM | yes
            {"AWS":"arn:aws:iam::444455556666:role/app"} | extapp | IAM | yes
            {"AWS":["arn:aws:iam::111122223333:user/bob","arn:aws:iam::111122223333:user/alice"]} | alice | none | yes
            {"Service":"ses.amazonaws.com"} | ses | none | yes
            {"Service":"ses.amazonaws.com"} | s3 | none | no
            {"Service":"ses.amazonaws.com"} | root | none | no
            {"Service":"ses.amazonaws.com"} | alice | IAM | no
            {"Service":["s3.amazonaws.com","ses.amazonaws.com"]} | ses | none | yes
            {"AWS":"*","Service":"s3.amazonaws.com"} | ses | none | no
            {"AWS":"*","Service":"s3.amazonaws.com"} | s3 | none | yes
            {"Federated":"cognito-identity.amazonaws.com"} | alice | IAM | no
            {"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"} | alice | IAM | no
            """, columns: 4))
    func allow(_ row: Row) throws {
        let policy = try keyPolicy(statement(row.cells[0]))
        let identity = row.cells[2] == "IAM" ? [try identityPolicy(allowAll)] : []
        let asked = request(try Cast.caller(row.cells[1]))
        #expect(
            Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: identity).isAllowed
                == row.isExpected)
    }

    /// The same element in a Deny, beside statements that let everyone in; expected is whether the call
    /// passes.
    @Test(
        "of a Deny keeps out whom it names",
        arguments: Row.table(
            """
            "*" | alice | no
            "*" | root | no
            "*" | ses | no
            "*" | ext | no
            {"AWS":"*"} | ses | no
            {"AWS":"111122223333"} | alice | no
            {"AWS":"111122223333"} | app | no
            {"AWS":"111122223333"} | root | no
            {"AWS":"111122223333"} | ext | yes
            {"AWS":"111122223333"} | ses | yes
            {"AWS":"arn:aws:iam::111122223333:root"} | bob | no
            {"AWS":"arn:aws:iam::111122223333:root"} | root | no
            {"AWS":"arn:aws:iam::444455556666:root"} | ext | no
            {"AWS":"arn:aws:iam::444455556666:root"} | alice | yes
            {"AWS":"arn:aws:iam::111122223333:user/alice"} | alice | no
            {"AWS":"arn:aws:iam::111122223333:user/alice"} | bob | yes
            {"AWS":"arn:aws:iam::111122223333:user/alice"} | root | yes
            {"AWS":"arn:aws:iam::111122223333:role/app"} | app | no
            {"AWS":"arn:aws:iam::111122223333:role/app"} | app2 | no
            {"AWS":"arn:aws:sts::111122223333:assumed-role/app/s1"} | app | no
            {"AWS":"arn:aws:sts::111122223333:assumed-role/app/s1"} | app2 | yes
            {"Service":"ses.amazonaws.com"} | ses | no
            {"Service":"ses.amazonaws.com"} | s3 | yes
            {"Service":"ses.amazonaws.com"} | alice | yes
            """, columns: 3))
    func deny(_ row: Row) throws { #expect(try passes("Principal", row) == row.isExpected) }

    @Test(
        "negated in a Deny spares only those whose every identity is listed",
        arguments: Row.table(
            """
            {"AWS":"arn:aws:iam::111122223333:user/alice"} | alice | no
            {"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]} | alice | yes
            {"AWS":["arn:aws:iam::111122223333:user/alice","arn:aws:iam::111122223333:root"]} | alice | yes
            {"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]} | bob | no
            {"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]} | root | yes
            {"AWS":"111122223333"} | root | yes
            {"AWS":"111122223333"} | alice | no
            {"AWS":["arn:aws:iam::111122223333:role/app","111122223333"]} | app | no
            {"AWS":["arn:aws:sts::111122223333:assumed-role/app/s1","111122223333"]} | app | no
            {"AWS":["arn:aws:iam::111122223333:role/app","arn:aws:sts::111122223333:assumed-role/app/s1","111122223333"]} | app | yes
            {"AWS":["arn:aws:iam::111122223333:role/app","arn:aws:sts::111122223333:assumed-role/app/s1","111122223333"]} | app2 | no
            {"AWS":"444455556666"} | ext | no
            {"AWS":["444455556666","arn:aws:iam::444455556666:user/ext"]} | ext | yes
            {"AWS":"111122223333"} | ses | no
            {"Service":"ses.amazonaws.com"} | ses | yes
            {"Service":"ses.amazonaws.com"} | s3 | no
            {"Service":"ses.amazonaws.com"} | alice | no
            "*" | alice | yes
            "*" | ses | yes
            """, columns: 3))
    func denyNotPrincipal(_ row: Row) throws { #expect(try passes("NotPrincipal", row) == row.isExpected) }

    @Test(
        "negated in an Allow lets in everyone of whom nothing is listed, services never",
        arguments: Row.table(
            """
            {"AWS":"arn:aws:iam::111122223333:user/bob"} | alice | yes
            {"AWS":"arn:aws:iam::111122223333:user/bob"} | bob | no
            {"AWS":"arn:aws:iam::111122223333:user/bob"} | root | yes
            {"AWS":"111122223333"} | alice | no
            {"AWS":"arn:aws:iam::111122223333:role/app"} | app | no
            {"AWS":"arn:aws:sts::111122223333:assumed-role/app/s1"} | app2 | yes
            {"AWS":"arn:aws:iam::111122223333:user/bob"} | ext | no
            {"AWS":"arn:aws:iam::111122223333:user/bob"} | ses | no
            {"Service":"s3.amazonaws.com"} | ses | no
            "*" | alice | no
            """, columns: 3))
    func allowNotPrincipal(_ row: Row) throws {
        let text = #"{"Effect":"Allow","NotPrincipal":\#(row.cells[0]),"Action":"kms:*","Resource":"*"}"#
        let policy = try keyPolicy(text)
        let decision = Evaluator.decide(
            request(try Cast.caller(row.cells[1])), resourcePolicy: policy, identityPolicies: [])
        #expect(decision.isAllowed == row.isExpected)
        #expect(policy.warnings.map(\.kind) == [.allowWithNotPrincipal])
    }

    private func passes(_ element: String, _ row: Row) throws -> Bool {
        let policy = try keyPolicy(
            statement(#"{"AWS":"*","Service":["ses.amazonaws.com","s3.amazonaws.com"]}"#),
            #"{"Effect":"Deny","\#(element)":\#(row.cells[0]),"Action":"kms:*","Resource":"*"}"#)
        let asked = request(try Cast.caller(row.cells[1]))
        let identity = asked.caller.isService ? [] : [try identityPolicy(allowAll)]
        return Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: identity).isAllowed
    }
}
