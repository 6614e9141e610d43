import AWSWire
import Foundation
import StrictJSON
import Testing

@Suite("AWS JSON 1.1")
struct JSON11Tests {
    @Test("takes the operation out of the target")
    func target() throws {
        #expect(try JSON11.operation(ofTarget: "TrentService.Decrypt", service: "TrentService") == "Decrypt")
    }

    @Test(
        "a target that is absent or another service's is unknown",
        arguments: [nil, "", "Decrypt", "TrentServiceDecrypt", "DynamoDB_20120810.ListTables"] as [String?])
    func unknownTarget(_ target: String?) {
        #expect(throws: JSON11.unknownOperation) {
            try JSON11.operation(ofTarget: target, service: "TrentService")
        }
    }

    @Test("reads every member type")
    func members() throws {
        let text = """
            {"S":"text","I":7,"F":7.0,"B":true,"D":"AQID","T":1.7954510252E9,"L":["a","b"],"M":{"k":"v"},
             "Tags":[{"TagKey":"k","TagValue":"v"}],"C":{"EncryptionContextSubset":{"a":"b"}},"N":null,"X":[[]]}
            """
        let members = try JSON11.members(of: Array(text.utf8))
        #expect(try members.string("S") == "text")
        #expect(try members.integer("I") == 7)
        #expect(try members.integer("F") == 7)
        #expect(try members.boolean("B") == true)
        #expect(try members.blob("D") == [1, 2, 3])
        #expect(try members.timestamp("T") == Date(timeIntervalSince1970: 1_795_451_025.2))
        #expect(try members.strings("L") == ["a", "b"])
        #expect(try members.map("M") == ["k": "v"])
        #expect(try members.structures("Tags")?.first?.string("TagKey") == "k")
        #expect(try members.structure("C")?.map("EncryptionContextSubset") == ["a": "b"])
    }

    @Test("null and absent are the same")
    func null() throws {
        let members = try JSON11.members(of: Array(#"{"N":null}"#.utf8))
        for name in ["N", "absent"] {
            #expect(try members.string(name) == nil)
            #expect(try members.integer(name) == nil)
            #expect(try members.boolean(name) == nil)
            #expect(try members.blob(name) == nil)
            #expect(try members.timestamp(name) == nil)
            #expect(try members.strings(name) == nil)
            #expect(try members.map(name) == nil)
            #expect(try members.structures(name) == nil)
        }
    }

    static let readers: [(String, @Sendable (JSONMembers) throws(WireError) -> Void)] = [
        ("7", { (members) throws(WireError) in _ = try members.string("X") }),
        (#""7""#, { (members) throws(WireError) in _ = try members.integer("X") }),
        ("7.5", { (members) throws(WireError) in _ = try members.integer("X") }),
        ("1e400", { (members) throws(WireError) in _ = try members.integer("X") }),
        (#""true""#, { (members) throws(WireError) in _ = try members.boolean("X") }),
        (#""AQI""#, { (members) throws(WireError) in _ = try members.blob("X") }),
        (#""AQID ""#, { (members) throws(WireError) in _ = try members.blob("X") }),
        (#""-_8=""#, { (members) throws(WireError) in _ = try members.blob("X") }),
        (#""2026-01-01""#, { (members) throws(WireError) in _ = try members.timestamp("X") }),
        ("1e300", { (members) throws(WireError) in _ = try members.timestamp("X") }),
        (#"["a",1]"#, { (members) throws(WireError) in _ = try members.strings("X") }),
        (#"{"a":"b"}"#, { (members) throws(WireError) in _ = try members.strings("X") }),
        (#"{"a":1}"#, { (members) throws(WireError) in _ = try members.map("X") }),
        ("[]", { (members) throws(WireError) in _ = try members.map("X") }),
        (#"["a"]"#, { (members) throws(WireError) in _ = try members.structures("X") }),
        ("[]", { (members) throws(WireError) in _ = try members.string("X") }),
    ]

    @Test("a member of the wrong type is a SerializationException", arguments: readers.indices)
    func wrongType(_ index: Int) throws {
        let (json, read) = Self.readers[index]
        let members = try JSON11.members(of: Array("{\"X\":\(json)}".utf8))
        do throws(WireError) {
            try read(members)
            Issue.record("read \(json)")
        } catch {
            #expect(error.code == "SerializationException" && error.status == 400)
        }
    }

    @Test(
        "a body that is no JSON object is a SerializationException",
        arguments: [
            "{", "[]", "1", #""x""#, "{}{}", #"{"a":1,"a":2}"#, "\u{0}",
            String(repeating: "[", count: 100_000),
            #"{"a":"# + String(repeating: "{\"a\":", count: 1000),
        ])
    func malformed(_ text: String) {
        do throws(WireError) {
            _ = try JSON11.members(of: Array(text.utf8))
            Issue.record("read a body of \(text.utf8.count) bytes")
        } catch {
            #expect(error.code == "SerializationException")
        }
    }

    @Test("no body is an empty request")
    func noBody() throws {
        #expect(try JSON11.members(of: []).object.isEmpty)
    }

    @Test("success carries type, request id and the members; without result the body is empty")
    func success() {
        let full = JSON11.success(["KeyId": "k", "A": "x/y"], requestID: "id-1")
        #expect(full.status == 200)
        #expect(full.headers["content-type"] == "application/x-amz-json-1.1")
        #expect(full.headers["x-amzn-RequestId"] == "id-1")
        #expect(String(decoding: full.body, as: UTF8.self) == #"{"KeyId":"k","A":"x/y"}"#)
        #expect(JSON11.success(nil, requestID: "id").body.isEmpty)
    }

    @Test(
        "errors write message small, two of them capital, and some none",
        arguments: [
            ("NotFoundException", "m", #"{"__type":"NotFoundException","message":"m"}"#),
            ("AccessDeniedException", "m", #"{"__type":"AccessDeniedException","Message":"m"}"#),
            (
                "UnsupportedOperationException", "m",
                #"{"__type":"UnsupportedOperationException","Message":"m"}"#
            ),
            ("InvalidCiphertextException", nil, #"{"__type":"InvalidCiphertextException"}"#),
        ] as [(String, String?, String)])
    func failure(_ code: String, _ message: String?, _ body: String) {
        let answer = JSON11.failure(WireError(code, message), requestID: "r")
        #expect(answer.status == 400)
        #expect(String(decoding: answer.body, as: UTF8.self) == body)
        #expect(JSON11.error(in: answer) == WireError(code, message))
    }

    @Test(
        "a client finds the code wherever a server puts it",
        arguments: [
            (#"{"__type":"com.amazonaws.kms#DisabledException","Message":"m"}"#, [:]),
            (#"{"message":"m"}"#, ["x-amzn-ErrorType": "DisabledException:http://internal/"]),
            (#"{"code":"DisabledException","message":"m"}"#, [:]),
        ] as [(String, [String: String])])
    func foreignErrors(_ body: String, _ headers: [String: String]) {
        let list = HeaderList(headers.map { ($0.key, $0.value) })
        let answer = WireResponse(status: 400, headers: list, body: Array(body.utf8))
        #expect(JSON11.error(in: answer) == WireError("DisabledException", "m"))
    }

    @Test("a page of some proxy is an unknown error with its status")
    func proxyPage() {
        let answer = WireResponse(status: 502, body: Array("<html>".utf8))
        #expect(JSON11.error(in: answer) == WireError("UnknownError", nil, status: 502))
    }

    @Test("a request is ready to be signed")
    func request() {
        let request = JSON11.request(
            service: "TrentService", operation: "Decrypt", members: ["KeyId": "k"], host: "localhost:80")
        #expect(request.method == "POST" && request.target == "/")
        #expect(request.headers["X-Amz-Target"] == "TrentService.Decrypt")
        #expect(request.headers["host"] == "localhost:80")
        #expect(request.body == Array(#"{"KeyId":"k"}"#.utf8))
    }
}
