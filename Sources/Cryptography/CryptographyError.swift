/// Why a cryptographic operation did not happen.
///
/// No case carries key bytes, plaintext or padding details: a caller may show any of them to an operator.
public enum CryptographyError: Error, Equatable, Sendable {
    /// The tag, the signature or the wrapped key does not belong to what was given. Nothing was released.
    case authenticationFailed
    /// A ciphertext of an unauthenticated scheme (CBC, OAEP) does not decrypt; every cause looks the same.
    case decryptionFailed
    /// A symmetric key of this many bytes cannot be used here.
    case invalidKeySize(Int)
    /// A nonce or initialisation vector of this many bytes cannot be used here.
    case invalidNonceSize(Int)
    /// A digest of this many bytes does not fit the signature scheme.
    case invalidDigestSize(Int)
    /// The input is this many bytes long, which is more than the scheme allows.
    case inputTooLarge(Int)
    /// The input is this many bytes long, which is less than the scheme needs.
    case inputTooSmall(Int)
    /// A parameter lies outside what its standard allows; the text names it.
    case invalidParameter(String)
    /// An encoded key is malformed, of an unknown kind, or inconsistent; the text says which.
    case invalidKey(String)
    /// The key is of a kind that cannot do this, for example signing with ECDSA under an RSA key.
    case unsupportedOperation(String)
    /// The kernel gave no memory for this many secret bytes.
    case outOfSecureMemory(byteCount: Int)
    /// OpenSSL refused for a reason of its own.
    case library(OpenSSLError)
}
