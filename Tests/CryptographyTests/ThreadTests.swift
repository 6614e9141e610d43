import Cryptography
import Foundation
import Synchronization
import Testing

/// What the thread sanitizer looks at: everything that is shared between callers.
@Suite("From many threads at once")
struct ThreadTests {
    @Test("secrets of all sizes come and go")
    func memory() {
        let failures = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<200 {
                let count = 1 << ((thread + round) % 17)
                let filling = UInt8(truncatingIfNeeded: thread * 31 + round)
                let key = SecretBytes(copying: [UInt8](repeating: filling, count: count))
                var buffer = SecretBuffer()
                do throws(CryptographyError) {
                    try key.withUnsafeBytes { (bytes) throws(CryptographyError) in try buffer.append(bytes) }
                    try buffer.truncate(to: count * 2)
                } catch {
                    failures.add(1, ordering: .relaxed)
                }
                let isRight = buffer.withUnsafeBytes { bytes in
                    bytes.prefix(count).allSatisfy { $0 == filling }
                        && bytes.dropFirst(count).allSatisfy { $0 == 0 }
                }
                if !isRight { failures.add(1, ordering: .relaxed) }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0)
        #expect(SecretMemory.statistics.pooledByteCount <= 2 << 20)
    }

    @Test("one key serves all of them")
    func sharedKeys() throws {
        let pair = try TestKeys.key(.ec(.p256))
        let key = try SecretBytes.random(count: 32)
        let shared = Shared(key)
        let failures = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<50 {
                let message = [UInt8](repeating: UInt8(truncatingIfNeeded: thread), count: round)
                let nonce = RandomBytes.make(count: 12)
                do throws(CryptographyError) {
                    let sealed = try AESGCM.seal(message, key: shared.key, nonce: nonce)
                    let opened = try AESGCM.open(sealed, key: shared.key, nonce: nonce).array
                    let signature = try pair.signature(for: message, with: .ecdsa(.sha256))
                    let isValid = try pair.publicKey.isValidSignature(
                        signature, for: message, with: .ecdsa(.sha256))
                    let code = HMAC.sha256(key: shared.key, message)
                    let isSame = HMAC.isValid(code, for: message, key: shared.key, with: .sha256)
                    if opened != message || !isValid || !isSame { failures.add(1, ordering: .relaxed) }
                } catch {
                    failures.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0)
    }
}

/// A key in a class, as services keep theirs.
private final class Shared: Sendable {
    let key: SecretBytes
    init(_ key: consuming SecretBytes) { self.key = key }
}
