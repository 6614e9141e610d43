import AWSVocabulary
import Foundation
import StrictJSON
import Testing

@testable import Trail

@Suite("An event record")
struct EventRecordTests {
    @Test("of a service's data key has the fields of CloudTrail, and no more")
    func generateDataKey() throws {
        let context: JSONObject = ["aws:ses:rule-name": "default", "kms_cmk_id": .string(keyARN)]
        let json = record(
            "GenerateDataKey",
            parameters: [
                "keyId": "alias/aws/ses", "keySpec": "AES_256", "encryptionContext": .object(context),
            ]
        ).json()
        #expect(
            json == [
                "eventVersion": "1.11",
                "userIdentity": ["type": "AWSService", "invokedBy": "ses.amazonaws.com"],
                "eventTime": "2026-11-25T12:00:00Z", "eventSource": "kms.amazonaws.com",
                "eventName": "GenerateDataKey",
                "awsRegion": "us-east-1", "sourceIPAddress": "ses.amazonaws.com",
                "userAgent": "ses.amazonaws.com",
                "requestParameters": [
                    "keyId": "alias/aws/ses", "keySpec": "AES_256", "encryptionContext": .object(context),
                ],
                "responseElements": nil, "additionalEventData": ["keyMaterialId": "ab"], "requestID": "r-e-1",
                "eventID": "e-1", "readOnly": true,
                "resources": [
                    ["accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": .string(keyARN)]
                ],
                "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
                "eventCategory": "Management",
            ])
    }

    @Test("of a refused call tells neither parameters nor resources")
    func refused() throws {
        let json = record(
            by: try alice(), outcome: .refused(message: "User: x is not authorized"),
            parameters: ["keyId": "k"]
        ).json()
        #expect(json["errorCode"] == "AccessDenied")
        #expect(json["errorMessage"] == "User: x is not authorized")
        #expect(json["requestParameters"] == .some(.null))
        #expect(json["responseElements"] == .some(.null))
        #expect(json["resources"] == nil)
        #expect(json["additionalEventData"] == nil)
        #expect(json["sourceIPAddress"] == "192.0.2.7")
    }

    @Test("of a call that failed otherwise keeps both")
    func failed() throws {
        let json = record(
            outcome: .failed(code: "InvalidCiphertextException", message: ""), parameters: ["keyId": "k"]
        ).json()
        #expect(json["errorCode"] == "InvalidCiphertextException")
        #expect(json["requestParameters"] == ["keyId": "k"])
        #expect(json["resources"]?.array?.count == 1)
    }

    @Test("of a service event names AWS Internal and is an AwsServiceEvent")
    func serviceEvent() {
        let json = EventRecord.serviceEvent(
            "RotateKey", source: "kms.amazonaws.com", at: noon, in: .default, account: .default, eventID: "e",
            details: ["keyId": "k"]
        ).json()
        #expect(json["userIdentity"] == ["accountId": "111122223333", "invokedBy": "AWS Internal"])
        #expect(json["eventType"] == "AwsServiceEvent")
        #expect(json["serviceEventDetails"] == ["keyId": "k"])
        #expect(json["requestID"] == nil)
    }

    @Test("of a data event is no management event")
    func dataEvent() {
        var put = record("PutObject")
        put.category = .data
        #expect(put.json()["managementEvent"] == false)
        #expect(put.json()["eventCategory"] == "Data")
    }

    @Test("tells the connection where there is one")
    func tls() {
        var event = record()
        event.tlsDetails = EventRecord.TLSDetails(
            version: "TLSv1.3", cipherSuite: "TLS_AES_128_GCM_SHA256", clientProvidedHostHeader: "localhost")
        event.sharedEventID = "s"
        #expect(event.json()["tlsDetails"]?["tlsVersion"] == "TLSv1.3")
        #expect(event.json()["tlsDetails"]?["clientProvidedHostHeader"] == "localhost")
        #expect(event.json()["sharedEventID"] == "s")
    }

    @Test("as a line is the same JSON without a line feed")
    func line() throws {
        let event = record(parameters: ["text": "a\nb\"\\\u{1}\u{2028}é"])
        let (line, day) = event.line()
        #expect(line.firstIndex(of: 0x0A) == line.count - 1)
        #expect(String(decoding: line.dropLast(), as: UTF8.self) == event.json().text())
        #expect(day == "2026-11-25")
    }

    @Test("leaves out parameter blocks that are too long, and cuts long texts at a character")
    func limits() throws {
        let long = JSONValue.string(String(repeating: "x", count: 100 * 1024))
        #expect(record(parameters: ["policy": long]).json()["requestParameters"] == nil)
        let fits = JSONValue.string(String(repeating: "x", count: 100 * 1024 - 13))
        #expect(record(parameters: ["policy": fits]).json()["requestParameters"] == ["policy": fits])
        let message = String(repeating: "é", count: 600)
        let json = record(outcome: .failed(code: "X", message: "x" + message)).json()
        #expect(json["errorMessage"]?.string == "x" + String(repeating: "é", count: 511))
    }

    @Suite("Its userIdentity")
    struct Identity {
        @Test("of the root has the account for a principal ID")
        func root() {
            #expect(
                UserIdentity(.root(of: .default)).json() == [
                    "type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root",
                    "accountId": "111122223333",
                ])
        }

        @Test("of a user has the name without its path")
        func user() throws {
            #expect(
                UserIdentity(try alice(), principalID: "AIDAX").json() == [
                    "type": "IAMUser", "principalId": "AIDAX",
                    "arn": "arn:aws:iam::111122223333:user/team/alice",
                    "accountId": "111122223333", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "alice",
                ])
        }

        @Test("of a role's session names session and role")
        func session() throws {
            let app = try Caller(principal: ARN("arn:aws:sts::111122223333:assumed-role/app/s1"))
            #expect(
                UserIdentity(app, principalID: "AROAX", sessionCreation: noon).json() == [
                    "type": "AssumedRole", "principalId": "AROAX:s1",
                    "arn": "arn:aws:sts::111122223333:assumed-role/app/s1", "accountId": "111122223333",
                    "sessionContext": [
                        "sessionIssuer": [
                            "type": "Role", "principalId": "AROAX",
                            "arn": "arn:aws:iam::111122223333:role/app",
                            "accountId": "111122223333", "userName": "app",
                        ],
                        "attributes": ["creationDate": "2026-11-25T12:00:00Z", "mfaAuthenticated": "false"],
                    ],
                ])
        }

        @Test("of a forwarded call names the service too")
        func forwarded() throws {
            var caller = try alice()
            caller.viaService = "ses.us-east-1.amazonaws.com"
            #expect(UserIdentity(caller).json()["invokedBy"] == "ses.amazonaws.com")
        }
    }
}
