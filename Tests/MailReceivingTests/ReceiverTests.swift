import AWSVocabulary
import EnvelopeCrypto
import FoundationEssentials
import Mail
import MailReceiving
import ObjectStore
import ReceiptRules
import StrictJSON
import Testing

@Suite("Receiving")
struct ReceiverTests {
    @Test("a message is sealed as SES seals it, and opens to the same bytes")
    func sealed() throws {
        let fixture = try Fixture()
        let receipt = try fixture.receive(Fixture.mail)
        let delivery = try #require(receipt.deliveries.first)
        #expect(
            delivery
                == S3Delivery(
                    bucket: "mailbox", objectKey: receipt.messageID.text, byteCount: Fixture.mail.utf8.count,
                    ruleName: "default",
                    keyID: Fixture.keyARN))
        #expect(try fixture.text(delivery) == Fixture.mail)
        let object = try #require(fixture.buckets[0].objects[receipt.messageID.text])
        #expect(object.body.count == Fixture.mail.utf8.count + 16)
        #expect(object.metadata.count == 7)
        #expect(
            object.metadata["x-amz-matdesc"] == "{\"aws:ses:message-id\":\"\(receipt.messageID)\","
                + "\"aws:ses:rule-name\":\"default\",\"aws:ses:source-account\":\"111122223333\",\"kms_cmk_id\":\"\(Fixture.keyARN)\"}"
        )
        #expect(object.metadata["x-amz-wrap-alg"] == "kms")
    }

    @Test("KMS is asked once an action, by SES on behalf of the rule, with the four pairs")
    func keyCall() throws {
        let fixture = try Fixture()
        let receipt = try fixture.receive(Fixture.mail)
        let ruleARN = try ARN("arn:aws:ses:us-east-1:111122223333:receipt-rule-set/set:receipt-rule/default")
        let context: EncryptionContext = [
            "aws:ses:message-id": receipt.messageID.text, "aws:ses:rule-name": "default",
            "aws:ses:source-account": "111122223333", "kms_cmk_id": Fixture.keyARN,
        ]
        let caller = Caller.service("ses.amazonaws.com", sourceAccount: .default, sourceARN: ruleARN)
        #expect(
            fixture.keys.calls == [FakeKeys.Call(keyID: Fixture.keyARN, context: context, caller: caller)])
    }

    @Test("an action with a role asks KMS as that role")
    func role() throws {
        let role = "arn:aws:iam::111122223333:role/path/mail"
        let fixture = try Fixture(rules: [
            Fixture.rule(
                "r",
                [
                    "S3Action": [
                        "BucketName": "mailbox", "KmsKeyArn": .string(Fixture.keyARN),
                        "IamRoleArn": .string(role),
                    ]
                ])
        ])
        _ = try fixture.receive(Fixture.mail)
        let caller = try #require(fixture.keys.calls.first?.caller)
        #expect(caller.principalARN == role)
        #expect(caller.name == "arn:aws:sts::111122223333:assumed-role/mail/ses.amazonaws.com")
    }

    @Test("without a key the message is stored as it is")
    func plain() throws {
        let fixture = try Fixture(rules: [
            Fixture.rule("r", ["S3Action": ["BucketName": "mailbox", "ObjectKeyPrefix": "in"]])
        ])
        let receipt = try fixture.receive(Fixture.mail)
        let object = try #require(fixture.buckets[0].objects["in/\(receipt.messageID)"])
        #expect(object.body == Array(Fixture.mail.utf8) && object.metadata.isEmpty)
        #expect(receipt.deliveries.first?.keyID == nil && fixture.keys.calls.isEmpty)
    }

    @Test("the receipt tells what every action of every matching rule did")
    func outcomes() throws {
        let fixture = try Fixture(
            rules: [
                Fixture.rule("other", recipients: ["else@example.com"], ["StopAction": ["Scope": "RuleSet"]]),
                Fixture.rule(
                    "first", recipients: ["example.com"], ["SNSAction": ["TopicArn": "arn:aws:sns:::t"]],
                    ["LambdaAction": ["FunctionArn": "arn:aws:lambda:::f"]],
                    ["AddHeaderAction": ["HeaderName": "X-A", "HeaderValue": "1"]]),
                Fixture.sealing("second", bucket: "mailbox", stops: true),
                Fixture.sealing("late", bucket: "mailbox"),
            ])
        let receipt = try fixture.receive(Fixture.mail)
        #expect(receipt.ruleSetName == "set")
        #expect(
            receipt.outcomes.map { "\($0.ruleName) \($0.position) \($0.actionName)" } == [
                "first 0 SNSAction", "first 1 LambdaAction", "first 2 AddHeaderAction", "second 0 S3Action",
                "second 1 StopAction",
            ])
        #expect(
            receipt.outcomes.map(\.result) == [
                .notExecuted(reason: "no target is configured for topic arn:aws:sns:::t"),
                .notExecuted(reason: "no target is configured for function arn:aws:lambda:::f"),
                .headerAdded("X-A"),
                .stored(receipt.deliveries[0]), .stopped,
            ])
        #expect(receipt.envelope.recipients.map(\.text) == ["ben@example.com"])
    }

    @Test("every matching rule stores an object of its own, sealed for itself")
    func severalRules() throws {
        let fixture = try Fixture(
            rules: [
                Fixture.sealing("a", bucket: "one"), Fixture.sealing("b", bucket: "two", prefix: "p/"),
                Fixture.sealing("c", bucket: "one", prefix: "q"),
            ],
            buckets: [MemoryBucket("one"), MemoryBucket("two")])
        let receipt = try fixture.receive(Fixture.mail)
        #expect(
            receipt.deliveries.map(\.location) == [
                "one/\(receipt.messageID)", "two/p/\(receipt.messageID)", "one/q/\(receipt.messageID)",
            ])
        #expect(fixture.keys.calls.map { $0.context["aws:ses:rule-name"] } == ["a", "b", "c"])
        for delivery in receipt.deliveries { #expect(try fixture.text(delivery) == Fixture.mail) }
    }

    @Test("two rules that name one place write one object, the later rule's")
    func sameObject() throws {
        let fixture = try Fixture(rules: [
            Fixture.sealing("a", bucket: "mailbox"), Fixture.sealing("b", bucket: "mailbox"),
        ])
        let receipt = try fixture.receive(Fixture.mail)
        #expect(receipt.deliveries.map(\.ruleName) == ["b"])
        #expect(fixture.objectCount == 1)
        #expect(try fixture.text(receipt.deliveries[0]) == Fixture.mail)
        #expect(fixture.buckets[0].objects.values.first?.metadata["x-amz-matdesc"]?.contains("\"b\"") == true)
    }

    @Test("refuses, with its reason, what no rule wants")
    func refusals() throws {
        let rules = [Fixture.rule("r", recipients: ["a@x"], ["S3Action": ["BucketName": "mailbox"]])]
        let fixture = try Fixture(rules: rules)
        #expect(throws: ReceivingError.noMatchingRule(recipients: ["ben@example.com"])) {
            try fixture.receive(Fixture.mail)
        }
        #expect(throws: ReceivingError.noRecipient) { try fixture.receive("Subject: x\n\n") }
        #expect(throws: ReceivingError.notAMessage(.empty)) { try fixture.receive("") }
        #expect(throws: ReceivingError.notAMessage(.noHeaderField)) { try fixture.receive("x") }
        #expect(throws: ReceivingError.noMatchingRule(recipients: ["a@x"])) {
            try Fixture(active: ActiveRules(ruleSet: nil)).receive(
                Fixture.mail, EnvelopeHints(recipients: ["a@x"]))
        }
        #expect(fixture.objectCount == 0 && fixture.keys.calls.isEmpty)
    }

    @Test("the limit is 41,943,040 bytes", arguments: [(41_943_040, true), (41_943_041, false)])
    func limit(_ byteCount: Int, _ isAccepted: Bool) throws {
        let fixture = try Fixture()
        var bytes = [UInt8](repeating: 0x61, count: byteCount)
        bytes.replaceSubrange(..<14, with: Array("To: a@x\n\nbody\n".utf8))
        if isAccepted {
            let receipt = try fixture.receive(bytes)
            #expect(receipt.deliveries[0].byteCount == byteCount)
            #expect(try fixture.contents(receipt.deliveries[0]) == bytes)
        } else {
            #expect(throws: ReceivingError.messageTooLarge(limit: 41_943_040)) { try fixture.receive(bytes) }
            #expect(fixture.objectCount == 0)
        }
    }

    @Test("filters are asked when the source is known, and before anything else")
    func filters() throws {
        let rule = try ReceiptRule(document: Fixture.sealing("default", bucket: "mailbox"))
        let set = RuleSet(name: "set", created: Date(timeIntervalSince1970: 0), rules: [rule])
        let filters = [
            IPFilter(name: "all", policy: .block, block: try #require(AddressBlock("0.0.0.0/0"))),
            IPFilter(name: "friend", policy: .allow, block: try #require(AddressBlock("192.0.2.1"))),
        ]
        let fixture = try Fixture(active: ActiveRules(ruleSet: set, filters: filters))
        _ = try fixture.receive(Fixture.mail)
        _ = try fixture.receive(Fixture.mail, EnvelopeHints(sourceIP: "192.0.2.1"))
        #expect(throws: ReceivingError.blockedBySource("192.0.2.2")) {
            try fixture.receive("", EnvelopeHints(sourceIP: "192.0.2.2"))
        }
        #expect(throws: ReceivingError.invalidHint("example")) {
            try fixture.receive(Fixture.mail, EnvelopeHints(sourceIP: "example"))
        }
        #expect(fixture.objectCount == 2)
    }

    @Test("a check says what receiving would, asks for no key and stores nothing")
    func check() throws {
        let fixture = try Fixture()
        try fixture.check(Fixture.mail)
        #expect(throws: ReceivingError.noRecipient) { try fixture.check("Subject: x\n\n") }
        #expect(throws: ReceivingError.notAMessage(.noMailField)) { try fixture.check("a: b\n") }
        #expect(fixture.objectCount == 0 && fixture.keys.calls.isEmpty)
        let elsewhere = try Fixture(rules: [Fixture.sealing("r", bucket: "nowhere")])
        #expect(throws: ReceivingError.storage(rule: "r", .noSuchBucket("nowhere"))) {
            try elsewhere.check(Fixture.mail)
        }
        #expect(throws: ReceivingError.nowhereToGo(rules: ["r"])) {
            try Fixture(rules: [Fixture.rule("r", ["SNSAction": ["TopicArn": "t"]])]).check(Fixture.mail)
        }
    }

    @Test(
        "a rule that drops mail on purpose drops it; mail that was to be handed on and cannot be is refused")
    func nothingStored() throws {
        let dropping = try Fixture(rules: [Fixture.rule("drop", ["StopAction": ["Scope": "RuleSet"]])])
        #expect(try dropping.receive(Fixture.mail).deliveries.isEmpty)
        let handing = try Fixture(rules: [
            Fixture.rule("a", ["SNSAction": ["TopicArn": "t"]]),
            Fixture.rule("b", ["AddHeaderAction": ["HeaderName": "X", "HeaderValue": "1"]]),
        ])
        #expect(throws: ReceivingError.nowhereToGo(rules: ["a"])) { try handing.receive(Fixture.mail) }
    }

    @Test("a withdrawn message is gone, save for what its replacement keeps")
    func withdraw() throws {
        let fixture = try Fixture(
            rules: [Fixture.sealing("a", bucket: "one"), Fixture.sealing("b", bucket: "two")],
            buckets: [MemoryBucket("one"), MemoryBucket("two")])
        let receipt = try fixture.receive(Fixture.mail)
        let kept = Receipt(
            messageID: receipt.messageID, envelope: receipt.envelope, ruleSetName: "set", outcomes: [],
            deliveries: [receipt.deliveries[1]])
        try fixture.receiver.withdraw(receipt, keeping: kept)
        #expect(fixture.buckets.map(\.objects.count) == [0, 1])
        try fixture.receiver.withdraw(receipt)
        try fixture.receiver.withdraw(receipt)
        #expect(fixture.objectCount == 0)
    }

    @Test("explains which rules apply, and which do not and why")
    func explanation() throws {
        let fixture = try Fixture(rules: [
            Fixture.sealing("default", bucket: "mailbox"), Fixture.rule("no", recipients: ["z"]),
            ["Name": "off"],
        ])
        let bytes = Array(Fixture.mail.utf8)
        let (envelope, verdicts) = try bytes.withUnsafeBytes {
            try fixture.receiver.explain($0, hints: EnvelopeHints())
        }
        #expect(envelope.decidedBy == .addressed)
        #expect(verdicts.map(\.verdict) == [.applies(envelope.recipients), .noRecipientMatches, .disabled])
        #expect(fixture.objectCount == 0)
    }
}
