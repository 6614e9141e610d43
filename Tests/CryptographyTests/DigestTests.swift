import Cryptography
import Testing

@Suite("Digests")
struct DigestTests {
    /// FIPS 180-4 examples and RFC 1321 A.5: nothing, "abc", and a message of two blocks.
    private static let twoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    private static let known: [(DigestAlgorithm, String, String)] = [
        (.md5, "", "d41d8cd98f00b204e9800998ecf8427e"),
        (.md5, "abc", "900150983cd24fb0d6963f7d28e17f72"),
        (.sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha1, twoBlocks, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (.sha224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (.sha256, twoBlocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        (
            .sha384, "abc",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            .sha512, "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    @Test("agree with the standards' examples", arguments: known)
    func knownAnswers(_ algorithm: DigestAlgorithm, _ message: String, _ digest: String) {
        #expect(Digest.hash(message.bytes, with: algorithm) == hex(digest))
        #expect(hex(digest).count == algorithm.byteCount)
    }

    @Test("do not depend on how the bytes were cut up", arguments: DigestAlgorithm.allCases)
    func streaming(_ algorithm: DigestAlgorithm) {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        for size in [1, 3, 63, 64, 65, 999] {
            var stream = DigestStream(algorithm)
            for start in stride(from: 0, to: message.count, by: size) {
                stream.update(Array(message[start..<min(start + size, message.count)]))
            }
            stream.update([])
            #expect(stream.finish() == Digest.hash(message, with: algorithm))
        }
    }

    @Test("the short names mean what they say")
    func shortNames() {
        let message = "abc".bytes
        #expect(Digest.md5(message) == Digest.hash(message, with: .md5))
        #expect(Digest.sha1(message) == Digest.hash(message, with: .sha1))
        #expect(Digest.sha256(message) == Digest.hash(message, with: .sha256))
        #expect(Digest.sha384(message) == Digest.hash(message, with: .sha384))
        #expect(Digest.sha512(message) == Digest.hash(message, with: .sha512))
        message.withBytes { bytes in
            #expect(Digest.md5(bytes) == Digest.md5(message))
            #expect(Digest.sha1(bytes) == Digest.sha1(message))
            #expect(Digest.sha256(bytes) == Digest.sha256(message))
            #expect(Digest.sha384(bytes) == Digest.sha384(message))
            #expect(Digest.sha512(bytes) == Digest.sha512(message))
        }
        #expect(Digest.sha256(UnsafeRawBufferPointer(start: nil, count: 0)) == Digest.sha256([UInt8]()))
    }
}
