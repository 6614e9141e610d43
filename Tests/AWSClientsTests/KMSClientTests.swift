import AWSClients
import AWSVocabulary
import AWSWire
import Cryptography
import EnvelopeCrypto
import EnvelopeTesting
import Foundation
import StrictJSON
import Synchronization
import Testing

private let keyText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
private let dataKeyAnswer = ScriptedTransport.Step.json(
    #"{"CiphertextBlob":"AQIDBA==","KeyId":"arn:k","Plaintext":"\#(keyText)"}"#)
private let decryptAnswer = ScriptedTransport.Step.json(#"{"KeyId":"arn:k","Plaintext":"\#(keyText)"}"#)
private let here = Caller.root(of: .default)

private func bytes(_ secret: borrowing SecretBytes) -> [UInt8] { secret.withUnsafeBytes { Array($0) } }

/// A client on a scripted network, and the pauses it made.
private struct Bench {
    let transport: ScriptedTransport
    let client: KMSClient
    let pauses = PauseRecord()

    init(_ transport: ScriptedTransport, credentials: any CredentialSource = RenewedCredentials()) throws {
        self.transport = transport
        let pauses = pauses
        client = try KMSClient(
            endpoint: try Endpoint("http://localhost:4566"), region: .default, credentials: credentials,
            transport: transport, surroundings: .fixed(),
            retries: RetryPolicy(attemptLimit: 3, pause: { pauses.add($0) }))
    }

    func error(_ call: (KMSClient) throws -> Void) -> DataKeyError? {
        do { try call(client) } catch { return error as? DataKeyError }
        return nil
    }

    func decryptError() -> DataKeyError? {
        error { _ = try $0.decrypt([1], keyID: nil, context: [:], for: here).count }
    }
}

private final class PauseRecord: Sendable {
    private let values = Mutex<[Double]>([])
    var seconds: [Double] { values.withLock { $0 } }
    func add(_ value: Double) { values.withLock { $0.append(value) } }
}

@Suite("KMS behind HTTP")
struct KMSClientTests {
    @Test("asks for a data key as the format needs it")
    func generate() throws {
        let bench = try Bench(ScriptedTransport([dataKeyAnswer]))
        let key = try bench.client.generateDataKey(keyID: "alias/mail", context: ["a": "b"], for: here)
        #expect(key.ciphertextBlob == [1, 2, 3, 4])
        #expect(bytes(key.plaintext) == Array(0..<32))
        let request = try #require(bench.transport.requests.first)
        #expect(request.headers["x-amz-target"] == "TrentService.GenerateDataKey")
        #expect(
            try JSONValue(parsing: request.body)
                == ["KeyId": "alias/mail", "KeySpec": "AES_256", "EncryptionContext": ["a": "b"]])
    }

    @Test("asks for decryption, with the key only when it is named and the context only when it has pairs")
    func decrypt() throws {
        let bench = try Bench(ScriptedTransport([decryptAnswer, decryptAnswer]))
        let plain = try bench.client.decrypt([1, 2, 3], keyID: nil, context: [:], for: here)
        #expect(bytes(plain) == Array(0..<32))
        _ = try bench.client.decrypt([1, 2, 3], keyID: "k", context: ["x": "y"], for: here).count
        let bodies = try bench.transport.requests.map { try JSONValue(parsing: $0.body) }
        #expect(
            bodies == [
                ["CiphertextBlob": "AQID"],
                ["CiphertextBlob": "AQID", "KeyId": "k", "EncryptionContext": ["x": "y"]],
            ])
    }

    @Test("every request bears a signature that verifies")
    func signature() throws {
        let bench = try Bench(ScriptedTransport([decryptAnswer]))
        _ = try bench.client.decrypt([1], keyID: nil, context: [:], for: here).count
        let request = try #require(bench.transport.requests.first)
        let claim = try SignatureClaim.read(from: request)
        #expect(claim.scope.service == "kms" && claim.scope.region == "us-east-1")
        #expect(throws: Never.self) {
            try claim.check(request, service: "kms", now: Surroundings.fixed().now())
            try claim.verify(request, with: SigningKey(SecretAccessKey("s"), scope: claim.scope))
        }
    }

    @Test("a service states its source in signed headers, an ordinary caller does not")
    func source() throws {
        let bench = try Bench(ScriptedTransport([], then: decryptAnswer))
        let rule = try ARN("arn:aws:ses:us-east-1:111122223333:receipt-rule-set/a:receipt-rule/b")
        let service = Caller.service("ses.amazonaws.com", sourceAccount: .default, sourceARN: rule)
        _ = try bench.client.decrypt([1], keyID: nil, context: [:], for: service).count
        _ = try bench.client.decrypt([1], keyID: nil, context: [:], for: here).count
        let requests = bench.transport.requests
        #expect(requests[0].headers["x-amz-source-account"] == "111122223333")
        #expect(requests[0].headers["x-amz-source-arn"] == rule.text)
        #expect(try SignatureClaim.read(from: requests[0]).covers("x-amz-source-arn"))
        #expect(requests[1].headers["x-amz-source-account"] == nil)
    }

    static let translations: [(ScriptedTransport.Step, DataKeyError)] = [
        (.error("AccessDeniedException", "no"), .accessDenied("no")),
        (.error("DisabledException", "arn is disabled."), .keyDisabled("arn is disabled.")),
        (
            .error("KMSInvalidStateException", "arn is pending deletion."),
            .keyPendingDeletion("arn is pending deletion.")
        ),
        (
            .error("KMSInvalidStateException", "arn is pending import."),
            .invalidKeyState("arn is pending import.")
        ),
        (.error("NotFoundException", "n"), .keyNotFound("n")),
        (.error("InvalidArnException", "n"), .keyNotFound("n")),
        (.error("InvalidCiphertextException"), .invalidCiphertext),
        (.error("IncorrectKeyException", "i"), .incorrectKey),
        (.error("InvalidKeyUsageException", "u"), .invalidKeyUsage("u")),
        (
            .error("InvalidSignatureException", "s"),
            .accessDenied("http://localhost:4566 does not accept the signature: InvalidSignatureException: s")
        ),
        (
            .error("ValidationException", "v"),
            .internalFailure("http://localhost:4566 answers 400 ValidationException: v")
        ),
        (
            .failure(.untrusted(host: "h", reason: "r")),
            .unavailable("the certificate of h is not trusted: r")
        ),
        (.failure(.stopped), .unavailable("the client is being shut down")),
        (.failure(.noCredentials(tried: ["x"])), .accessDenied("no AWS credentials found (tried x)")),
    ]

    @Test(
        "what a KMS says is said in the format's words, without a second attempt",
        arguments: translations.indices)
    func translation(_ index: Int) throws {
        let (step, expected) = Self.translations[index]
        let bench = try Bench(ScriptedTransport([step]))
        #expect(bench.decryptError() == expected)
        #expect(bench.transport.requests.count == 1)
        #expect(bench.pauses.seconds.isEmpty)
    }

    static let passing: [ScriptedTransport.Step] = [
        .error("KMSInternalException", "x", status: 500), .error("KeyUnavailableException", "x", status: 500),
        .error("DependencyTimeoutException", "x", status: 503), .error("ThrottlingException", "x"),
        .error("RequestLimitExceeded", "x", status: 503), .json("<html>", status: 502),
        .json("", status: 429),
        .failure(.unreachable(host: "h", reason: "r")), .failure(.timedOut(host: "h", milliseconds: 1)),
        .failure(.interrupted(host: "h", reason: "r")),
    ]

    @Test("trouble that passes is waited out", arguments: passing.indices, [1, 2, 3])
    func retry(_ index: Int, _ n: Int) throws {
        let bench = try Bench(.failing(on: n, with: Self.passing[index], otherwise: decryptAnswer))
        for _ in 1...3 { #expect(bench.decryptError() == nil) }
        #expect(bench.transport.requests.count == 4)
        #expect(bench.pauses.seconds.count == 1)
    }

    @Test("trouble that stays ends after the last attempt", arguments: passing.indices)
    func exhausted(_ index: Int) throws {
        let bench = try Bench(ScriptedTransport([], then: Self.passing[index]))
        guard case .unavailable = bench.decryptError() else {
            Issue.record("not reported as unavailable")
            return
        }
        #expect(bench.transport.requests.count == 3)
        #expect(bench.pauses.seconds.count == 2)
    }

    @Test(
        "credentials that ended are renewed once",
        arguments: ["ExpiredTokenException", "UnrecognizedClientException"])
    func renewal(_ code: String) throws {
        let bench = try Bench(ScriptedTransport([.error(code, "x")], then: decryptAnswer))
        #expect(bench.decryptError() == nil)
        let names = try bench.transport.requests.map { try SignatureClaim.read(from: $0).accessKeyID }
        #expect(names == ["AKIA1", "AKIA2"])
        let stuck = try Bench(ScriptedTransport([], then: .error(code, "x")))
        guard case .accessDenied = stuck.decryptError() else {
            Issue.record("not reported as denied")
            return
        }
        #expect(stuck.transport.requests.count == 2)
    }

    @Test(
        "an answer that is no answer is a failure, never a key",
        arguments: [
            "", "{}", "[]", #"{"Plaintext":""}"#, #"{"Plaintext":"AAEC"}"#, #"{"Plaintext":7}"#,
            #"{"Plaintext":"!!!!"}"#, #"{"X":{"Plaintext":"\#(keyText)"}}"#, #"{"Plaintext":"\#(keyText)""#,
            #"{"Plaintext":"\#(keyText)"}"#, #"{"Plaintext":"\#(keyText)","CiphertextBlob":""}"#,
            #"{"Plaintext":"\#(keyText)","CiphertextBlob":"x"}"#,
        ])
    func malformed(_ body: String) throws {
        let bench = try Bench(ScriptedTransport([.json(body)]))
        let error = bench.error { client in
            let key = try client.generateDataKey(keyID: "k", context: [:], for: here)
            _ = key.ciphertextBlob
        }
        guard case .internalFailure(let text) = error else {
            Issue.record("\(String(describing: error)) for \(body)")
            return
        }
        #expect(!text.contains(keyText))
    }

    @Test("secrets do not cross a network in the clear unless that is allowed")
    func plainTransport() throws {
        func client(_ url: String, allowing: Bool = false) throws -> KMSClient {
            try KMSClient(
                endpoint: try Endpoint(url), region: .default, credentials: RenewedCredentials(),
                transport: ScriptedTransport([]), surroundings: .fixed(), allowsPlainTransport: allowing)
        }
        #expect(throws: ClientError.plainTransport(host: "kms.example.com")) {
            try client("http://kms.example.com")
        }
        #expect(throws: Never.self) {
            _ = try client("http://kms.example.com", allowing: true)
            _ = try client("https://kms.example.com")
            _ = try client("http://127.0.0.1:80")
        }
    }

    @Test("pauses double up to the longest, and chance shortens them")
    func pauses() {
        let policy = RetryPolicy(
            attemptLimit: 9, firstPauseSeconds: 1, longestPauseSeconds: 5, pause: { _ in })
        #expect((1...5).map { policy.pauseSeconds(after: $0, chance: 1) } == [1, 2, 4, 5, 5])
        #expect(policy.pauseSeconds(after: 3, chance: 0.25) == 1)
        #expect(RetryPolicy(attemptLimit: 0).attemptLimit == 1)
    }
}
