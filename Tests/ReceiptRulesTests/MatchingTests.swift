import FoundationEssentials
import Mail
import ReceiptRules
import Testing

@Suite("Recipient conditions")
struct RecipientConditionTests {
    /// The table of the matching rules, condition by condition, and the vectors that were checked against it.
    @Test(
        "matches exactly the recipients its form covers",
        arguments: [
            ("user@example.com", "user@example.com", true),
            ("user@example.com", "user+a+b@example.com", true),
            ("user@example.com", "user+@example.com", true),
            ("user@example.com", "user@sub.example.com", false),
            ("user@example.com", "users@example.com", false),
            ("user@example.com", "use@example.com", false),
            ("user@example.com", "\"user\"@example.com", true),
            ("user@example.com", "USER@EXAMPLE.COM", true),
            ("USER@example.com", "user+Tag@example.com", true),
            ("user@example.com", "+tag@example.com", false),
            ("user+123@example.com", "user@example.com", false),
            ("user+123@example.com", "user+123@example.com", true),
            ("user+123@example.com", "user+xyz@example.com", false),
            ("user+123@example.com", "user+123+4@example.com", false),
            ("user+123@example.com", "user+123@sub.example.com", false),
            ("+tag@example.com", "+tag@example.com", true),
            ("+tag@example.com", "user+tag@example.com", false),
            ("example.com", "any@example.com", true),
            ("example.com", "any+label@example.com", true),
            ("example.com", "any@sub.example.com", false),
            ("example.com", "any@notexample.com", false),
            ("example.com", "a@EXAMPLE.COM.", true),
            ("example.com", "a@[192.0.2.1]", false),
            ("sub.example.com", "a@sub.example.com", true),
            ("sub.example.com", "a@x.sub.example.com", false),
            ("sub.example.com", "a@example.com", false),
            (".example.com", "a@x.example.com", true),
            (".example.com", "a@x.y.example.com", true),
            (".example.com", "a@example.com", false),
            (".example.com", "a@notexample.com", false),
            ("bücher.example", "a@xn--bcher-kva.example", true),
            (".bücher.example", "a@x.xn--bcher-kva.example", true),
            ("jürgen@example.com", "JU\u{308}RGEN+x@example.com", true),
        ])
    func vectors(_ condition: String, _ recipient: String, _ matches: Bool) throws {
        #expect(try RecipientCondition(condition).matches(EmailAddress(parsing: recipient)) == matches)
    }

    @Test(
        "what is none of the four forms is refused",
        arguments: [
            "", ".", "@", "@example.com", "user@", "*@example.com,b@y", "a b", "user@.example.com",
            "[192.0.2.1]",
            ".[192.0.2.1]", "..example.com", "Ann <a@x>", "example..com", "*.example.com",
        ])
    func refused(_ text: String) {
        #expect(throws: MailError.self) { try RecipientCondition(text) }
    }

    @Test(
        "keeps the text it was made of",
        arguments: ["User@Example.com", ".bücher.example", "user+x@example.com"])
    func text(_ text: String) throws {
        #expect(try RecipientCondition(text).text == text)
    }
}

@Suite("Matching rules")
struct MatcherTests {
    private func rule(
        _ name: String, _ recipients: [String] = [], stops: Bool = false, isEnabled: Bool = true,
        tlsPolicy: ReceiptRule.TLSPolicy = .optional
    ) throws -> ReceiptRule {
        ReceiptRule(
            name: name, isEnabled: isEnabled, tlsPolicy: tlsPolicy,
            recipients: try recipients.map { try RecipientCondition($0) },
            actions: [.addHeader(AddHeaderAction(headerName: "X", headerValue: name))]
                + (stops ? [.stop(StopAction())] : []))
    }

    private func matcher(_ rules: [ReceiptRule], verified: [String] = []) throws -> Matcher {
        Matcher(
            ActiveRules(
                ruleSet: RuleSet(name: "set", created: Date(timeIntervalSince1970: 0), rules: rules),
                verifiedDomains: Set(try verified.map { try DomainName($0) })))
    }

    private func names(
        _ matcher: Matcher, _ recipients: [String], overTLS: Bool = true
    ) throws -> [String] {
        let addresses = try recipients.map { try EmailAddress(parsing: $0) }
        return matcher.matches(for: addresses, arrivedOverTLS: overTLS).map(\.rule.name)
    }

    @Test("every matching enabled rule runs, in order, and others do not")
    func order() throws {
        let matcher = try matcher([
            rule("c", ["example.com"]), rule("a", ["user@example.com"]), rule("off", isEnabled: false),
            rule("other", ["example.org"]), rule("b"),
        ])
        #expect(try names(matcher, ["user@example.com"]) == ["c", "a", "b"])
        #expect(try names(matcher, ["x@example.com"]) == ["c", "b"])
        #expect(try names(matcher, ["x@example.net"]) == ["b"])
        #expect(try names(matcher, []) == [])
    }

    @Test("a rule runs once however many recipients match, and knows which")
    func severalRecipients() throws {
        let matcher = try matcher([rule("one", ["a@x", "x"]), rule("all")])
        let recipients = try ["a@x", "b@y", "c@x"].map { try EmailAddress(parsing: $0) }
        let matches = matcher.matches(for: recipients)
        #expect(matches.map(\.rule.name) == ["one", "all"])
        #expect(matches.map { $0.recipients.map(\.text) } == [["a@x", "c@x"], ["a@x", "b@y", "c@x"]])
    }

    @Test("a list of catch-all rules is a list of invocations")
    func catchAlls() throws {
        let matcher = try matcher((1...5).map { try rule("r\($0)") })
        #expect(try names(matcher, ["a@x", "b@y"]).count == 5)
    }

    @Test("Stop ends the rule set for the message, also for recipients that only later rules match")
    func stop() throws {
        let rules = [try rule("special", ["a@x"], stops: true), try rule("domain", ["x"]), try rule("all")]
        #expect(try names(matcher(rules), ["a@x"]) == ["special"])
        #expect(try names(matcher(rules), ["b@x"]) == ["domain", "all"])
        #expect(try names(matcher(rules), ["a@x", "b@x", "c@y"]) == ["special"])
    }

    @Test("Stop in a rule that does not apply stops nothing")
    func stopNotReached() throws {
        let matcher = try matcher([
            rule("off", stops: true, isEnabled: false), rule("tls", stops: true, tlsPolicy: .require),
            rule("all"),
        ])
        #expect(try names(matcher, ["a@x"], overTLS: false) == ["all"])
        #expect(try names(matcher, ["a@x"], overTLS: true) == ["tls"])
    }

    @Test("only recipients in verified domains count, once there are any; a domain covers those below")
    func verification() throws {
        let rules = [try rule("all"), try rule("org", ["example.org"])]
        #expect(try names(matcher(rules), ["a@anything", "a@example.org"]) == ["all", "org"])
        let verified = try matcher(rules, verified: ["example.com"])
        #expect(try names(verified, ["a@sub.example.com"]) == ["all"])
        #expect(try names(verified, ["a@example.org"]) == [])
        #expect(try names(verified, ["a@[192.0.2.1]"]) == [])
        let matches = verified.matches(for: [
            try EmailAddress(parsing: "a@example.org"), try EmailAddress(parsing: "a@example.com"),
        ])
        #expect(matches.first?.recipients.map(\.text) == ["a@example.com"])
    }

    @Test("says of every rule why it runs or not")
    func verdicts() throws {
        let address = try EmailAddress(parsing: "a@x")
        let foreign = try EmailAddress(parsing: "b@y")
        let matcher = try matcher(
            [
                rule("off", isEnabled: false), rule("tls", tlsPolicy: .require), rule("none", ["z"]),
                rule("foreign", ["y"]),
                rule("stop", stops: true), rule("late"),
            ], verified: ["x"])
        let verdicts = matcher.verdicts(for: [address, foreign], arrivedOverTLS: false)
        #expect(
            verdicts.map(\.verdict) == [
                .disabled, .needsTLS, .noRecipientMatches, .domainNotVerified([foreign]), .applies([address]),
                .stopped(by: "stop"),
            ])
    }

    @Test("without an active rule set nothing matches")
    func noActiveSet() throws {
        let matches = Matcher(ActiveRules(ruleSet: nil)).matches(for: [try EmailAddress(parsing: "a@x")])
        #expect(matches.isEmpty)
    }
}
