import Cryptography
import Testing

@Suite("Keyed hashes and key derivation")
struct KeyedHashTests {
    /// RFC 4231, test cases 1 to 4, 6 and 7: key, message, and the codes for SHA-224 and SHA-256.
    private static let known: [(key: String, message: String, sha224: String, sha256: String)] = [
        (
            String(repeating: "0b", count: 20), "4869205468657265",
            "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
            "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea",
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            String(repeating: "aa", count: 131),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b65"
                + "79204669727374",
            "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test("HMAC agrees with RFC 4231", arguments: known)
    func knownAnswers(_ vector: (key: String, message: String, sha224: String, sha256: String)) {
        let (key, message) = (hex(vector.key), hex(vector.message))
        let sha224 = HMAC.sha224(key: SecretBytes(copying: key), message)
        #expect(sha224 == hex(vector.sha224))
        let sha256 = HMAC.sha256(key: SecretBytes(copying: key), message)
        #expect(sha256 == hex(vector.sha256))
        #expect(HMAC.sha256(key: key, message) == hex(vector.sha256))
    }

    @Test("HMAC with the longer digests agrees with RFC 4231 case 2")
    func longDigests() {
        let key = SecretBytes(copying: "Jefe".bytes)
        let message = "what do ya want for nothing?".bytes
        let (sha384, sha512) = (HMAC.sha384(key: key, message), HMAC.sha512(key: key, message))
        #expect(
            sha384
                == hex(
                    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
                ))
        #expect(
            sha512
                == hex(
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
                        + "caeab1a34d4a6b4b636e070a38bce737"))
    }

    @Test("HMAC with the old digests agrees with RFC 2202 case 2")
    func oldDigests() {
        let (key, message) = ("Jefe".bytes, "what do ya want for nothing?".bytes)
        #expect(HMAC.code(for: message, key: key, with: .md5) == hex("750c783e6ab0b503eaa86e310a5db738"))
        #expect(
            HMAC.code(for: message, key: key, with: .sha1) == hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"))
    }

    @Test("an empty key and an empty message are legal")
    func empty() {
        let code = hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
        #expect(HMAC.sha256(key: [UInt8](), []) == code)
        let secretly = HMAC.sha256(key: SecretBytes(copying: []), [])
        #expect(secretly == code)
    }

    @Test("a code is valid only whole and unchanged")
    func validity() {
        let key = SecretBytes(copying: "key".bytes)
        let code = HMAC.sha256(key: key, "message".bytes)
        let isValid = HMAC.isValid(code, for: "message".bytes, key: key, with: .sha256)
        #expect(isValid)
        let damaged = (0..<256).map { code.flipping(bit: $0) } + [Array(code.dropLast()), [], code + [0]]
        for other in damaged {
            let isAccepted = HMAC.isValid(other, for: "message".bytes, key: key, with: .sha256)
            #expect(!isAccepted)
        }
    }

    @Test("HKDF agrees with RFC 5869, test cases 1 to 3")
    func hkdf() throws {
        let first = try HKDF.sha256(
            from: SecretBytes(copying: [UInt8](repeating: 0x0b, count: 22)),
            salt: hex("000102030405060708090a0b0c"), info: hex("f0f1f2f3f4f5f6f7f8f9"), count: 42)
        #expect(
            first.array
                == hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        )
        let second = try HKDF.sha256(
            from: SecretBytes(copying: Array(0...0x4f)), salt: Array(0x60...0xaf), info: Array(0xb0...0xff),
            count: 82)
        #expect(
            second.array
                == hex(
                    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                        + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"))
        let third = try HKDF.sha256(
            from: SecretBytes(copying: [UInt8](repeating: 0x0b, count: 22)), salt: [], info: [], count: 42)
        #expect(
            third.array
                == hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
        )
    }

    @Test("HKDF refuses to give more than 255 digests, or nothing", arguments: [-1, 0, 255 * 32 + 1])
    func hkdfBounds(_ count: Int) {
        #expect(throws: CryptographyError.invalidParameter("HKDF output of \(count) bytes")) {
            try HKDF.sha256(from: SecretBytes(copying: [1]), salt: [], info: [], count: count).count
        }
    }

    @Test("scrypt agrees with RFC 7914 section 12")
    func scrypt() throws {
        let cases: [(String, String, Scrypt.Cost, String)] = [
            (
                "", "", Scrypt.Cost(iterationCountLog2: 4, blockSize: 1, parallelism: 1),
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                    + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
            ),
            (
                "password", "NaCl", Scrypt.Cost(iterationCountLog2: 10, blockSize: 8, parallelism: 16),
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                    + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
            ),
            (
                "pleaseletmein", "SodiumChloride",
                Scrypt.Cost(iterationCountLog2: 14, blockSize: 8, parallelism: 1),
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                    + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
            ),
        ]
        for (passphrase, salt, cost, expected) in cases {
            let key = try Scrypt.derive(
                from: SecretBytes(copying: passphrase.bytes), salt: salt.bytes, cost: cost, count: 64)
            #expect(key.array == hex(expected))
        }
    }

    @Test(
        "scrypt refuses costs out of bounds",
        arguments: [
            (0, 8, 1), (25, 8, 1), (24, 8, 1), (17, 0, 1), (17, 65, 1), (17, 8, 0), (17, 8, 65), (-3, 8, 1),
        ])
    func scryptBounds(_ cost: (Int, Int, Int)) {
        let cost = Scrypt.Cost(iterationCountLog2: cost.0, blockSize: cost.1, parallelism: cost.2)
        #expect(throws: CryptographyError.invalidParameter("scrypt cost \(cost)")) {
            try Scrypt.derive(from: SecretBytes(copying: [1]), salt: [], cost: cost, count: 32).count
        }
    }

    @Test("scrypt's default cost can be paid")
    func scryptDefault() throws {
        let key = try Scrypt.derive(from: SecretBytes(copying: [1]), salt: [2], cost: .interactive, count: 32)
        #expect(key.count == 32)
    }
}
