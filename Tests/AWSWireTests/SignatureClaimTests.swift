import AWSVocabulary
import AWSWire
import Foundation
import Testing

@Suite("SigV4, verifying")
struct SignatureClaimTests {
    private func signed(_ vector: SigV4Vector) -> WireRequest {
        var request = vector.request
        if let presigned = vector.presigned {
            request.query = presigned.query
        } else {
            request.headers["x-amz-date"] = "20150830T123600Z"
            request.headers["x-amz-security-token"] = vector.token
            if vector.service == "s3" {
                var copy = vector.request
                signer("s3").sign(&copy, at: signingTime)
                request.headers["x-amz-content-sha256"] = copy.headers["x-amz-content-sha256"]
            }
            request.headers["authorization"] = vector.authorization
        }
        return request
    }

    private func sample() -> WireRequest {
        var request = WireRequest(
            method: "POST", headers: ["host": "localhost:1", "x-amz-target": "TrentService.Decrypt"],
            body: Array("{}".utf8))
        signer("kms").sign(&request, at: signingTime)
        return request
    }

    @Test("accepts what botocore signed", arguments: SigV4Vector.all)
    func accepts(_ vector: SigV4Vector) throws {
        let request = signed(vector)
        let claim = try SignatureClaim.read(from: request)
        #expect(claim.accessKeyID == "AKIDEXAMPLE")
        #expect(claim.scope == SigningScope(day: "20150830", region: "us-east-1", service: vector.service))
        #expect(claim.sessionToken == vector.token)
        #expect(throws: Never.self) {
            try claim.check(request, service: vector.service, now: signingTime)
            try claim.verify(request, with: key(of: claim))
        }
    }

    @Test("one changed byte anywhere that is signed is a mismatch", arguments: SigV4Vector.all)
    func refusesChanges(_ vector: SigV4Vector) throws {
        let good = signed(vector)
        var changed: [WireRequest] = []
        func change(_ edit: (inout WireRequest) -> Void) {
            var copy = good
            edit(&copy)
            changed.append(copy)
        }
        change { $0.method = "DELETE" }
        change { $0.path += "x" }
        change { $0.query += "&extra=1" }
        change { $0.headers["host"] = "elsewhere" }
        if !(vector.service == "s3" && vector.presigned != nil) { change { $0.body.append(0) } }
        for request in changed {
            let claim = try SignatureClaim.read(from: request)
            #expect(throws: SignatureError.self) { try claim.verify(request, with: key(of: claim)) }
        }
    }

    @Test("another secret is a mismatch that shows what was computed, not what with")
    func wrongSecret() throws {
        let request = sample()
        let claim = try SignatureClaim.read(from: request)
        let other = SigningKey(SecretAccessKey("other"), scope: claim.scope)
        do throws(SignatureError) {
            try claim.verify(request, with: other)
            Issue.record("verified with another secret")
        } catch .mismatch(let canonical, let text) {
            #expect(canonical.hasPrefix("POST\n/\n\nhost:localhost:1\n"))
            #expect(
                text.hasPrefix("AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/kms/aws4_request\n"))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test(
        "the clock may differ by 15 minutes either way and no more",
        arguments: [(-901.0, false), (-900, true), (0, true), (900, true), (901, false)])
    func clock(_ skew: Double, _ isAccepted: Bool) throws {
        let request = sample()
        let claim = try SignatureClaim.read(from: request)
        let now = signingTime.addingTimeInterval(skew)
        if isAccepted {
            #expect(throws: Never.self) { try claim.check(request, service: "kms", now: now) }
            return
        }
        do throws(SignatureError) {
            try claim.check(request, service: "kms", now: now)
            Issue.record("accepted a skew of \(skew)")
        } catch {
            #expect(error.jsonError.code == "InvalidSignatureException")
            #expect(error.message.contains(skew > 0 ? "Signature expired" : "Signature not yet current"))
        }
    }

    @Test("a presigned request lives as long as it says")
    func presignedLife() throws {
        let plain = WireRequest(method: "GET", path: "/b/k", headers: ["host": "h"])
        let request = signer("s3").presign(plain, at: signingTime, validForSeconds: 3600)
        let claim = try SignatureClaim.read(from: request)
        #expect(claim.placement == .query(validForSeconds: 3600))
        #expect(throws: Never.self) {
            try claim.check(request, service: "s3", now: signingTime.addingTimeInterval(3600))
        }
        #expect(throws: SignatureError.self) {
            try claim.check(request, service: "s3", now: signingTime.addingTimeInterval(3601))
        }
    }

    @Test("a scope of another service or day is refused")
    func scope() throws {
        let request = sample()
        let claim = try SignatureClaim.read(from: request)
        #expect(throws: SignatureError.wrongService(expected: "s3", found: "kms")) {
            try claim.check(request, service: "s3", now: signingTime)
        }
        var moved = request
        moved.headers["authorization"] = request.headers["authorization"]?
            .replacing("/20150830/", with: "/20150829/")
        let movedClaim = try SignatureClaim.read(from: moved)
        #expect(throws: SignatureError.dayMismatch(scope: "20150829", timestamp: "20150830T123600Z")) {
            try movedClaim.check(moved, service: "kms", now: signingTime)
        }
    }

    @Test("host and every x-amz header must be signed", arguments: ["x-amz-source-account", "x-amz-target"])
    func unsignedHeader(_ name: String) throws {
        var request = WireRequest(method: "POST", headers: ["host": "h"])
        signer("kms").sign(&request, at: signingTime)
        request.headers.append(name, "added on the way")
        let claim = try SignatureClaim.read(from: request)
        #expect(throws: SignatureError.unsignedHeader(name)) {
            try claim.check(request, service: "kms", now: signingTime)
        }
    }

    @Test("a second value under a signed name is a mismatch")
    func smuggledValue() throws {
        var request = sample()
        request.headers.append("x-amz-target", "TrentService.ScheduleKeyDeletion")
        let claim = try SignatureClaim.read(from: request)
        #expect(throws: SignatureError.self) { try claim.verify(request, with: key(of: claim)) }
    }

    @Test("a signature without host is refused")
    func hostUnsigned() throws {
        var request = WireRequest(method: "POST")
        signer("kms").sign(&request, at: signingTime)
        let claim = try SignatureClaim.read(from: request)
        #expect(throws: SignatureError.unsignedHeader("host")) {
            try claim.check(request, service: "kms", now: signingTime)
        }
    }

    @Test("no signature is missing, and says so")
    func missing() {
        #expect(throws: SignatureError.missing) {
            try SignatureClaim.read(from: WireRequest(method: "POST", headers: ["host": "h"]))
        }
        #expect(SignatureError.missing.jsonError.code == "MissingAuthenticationTokenException")
        #expect(SignatureError.missing.queryError.status == 403)
    }

    static let goodScope = "A/20150830/us-east-1/kms/aws4_request"
    static let digits = String(repeating: "a", count: 64)

    @Test(
        "an unreadable signature is incomplete",
        arguments: [
            "", "AWS A:b", "Bearer x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=\(goodScope)",
            "AWS4-HMAC-SHA256 Credential=\(goodScope), SignedHeaders=host, Signature=zz",
            "AWS4-HMAC-SHA256 Credential=A/20150830/kms, SignedHeaders=host, Signature=\(digits)",
            "AWS4-HMAC-SHA256 Credential=/20150830/r/kms/aws4_request, SignedHeaders=host, Signature=\(digits)",
            "AWS4-HMAC-SHA256 Credential=\(goodScope), SignedHeaders=Host, Signature=\(digits)",
            "AWS4-HMAC-SHA256 Credential=\(goodScope), SignedHeaders=host;host, Signature=\(digits)",
            "AWS4-HMAC-SHA256 \(String(repeating: "x=y,", count: 2000))",
        ])
    func incomplete(_ header: String) {
        let request = WireRequest(
            method: "POST",
            headers: ["host": "h", "authorization": header, "x-amz-date": "20150830T123600Z"])
        do throws(SignatureError) {
            _ = try SignatureClaim.read(from: request)
            Issue.record("read \(header)")
        } catch {
            #expect(error.jsonError.code == "IncompleteSignatureException")
        }
    }

    @Test("names every parameter that is missing, as AWS does")
    func missingParameters() {
        let request = WireRequest(
            method: "POST", headers: ["authorization": "AWS4-HMAC-SHA256 SignedHeaders=a"])
        #expect(
            throws: SignatureError.incomplete(
                "Authorization header requires 'Credential' parameter. "
                    + "Authorization header requires 'Signature' parameter.")
        ) { try SignatureClaim.read(from: request) }
    }

    @Test(
        "an unreadable presigned query is incomplete",
        arguments: [
            "X-Amz-Signature=\(digits)", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=today",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20150830T123600Z&X-Amz-Expires=604801",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20150830T123600Z&X-Amz-Expires=0",
            "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256",
        ])
    func incompleteQuery(_ query: String) {
        do throws(SignatureError) {
            _ = try SignatureClaim.read(from: WireRequest(method: "GET", query: query))
            Issue.record("read \(query)")
        } catch {
            #expect(error.queryError.code == "IncompleteSignature")
        }
    }

    @Test("the Date header stands in for X-Amz-Date")
    func dateHeader() throws {
        let request = WireRequest(
            method: "GET",
            headers: [
                "host": "h", "date": "Sun, 30 Aug 2015 12:36:00 GMT",
                "authorization":
                    "AWS4-HMAC-SHA256 Credential=\(Self.goodScope), SignedHeaders=date;host, Signature=\(Self.digits)",
            ])
        #expect(try SignatureClaim.read(from: request).timestamp == "20150830T123600Z")
    }

    @Test("S3 refuses a body that has not the hash it signed")
    func payloadHash() throws {
        var request = WireRequest(method: "PUT", path: "/b/k", headers: ["host": "h"], body: [1])
        signer("s3").sign(&request, at: signingTime)
        request.body = [2]
        let claim = try SignatureClaim.read(from: request)
        do throws(SignatureError) {
            try claim.verify(request, with: key(of: claim))
            Issue.record("verified another body")
        } catch .payloadMismatch(let claimed, let computed) {
            #expect(claimed == request.headers["x-amz-content-sha256"] && claimed != computed)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test("only S3 may leave the body unsigned")
    func unsignedBodyElsewhere() throws {
        var request = WireRequest(
            method: "POST", headers: ["host": "h", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"], body: [1])
        signer("kms").sign(&request, at: signingTime)
        let claim = try SignatureClaim.read(from: request)
        #expect(throws: SignatureError.self) { try claim.verify(request, with: key(of: claim)) }
    }

    @Test("both spellings of one S3 path give one signature")
    func pathSpellings() throws {
        var request = WireRequest(method: "GET", path: "/b/a%20%2b~", headers: ["host": "h"])
        signer("s3").sign(&request, at: signingTime)
        request.path = "/b/a%20+%7E"
        let claim = try SignatureClaim.read(from: request)
        #expect(throws: Never.self) { try claim.verify(request, with: key(of: claim)) }
    }
}
