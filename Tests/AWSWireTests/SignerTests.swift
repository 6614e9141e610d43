import AWSVocabulary
import AWSWire
import Foundation
import Testing

@Suite("SigV4, signing")
struct SignerTests {
    @Test("the vectors are there")
    func vectorsAreThere() {
        #expect(SigV4Vector.headers.count >= 28)
        #expect(SigV4Vector.presigned.count == 3)
    }

    @Test("signs as botocore signs, header by header", arguments: SigV4Vector.headers)
    func header(_ vector: SigV4Vector) {
        var request = vector.request
        signer(vector.service, token: vector.token).sign(&request, at: signingTime)
        #expect(request.headers["authorization"] == vector.authorization)
        if let published = vector.published {
            #expect(request.headers["authorization"]?.hasSuffix("Signature=" + published) == true)
        }
    }

    @Test("presigns as botocore presigns", arguments: SigV4Vector.presigned)
    func query(_ vector: SigV4Vector) throws {
        let (seconds, query) = try #require(vector.presigned)
        let signed = signer(vector.service, token: vector.token)
            .presign(vector.request, at: signingTime, validForSeconds: seconds)
        #expect(signed.query == query)
        #expect(signed.headers == vector.request.headers)
    }

    @Test("signing twice leaves one signature, the later one")
    func resigning() {
        var once = WireRequest(method: "POST", headers: ["host": "h", "x-amz-target": "T.O"])
        var twice = once
        signer("kms", token: "old").sign(&twice, at: signingTime)
        signer("kms").sign(&twice, at: signingTime.addingTimeInterval(60))
        signer("kms").sign(&once, at: signingTime.addingTimeInterval(60))
        #expect(Set(twice.headers.fields) == Set(once.headers.fields))
        #expect(twice.headers["x-amz-security-token"] == nil)
    }

    @Test("an unsigned payload is said in the header and in the signature")
    func unsigned() throws {
        var request = WireRequest(method: "PUT", path: "/b/k", headers: ["host": "h"], body: [1, 2, 3])
        signer("s3").sign(&request, at: signingTime, payload: .unsigned)
        #expect(request.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD")
        request.body = [9]
        let claim = try SignatureClaim.read(from: request)
        #expect(throws: Never.self) { try claim.verify(request, with: key(of: claim)) }
    }

    @Test("a payload hash given stands for the body")
    func givenHash() {
        var whole = WireRequest(
            method: "PUT", path: "/b/k", headers: ["host": "h"], body: Array("sealed".utf8))
        var hashed = WireRequest(method: "PUT", path: "/b/k", headers: ["host": "h"])
        signer("s3").sign(&whole, at: signingTime)
        let hash = whole.headers["x-amz-content-sha256"] ?? ""
        signer("s3").sign(&hashed, at: signingTime, payload: .hash(hash))
        #expect(hashed.headers == whole.headers)
    }

    @Test("credentials print the access key id alone")
    func description() {
        let credentials = Credentials(accessKeyID: "AKIA1", secret: secret, sessionToken: "token")
        #expect("\(credentials)" == "AKIA1")
        #expect(!String(reflecting: credentials.secret).contains("wJalr"))
    }

    @Test("hop headers that a proxy may change stay unsigned")
    func neverSigned() {
        var request = WireRequest(
            method: "POST",
            headers: [
                "host": "h", "content-length": "0", "user-agent": "x", "expect": "100-continue",
                "connection": "close",
            ])
        signer("kms").sign(&request, at: signingTime)
        #expect(request.headers["authorization"]?.contains("SignedHeaders=host;x-amz-date,") == true)
    }
}
