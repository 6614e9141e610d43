import Cryptography
import Testing

@testable import AWSClients

private func take(_ text: String, _ name: String = "Plaintext") throws -> (secret: [UInt8], rest: String) {
    var body = Array(text.utf8)
    let secret = try SecretMember.take(name, from: &body)
    return (secret.withUnsafeBytes { Array($0) }, String(decoding: body, as: UTF8.self))
}

@Suite("Secrets in answers")
struct SecretMemberTests {
    @Test("the secret is decoded and its characters are gone from the body")
    func takes() throws {
        let (secret, rest) = try take(#"{ "A" : "x", "Plaintext" : "AQIDBAU=", "B":[{"C":1}] }"#)
        #expect(secret == [1, 2, 3, 4, 5])
        #expect(rest == #"{ "A" : "x", "Plaintext" : "********", "B":[{"C":1}] }"#)
    }

    @Test("every length decodes as base64 does", arguments: 1...48)
    func lengths(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 77 &+ 13) }
        #expect(try take("{\"Plaintext\":\"\(Base64.encode(bytes))\"}").secret == bytes)
    }

    @Test("an escaped solidus is a solidus")
    func solidus() throws {
        #expect(try take(#"{"Plaintext":"\/\/\/\/"}"#).secret == [255, 255, 255])
    }

    @Test(
        "only the outermost object's member counts, and only as a name",
        arguments: [
            #"{"X":{"Plaintext":"AQID"}}"#, #"[{"Plaintext":"AQID"}]"#, #"{"X":"Plaintext","Y":"AQID"}"#,
            #"{"X":"\"Plaintext\":\"AQID\""}"#, #"{"plaintext":"AQID"}"#, #"{"Plaintext":7,"X":"AQID"}"#, "",
            "\"",
            #"{"Plaintext":"AQID"#, #"{"Plaintext":["AQID"]}"#,
        ])
    func elsewhere(_ text: String) {
        #expect(throws: SecretMember.Failure.absent) { try take(text) }
    }

    @Test("finds its member behind others of every type")
    func behind() throws {
        let text = #"{"a":[1,"x",{"Plaintext":"no"}],"b":{"c":"}"},"d":"\\","e":null,"Plaintext":"AQID"}"#
        #expect(try take(text).secret == [1, 2, 3])
    }

    @Test(
        "what is not strict base64 is refused",
        arguments: [
            "", "A", "AQ", "AQI", "AQ==AQ==", "A===", "AR==", "AQJ=", "AQ I", #"AQI\n"#, "-_-_", "====",
            #"AQID\"#,
        ])
    func notBase64(_ text: String) {
        #expect(throws: SecretMember.Failure.self) { try take("{\"Plaintext\":\"\(text)\"}") }
    }
}
