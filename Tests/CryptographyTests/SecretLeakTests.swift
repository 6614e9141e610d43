import Foundation
import Testing

@testable import Cryptography

/// After a secret was used and dropped, all writable memory of the process is searched for it.
///
/// Each test runs in a process of its own. The secret is random, and known to the test only inverted.
@Suite(
    "Nothing is left of a secret",
    .disabled(if: ProcessMemory.isSanitized, "a sanitizer changes what memory holds"))
struct SecretLeakTests {
    @Test("the search finds what is there")
    func searchWorks() async {
        await #expect(processExitsWith: .success) {
            let trace = Trace()
            let key = SecretBytes(copying: trace.secret(byteCount: 32))
            #expect(trace.occurrences >= 1)
            withExtendedLifetime(key) {}
        }
    }

    @Test("after a buffer grew from nothing to megabytes")
    func growth() async {
        await #expect(processExitsWith: .success) {
            let trace = Trace()
            do {
                var buffer = SecretBuffer()
                // The secret comes in again and again, so that every stage of growth holds it.
                while buffer.count < 3 << 20 {
                    try trace.lend { (bytes) throws(CryptographyError) in try buffer.append(bytes) }
                    try buffer.write([0], at: buffer.count * 2 + 7)
                    try buffer.truncate(to: (buffer.count + 7) / 8 * 8)
                }
                #expect(trace.occurrences >= 10)
                try buffer.truncate(to: 0)
                #expect(trace.occurrences == 0)
                try trace.lend { (bytes) throws(CryptographyError) in try buffer.append(bytes) }
            }
            #expect(trace.occurrences == 0)
        }
    }

    @Test("after a key sealed, opened, signed a request and derived other keys")
    func symmetric() async {
        await #expect(processExitsWith: .success) {
            let trace = Trace()
            do {
                let key = try trace.key(byteCount: 32)
                let sealed = try AESGCM.seal([1, 2, 3], key: key, nonce: [UInt8](repeating: 0, count: 12))
                _ = try AESGCM.open(sealed, key: key, nonce: [UInt8](repeating: 0, count: 12)).count
                _ = HMAC.sha256(key: key, [1, 2, 3])
                _ = try HKDF.sha512(from: key, salt: [1], info: [2], count: 32).count
                let cost = Scrypt.Cost(iterationCountLog2: 4, blockSize: 1, parallelism: 1)
                _ = try Scrypt.derive(from: key, salt: [1], cost: cost, count: 32).count
                _ = try AESKeyWrap.wrap(key, with: key)
                _ = key.copy().count
                #expect(trace.occurrences >= 1)
            }
            #expect(trace.occurrences == 0)
        }
    }

    @Test("after a key was unwrapped and decrypted, also when the tag was wrong")
    func opened() async {
        await #expect(processExitsWith: .success) {
            let trace = Trace()
            do {
                let master = SecretBytes(copying: [UInt8](repeating: 1, count: 32))
                let nonce = [UInt8](repeating: 0, count: 12)
                let wrapped = try AESKeyWrap.wrap(trace.key(byteCount: 32), with: master)
                let sealed = try trace.key(byteCount: 32).withUnsafeBytes {
                    (bytes) throws(CryptographyError) in
                    try AESGCM.seal(bytes, key: master, nonce: nonce)
                }
                #expect(trace.occurrences == 0)
                let opened = SecretBytes(try AESGCM.open(sealed, key: master, nonce: nonce))
                let unwrapped = try AESKeyWrap.unwrap(wrapped, with: master)
                #expect(trace.occurrences == 4)
                let (one, other) = (opened.count, unwrapped.count)
                #expect(one == other)
                let damaged = sealed.flipping(bit: sealed.count * 8 - 1)
                #expect(throws: CryptographyError.authenticationFailed) {
                    try AESGCM.open(damaged, key: master, nonce: nonce).count
                }
                #expect(trace.occurrences == 4)
            }
            #expect(trace.occurrences == 0)
        }
    }

    @Test("after an RSA key carried it")
    func asymmetric() async {
        await #expect(processExitsWith: .success) {
            let trace = Trace()
            do {
                let key = try PrivateKey.generate(.rsa(bitCount: 2048))
                let ciphertext = try key.publicKey.encrypt(trace.key(byteCount: 32), oaep: .sha256)
                let opened = try key.decrypt(ciphertext, oaep: .sha256)
                let wrapped = try RSAAESKeyWrap.wrap(opened, for: key.publicKey, oaep: .sha1)
                _ = try RSAAESKeyWrap.unwrap(wrapped, with: key, oaep: .sha1).count
            }
            #expect(trace.occurrences == 0)
        }
    }

    @Test("after a private key was stored, read, used and dropped")
    func privateKeys() async {
        await #expect(processExitsWith: .success) {
            let stored = try PrivateKey.generate(.ec(.p256)).pkcs8()
            // RFC 5915: the scalar follows 36 bytes of frame, and is itself the secret to look for.
            let trace = stored.withUnsafeBytes { Trace(lookingFor: $0, at: 36) }
            do {
                let key = try PrivateKey(pkcs8: stored)
                _ = try key.signature(for: [1], with: .ecdsa(.sha256))
                _ = try key.sharedSecret(with: key.publicKey).count
                _ = try key.pkcs8().count
            }
            // `stored` itself holds the scalar at an odd address only; anything aligned would be a copy.
            #expect(trace.occurrences == 0)
        }
    }
}

/// A secret that exists only inverted, and what is found of it.
private struct Trace {
    private let inverted: [UInt64]

    init() {
        var generator = SystemRandomNumberGenerator()
        inverted = [generator.next(), generator.next()]
    }

    init(lookingFor bytes: UnsafeRawBufferPointer, at offset: Int) {
        inverted = [0, 8].map { ~bytes.loadUnaligned(fromByteOffset: offset + $0, as: UInt64.self) }
    }

    var occurrences: Int { ProcessMemory.occurrences(inverted: inverted[0], inverted[1]) }

    /// The secret in an array that nobody wipes.
    func secret(byteCount: Int) -> [UInt8] {
        (0..<byteCount).map(byte)
    }

    private func byte(at index: Int) -> UInt8 {
        ~UInt8(truncatingIfNeeded: inverted[index / 8 % 2] >> UInt64(index % 8 * 8))
    }

    /// The secret, repeated to `byteCount` bytes, and nowhere else: 32 bytes hold it twice.
    func key(byteCount: Int) throws(CryptographyError) -> SecretBytes {
        SecretBytes(count: byteCount) { bytes in
            for index in 0..<byteCount { bytes[index] = byte(at: index) }
        }
    }

    /// Lends 16 bytes of secret.
    func lend(_ body: (UnsafeRawBufferPointer) throws(CryptographyError) -> Void) throws(CryptographyError) {
        try key(byteCount: 16).withUnsafeBytes(body)
    }
}
