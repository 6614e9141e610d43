import AWSVocabulary
import AWSWire
import AccountHome
import EnvelopeTesting
import Foundation
import KeyManagement
import Logging
import ServiceEndpoints
import StrictJSON
import Trail

/// A home of one test, its services, its access keys, and KMS in front of it.
final class KMSBench: Sendable {
    let directory: String
    let home: Home
    let trail: Trail
    let keys: KeyService
    let principals: PrincipalService
    let surroundings: Surroundings

    init(surroundings: Surroundings = .fixed()) throws {
        directory = NSTemporaryDirectory() + "kms-endpoint-" + UUID().uuidString
        home = try Home.open(at: directory, creating: true)
        trail = try Trail(
            directory: home.trailDirectory, account: home.account, region: home.region,
            surroundings: surroundings)
        keys = KeyService(home: home, trail: trail, surroundings: surroundings)
        principals = PrincipalService(keys)
        self.surroundings = surroundings
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func endpoint(_ trust: Authenticator.Trust = .signaturesOnly) -> KMSEndpoint {
        KMSEndpoint(
            service: keys,
            authenticator: Authenticator(principals: principals, trust: trust, surroundings: surroundings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    // MARK: Access keys

    static let root = "arn:aws:iam::111122223333:root"
    static let alice = "arn:aws:iam::111122223333:user/alice"

    func issue(_ owner: PrincipalService.AccessKeyOwner, validFor: Double? = nil) throws -> IssuedAccessKey {
        try principals.createAccessKey(for: owner, label: "test", validFor: validFor)
    }

    /// An access key of the account root.
    func rootKey() throws -> IssuedAccessKey { try issue(.principal(try ARN(Self.root))) }

    /// An access key of user alice, who is made on the way.
    func aliceKey() throws -> IssuedAccessKey {
        let arn = try ARN(Self.alice)
        _ = try? principals.create(arn)
        return try issue(.principal(arn))
    }

    // MARK: Requests

    func unsigned(_ operation: String, _ members: JSONObject = [:], headers: HeaderList = [:]) -> WireRequest
    {
        var request = JSON11.request(
            service: "TrentService", operation: operation, members: members, host: "localhost:7717")
        for field in headers.fields { request.headers.append(field.name, field.value) }
        return request
    }

    /// A request signed as an SDK signs it, then edited by `tamper`.
    func signed(
        _ operation: String, _ members: JSONObject = [:], with key: IssuedAccessKey,
        headers: HeaderList = [:],
        service: String = "kms", region: String = "us-east-1", offset: Double = 0
    ) throws -> WireRequest {
        var request = unsigned(operation, members, headers: headers)
        let signer = Signer(
            credentials: Credentials(
                accessKeyID: key.description.id, secret: SecretAccessKey(key.secretAccessKey),
                sessionToken: key.sessionToken),
            region: try Region(region), service: service)
        signer.sign(&request, at: surroundings.now().addingTimeInterval(offset))
        return request
    }

    /// Answers without a socket.
    func answer(_ request: WireRequest, _ trust: Authenticator.Trust = .signaturesOnly, isTLS: Bool = false)
        -> Answer
    {
        let exchange = Exchange(
            request: request, requestID: surroundings.uuid(), sourceIPAddress: "192.0.2.7", isTLS: isTLS)
        return Answer(endpoint(trust).answer(exchange), requestID: exchange.requestID)
    }

    /// Signs as root and answers.
    func call(_ operation: String, _ members: JSONObject = [:], with key: IssuedAccessKey? = nil) throws
        -> Answer
    {
        answer(try signed(operation, members, with: try key ?? rootKey()))
    }

    /// Makes a key and returns its ID.
    func makeKey(_ members: JSONObject = [:]) throws -> String {
        try call("CreateKey", members)["KeyMetadata"]?["KeyId"]?.string ?? ""
    }
}

/// An answer, read.
struct Answer {
    let outcome: Outcome
    let requestID: String
    let members: JSONObject?

    init(_ outcome: Outcome, requestID: String) {
        self.outcome = outcome
        self.requestID = requestID
        members = (try? JSONValue(parsing: outcome.response.body))?.object
    }

    var status: Int { outcome.response.status }
    /// The error's code, from the body.
    var code: String? { members?["__type"]?.string }
    var message: String? { members?["message"]?.string ?? members?["Message"]?.string }
    subscript(name: String) -> JSONValue? { members?[name] }
}
