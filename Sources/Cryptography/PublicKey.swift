internal import COpenSSL

/// A public key: verifies signatures, encrypts with RSA, takes part in ECDH.
public struct PublicKey: Sendable, Equatable {
    let handle: KeyHandle
    /// The key as DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1), in the one form OpenSSL writes.
    public let subjectPublicKeyInfo: [UInt8]

    /// Which kind of pair it belongs to.
    public var kind: AsymmetricKind { handle.kind }

    /// Reads a DER `SubjectPublicKeyInfo`, with nothing after it.
    ///
    /// - Throws: `.invalidKey` for other encodings, other kinds, and points that are not on their curve.
    public init(subjectPublicKeyInfo bytes: [UInt8]) throws(CryptographyError) {
        let parsed = bytes.withRawBytes { bytes -> OpaquePointer? in
            var cursor = bytes.bytePointer
            guard let key = d2i_PUBKEY(nil, &cursor, bytes.count) else { return nil }
            guard cursor == bytes.bytePointer.map({ $0 + bytes.count }) else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        guard let parsed else {
            ERR_clear_error()
            throw .invalidKey("not a DER SubjectPublicKeyInfo")
        }
        let handle = try KeyHandle(owning: parsed)
        if case .ec = handle.kind {
            // An off-curve or infinite point would leak a private key through ECDH.
            let context = try handle.context()
            guard EVP_PKEY_public_check_quick(context.pointer) == 1 else {
                ERR_clear_error()
                throw .invalidKey("not a point of its curve")
            }
        }
        try self.init(handle)
    }

    /// Takes the public half of `handle`.
    init(_ handle: KeyHandle) throws(CryptographyError) {
        self.handle = handle
        let length = i2d_PUBKEY(handle.pointer, nil)
        guard length > 0 else { throw .library(OpenSSLError(draining: "i2d_PUBKEY")) }
        subjectPublicKeyInfo = try [UInt8](count: Int(length)) { (buffer) throws(CryptographyError) in
            var cursor = buffer.bytePointer
            guard i2d_PUBKEY(handle.pointer, &cursor) == length else {
                throw .library(OpenSSLError(draining: "i2d_PUBKEY"))
            }
        }
    }

    /// Two keys are equal when they are written alike.
    public static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.subjectPublicKeyInfo == right.subjectPublicKeyInfo
    }

    /// Whether `signature` over `message` was made with the private half.
    ///
    /// - Throws: `.unsupportedOperation` when the key does not sign so; a malformed signature is just not
    ///   valid.
    public func isValidSignature(
        _ signature: [UInt8], for message: [UInt8], with scheme: SignatureScheme
    ) throws(CryptographyError) -> Bool {
        try scheme.checkFits(kind)
        guard let digest = scheme.digest else { return try isValidEd25519(signature, for: message) }
        return try isValidSignature(signature, forDigest: Digest.hash(message, with: digest), with: scheme)
    }

    /// Whether `signature` was made with the private half over a message that has this digest.
    ///
    /// - Throws: `.unsupportedOperation` when the key does not sign so, `.invalidDigestSize`.
    public func isValidSignature(
        _ signature: [UInt8], forDigest digest: [UInt8], with scheme: SignatureScheme
    ) throws(CryptographyError) -> Bool {
        try scheme.checkFits(kind)
        try scheme.checkDigest(digest)
        let context = try handle.context()
        try check(EVP_PKEY_verify_init(context.pointer), "EVP_PKEY_verify_init")
        try context.configure(scheme)
        let code = EVP_PKEY_verify(context.pointer, signature, signature.count, digest, digest.count)
        if code != 1 { ERR_clear_error() }
        return code == 1
    }

    private func isValidEd25519(_ signature: [UInt8], for message: [UInt8]) throws(CryptographyError) -> Bool
    {
        let context = try check(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        try check(
            EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, handle.pointer, nil), "EVP_DigestVerifyInit")
        let code = EVP_DigestVerify(context, signature, signature.count, message, message.count)
        if code != 1 { ERR_clear_error() }
        return code == 1
    }

    /// Encrypts a short message with RSAES-OAEP, one digest throughout and an empty label.
    ///
    /// - Parameters:
    ///   - plaintext: At most the modulus's bytes, less two digests, less two.
    ///   - digest: SHA-1 or SHA-256 in KMS.
    /// - Throws: `.inputTooLarge`, `.unsupportedOperation` for other kinds of keys.
    ///
    /// Source: RFC 8017 section 7.1.
    public func encrypt(
        _ plaintext: UnsafeRawBufferPointer, oaep digest: DigestAlgorithm
    ) throws(CryptographyError) -> [UInt8] {
        guard case .rsa(let bitCount) = kind else {
            throw .unsupportedOperation("OAEP with a key of kind \(kind)")
        }
        let limit = bitCount / 8 - 2 * digest.byteCount - 2
        guard plaintext.count <= limit else { throw .inputTooLarge(plaintext.count) }
        let context = try handle.context()
        try check(EVP_PKEY_encrypt_init(context.pointer), "EVP_PKEY_encrypt_init")
        try context.configureOAEP(digest)
        return try [UInt8](count: bitCount / 8) { (buffer) throws(CryptographyError) in
            var written = buffer.count
            let code = EVP_PKEY_encrypt(
                context.pointer, buffer.bytePointer, &written, plaintext.bytePointer, plaintext.count)
            try check(code, "EVP_PKEY_encrypt")
        }
    }

    /// Encrypts a secret with RSAES-OAEP, as the other `encrypt` does.
    public func encrypt(
        _ plaintext: borrowing SecretBytes, oaep digest: DigestAlgorithm
    ) throws(CryptographyError) -> [UInt8] {
        try plaintext.withUnsafeBytes { (bytes) throws(CryptographyError) in try encrypt(bytes, oaep: digest)
        }
    }
}
