import AWSVocabulary
import Cryptography
import GRDB
import StrictJSON

/// Finds the root key of a home, makes it where the home is new, and proves that it is the right one.
///
/// The proof is a sealed constant in the settings. It is written once, with the first root key; from then on a
/// missing or different key is an error, never a reason to make a new one: that would orphan all that is sealed.
struct RootKeyKeeper {
    private static let proofSetting = "root-key-proof"
    private static let derivationSetting = "root-key-derivation"
    private static let proofText = Array("this root key opens this home".utf8)

    let files: HomeFiles
    let pool: DatabasePool

    /// The root key from `source`.
    ///
    /// - Throws: `.rootKeyMissing`, `.rootKeyMalformed`, `.rootKeyExposed`, `.rootKeyMismatch`.
    func key(from source: RootKey.Source) throws(HomeError) -> RootKey {
        let proof = try setting(Self.proofSetting)
        let key = RootKey(try secret(from: source, isNew: proof == nil))
        if let proof {
            try verify(key, proof: proof)
        } else {
            try store(Self.proofSetting, Hex.encode(try sealProof(under: key)))
        }
        return key
    }

    private func secret(from source: RootKey.Source, isNew: Bool) throws(HomeError) -> SecretBytes {
        switch source {
        case .file:
            if let secret = try files.readRootKey(at: files.rootKeyPath, mustBePrivate: true) {
                return secret
            }
            guard isNew else { throw .rootKeyMissing(path: files.rootKeyPath) }
            // ORDER: the key is durable before anything is sealed under it.
            let secret = try newSecret()
            try files.writeRootKey(secret)
            return secret
        case .credential(let path):
            // systemd gives credentials mode 0400, but a service manager may choose a group: its own business.
            guard let secret = try files.readRootKey(at: path, mustBePrivate: false) else {
                throw .rootKeyMissing(path: path)
            }
            return secret
        case .passphrase(let passphrase):
            let derivation = try storedDerivation(isNew: isNew)
            return try derivation.secret(of: passphrase)
        }
    }

    private func newSecret() throws(HomeError) -> SecretBytes {
        do throws(CryptographyError) {
            return try SecretBytes.random(count: RootKey.byteCount)
        } catch {
            throw .cryptography(error)
        }
    }

    private func storedDerivation(isNew: Bool) throws(HomeError) -> PassphraseDerivation {
        if let text = try setting(Self.derivationSetting) {
            guard let derivation = PassphraseDerivation(text) else {
                throw .corrupted(what: "the setting \(Self.derivationSetting)")
            }
            return derivation
        }
        // A home that was made with a key file has a proof but no derivation.
        guard isNew else { throw .rootKeyMismatch }
        let derivation = PassphraseDerivation.fresh()
        try store(Self.derivationSetting, derivation.text)
        return derivation
    }

    private func sealProof(under key: RootKey) throws(HomeError) -> [UInt8] {
        try Self.proofText.withRawBytes { (bytes: UnsafeRawBufferPointer) throws(HomeError) in
            try key.seal(bytes, as: [Self.proofSetting])
        }
    }

    private func verify(_ key: RootKey, proof: String) throws(HomeError) {
        guard let sealed = Hex.decode(proof) else {
            throw .corrupted(what: "the setting \(Self.proofSetting)")
        }
        do throws(HomeError) {
            _ = try key.open(sealed, as: [Self.proofSetting])
        } catch {
            if case .corrupted = error { throw .rootKeyMismatch }
            throw error
        }
    }

    private func setting(_ name: String) throws(HomeError) -> String? {
        do {
            return try pool.read { try Settings.value(of: name, in: $0) }
        } catch {
            throw HomeError(error)
        }
    }

    private func store(_ name: String, _ value: String) throws(HomeError) {
        do {
            try pool.write { try Settings.set(name, to: value, in: $0) }
        } catch {
            throw HomeError(error)
        }
    }
}

/// How a passphrase becomes a root key: scrypt, its cost and its salt.
///
/// Source: RFC 7914.
struct PassphraseDerivation {
    private static let saltByteCount = 16

    var cost = Scrypt.Cost.interactive
    var salt: [UInt8]

    /// A derivation for a new home.
    static func fresh() -> PassphraseDerivation {
        PassphraseDerivation(salt: RandomBytes.make(count: saltByteCount))
    }

    /// The stored form.
    var text: String {
        let json: JSONValue = [
            "kdf": "scrypt", "log2N": JSONValue(cost.iterationCountLog2), "r": JSONValue(cost.blockSize),
            "p": JSONValue(cost.parallelism), "salt": .string(Hex.encode(salt)),
        ]
        return json.text()
    }

    func secret(of passphrase: RootKey.Passphrase) throws(HomeError) -> SecretBytes {
        do throws(CryptographyError) {
            return try Scrypt.derive(from: passphrase.text, salt: salt, cost: cost, count: RootKey.byteCount)
        } catch {
            throw .cryptography(error)
        }
    }
}

extension PassphraseDerivation {
    /// Reads the stored form.
    ///
    /// `nil` where it is not one. Bounds on the cost are kept by `Scrypt`.
    init?(_ text: String) {
        guard let json = try? JSONValue(parsing: text), json["kdf"]?.string == "scrypt",
            let iterations = json["log2N"]?.int, let blockSize = json["r"]?.int,
            let parallelism = json["p"]?.int, let salt = json["salt"]?.string.flatMap(Hex.decode),
            salt.count == Self.saltByteCount
        else { return nil }
        self.salt = salt
        cost = Scrypt.Cost(iterationCountLog2: iterations, blockSize: blockSize, parallelism: parallelism)
    }
}
