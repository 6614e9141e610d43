import Cryptography
import EnvelopeTesting
import Testing

@Suite("Base64, random bytes, comparison")
struct TextAndRandomTests {
    @Test(
        "Base64 agrees with RFC 4648 section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(_ plain: String, _ text: String) {
        #expect(Base64.encode(plain.bytes) == text)
        #expect(Base64.decode(strict: text) == plain.bytes)
    }

    @Test("Base64 uses the standard alphabet")
    func alphabet() {
        #expect(Base64.encode([0xfb, 0xff, 0xbf]) == "+/+/")
        #expect(Base64.decode(strict: "+/+/") == [0xfb, 0xff, 0xbf])
    }

    @Test(
        "Base64 refuses what it would not write",
        arguments: [
            "=", "==", "====", "Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm9v=", "Zh==", "Zm9=", "Zg==Zg==", "Z===",
            "Zg=v",
            "Zm9v\n", "\nZm9v", "Zm 9v", "Zm9v Zm9v", "-_-_", "Zm9é", "Zm\u{0}v", "Zm9v\r\nZm9v", "Zg= =",
        ])
    func base64Strict(_ text: String) {
        #expect(Base64.decode(strict: text) == nil)
    }

    @Test("Base64 round trips, and any other last character means something else or nothing")
    func base64Properties() {
        var generator = SeededGenerator(seed: 7)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Base64.encode(bytes)
            #expect(text.utf8.count == (count + 2) / 3 * 4)
            #expect(Base64.decode(strict: text) == bytes)
            guard let last = text.last(where: { $0 != "=" }), let index = text.lastIndex(of: last) else {
                continue
            }
            for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
            where other != last {
                let changed = text.replacingCharacters(in: index, with: other)
                #expect(Base64.decode(strict: changed) != bytes)
            }
        }
    }

    @Test("random bytes are as many as asked for, and differ")
    func random() throws {
        #expect(RandomBytes.make(count: 0) == [])
        #expect(RandomBytes.make(count: 1000).count == 1000)
        let drawn = (0..<100).map { _ in RandomBytes.make(count: 12) }
        #expect(Set(drawn).count == 100)
        let one = try SecretBytes.random(count: 32)
        let other = try SecretBytes.random(count: 32)
        let isSame = one.isEqual(to: other)
        #expect(!isSame)
        let none = try SecretBytes.random(count: 0).count
        #expect(none == 0)
    }

    @Test("comparison sees every bit and every length")
    func comparison() {
        let bytes = Array(0..<32 as Range<UInt8>)
        #expect(constantTimeEqual(bytes, bytes))
        #expect(constantTimeEqual([UInt8](), []))
        for bit in 0..<256 { #expect(!constantTimeEqual(bytes, bytes.flipping(bit: bit))) }
        #expect(!constantTimeEqual(bytes, Array(bytes.dropLast())))
        #expect(!constantTimeEqual(bytes, []))
    }

    @Test("an OpenSSL error says what failed and leaves the queue empty")
    func errors() throws {
        let failed = #expect(throws: CryptographyError.self) {
            try PublicKey(subjectPublicKeyInfo: [0x30, 0x00])
        }
        #expect(failed == .invalidKey("not a DER SubjectPublicKeyInfo"))
        let key = try PrivateKey.generate(.ec(.p256))
        #expect(try key.signature(for: [1], with: .ecdsa(.sha256)).count > 60)
    }
}

extension String {
    fileprivate func replacingCharacters(in index: Index, with character: Character) -> String {
        var text = self
        text.replaceSubrange(index...index, with: [character])
        return text
    }
}
