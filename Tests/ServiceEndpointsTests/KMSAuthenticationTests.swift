import AWSVocabulary
import AWSWire
import EnvelopeTesting
import Foundation
import KeyManagement
import ServiceEndpoints
import StrictJSON
import Testing
import Trail

@Suite("KMS over HTTP, who calls")
struct KMSAuthenticationTests {
    @Test("a signed call succeeds; the answer and the trail carry one request id")
    func signed() throws {
        let bench = try KMSBench()
        let answer = try bench.call("ListKeys")
        #expect(answer.status == 200 && answer.outcome.code == "OK")
        let headers = answer.outcome.response.headers
        #expect(headers["x-amzn-RequestId"] == answer.requestID)
        #expect(UUID(uuidString: answer.requestID) != nil)
        #expect(headers["content-type"] == "application/x-amz-json-1.1")
        let record = try #require(try bench.trail.records(matching: TrailQuery(eventName: "ListKeys")).first)
        #expect(record["requestID"]?.string == answer.requestID)
        #expect(record["sourceIPAddress"]?.string == "192.0.2.7")
    }

    /// What is wrong with a request, and what AWS says to it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: String
        let request: @Sendable (KMSBench) throws -> WireRequest

        init(_ name: String, _ code: String, _ request: @escaping @Sendable (KMSBench) throws -> WireRequest)
        {
            testDescription = name
            self.code = code
            self.request = request
        }

        /// A good request of root, edited afterwards.
        static func edited(
            _ name: String, _ code: String, _ edit: @escaping @Sendable (inout WireRequest) -> Void
        ) -> Case {
            Case(name, code) { bench in
                var request = try bench.signed("ListKeys", with: try bench.rootKey())
                edit(&request)
                return request
            }
        }
    }

    static let refused: [Case] = [
        Case("no signature", "MissingAuthenticationTokenException") { $0.unsigned("ListKeys") },
        .edited("another scheme", "IncompleteSignatureException") {
            $0.headers["authorization"] = "Bearer x"
        },
        .edited("no date", "IncompleteSignatureException") { $0.headers["x-amz-date"] = nil },
        .edited("half an Authorization", "IncompleteSignatureException") {
            $0.headers["authorization"] = $0.headers["authorization"].map { String($0.prefix(60)) }
        },
        .edited("an altered body", "InvalidSignatureException") { $0.body = Array("{ }".utf8) },
        .edited("an altered target", "InvalidSignatureException") {
            $0.headers["x-amz-target"] = "TrentService.ListAliases"
        },
        .edited("an altered host", "InvalidSignatureException") { $0.headers["host"] = "elsewhere" },
        .edited("an added header that matters", "InvalidSignatureException") {
            $0.headers.append("x-amz-source-account", "111122223333")
        },
        .edited("an added query", "InvalidSignatureException") { $0.query = "a=b" },
        .edited("an unknown access key", "UnrecognizedClientException") {
            $0.headers["authorization"] = $0.headers["authorization"]?
                .replacing(#/Credential=\w+/#, with: "Credential=AKIAUNKNOWN")
        },
        Case("the clock is behind", "InvalidSignatureException") {
            try $0.signed("ListKeys", with: try $0.rootKey(), offset: -901)
        },
        Case("the clock is ahead", "InvalidSignatureException") {
            try $0.signed("ListKeys", with: try $0.rootKey(), offset: 901)
        },
        Case("signed for another service", "InvalidSignatureException") {
            try $0.signed("ListKeys", with: try $0.rootKey(), service: "ses")
        },
        Case("a deactivated key", "UnrecognizedClientException") { bench in
            let key = try bench.rootKey()
            try bench.principals.setAccessKey(key.description.id, isActive: false)
            return try bench.signed("ListKeys", with: key)
        },
        Case("a deleted key", "UnrecognizedClientException") { bench in
            let key = try bench.rootKey()
            try bench.principals.deleteAccessKey(key.description.id)
            return try bench.signed("ListKeys", with: key)
        },
        Case("a session without its token", "UnrecognizedClientException") { bench in
            var request = try bench.signed("ListKeys", with: try bench.sessionKey())
            request.headers["x-amz-security-token"] = nil
            return request
        },
        Case("a session with another token", "UnrecognizedClientException") { bench in
            var request = try bench.signed("ListKeys", with: try bench.sessionKey())
            request.headers["x-amz-security-token"] = "other"
            return request
        },
        Case("a session that is over", "ExpiredTokenException") { bench in
            try bench.signed("ListKeys", with: try bench.sessionKey(validFor: -1))
        },
    ]

    @Test("a request that proves nothing is refused as AWS refuses it", arguments: refused)
    func refusal(_ case: Case) throws {
        let bench = try KMSBench()
        let answer = bench.answer(try `case`.request(bench))
        #expect(answer.code == `case`.code)
        #expect(answer.status == 400)
        #expect(answer.message?.isEmpty == false)
        #expect(try bench.trail.records(matching: TrailQuery(eventName: "ListKeys")).isEmpty)
    }

    @Test("who may not list learns that from the policy, with status 400 and a capital Message")
    func denied() throws {
        let bench = try KMSBench()
        let answer = try bench.call("ListKeys", with: try bench.aliceKey())
        #expect(answer.status == 400 && answer.code == "AccessDeniedException")
        #expect(
            answer["Message"]?.string
                == "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:ListKeys on "
                + "resource: * because no identity-based policy allows the kms:ListKeys action")
    }

    @Test("the Region of the scope is the Region of the call")
    func region() throws {
        let bench = try KMSBench()
        let answer = bench.answer(
            try bench.signed("CreateKey", with: try bench.rootKey(), region: "eu-west-1"))
        let arn = answer["KeyMetadata"]?["Arn"]?.string
        #expect(arn?.hasPrefix("arn:aws:kms:eu-west-1:111122223333:key/") == true)
        let id = answer["KeyMetadata"]?["KeyId"]?.string ?? ""
        #expect(try bench.call("DescribeKey", ["KeyId": .string(id)]).code == "NotFoundException")
    }

    @Test("a service says whose source it acts for, in signed headers")
    func serviceSource() throws {
        let bench = try KMSBench()
        let policy = """
            {"Version":"2012-10-17","Statement":[
             {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
             {"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},"Action":"kms:GenerateDataKey","Resource":"*",
              "Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},
                           "ArnLike":{"aws:SourceArn":"arn:aws:ses:*:111122223333:*"}}}]}
            """
        let id = try bench.makeKey(["Policy": .string(policy)])
        let arn = "arn:aws:kms:us-east-1:111122223333:key/\(id)"
        let ses = try bench.issue(.service("ses.amazonaws.com", sourceAccount: nil))
        func code(_ headers: HeaderList, _ key: IssuedAccessKey) throws -> String? {
            let members: JSONObject = ["KeyId": .string(arn), "KeySpec": "AES_256"]
            return bench.answer(try bench.signed("GenerateDataKey", members, with: key, headers: headers))
                .code
        }
        let good: HeaderList = [
            "x-amz-source-account": "111122223333",
            "x-amz-source-arn": "arn:aws:ses:us-east-1:111122223333:x",
        ]
        #expect(try code(good, ses) == nil)
        #expect(try code(["x-amz-source-account": "111122223333"], ses) == "AccessDeniedException")
        #expect(try code(["x-amz-source-account": "444455556666"], ses) == "AccessDeniedException")
        #expect(try code(["x-amz-source-account": "me"], ses) == "IncompleteSignatureException")
        #expect(try code(["x-amz-source-arn": "me"], ses) == "IncompleteSignatureException")
        #expect(try code(good, try bench.aliceKey()) == "AccessDeniedException")
    }

    @Test("trusted callers: nothing and unknown keys are root, known keys must still sign rightly")
    func trust() throws {
        let bench = try KMSBench()
        let trust = Authenticator.Trust.anyone(as: .default)
        #expect(bench.answer(bench.unsigned("ListKeys"), trust).status == 200)
        let root = try bench.rootKey()
        var unknown = try bench.signed("ListKeys", with: root)
        unknown.headers["authorization"] = unknown.headers["authorization"]?
            .replacing(root.description.id, with: "test")
        #expect(bench.answer(unknown, trust).status == 200)
        var wrong = try bench.signed("ListKeys", with: root)
        wrong.body = Array("{ }".utf8)
        #expect(bench.answer(wrong, trust).code == "InvalidSignatureException")
        #expect(
            bench.answer(try bench.signed("ListKeys", with: try bench.aliceKey()), trust).code
                == "AccessDeniedException")
    }

    @Test("policies see the connection: address, agent and TLS", arguments: [true, false])
    func connection(_ isTLS: Bool) throws {
        let bench = try KMSBench()
        let alice = try bench.aliceKey()
        let policy = """
            {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:ListKeys","Resource":"*","Condition":{
             "Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},
             "StringLike":{"aws:UserAgent":"aws-cli/*"}}}}
            """
        _ = try bench.principals.putPolicy(policy, named: "p", on: try ARN(KMSBench.alice))
        let agent: HeaderList = ["user-agent": "aws-cli/2.0"]
        let request = try bench.signed("ListKeys", with: alice, headers: agent)
        #expect(bench.answer(request, isTLS: isTLS).code == (isTLS ? nil : "AccessDeniedException"))
        let other = try bench.signed("ListKeys", with: alice, headers: ["user-agent": "curl"])
        #expect(bench.answer(other, isTLS: true).code == "AccessDeniedException")
    }
}

extension KMSBench {
    /// A key of a role session, with a token.
    func sessionKey(validFor seconds: Double = 3600) throws -> IssuedAccessKey {
        _ = try? principals.create(try ARN("arn:aws:iam::111122223333:role/app"))
        let session = try ARN("arn:aws:sts::111122223333:assumed-role/app/s1")
        return try issue(.principal(session), validFor: seconds)
    }
}
