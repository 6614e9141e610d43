internal import AWSVocabulary
internal import Cryptography

/// Day, Region and service a signature is good for.
public struct SigningScope: Sendable, Hashable, CustomStringConvertible {
    /// The day in UTC, `yyyyMMdd`.
    public let day: String
    /// The Region, such as `us-east-1`.
    public let region: String
    /// The signing name of the service, such as `kms`.
    public let service: String

    /// Makes a scope from its parts.
    public init(day: String, region: String, service: String) {
        self.day = day
        self.region = region
        self.service = service
    }

    /// The scope as it stands in the string to sign.
    public var description: String { "\(day)/\(region)/\(service)/aws4_request" }
}

/// The key that signs everything within one scope.
///
/// Deriving it takes four HMACs; a server keeps it for the day. It is as good as the secret for that scope, so
/// it has no description.
///
/// Source: AWS General Reference, "Create a signed request", step 4.
public struct SigningKey: Sendable {
    /// What the key is good for.
    public let scope: SigningScope
    private let bytes: [UInt8]

    /// Derives the key of `scope` from `secret`.
    public init(_ secret: SecretAccessKey, scope: SigningScope) {
        self.scope = scope
        let day = secret.sign(scope.day)
        let region = HMAC.sha256(key: day, Array(scope.region.utf8))
        let service = HMAC.sha256(key: region, Array(scope.service.utf8))
        bytes = HMAC.sha256(key: service, Array("aws4_request".utf8))
    }

    /// The signature of `text`, 32 bytes.
    public func signature(of text: [UInt8]) -> [UInt8] {
        HMAC.sha256(key: bytes, text)
    }

    /// The signature of `text` in lower-case hexadecimal.
    public func hexSignature(of text: String) -> String {
        Hex.encode(signature(of: Array(text.utf8)))
    }
}
