public import Cryptography

/// The key that seals every secret of a home before it is written.
///
/// It is 32 bytes and never in the database: whoever copies the database alone has ciphertext. Secrets are
/// sealed with AES-256-GCM under it, with a random nonce each and with their own name as additional
/// authenticated data, so a sealed key cannot be passed off as another. A home seals a few thousand secrets in
/// its life; random 96-bit nonces are safe up to 2^32.
///
/// Sealed form, version 1: `0x01`, nonce (12 bytes), ciphertext, tag (16 bytes).
///
/// Source: NIST SP 800-38D section 8.2.2 (random nonces); RFC 5869 (derived keys).
public final class RootKey: Sendable {
    /// The length of a root key in bytes.
    public static let byteCount = 32
    private static let version: UInt8 = 1

    private let secret: SecretBytes

    /// Takes a key of ``byteCount`` bytes; it is wiped with this object.
    init(_ secret: consuming SecretBytes) {
        precondition(secret.count == Self.byteCount, "a root key has 32 bytes")
        self.secret = secret
    }

    /// Seals `secret` under `name`.
    ///
    /// - Parameters:
    ///   - secret: What is sealed; the caller wipes it.
    ///   - name: What the secret is, part by part: its kind, then the identifiers that make it unique.
    /// - Returns: The sealed form; 29 bytes longer than the secret.
    public func seal(_ secret: UnsafeRawBufferPointer, as name: [String]) throws(HomeError) -> [UInt8] {
        let nonce = RandomBytes.make(count: AESGCM.nonceByteCount)
        do throws(CryptographyError) {
            let sealed = try AESGCM.seal(
                secret, key: self.secret, nonce: nonce, authenticating: Self.authenticated(name))
            return [Self.version] + nonce + sealed
        } catch {
            throw .cryptography(error)
        }
    }

    /// Seals `secret` under `name`; see the other form.
    public func seal(_ secret: borrowing SecretBytes, as name: [String]) throws(HomeError) -> [UInt8] {
        try secret.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(HomeError) in
            try seal(bytes, as: name)
        }
    }

    /// Opens what ``seal(_:as:)-(UnsafeRawBufferPointer,_)`` made under the same name.
    ///
    /// - Returns: The secret, wiped when it goes out of scope.
    /// - Throws: `.corrupted` when the bytes, the name or the root key are not those of the sealing.
    public func open(_ sealed: [UInt8], as name: [String]) throws(HomeError) -> SecretBytes {
        let header = 1 + AESGCM.nonceByteCount
        guard sealed.count >= header + AESGCM.tagByteCount, sealed[0] == Self.version else {
            throw .corrupted(what: Self.describe(name))
        }
        let nonce = Array(sealed[1..<header])
        do throws(CryptographyError) {
            return try sealed.withRawBytes { (bytes: UnsafeRawBufferPointer) throws(CryptographyError) in
                let opened = try AESGCM.open(
                    UnsafeRawBufferPointer(rebasing: bytes[header...]), key: secret, nonce: nonce,
                    authenticating: Self.authenticated(name))
                return opened.withUnsafeBytes { SecretBytes(copying: $0) }
            }
        } catch .authenticationFailed {
            throw .corrupted(what: Self.describe(name))
        } catch {
            throw .cryptography(error)
        }
    }

    /// Derives a key of 32 bytes for one purpose; the same purpose gives the same key for the life of the home.
    public func derive(for purpose: String) throws(HomeError) -> SecretBytes {
        do throws(CryptographyError) {
            return try HKDF.sha256(
                from: secret, salt: [], info: Array("envelopefs/root/1/\(purpose)".utf8),
                count: Self.byteCount)
        } catch {
            throw .cryptography(error)
        }
    }

    /// The name with each part's length before it, so that no two names read alike.
    private static func authenticated(_ name: [String]) -> [UInt8] {
        var bytes = Array("envelopefs/sealed/1".utf8)
        for part in name {
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: part.utf8)
        }
        return bytes
    }

    private static func describe(_ name: [String]) -> String {
        "the sealed \(name.joined(separator: " ")) does not open"
    }
}

extension RootKey {
    /// A passphrase, held in locked memory until the key has been derived from it.
    public final class Passphrase: Sendable {
        let text: SecretBytes

        /// Takes the passphrase's UTF-8 bytes.
        public init(_ text: consuming SecretBytes) { self.text = text }
    }

    /// Where the root key comes from.
    public enum Source: Sendable {
        /// The file `root.key` of the home, mode 0600, made with the home.
        case file
        /// A file that somebody else provides, such as a systemd credential; it is never written.
        case credential(path: String)
        /// A passphrase; its scrypt parameters and salt are kept in the home's settings.
        case passphrase(Passphrase)
    }
}
