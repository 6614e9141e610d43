internal import COpenSSL

// SAFETY: the key is never changed after it was made, and OpenSSL 3 locks what it caches inside it.
/// One OpenSSL key, shared by whoever uses it and freed with the last of them; private parts are wiped then.
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let kind: AsymmetricKind

    /// Takes over `pointer`, and frees it when its kind is not ours.
    init(owning pointer: OpaquePointer) throws(CryptographyError) {
        do throws(CryptographyError) {
            kind = try AsymmetricKind(of: pointer)
        } catch {
            EVP_PKEY_free(pointer)
            throw error
        }
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    /// A context for one operation with this key.
    func context() throws(CryptographyError) -> KeyContext {
        try KeyContext(EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil))
    }
}

/// The settings of one operation with one key.
struct KeyContext: ~Copyable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer?) throws(CryptographyError) {
        self.pointer = try check(pointer, "EVP_PKEY_CTX_new")
    }

    deinit { EVP_PKEY_CTX_free(pointer) }

    /// Sets padding and digest of a signature, after the operation was begun.
    func configure(_ scheme: SignatureScheme) throws(CryptographyError) {
        guard let digest = scheme.digest else { return }
        switch scheme {
        case .rsaPSS:
            try check(EVP_PKEY_CTX_set_rsa_padding(pointer, RSA_PKCS1_PSS_PADDING), "set_rsa_padding")
        case .rsaPKCS1:
            try check(EVP_PKEY_CTX_set_rsa_padding(pointer, RSA_PKCS1_PADDING), "set_rsa_padding")
        case .ecdsa, .ed25519:
            break
        }
        try check(EVP_PKEY_CTX_set_signature_md(pointer, digest.implementation), "set_signature_md")
        if case .rsaPSS = scheme {
            // The salt's length is fixed for signing and required when verifying.
            try check(
                EVP_PKEY_CTX_set_rsa_pss_saltlen(pointer, RSA_PSS_SALTLEN_DIGEST), "set_rsa_pss_saltlen")
            try check(EVP_PKEY_CTX_set_rsa_mgf1_md(pointer, digest.implementation), "set_rsa_mgf1_md")
        }
    }

    /// Sets OAEP padding with one digest for label and mask and an empty label.
    func configureOAEP(_ digest: DigestAlgorithm) throws(CryptographyError) {
        try check(EVP_PKEY_CTX_set_rsa_padding(pointer, RSA_PKCS1_OAEP_PADDING), "set_rsa_padding")
        try check(EVP_PKEY_CTX_set_rsa_oaep_md(pointer, digest.implementation), "set_rsa_oaep_md")
        try check(EVP_PKEY_CTX_set_rsa_mgf1_md(pointer, digest.implementation), "set_rsa_mgf1_md")
    }
}

extension SignatureScheme {
    /// Refuses a key of another kind.
    func checkFits(_ kind: AsymmetricKind) throws(CryptographyError) {
        guard fits(kind) else { throw .unsupportedOperation("\(self) with a key of kind \(kind)") }
    }

    /// Refuses a digest of the wrong length, and the scheme that signs none.
    func checkDigest(_ bytes: [UInt8]) throws(CryptographyError) {
        guard let digest else { throw .unsupportedOperation("Ed25519 over a digest") }
        guard bytes.count == digest.byteCount else { throw .invalidDigestSize(bytes.count) }
    }
}
