import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import EnvelopeTesting
import Testing

@Suite("Sealing and opening")
struct ContentCipherTests {
    private let keys = FakeKeys()

    private func seal(_ plaintext: [UInt8], with keys: FakeKeys) throws(EnvelopeError) -> SealedObject {
        try plaintext.withBytes { (bytes) throws(EnvelopeError) in
            try ContentCipher(keys: keys).seal(
                bytes, keyID: Sample.keyID, context: Sample.pairs, for: .tester)
        }
    }

    private func open(
        _ body: [UInt8], _ metadata: [String: String], with keys: FakeKeys, legacy: Bool = false
    ) throws(EnvelopeError) -> [UInt8] {
        let envelope = try ObjectEnvelope(decoding: metadata, allowingLegacyCBC: legacy)
        return try body.withBytes { (bytes) throws(EnvelopeError) in
            try ContentCipher(keys: keys).open(bytes, envelope: envelope, for: .tester).array
        }
    }

    @Test(
        "what was sealed opens to the same bytes",
        arguments: [0, 1, 15, 16, 17, 255, 4096, 4097, 75_000, 1 << 20])
    func roundTrip(_ count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let plaintext = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let sealed = try seal(plaintext, with: keys)
        #expect(sealed.body.count == count + 16)
        #expect(try open(sealed.body, sealed.metadata, with: keys) == plaintext)
    }

    @Test("forty megabytes go through one contiguous buffer")
    func large() throws {
        var spool = SecretBuffer()
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        for _ in 0..<40 { try spool.append(piece) }
        let cipher = ContentCipher(keys: keys)
        let sealed = try spool.withUnsafeBytes { (bytes) throws(EnvelopeError) in
            try cipher.seal(bytes, keyID: Sample.keyID, context: Sample.pairs, for: .tester)
        }
        let envelope = try ObjectEnvelope(decoding: sealed.metadata)
        let isSame = try sealed.body.withBytes { (body) throws(EnvelopeError) in
            let opened = try cipher.open(body, envelope: envelope, for: .tester)
            return opened.withUnsafeBytes { one in spool.withUnsafeBytes { constantTimeEqual(one, $0) } }
        }
        #expect(isSame)
    }

    @Test("the context gets the key's name as configured, and the metadata the seven entries")
    func entries() throws {
        let sealed = try seal(Array("Hello".utf8), with: keys)
        let envelope = try ObjectEnvelope(decoding: sealed.metadata)
        #expect(sealed.metadata.count == 7)
        #expect(envelope.context == Sample.pairs.adding("kms_cmk_id", Sample.keyID))
        #expect(envelope.claimedPlaintextByteCount == 5)
    }

    @Test("no two objects share a key, an IV or a body")
    func fresh() throws {
        let sealed = try (0..<32).map { _ in try seal([1, 2, 3], with: keys) }
        #expect(Set(sealed.map(\.body)).count == 32)
        #expect(Set(sealed.compactMap { $0.metadata["x-amz-iv"] }).count == 32)
        #expect(Set(sealed.compactMap { $0.metadata["x-amz-key-v2"] }).count == 32)
    }

    @Test("every flipped bit of the body is refused")
    func flippedBody() throws {
        let sealed = try seal(Array("Hello, SES.\r\n".utf8), with: keys)
        for bit in 0..<(sealed.body.count * 8) {
            var body = sealed.body
            body[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: EnvelopeError.authenticationFailed) {
                try open(body, sealed.metadata, with: keys)
            }
        }
    }

    @Test(
        "every flipped bit of every entry that means something is refused, with and without the legacy switch"
    )
    func flippedMetadata() throws {
        let sealed = try seal(Array("Hello, SES.\r\n".utf8), with: keys)
        for (name, value) in sealed.metadata where name != "x-amz-unencrypted-content-length" {
            for bit in 0..<(value.utf8.count * 8) {
                var bytes = Array(value.utf8)
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                let metadata = sealed.metadata.replacing(name, with: String(decoding: bytes, as: UTF8.self))
                for legacy in [false, true] {
                    #expect(throws: EnvelopeError.self, "bit \(bit) of \(name)") {
                        try open(sealed.body, metadata, with: keys, legacy: legacy)
                    }
                }
            }
        }
    }

    @Test("every flipped bit in the name of an entry that means something is refused")
    func flippedNames() throws {
        let sealed = try seal(Array("Hello, SES.\r\n".utf8), with: keys)
        for name in sealed.metadata.keys where name != "x-amz-unencrypted-content-length" {
            for bit in 0..<(name.utf8.count * 8) {
                var bytes = Array(name.utf8)
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                let other = String(decoding: bytes, as: UTF8.self)
                // Bit 5 only changes the case of a letter, which has no meaning in a name.
                guard other.lowercased() != name else { continue }
                let metadata = sealed.metadata.renaming(name, to: other)
                #expect(throws: EnvelopeError.self, "bit \(bit) of \(name)") {
                    try open(sealed.body, metadata, with: keys)
                }
            }
        }
    }

    @Test("bodies of any other length are refused")
    func lengths() throws {
        let sealed = try seal(Array("Hello, SES.\r\n".utf8), with: keys)
        for count in 0..<sealed.body.count {
            let expected = count < 16 ? EnvelopeError.bodyByteCount(count) : .authenticationFailed
            #expect(throws: expected) {
                try open(Array(sealed.body.prefix(count)), sealed.metadata, with: keys)
            }
        }
        #expect(throws: EnvelopeError.authenticationFailed) {
            try open(sealed.body + [0], sealed.metadata, with: keys)
        }
    }

    @Test("envelopes and bodies of two objects cannot be mixed")
    func mixed() throws {
        let (one, other) = (try seal([1], with: keys), try seal([1], with: keys))
        #expect(throws: EnvelopeError.authenticationFailed) { try open(one.body, other.metadata, with: keys) }
    }
}
