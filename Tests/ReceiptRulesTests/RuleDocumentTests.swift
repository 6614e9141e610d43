import ReceiptRules
import StrictJSON
import Testing

@Suite("Rule documents")
struct RuleDocumentTests {
    static let everyAction: [ReceiptAction] = [
        .addHeader(AddHeaderAction(headerName: "X-Way", headerValue: "in: a \"b\"")),
        .s3(S3Action(bucketName: "mail")),
        .s3(
            S3Action(
                bucketName: "mail", objectKeyPrefix: "in/",
                kmsKeyARN: "arn:aws:kms:us-east-1:111122223333:alias/aws/ses",
                topicARN: "arn:aws:sns:us-east-1:111122223333:t",
                iamRoleARN: "arn:aws:iam::111122223333:role/r")),
        .sns(SNSAction(topicARN: "arn:aws:sns:us-east-1:111122223333:t", encoding: .base64)),
        .lambda(
            LambdaAction(
                functionARN: "arn:aws:lambda:us-east-1:111122223333:function:f",
                invocationType: .requestResponse)),
        .bounce(
            BounceAction(smtpReplyCode: "550", statusCode: "5.1.1", message: "no", sender: "b@example.com")),
        .workMail(
            WorkMailAction(organizationARN: "arn:aws:workmail:us-east-1:111122223333:organization/m-1")),
        .connect(
            ConnectAction(instanceARN: "arn:aws:connect:x", iamRoleARN: "arn:aws:iam::111122223333:role/c")),
        .stop(StopAction(topicARN: "arn:aws:sns:us-east-1:111122223333:t")),
    ]

    @Test("a rule with every kind of action comes back from its document as it was")
    func roundTrip() throws {
        let rule = ReceiptRule(
            name: "all.of_them-1", isEnabled: true, tlsPolicy: .require,
            recipients: [
                try RecipientCondition("User+x@Example.com"), try RecipientCondition(".example.com"),
            ],
            actions: Self.everyAction, isScanEnabled: true)
        let text = rule.json.text()
        #expect(try ReceiptRule(document: JSONValue(parsing: text)) == rule)
        #expect(try ReceiptRule(document: JSONValue(parsing: text)).json.text() == text)
    }

    @Test("what a document leaves out takes the API's defaults")
    func defaults() throws {
        let rule = try ReceiptRule(document: ["Name": "r", "Actions": [["SNSAction": ["TopicArn": "t"]]]])
        #expect(rule == ReceiptRule(name: "r", actions: [.sns(SNSAction(topicARN: "t", encoding: .utf8))]))
        #expect(!rule.isEnabled && !rule.isScanEnabled && rule.tlsPolicy == .optional)
    }

    @Test("truth values may be text, as the Query protocol writes them")
    func flags() throws {
        let rule = try ReceiptRule(document: ["Name": "r", "Enabled": "true", "ScanEnabled": "false"])
        #expect(rule.isEnabled && !rule.isScanEnabled)
    }

    @Test(
        "each violation of the shape is named by its path",
        arguments: [
            ("null", ["'rule' null"]), ("[]", ["'rule' structure"]), ("{}", ["'rule.name' null"]),
            (#"{"Name":""}"#, ["'rule.name' length", "'rule.name' pattern"]),
            (#"{"Name":"a b"}"#, ["'rule.name' pattern"]),
            (#"{"Name":"r","TlsPolicy":"Always"}"#, ["'rule.tlsPolicy' [Optional, Require]"]),
            (#"{"Name":"r","Enabled":"yes"}"#, ["'rule.enabled' true or false"]),
            (#"{"Name":"r","Recipient":["a@x"]}"#, ["'rule' 'Recipient'"]),
            (#"{"Name":"r","Recipients":[1]}"#, ["'rule.recipients.1.member' string"]),
            (#"{"Name":"r","Actions":[{}]}"#, ["'rule.actions.1.member' exactly one"]),
            (
                #"{"Name":"r","Actions":[{"S3Action":{}}]}"#,
                ["'rule.actions.1.member.s3Action.bucketName' null"]
            ),
            (
                #"{"Name":"r","Actions":[{"S3Action":{"BucketName":"b"},"StopAction":{"Scope":"RuleSet"}}]}"#,
                ["'rule.actions.1.member' exactly one"]
            ),
            (
                #"{"Name":"r","Actions":[{"StopAction":{"Scope":"RuleSet"}},{"StopAction":{"Scope":"Rule"}}]}"#,
                ["'rule.actions.2.member.stopAction.scope' [RuleSet]"]
            ),
            (
                #"{"Name":"r","Actions":[{"StopAction":{}}]}"#,
                ["'rule.actions.1.member.stopAction.scope' null"]
            ),
            (
                #"{"Name":"r","Actions":[{"SNSAction":{"Encoding":"x"}}]}"#,
                [
                    "'rule.actions.1.member.sNSAction.topicArn' null",
                    "'rule.actions.1.member.sNSAction.encoding' [Base64, UTF-8]",
                ]
            ),
            (
                #"{"Name":"r","Actions":[{"LambdaAction":{"InvocationType":"x"}}]}"#,
                [
                    "'rule.actions.1.member.lambdaAction.functionArn' null",
                    "'rule.actions.1.member.lambdaAction.invocationType' [RequestResponse, Event]",
                ]
            ),
            (
                #"{"Name":"r","Actions":[{"BounceAction":{}}]}"#,
                [
                    "'rule.actions.1.member.bounceAction.smtpReplyCode' null",
                    "'rule.actions.1.member.bounceAction.sender' null",
                    "'rule.actions.1.member.bounceAction.message' null",
                ]
            ),
            (
                #"{"Name":"r","Actions":[{"AddHeaderAction":{}}]}"#,
                [
                    "'rule.actions.1.member.addHeaderAction.headerName' null",
                    "'rule.actions.1.member.addHeaderAction.headerValue' null",
                ]
            ),
            (
                #"{"Name":"r","Actions":[{"WorkmailAction":{}}]}"#,
                ["'rule.actions.1.member.workmailAction.organizationArn' null"]
            ),
            (
                #"{"Name":"r","Actions":[{"ConnectAction":{}}]}"#,
                [
                    "'rule.actions.1.member.connectAction.instanceARN' null",
                    "'rule.actions.1.member.connectAction.iAMRoleARN' null",
                ]
            ),
            (
                #"{"Name":"","TlsPolicy":"x","Actions":[{"S3Action":{}}]}"#,
                [
                    "'rule.name' length", "'rule.name' pattern", "'rule.tlsPolicy' enum",
                    "'rule.actions.1.member.s3Action.bucketName' null",
                ]
            ),
        ] as [(String, [String])])
    func shape(_ text: String, _ expected: [String]) throws {
        let document = try JSONValue(parsing: text)
        let error = #expect(throws: ReceiptRulesError.self) { try ReceiptRule(document: document) }
        guard case .validation(let violations) = error else {
            Issue.record("not a validation error: \(String(describing: error))")
            return
        }
        #expect(violations.count == expected.count, "\(violations)")
        for (violation, words) in zip(violations, expected) {
            let parts = words.split(separator: " ", maxSplits: 1)
            #expect(violation.hasPrefix("Value at \(parts[0]) failed to satisfy constraint: Member must "))
            #expect(violation.contains(parts[1]), "\(violation)")
        }
    }

    @Test(
        "a name or a recipient of the right shape can still be wrong",
        arguments: [
            (#"{"Name":"-r"}"#, "Not a valid ruleName: -r"), (#"{"Name":"r_"}"#, "Not a valid ruleName: r_"),
            (#"{"Name":"r","Recipients":["a@x","@x"]}"#, "Not a valid recipient: @x"),
        ])
    func service(_ text: String, _ message: String) throws {
        let document = try JSONValue(parsing: text)
        #expect(throws: ReceiptRulesError.invalidParameterValue(message)) {
            try ReceiptRule(document: document)
        }
    }

    @Test("a name has up to 64 characters")
    func nameLength() throws {
        let longest = String(repeating: "x", count: 64)
        #expect(try ReceiptRule(document: ["Name": .string(longest)]).name == longest)
        #expect(throws: ReceiptRulesError.invalidParameterValue("Not a valid ruleName: \(longest)x")) {
            try ReceiptRule(document: ["Name": .string(longest + "x")])
        }
    }

    @Test(
        "prefix and message ID are joined by exactly one slash",
        arguments: [
            (nil, "ID"), ("", "ID"), ("in", "in/ID"), ("in/", "in/ID"), ("a/b", "a/b/ID"), ("a/b/", "a/b/ID"),
            ("in//", "in//ID"),
        ] as [(String?, String)])
    func objectKeys(_ prefix: String?, _ objectKey: String) {
        #expect(S3Action(bucketName: "b", objectKeyPrefix: prefix).objectKey(for: "ID") == objectKey)
    }
}
