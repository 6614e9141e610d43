internal import COpenSSL

/// A private key: signs, decrypts with RSA, agrees on secrets.
///
/// Copies share one key, which is wiped with the last of them. Its bytes leave only as `SecretBytes`.
public struct PrivateKey: Sendable {
    let handle: KeyHandle
    /// The public half.
    public let publicKey: PublicKey

    /// Which kind of pair it belongs to.
    public var kind: AsymmetricKind { handle.kind }

    private init(_ handle: KeyHandle) throws(CryptographyError) {
        self.handle = handle
        publicKey = try PublicKey(handle)
    }

    // MARK: - Making and storing

    /// Makes a new pair.
    ///
    /// RSA takes 0.1 s to several seconds, the others microseconds.
    ///
    /// - Throws: `.invalidParameter` for an RSA size other than 2048, 3072 or 4096 bits.
    public static func generate(_ kind: AsymmetricKind) throws(CryptographyError) -> PrivateKey {
        let context: KeyContext
        switch kind {
        case .rsa(let bitCount):
            guard AsymmetricKind.rsaBitCounts.contains(bitCount) else {
                throw .invalidParameter("RSA key of \(bitCount) bits")
            }
            context = try generator("RSA")
            try check(
                EVP_PKEY_CTX_set_rsa_keygen_bits(context.pointer, Int32(bitCount)), "set_rsa_keygen_bits")
        case .ec(let curve):
            context = try generator("EC")
            let code = EVP_PKEY_CTX_set_group_name(context.pointer, curve.groupName.characters)
            try check(code, "EVP_PKEY_CTX_set_group_name")
        case .ed25519:
            context = try generator("ED25519")
        }
        var key: OpaquePointer?
        try check(EVP_PKEY_generate(context.pointer, &key), "EVP_PKEY_generate")
        return try PrivateKey(KeyHandle(owning: check(key, "EVP_PKEY_generate")))
    }

    private static func generator(_ name: StaticString) throws(CryptographyError) -> KeyContext {
        let context = try KeyContext(EVP_PKEY_CTX_new_from_name(nil, name.characters, nil))
        try check(EVP_PKEY_keygen_init(context.pointer), "EVP_PKEY_keygen_init")
        return context
    }

    /// Reads an unencrypted DER `PrivateKeyInfo` (PKCS#8, RFC 5208), with nothing after it.
    ///
    /// Cheap, and meant for keys we stored; call `validate` on keys from elsewhere.
    ///
    /// - Throws: `.invalidKey` for other encodings and other kinds.
    public init(pkcs8 bytes: borrowing SecretBytes) throws(CryptographyError) {
        let parsed = bytes.withUnsafeBytes(Self.parse)
        guard let parsed else {
            ERR_clear_error()
            throw .invalidKey("not a DER PKCS#8 private key")
        }
        try self.init(KeyHandle(owning: parsed))
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer) -> OpaquePointer? {
        var cursor = bytes.bytePointer
        guard let info = d2i_PKCS8_PRIV_KEY_INFO(nil, &cursor, bytes.count) else { return nil }
        // Freeing wipes the copy of the key that the structure holds.
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        guard cursor == bytes.bytePointer.map({ $0 + bytes.count }) else { return nil }
        return EVP_PKCS82PKEY(info)
    }

    /// The key as DER `PrivateKeyInfo` (PKCS#8, RFC 5208), unencrypted.
    public func pkcs8() throws(CryptographyError) -> SecretBytes {
        let info = try check(EVP_PKEY2PKCS8(handle.pointer), "EVP_PKEY2PKCS8")
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        let length = i2d_PKCS8_PRIV_KEY_INFO(info, nil)
        guard length > 0 else { throw .library(OpenSSLError(draining: "i2d_PKCS8_PRIV_KEY_INFO")) }
        return try SecretBytes(count: Int(length)) { (buffer) throws(CryptographyError) in
            var cursor = buffer.bytePointer
            guard i2d_PKCS8_PRIV_KEY_INFO(info, &cursor) == length else {
                throw .library(OpenSSLError(draining: "i2d_PKCS8_PRIV_KEY_INFO"))
            }
        }
    }

    /// Checks that the parts of the key fit each other: primes, exponents, the public point.
    ///
    /// Takes up to a second for RSA, so it is for keys that somebody else made.
    ///
    /// - Throws: `.invalidKey`.
    public func validate() throws(CryptographyError) {
        let context = try handle.context()
        guard EVP_PKEY_check(context.pointer) == 1 else {
            ERR_clear_error()
            throw .invalidKey("its parts do not fit each other")
        }
    }

    // MARK: - Using

    /// Signs a message of any length.
    ///
    /// - Throws: `.unsupportedOperation` when the key does not sign so.
    public func signature(for message: [UInt8], with scheme: SignatureScheme) throws(CryptographyError)
        -> [UInt8]
    {
        try scheme.checkFits(kind)
        guard let digest = scheme.digest else { return try ed25519Signature(for: message) }
        return try signature(forDigest: Digest.hash(message, with: digest), with: scheme)
    }

    /// Signs a digest that was computed elsewhere.
    ///
    /// - Throws: `.unsupportedOperation` when the key does not sign so, `.invalidDigestSize`.
    public func signature(
        forDigest digest: [UInt8], with scheme: SignatureScheme
    ) throws(CryptographyError) -> [UInt8] {
        try scheme.checkFits(kind)
        try scheme.checkDigest(digest)
        let context = try handle.context()
        try check(EVP_PKEY_sign_init(context.pointer), "EVP_PKEY_sign_init")
        try context.configure(scheme)
        var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(handle.pointer)))
        var written = signature.count
        try check(EVP_PKEY_sign(context.pointer, &signature, &written, digest, digest.count), "EVP_PKEY_sign")
        // A DER signature has no fixed length.
        signature.removeLast(signature.count - written)
        return signature
    }

    private func ed25519Signature(for message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let context = try check(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        try check(
            EVP_DigestSignInit_ex(context, nil, nil, nil, nil, handle.pointer, nil), "EVP_DigestSignInit")
        return try [UInt8](count: 64) { (buffer) throws(CryptographyError) in
            var written = buffer.count
            let code = EVP_DigestSign(context, buffer.bytePointer, &written, message, message.count)
            try check(code, "EVP_DigestSign")
        }
    }

    /// Decrypts what `PublicKey.encrypt` made with the same digest.
    ///
    /// - Throws: `.decryptionFailed` for every other input, whatever is wrong with it;
    ///   `.unsupportedOperation` for other kinds of keys.
    public func decrypt(
        _ ciphertext: [UInt8], oaep digest: DigestAlgorithm
    ) throws(CryptographyError) -> SecretBytes {
        guard case .rsa(let bitCount) = kind else {
            throw .unsupportedOperation("OAEP with a key of kind \(kind)")
        }
        guard ciphertext.count == bitCount / 8 else { throw .decryptionFailed }
        let context = try handle.context()
        try check(EVP_PKEY_decrypt_init(context.pointer), "EVP_PKEY_decrypt_init")
        try context.configureOAEP(digest)
        return try SecretBytes(capacity: bitCount / 8) { (buffer) throws(CryptographyError) in
            var written = buffer.count
            let code = EVP_PKEY_decrypt(
                context.pointer, buffer.bytePointer, &written, ciphertext, ciphertext.count)
            guard code == 1 else {
                ERR_clear_error()
                throw .decryptionFailed
            }
            return written
        }
    }

    /// The x coordinate that both sides of ECDH compute, `coordinateByteCount` bytes.
    ///
    /// - Throws: `.unsupportedOperation` for keys that are not on curves, `.invalidKey` for one on another
    ///   curve.
    ///
    /// Source: NIST SP 800-56A section 5.7.1.2.
    public func sharedSecret(with other: PublicKey) throws(CryptographyError) -> SecretBytes {
        guard case .ec(let curve) = kind else {
            throw .unsupportedOperation("ECDH with a key of kind \(kind)")
        }
        guard other.kind == kind else { throw .invalidKey("the public key is of kind \(other.kind)") }
        let context = try handle.context()
        try check(EVP_PKEY_derive_init(context.pointer), "EVP_PKEY_derive_init")
        try check(EVP_PKEY_derive_set_peer(context.pointer, other.handle.pointer), "EVP_PKEY_derive_set_peer")
        return try SecretBytes(count: curve.coordinateByteCount) { (buffer) throws(CryptographyError) in
            var written = buffer.count
            try check(EVP_PKEY_derive(context.pointer, buffer.bytePointer, &written), "EVP_PKEY_derive")
        }
    }
}
