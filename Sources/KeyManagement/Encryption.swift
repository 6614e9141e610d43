import AWSVocabulary
import AccountHome
import Cryptography
import PolicyEngine

/// What the operations that encrypt and decrypt have in common in a request.
struct EncryptionUse {
    /// The action, where it is not the operation's own.
    var action: String?
    /// The algorithm asked for.
    var algorithm: String?
    var context: EncryptionContext
    var grantTokens: [String]?
    /// Further condition keys.
    var conditions: [(key: String, value: String)] = []

    /// The algorithm that will be used.
    var algorithmName: String { algorithm ?? EncryptionAlgorithm.symmetricDefault.rawValue }
}

extension Invocation {
    /// Judges the use of a key for encryption: grant tokens, permission, state, usage, algorithm.
    ///
    /// - Returns: The algorithm to use.
    mutating func authorizeUse(
        _ named: NamedKey, _ use: EncryptionUse
    ) throws(KeyManagementError) -> EncryptionAlgorithm {
        let key = named.key
        try authorizeOnly(named, use)
        let name = use.algorithmName
        try key.check(.use)
        try key.check(.encryptDecrypt, for: operation)
        try key.check(algorithm: name)
        guard let algorithm = EncryptionAlgorithm(rawValue: name) else {
            throw .internalFailure("the algorithm \(name) is listed but unknown")
        }
        if algorithm != .symmetricDefault, !use.context.isEmpty {
            throw .validation("EncryptionContext is not supported with the \(name) encryption algorithm.")
        }
        return algorithm
    }

    /// Judges grant tokens and permission alone.
    func authorizeOnly(_ named: NamedKey, _ use: EncryptionUse) throws(KeyManagementError) {
        try check(grantTokens: use.grantTokens)
        try authorize(named, action: use.action, encryptionContext: use.context) { context in
            context.set(use.algorithmName, for: "kms:EncryptionAlgorithm")
            for (key, value) in use.conditions { context.set(value, for: key) }
        }
    }

    /// Judges the use of a symmetric key to make a data key.
    mutating func authorizeDataKey(
        _ named: NamedKey, context: EncryptionContext, grantTokens: [String]?,
        adding: (inout RequestContext) -> Void = { _ in }
    ) throws(KeyManagementError) {
        try check(grantTokens: grantTokens)
        try authorize(named, encryptionContext: context) { conditions in
            conditions.set(EncryptionAlgorithm.symmetricDefault.rawValue, for: "kms:EncryptionAlgorithm")
            adding(&conditions)
        }
        try named.key.check(.use)
        try named.key.check(.encryptDecrypt, for: operation)
        guard named.key.spec == .symmetricDefault else {
            throw .invalidKeyUsage(
                "\(named.key.arn) key spec is \(named.key.spec.rawValue) which is not valid for \(operation.rawValue)."
            )
        }
    }

    /// Encrypts under the current material of a key.
    mutating func seal(
        _ plaintext: UnsafeRawBufferPointer, under key: Key, _ algorithm: EncryptionAlgorithm,
        _ context: EncryptionContext
    ) throws(KeyManagementError) -> [UInt8] {
        let material = try currentMaterial(of: key)
        let opened = try material.open(with: service.home.rootKey)
        guard let digest = algorithm.digest else {
            record.use(material)
            return try translating { () throws(CryptographyError) in
                try CiphertextBlob.seal(
                    plaintext, key: key.reference, materialID: material.id, material: opened, context: context
                )
            }
        }
        let publicKey = try opened.privateKey().publicKey
        return try translating { () throws(CryptographyError) in
            try publicKey.encrypt(plaintext, oaep: digest)
        }
    }

    /// Encrypts a secret under the current material of a key.
    mutating func seal(
        _ plaintext: borrowing SecretBytes, under key: Key, _ algorithm: EncryptionAlgorithm,
        _ context: EncryptionContext
    ) throws(KeyManagementError) -> [UInt8] {
        try plaintext.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(KeyManagementError) in
            try seal(bytes, under: key, algorithm, context)
        }
    }

    /// The material that seals now.
    func currentMaterial(of key: Key) throws(KeyManagementError) -> KeyMaterial {
        guard let material = key.currentMaterial else { throw .invalidState("\(key.arn) is pending import.") }
        return material
    }
}

extension EncryptionAlgorithm {
    /// The digest of OAEP; `nil` for the symmetric algorithm.
    var digest: DigestAlgorithm? {
        switch self {
        case .symmetricDefault: nil
        case .rsaOAEPSHA1: .sha1
        case .rsaOAEPSHA256: .sha256
        }
    }

    /// Refuses a plaintext that is too long for the key.
    ///
    /// - Throws: `.validation`.
    func checkSize(_ count: Int, for spec: KeySpec) throws(KeyManagementError) {
        guard let digest, case .rsa(let bitCount) = spec.pairKind else { return }
        let limit = bitCount / 8 - 2 * digest.byteCount - 2
        guard count <= limit else {
            throw .validation(
                "Algorithm \(rawValue) and key spec \(spec.rawValue) cannot encrypt data larger than \(limit) bytes."
            )
        }
    }
}

extension Shape {
    /// An encryption context has at most 8,192 bytes in all.
    mutating func encryptionContext(_ context: EncryptionContext?, _ member: String) {
        guard let context else { return }
        let count = context.pairs.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        blobLength(count, member, atMost: 8192)
    }
}
