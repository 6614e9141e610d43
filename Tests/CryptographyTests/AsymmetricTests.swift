import Cryptography
import Testing

@Suite("Asymmetric keys")
struct AsymmetricTests {
    private static let schemes: [SignatureScheme] =
        [DigestAlgorithm.sha256, .sha384, .sha512].flatMap { [.rsaPSS($0), .rsaPKCS1($0), .ecdsa($0)] } + [
            .ed25519
        ]

    private static func scheme(for kind: AsymmetricKind) -> [SignatureScheme] {
        schemes.filter { $0.fits(kind) }
    }

    private let message = "The quick brown fox".bytes

    @Test("a generated key survives being stored", arguments: AsymmetricKind.all)
    func storing(_ kind: AsymmetricKind) throws {
        let key = try TestKeys.key(kind)
        #expect(key.kind == kind)
        let stored = try key.pkcs8()
        let again = try PrivateKey(pkcs8: stored)
        #expect(again.kind == kind)
        #expect(again.publicKey == key.publicKey)
        try again.validate()
        let twice = try again.pkcs8()
        let isSame = twice.isEqual(to: stored)
        #expect(isSame)
        let publicKey = try PublicKey(subjectPublicKeyInfo: key.publicKey.subjectPublicKeyInfo)
        #expect(publicKey == key.publicKey)
        #expect(publicKey.kind == kind)
    }

    @Test("two generated keys differ", arguments: AsymmetricKind.all.filter { $0 != .rsa(bitCount: 4096) })
    func fresh(_ kind: AsymmetricKind) throws {
        let other = try PrivateKey.generate(kind)
        #expect(try TestKeys.key(kind).publicKey != other.publicKey)
    }

    @Test("what a key signs, its public half accepts, and nothing else", arguments: AsymmetricKind.all)
    func signing(_ kind: AsymmetricKind) throws {
        let key = try TestKeys.key(kind)
        for scheme in Self.scheme(for: kind) {
            let signature = try key.signature(for: message, with: scheme)
            #expect(try key.publicKey.isValidSignature(signature, for: message, with: scheme))
            #expect(try !key.publicKey.isValidSignature(signature, for: message + [0], with: scheme))
            for bit in stride(from: 0, to: signature.count * 8, by: 37) {
                let damaged = signature.flipping(bit: bit)
                #expect(try !key.publicKey.isValidSignature(damaged, for: message, with: scheme))
            }
            for damaged in [[], Array(signature.dropLast()), signature + [0], [0x30, 0x80]] {
                #expect(try !key.publicKey.isValidSignature(damaged, for: message, with: scheme))
            }
            for other in Self.scheme(for: kind) where other != scheme {
                #expect(try !key.publicKey.isValidSignature(signature, for: message, with: other))
            }
        }
    }

    @Test("signing a message is signing its digest", arguments: AsymmetricKind.all.filter { $0 != .ed25519 })
    func digests(_ kind: AsymmetricKind) throws {
        let key = try TestKeys.key(kind)
        for scheme in Self.scheme(for: kind) {
            let algorithm = try #require(scheme.digest)
            let digest = Digest.hash(message, with: algorithm)
            let signature = try key.signature(forDigest: digest, with: scheme)
            #expect(try key.publicKey.isValidSignature(signature, for: message, with: scheme))
            let other = try key.signature(for: message, with: scheme)
            #expect(try key.publicKey.isValidSignature(other, forDigest: digest, with: scheme))
            for count in [0, 20, algorithm.byteCount - 1, algorithm.byteCount + 1] {
                let wrong = [UInt8](repeating: 1, count: count)
                #expect(throws: CryptographyError.invalidDigestSize(count)) {
                    try key.signature(forDigest: wrong, with: scheme)
                }
                #expect(throws: CryptographyError.invalidDigestSize(count)) {
                    try key.publicKey.isValidSignature(other, forDigest: wrong, with: scheme)
                }
            }
        }
    }

    @Test("a key does nothing that its kind cannot", arguments: AsymmetricKind.all)
    func misuse(_ kind: AsymmetricKind) throws {
        let key = try TestKeys.key(kind)
        func expectUnsupported(_ body: () throws -> Void) {
            let thrown = #expect(throws: CryptographyError.self) { try body() }
            guard case .unsupportedOperation = thrown else {
                Issue.record("\(String(describing: thrown)) for \(kind)")
                return
            }
        }
        for scheme in Self.schemes where !scheme.fits(kind) {
            expectUnsupported { _ = try key.signature(for: message, with: scheme) }
            expectUnsupported { _ = try key.publicKey.isValidSignature([], for: message, with: scheme) }
        }
        if kind == .ed25519 {
            expectUnsupported {
                _ = try key.signature(forDigest: [UInt8](repeating: 0, count: 64), with: .ed25519)
            }
        }
        if case .rsa = kind {
        } else {
            expectUnsupported { _ = try key.decrypt(message, oaep: .sha256) }
            expectUnsupported { _ = try key.publicKey.encrypt(SecretBytes(copying: message), oaep: .sha256) }
            expectUnsupported { _ = try RSAAESKeyWrap.unwrap(message, with: key, oaep: .sha256).count }
        }
        if case .ec = kind {
        } else {
            expectUnsupported { _ = try key.sharedSecret(with: key.publicKey).count }
        }
    }

    @Test("OAEP takes exactly as much as KMS documents")
    func oaepLimits() throws {
        let limits = [(2048, 214, 190), (3072, 342, 318), (4096, 470, 446)]
        for (bitCount, sha1, sha256) in limits {
            let key = try TestKeys.key(.rsa(bitCount: bitCount))
            for (digest, limit) in [(DigestAlgorithm.sha1, sha1), (.sha256, sha256)] {
                for count in [0, 1, limit] {
                    let plain = try SecretBytes.random(count: count)
                    let ciphertext = try key.publicKey.encrypt(plain, oaep: digest)
                    #expect(ciphertext.count == bitCount / 8)
                    let opened = try key.decrypt(ciphertext, oaep: digest)
                    let isSame = opened.isEqual(to: plain)
                    #expect(isSame)
                }
                #expect(throws: CryptographyError.inputTooLarge(limit + 1)) {
                    try key.publicKey.encrypt(SecretBytes.random(count: limit + 1), oaep: digest)
                }
            }
        }
    }

    @Test("OAEP has one error for every way to be wrong")
    func oaepFailures() throws {
        let key = try TestKeys.key(.rsa(bitCount: 2048))
        let ciphertext = try key.publicKey.encrypt(SecretBytes(copying: message), oaep: .sha256)
        let wrong = [
            [], Array(ciphertext.dropLast()), ciphertext + [0], [UInt8](repeating: 0, count: 256),
            [UInt8](repeating: 0xff, count: 256), ciphertext.flipping(bit: 77),
            ciphertext.flipping(bit: 2047),
        ]
        for damaged in wrong {
            #expect(throws: CryptographyError.decryptionFailed) {
                try key.decrypt(damaged, oaep: .sha256).count
            }
        }
        #expect(throws: CryptographyError.decryptionFailed) { try key.decrypt(ciphertext, oaep: .sha1).count }
        let other = try PrivateKey.generate(.rsa(bitCount: 2048))
        #expect(throws: CryptographyError.decryptionFailed) {
            try other.decrypt(ciphertext, oaep: .sha256).count
        }
    }

    @Test("both sides agree on a secret", arguments: EllipticCurve.allCases)
    func agreement(_ curve: EllipticCurve) throws {
        let one = try PrivateKey.generate(.ec(curve))
        let other = try PrivateKey.generate(.ec(curve))
        let first = try one.sharedSecret(with: other.publicKey)
        let second = try other.sharedSecret(with: one.publicKey)
        let (count, isSame) = (first.count, first.isEqual(to: second))
        #expect(count == curve.coordinateByteCount)
        #expect(isSame)
        for foreign in EllipticCurve.allCases where foreign != curve {
            let key = try TestKeys.key(.ec(foreign)).publicKey
            #expect(throws: CryptographyError.invalidKey("the public key is of kind \(key.kind)")) {
                try one.sharedSecret(with: key).count
            }
        }
    }

    @Test("secrets of any length go through an RSA key", arguments: [1, 32, 138, 1217, 4096])
    func wrapping(_ count: Int) throws {
        let key = try TestKeys.key(.rsa(bitCount: 2048))
        let plain = try SecretBytes.random(count: count)
        for digest in [DigestAlgorithm.sha1, .sha256] {
            let wrapped = try RSAAESKeyWrap.wrap(plain, for: key.publicKey, oaep: digest)
            let unwrapped = try RSAAESKeyWrap.unwrap(wrapped, with: key, oaep: digest)
            let isSame = unwrapped.isEqual(to: plain)
            #expect(isSame)
            for damaged in [
                [], Array(wrapped.prefix(256)), Array(wrapped.dropLast(8)), wrapped.flipping(bit: 9),
                wrapped.flipping(bit: 2050),
            ] {
                #expect(throws: CryptographyError.authenticationFailed) {
                    try RSAAESKeyWrap.unwrap(damaged, with: key, oaep: digest).count
                }
            }
        }
    }
}

/// Keys that are made once for all tests, because RSA takes its time.
enum TestKeys {
    private static let keys: [AsymmetricKind: PrivateKey] = {
        var keys: [AsymmetricKind: PrivateKey] = [:]
        for kind in AsymmetricKind.all {
            do { keys[kind] = try PrivateKey.generate(kind) } catch {
                Issue.record("cannot make \(kind): \(error)")
            }
        }
        return keys
    }()

    static func key(_ kind: AsymmetricKind) throws -> PrivateKey { try #require(keys[kind]) }
}
