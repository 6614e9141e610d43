import AWSVocabulary
import AccountHome
import Cryptography

/// A ciphertext of a request together with the key that it names or that was named for it.
struct LocatedCiphertext {
    let named: NamedKey
    /// The bytes as they came.
    let bytes: [UInt8]
    /// The header, for symmetric ciphertexts.
    let blob: CiphertextBlob?
}

/// What was decrypted, and with which material.
struct Decrypted: ~Copyable {
    let plaintext: SecretBytes
    /// `nil` for key pairs, whose material has no ID to the outside.
    let materialID: MaterialID?

    /// Gives the plaintext away.
    consuming func takePlaintext() -> SecretBytes { plaintext }
}

extension Invocation {
    /// Finds the key of a ciphertext.
    ///
    /// A symmetric ciphertext names its key itself, and a key in the request is then an assertion; an RSA
    /// ciphertext may come from anyone with the public key and names nothing.
    ///
    /// - Throws: `.invalidCiphertext` for a header that is not one or names a key that is not here,
    ///   `.incorrectKey` when the assertion does not hold, `.validation` for RSA without a key.
    mutating func locate(
        _ bytes: [UInt8], keyID: String?, algorithm: String?
    ) throws(KeyManagementError) -> LocatedCiphertext {
        let asserted: NamedKey? =
            if let keyID { try resolve(keyID, allowingAliases: true) } else { nil }
        let isSymmetric =
            (algorithm ?? EncryptionAlgorithm.symmetricDefault.rawValue)
            == EncryptionAlgorithm.symmetricDefault.rawValue
        if let asserted, !isSymmetric || asserted.key.spec != .symmetricDefault {
            return LocatedCiphertext(named: asserted, bytes: bytes, blob: nil)
        }
        guard isSymmetric else {
            throw .validation(
                "KeyId is required when the ciphertext was encrypted under an asymmetric KMS key.")
        }
        let blob = try CiphertextBlob(bytes)
        let reference = KeyReference(place: KeyPlace(account: blob.account, region: region), id: blob.keyID)
        if let asserted {
            guard asserted.key.reference == reference else { throw .incorrectKey }
            return LocatedCiphertext(named: asserted, bytes: bytes, blob: blob)
        }
        guard let key = keyring.keys[reference] else { throw .invalidCiphertext }
        record.touch(key)
        return LocatedCiphertext(named: NamedKey(key: key, alias: nil), bytes: bytes, blob: blob)
    }

    /// Decrypts; permission, state and usage have been judged.
    ///
    /// - Throws: `.invalidCiphertext` for a damaged or foreign ciphertext and for another context, all alike.
    mutating func open(
        _ ciphertext: LocatedCiphertext, _ algorithm: EncryptionAlgorithm, _ context: EncryptionContext
    ) throws(KeyManagementError) -> Decrypted {
        guard let blob = ciphertext.blob else { return try openRSA(ciphertext, algorithm) }
        guard let material = ciphertext.named.key.material(id: blob.materialID) else {
            throw .invalidCiphertext
        }
        let opened = try material.open(with: service.home.rootKey)
        let plaintext: SecretBytes
        do throws(CryptographyError) {
            plaintext = try blob.open(with: opened, context: context)
        } catch .authenticationFailed {
            throw .invalidCiphertext
        } catch {
            throw KeyManagementError(error)
        }
        record.use(material)
        return Decrypted(plaintext: plaintext, materialID: material.id)
    }

    private func openRSA(
        _ ciphertext: LocatedCiphertext, _ algorithm: EncryptionAlgorithm
    ) throws(KeyManagementError) -> Decrypted {
        guard let digest = algorithm.digest else { throw .invalidCiphertext }
        let material = try currentMaterial(of: ciphertext.named.key)
        let pair = try material.open(with: service.home.rootKey).privateKey()
        do throws(CryptographyError) {
            return Decrypted(plaintext: try pair.decrypt(ciphertext.bytes, oaep: digest), materialID: nil)
        } catch .decryptionFailed {
            throw .invalidCiphertext
        } catch {
            throw KeyManagementError(error)
        }
    }
}
