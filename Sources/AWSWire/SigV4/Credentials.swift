internal import Cryptography

/// A secret access key in the form SigV4 uses it, kept in wiped memory.
///
/// Nothing prints it and nothing compares it. The bytes are wiped when the last reference goes.
public final class SecretAccessKey: Sendable {
    // INVARIANT: begins with "AWS4", so the first step of the key derivation needs no copy.
    private let prefixed: SecretBytes

    /// Takes a copy of the secret; the caller wipes the original.
    public init(_ secret: [UInt8]) {
        var bytes = Array("AWS4".utf8) + secret
        prefixed = SecretBytes(copying: bytes)
        for index in bytes.indices { bytes[index] = 0 }
    }

    /// Takes a copy of bytes that lie in wiped memory already.
    public init(copying secret: UnsafeRawBufferPointer) {
        let marker = Array("AWS4".utf8)
        prefixed = SecretBytes(count: marker.count + secret.count) { bytes in
            bytes.copyBytes(from: marker)
            UnsafeMutableRawBufferPointer(rebasing: bytes[marker.count...]).copyMemory(from: secret)
        }
    }

    /// Takes a copy of the secret's UTF-8 bytes.
    public convenience init(_ secret: String) {
        self.init(Array(secret.utf8))
    }

    func sign(_ text: String) -> [UInt8] {
        HMAC.sha256(key: prefixed, Array(text.utf8))
    }
}

/// What a caller signs with.
public struct Credentials: Sendable, CustomStringConvertible {
    /// The public half, such as `AKIAIOSFODNN7EXAMPLE`.
    public let accessKeyID: String
    /// The secret half.
    public let secret: SecretAccessKey
    /// The session token of temporary credentials.
    public let sessionToken: String?

    /// Makes credentials from their parts.
    public init(accessKeyID: String, secret: SecretAccessKey, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.sessionToken = sessionToken
    }

    /// The access key id alone: the rest is secret.
    public var description: String { accessKeyID }
}
