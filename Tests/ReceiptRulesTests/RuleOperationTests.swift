import AWSVocabulary
import Mail
import ReceiptRules
import StrictJSON
import Synchronization
import Testing

@Suite("Rule operations")
struct RuleOperationTests {
    @Test("CreateReceiptRule puts a rule first, or behind the rule it names")
    func create() throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a", "b"])
        try fixture.service.createReceiptRule(["Name": "first"], in: "set")
        try fixture.service.createReceiptRule(["Name": "behind-a"], in: "set", after: "a")
        try fixture.service.createReceiptRule(["Name": "last"], in: "set", after: "b")
        #expect(try fixture.names() == ["first", "a", "behind-a", "b", "last"])
        #expect(try fixture.service.describeReceiptRule(named: "a", in: "set") == ReceiptRule(name: "a"))
    }

    @Test("existence, conflicts and quotas are checked in this order")
    func precedence() throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a"])
        let broken: JSONValue = ["Name": "a", "Actions": [["S3Action": ["BucketName": ""]]]]
        #expect(throws: ReceiptRulesError.ruleSetDoesNotExist("nowhere")) {
            try fixture.service.createReceiptRule(broken, in: "nowhere", after: "x")
        }
        #expect(throws: ReceiptRulesError.alreadyExists(.rule, name: "a")) {
            try fixture.service.createReceiptRule(broken, in: "set", after: "x")
        }
        #expect(throws: ReceiptRulesError.ruleDoesNotExist("x")) {
            try fixture.service.createReceiptRule(
                ["Name": "b", "Actions": [["S3Action": ["BucketName": ""]]]], in: "set", after: "x")
        }
        #expect(throws: ReceiptRulesError.ruleDoesNotExist("b")) {
            try fixture.service.updateReceiptRule(
                ["Name": "b", "Actions": [["S3Action": ["BucketName": ""]]]], in: "set")
        }
        #expect(throws: ReceiptRulesError.invalidParameterValue("Bucket name must not be empty")) {
            try fixture.service.updateReceiptRule(broken, in: "set")
        }
    }

    @Test("the 201st rule is one too many")
    func quota() throws {
        let fixture = try Fixture()
        try fixture.makeSet((1...200).map { "r\($0)" })
        let error = #expect(throws: ReceiptRulesError.limitExceeded("Too many rules")) {
            try fixture.service.createReceiptRule(["Name": "r201"], in: "set")
        }
        #expect(error?.code == "LimitExceeded")
    }

    @Test("UpdateReceiptRule replaces the whole rule and keeps its place")
    func update() throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a", "b", "c"])
        let document: JSONValue = [
            "Name": "b", "Enabled": true, "TlsPolicy": "Require", "Recipients": ["x@y"], "ScanEnabled": true,
        ]
        try fixture.service.updateReceiptRule(document, in: "set")
        #expect(
            try fixture.service.describeReceiptRule(named: "b", in: "set") == ReceiptRule(document: document))
        try fixture.service.updateReceiptRule(["Name": "b"], in: "set")
        #expect(try fixture.service.describeReceiptRule(named: "b", in: "set") == ReceiptRule(name: "b"))
        #expect(try fixture.names() == ["a", "b", "c"])
    }

    @Test("DeleteReceiptRule needs the set, not the rule")
    func delete() throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a", "b"])
        try fixture.service.deleteReceiptRule(named: "a", in: "set")
        try fixture.service.deleteReceiptRule(named: "a", in: "set")
        #expect(try fixture.names() == ["b"])
        #expect(throws: ReceiptRulesError.ruleSetDoesNotExist("nowhere")) {
            try fixture.service.deleteReceiptRule(named: "a", in: "nowhere")
        }
        #expect(throws: ReceiptRulesError.ruleDoesNotExist("a")) {
            try fixture.service.describeReceiptRule(named: "a", in: "set")
        }
        #expect(throws: ReceiptRulesError.invalidParameterValue("RuleName is required.")) {
            try fixture.service.describeReceiptRule(named: nil, in: "set")
        }
    }

    @Test(
        "SetReceiptRulePosition moves a rule first or behind another; behind itself is nowhere",
        arguments: [
            (nil, ["c", "a", "b"]), ("a", ["a", "c", "b"]), ("b", ["a", "b", "c"]), ("c", ["a", "b", "c"]),
        ] as [(String?, [String])])
    func position(_ after: String?, _ order: [String]) throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a", "b", "c"])
        try fixture.service.setReceiptRulePosition(of: "c", in: "set", after: after)
        #expect(try fixture.names() == order)
    }

    @Test("SetReceiptRulePosition needs both rules")
    func positionOfUnknown() throws {
        let fixture = try Fixture()
        try fixture.makeSet(["a"])
        #expect(throws: ReceiptRulesError.ruleDoesNotExist("x")) {
            try fixture.service.setReceiptRulePosition(of: "x", in: "set")
        }
        #expect(throws: ReceiptRulesError.ruleDoesNotExist("x")) {
            try fixture.service.setReceiptRulePosition(of: "a", in: "set", after: "x")
        }
        let error = #expect(throws: ReceiptRulesError.self) {
            try fixture.service.setReceiptRulePosition(of: "a", in: "set", after: "a b")
        }
        #expect(error?.message.contains("'after'") == true)
    }

    @Test(
        "what the actions name is checked when a rule is saved",
        arguments: [
            (#"{"S3Action":{"BucketName":""}}"#, "InvalidParameterValue", "Bucket name must not be empty"),
            (
                #"{"S3Action":{"BucketName":"b","IamRoleArn":"r"}}"#, "InvalidParameterValue",
                "Could not assume the provided IAM role"
            ),
            (#"{"S3Action":{"BucketName":"b","TopicArn":"t"}}"#, "InvalidSnsTopic", "Invalid SNS topic: t"),
            (#"{"SNSAction":{"TopicArn":""}}"#, "InvalidSnsTopic", "Invalid SNS topic: "),
            (
                #"{"LambdaAction":{"FunctionArn":""}}"#, "InvalidParameterValue",
                "Lambda function ARN must not be empty"
            ),
            (#"{"LambdaAction":{"FunctionArn":"f"}}"#, "InvalidLambdaFunction", "Invalid Lambda function: f"),
            (
                #"{"BounceAction":{"SmtpReplyCode":"550","Sender":"s","Message":"m"}}"#,
                "InvalidParameterValue",
                "Identity is not verified: s"
            ),
            (
                #"{"BounceAction":{"SmtpReplyCode":"","Sender":"s@x","Message":"m"}}"#,
                "InvalidParameterValue",
                "Invalid SMTP reply code: "
            ),
            (
                #"{"BounceAction":{"SmtpReplyCode":"550","Sender":"s@x","Message":""}}"#,
                "InvalidParameterValue",
                "Invalid SMTP response message: "
            ),
            (
                #"{"AddHeaderAction":{"HeaderName":"X:","HeaderValue":"v"}}"#, "InvalidParameterValue",
                "Invalid header name: X:"
            ),
            (
                #"{"AddHeaderAction":{"HeaderName":"","HeaderValue":"v"}}"#, "InvalidParameterValue",
                "Invalid header name: "
            ),
            (
                #"{"AddHeaderAction":{"HeaderName":"X","HeaderValue":"a\nBcc: b"}}"#, "InvalidParameterValue",
                "Invalid header value: a\nBcc: b"
            ),
            (
                #"{"StopAction":{"Scope":"RuleSet","TopicArn":"t"}}"#, "InvalidSnsTopic",
                "Invalid SNS topic: t"
            ),
        ])
    func actionChecks(_ action: String, _ code: String, _ message: String) throws {
        let fixture = try Fixture()
        try fixture.makeSet()
        let document: JSONValue = ["Name": "r", "Actions": [try JSONValue(parsing: action)]]
        let error = #expect(throws: ReceiptRulesError.self) {
            try fixture.service.createReceiptRule(document, in: "set")
        }
        #expect(error?.code == code)
        #expect(error?.message == message)
        #expect(try fixture.names() == [])
    }

    @Test("a rule has at most ten actions, and Stop is the last")
    func actionList() throws {
        let fixture = try Fixture()
        try fixture.makeSet()
        let header: JSONValue = ["AddHeaderAction": ["HeaderName": "X", "HeaderValue": "v"]]
        let stop: JSONValue = ["StopAction": ["Scope": "RuleSet"]]
        func create(_ actions: [JSONValue]) throws {
            try fixture.service.createReceiptRule(["Name": "r", "Actions": .array(actions)], in: "set")
        }
        #expect(throws: ReceiptRulesError.limitExceeded("Too many actions")) {
            try create([JSONValue](repeating: header, count: 11))
        }
        let message = "Stop action, if any, must be placed at the end of the actions list"
        for actions in [[stop, header], [stop, stop]] {
            #expect(throws: ReceiptRulesError.invalidParameterValue(message)) { try create(actions) }
        }
        try create([JSONValue](repeating: header, count: 9) + [stop])
    }

    @Test("the targets are asked with the rule, after everything else and before anything is stored")
    func targets() throws {
        let asked = Mutex<[String]>([])
        let refusal = ReceiptRulesError.invalidS3Configuration(bucket: "b", message: "No such bucket: b")
        let fixture = try Fixture(
            targets: ActionTargets { action, rule, ruleSet in
                asked.withLock { $0.append("\(action.memberName) \(rule.name) \(ruleSet)") }
                return refusal
            })
        try fixture.makeSet()
        let document: JSONValue = ["Name": "r", "Actions": [["S3Action": ["BucketName": "b"]]]]
        #expect(throws: refusal) { try fixture.service.createReceiptRule(document, in: "set") }
        #expect(throws: ReceiptRulesError.ruleSetDoesNotExist("x")) {
            try fixture.service.createReceiptRule(document, in: "x")
        }
        #expect(asked.withLock { $0 } == ["S3Action r set"])
        #expect(try fixture.names() == [])
    }
}

@Suite("Filter and identity operations")
struct FilterOperationTests {
    private func filter(_ name: String, _ cidr: String = "10.0.0.1/24") -> JSONValue {
        ["Name": .string(name), "IpFilter": ["Policy": "Block", "Cidr": .string(cidr)]]
    }

    @Test("filters are created, listed by age and deleted")
    func lifeCycle() throws {
        let fixture = try Fixture()
        for name in ["z", "a"] { try fixture.service.createReceiptFilter(filter(name)) }
        #expect(try fixture.service.listReceiptFilters().map(\.name) == ["z", "a"])
        #expect(try fixture.service.listReceiptFilters()[0].json == filter("z"))
        let error = #expect(throws: ReceiptRulesError.alreadyExists(.filter, name: "z")) {
            try fixture.service.createReceiptFilter(filter("z"))
        }
        #expect(error?.message == "Filter already exists: z")
        try fixture.service.deleteReceiptFilter(named: "z")
        try fixture.service.deleteReceiptFilter(named: "z")
        try fixture.service.deleteReceiptFilter(named: "not a name")
        #expect(try fixture.service.activeRules().filters.map(\.name) == ["a"])
        let missing = #expect(throws: ReceiptRulesError.self) {
            try fixture.service.deleteReceiptFilter(named: nil)
        }
        #expect(missing?.code == "ValidationError" && missing?.message.contains("'filterName'") == true)
    }

    @Test("the 101st filter is one too many")
    func quota() throws {
        let fixture = try Fixture()
        for number in 1...100 { try fixture.service.createReceiptFilter(filter("f\(number)")) }
        #expect(throws: ReceiptRulesError.limitExceeded("Too many filters")) {
            try fixture.service.createReceiptFilter(filter("f101"))
        }
    }

    @Test("a registered domain narrows what is received, and keeps its token")
    func identities() throws {
        let fixture = try Fixture()
        #expect(try fixture.service.activeRules().isVerified(DomainName("anything")))
        let token = try fixture.service.verifyDomainIdentity("Bücher.example.")
        #expect(try fixture.service.verifyDomainIdentity("xn--bcher-kva.example") == token)
        #expect(try fixture.service.domainIdentities().map(\.domain.text) == ["xn--bcher-kva.example"])
        let rules = try fixture.service.activeRules()
        #expect(try rules.isVerified(DomainName("sub.bücher.example")))
        #expect(try !rules.isVerified(DomainName("example")))
        try fixture.service.deleteIdentity("bücher.example")
        try fixture.service.deleteIdentity("bücher.example")
        #expect(try fixture.service.domainIdentities() == [])
        for text in [nil, "", "[192.0.2.1]", "a@x"] {
            #expect(throws: ReceiptRulesError.self) { try fixture.service.verifyDomainIdentity(text) }
        }
    }

    @Test("bounces come from verified identities only, once there are any")
    func bounceSender() throws {
        let fixture = try Fixture()
        let document: JSONValue = [
            "Name": "r",
            "Actions": [
                ["BounceAction": ["SmtpReplyCode": "550", "Sender": "s@example.org", "Message": "m"]]
            ],
        ]
        try fixture.service.createReceiptRule(document, in: "default-rule-set")
        try fixture.service.verifyDomainIdentity("example.com")
        #expect(throws: ReceiptRulesError.invalidParameterValue("Identity is not verified: s@example.org")) {
            try fixture.service.updateReceiptRule(document, in: "default-rule-set")
        }
    }
}
