import AWSVocabulary
import AWSWire
import Foundation
import StrictJSON
import Testing

/// One request of `Fixtures/sigv4.json`, signed there by botocore (see `make-sigv4.py` beside it).
struct SigV4Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let service: String
    let request: WireRequest
    let token: String?
    /// The whole header botocore sent, or `nil` when presigned.
    let authorization: String?
    /// Lifetime and signed query of a presigned request.
    let presigned: (seconds: Int, query: String)?
    /// The signature as AWS's test suite prints it, where it has this request.
    let published: String?

    var testDescription: String { name }

    init(_ value: JSONValue) throws {
        name = value["name"]?.string ?? ""
        service = value["service"]?.string ?? ""
        token = value["token"]?.string
        authorization = value["authorization"]?.string
        published = value["published"]?.string
        presigned = value["presign"]?.int.map { ($0, value["signedQuery"]?.string ?? "") }
        var headers: HeaderList = ["host": "example.amazonaws.com"]
        for pair in value["headers"]?.array ?? [] {
            headers.append(pair.array?[0].string ?? "", pair.array?[1].string ?? "")
        }
        request = WireRequest(
            method: value["method"]?.string ?? "", path: value["path"]?.string ?? "",
            query: value["query"]?.string ?? "", headers: headers,
            body: Array((value["body"]?.string ?? "").utf8))
    }

    static let all: [SigV4Vector] = {
        let url = Bundle.module.url(forResource: "Fixtures/sigv4", withExtension: "json")
        guard let url, let data = try? Data(contentsOf: url), let value = try? JSONValue(parsing: Array(data))
        else { return [] }
        return (value.array ?? []).compactMap { try? SigV4Vector($0) }
    }()
    static let headers = all.filter { $0.presigned == nil }
    static let presigned = all.filter { $0.presigned != nil }
}

let secret = SecretAccessKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
let signingTime = Date(timeIntervalSince1970: 1_440_938_160)  // 2015-08-30 12:36:00 UTC

func signer(_ service: String, token: String? = nil) -> Signer {
    Signer(
        credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secret: secret, sessionToken: token),
        region: .default, service: service)
}

func key(of claim: SignatureClaim) -> SigningKey { SigningKey(secret, scope: claim.scope) }
