import AWSVocabulary
import AWSWire
import AccountHome
import EnvelopeTesting
import Foundation
import KeyManagement
import StrictJSON
import Testing

@testable import ServiceEndpoints

@Suite("KMS over HTTP, the wire")
struct KMSEndpointTests {
    @Test(
        "an operation nobody knows is told so before any signature is read",
        arguments: ["TrentService.Nothing", "TrentService.", "TrentService.listKeys", "Other.ListKeys", ""])
    func unknownOperation(_ target: String) throws {
        let bench = try KMSBench()
        var request = bench.unsigned("ListKeys")
        request.headers["x-amz-target"] = target
        let answer = bench.answer(request)
        #expect(answer.code == "UnknownOperationException" && answer.status == 400)
        #expect(answer.outcome.operation == "unknown")
        request.headers["x-amz-target"] = nil
        #expect(bench.answer(request).code == "UnknownOperationException")
    }

    @Test(
        "only POST to the root is a call",
        arguments: [("GET", "/"), ("PUT", "/"), ("POST", "/x"), ("POST", "//")])
    func otherRequests(_ method: String, _ path: String) throws {
        let bench = try KMSBench()
        var request = bench.unsigned("ListKeys")
        request.method = method
        request.path = path
        #expect(bench.answer(request).code == "UnknownOperationException")
    }

    @Test("claims its own targets and nothing else")
    func claims() throws {
        let endpoint = try KMSBench().endpoint()
        func head(_ target: String) -> WireRequest {
            WireRequest(method: "POST", headers: ["x-amz-target": target])
        }
        #expect(endpoint.claims(head("TrentService.Decrypt")))
        #expect(
            !endpoint.claims(head("TrentServiceX.Decrypt")) && !endpoint.claims(WireRequest(method: "POST")))
    }

    static let broken = [
        "{", "[]", "null", #""text""#, "{}x", #"{"KeyId":"a","KeyId":"b"}"#, #"{"KeyId":7}"#,
        #"{"KeyId":["a"]}"#,
        #"{"KeyId":"k","GrantTokens":"t"}"#, #"{"KeyId":"k","GrantTokens":[1]}"#, "\u{0}",
        "{\"KeyId\":\"\u{1}\"}",
        #"{"KeyId":"\uD800"}"#, String(repeating: "{\"a\":", count: 5000),
        String(repeating: "[", count: 500_000),
    ]

    @Test("what is no JSON of the right types is a SerializationException", arguments: broken.indices)
    func serialization(_ index: Int) throws {
        let bench = try KMSBench()
        let key = try bench.rootKey()
        var request = bench.unsigned("DescribeKey")
        request.body = Array(Self.broken[index].utf8)
        Signer(
            credentials: Credentials(
                accessKeyID: key.description.id, secret: SecretAccessKey(key.secretAccessKey)),
            region: .default, service: "kms"
        ).sign(&request, at: bench.surroundings.now())
        let answer = bench.answer(request)
        #expect(answer.code == "SerializationException" && answer.status == 400)
    }

    @Test(
        "base64 that is cut short or of another alphabet is a SerializationException",
        arguments: ["AQI", "A", "-_==", "AQ ID"])
    func base64(_ text: String) throws {
        let bench = try KMSBench()
        #expect(try bench.call("Decrypt", ["CiphertextBlob": .string(text)]).code == "SerializationException")
    }

    @Test("members nobody knows are ignored, and null is absent")
    func lenient() throws {
        let bench = try KMSBench()
        let answer = try bench.call(
            "ListKeys", ["Limit": nil, "Marker": nil, "FromTheFuture": ["x": [1, 2]]])
        #expect(answer.status == 200)
        #expect(answer["Keys"] == [] && answer["Truncated"] == false && answer["NextMarker"] == nil)
    }

    @Test("shape violations carry the service's own words")
    func validation() throws {
        let bench = try KMSBench()
        let answer = try bench.call("ListKeys", ["Limit": 0])
        #expect(answer.code == "ValidationException")
        #expect(answer.message?.hasPrefix("1 validation error detected: Value '0' at 'limit' failed") == true)
    }

    @Test(
        "enclaves are not attested here, and do not get the plaintext instead",
        arguments: ["Decrypt", "GenerateDataKey", "GenerateRandom"])
    func recipient(_ operation: String) throws {
        let bench = try KMSBench()
        let recipient: JSONValue = [
            "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": "AQID",
        ]
        let answer = try bench.call(operation, ["KeyId": "k", "NumberOfBytes": 8, "Recipient": recipient])
        #expect(answer.code == "ValidationException")
        #expect(answer["Plaintext"] == nil)
    }

    @Test("an operation without result answers with an empty body")
    func emptyAnswer() throws {
        let bench = try KMSBench()
        let id = try bench.makeKey()
        let answer = try bench.call("DisableKey", ["KeyId": .string(id)])
        #expect(answer.status == 200 && answer.outcome.response.body.isEmpty)
    }

    @Test("a data key opens what it sealed, and only under the same pairs")
    func roundTrip() throws {
        let bench = try KMSBench()
        let id = try bench.makeKey()
        let made = try bench.call(
            "GenerateDataKey", ["KeyId": .string(id), "KeySpec": "AES_256", "EncryptionContext": ["a": "bc"]])
        let blob = try #require(made["CiphertextBlob"])
        let opened = try bench.call("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": ["a": "bc"]])
        #expect(opened["Plaintext"] == made["Plaintext"])
        #expect(opened["KeyId"]?.string == "arn:aws:kms:us-east-1:111122223333:key/\(id)")
        let moved = try bench.call("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": ["ab": "c"]])
        #expect(moved.code == "InvalidCiphertextException" && moved.message == nil && moved.status == 400)
    }

    @Test("our own trouble is 500, everything a caller can do is 400")
    func statuses() {
        let ours: [KeyManagementError] = [.internalFailure("x"), .keyUnavailable("x"), .trail("x")]
        let theirs: [KeyManagementError] = [
            .accessDenied("x"), .dryRun, .invalidCiphertext, .notFound("x"), .limitExceeded("x"),
            .validation("x"),
        ]
        #expect(ours.allSatisfy { WireError($0).status == 500 })
        #expect(theirs.allSatisfy { WireError($0).status == 400 })
        #expect(WireError(.keyUnavailable("x")).code == "KeyUnavailableException")
    }

    @Test("a call whose record cannot be written fails with 500, and tells nothing")
    func trailGone() throws {
        let bench = try KMSBench()
        let id = try bench.makeKey()
        let root = try bench.rootKey()
        try FileManager.default.removeItem(atPath: bench.home.trailDirectory)
        try Data().write(to: URL(fileURLWithPath: bench.home.trailDirectory))
        let answer = try bench.call(
            "GenerateDataKey", ["KeyId": .string(id), "KeySpec": "AES_256"], with: root)
        #expect(answer.status == 500 && answer.code == "KMSInternalException")
        #expect(answer["Plaintext"] == nil)
    }
}
