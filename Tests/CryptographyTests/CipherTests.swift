import Cryptography
import Testing

@Suite("Ciphers")
struct CipherTests {
    private struct GCMVector: Sendable {
        var key, nonce, plaintext, authenticated, sealed: String
    }

    private static let longPlaintext =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
        + "b16aedf5aa0de657ba637b39"
    private static let associated = "feedfacedeadbeeffeedfacedeadbeefabaddad2"

    /// The GCM specification's test cases 1, 4, 10, 13, 14 and 16: all key sizes, with and without data.
    private static let gcmVectors = [
        GCMVector(
            key: String(repeating: "0", count: 32), nonce: String(repeating: "0", count: 24), plaintext: "",
            authenticated: "", sealed: "58e2fccefa7e3061367f1d57a4e7455a"),
        GCMVector(
            key: "feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            plaintext: longPlaintext,
            authenticated: associated,
            sealed:
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
                + "1ba30b396a0aac973d58e091" + "5bc94fbc3221a5db94fae95ae7121a47"),
        GCMVector(
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c", nonce: "cafebabefacedbaddecaf888",
            plaintext: longPlaintext, authenticated: associated,
            sealed:
                "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f47"
                + "18e2448b2fe324d9ccda2710" + "2519498e80f1478f37ba55bd6d27618c"),
        GCMVector(
            key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24), plaintext: "",
            authenticated: "", sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
        GCMVector(
            key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
            plaintext: String(repeating: "0", count: 32), authenticated: "",
            sealed: "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919"),
        GCMVector(
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888", plaintext: longPlaintext, authenticated: associated,
            sealed:
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                + "c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b"),
    ]

    @Test("AES-GCM agrees with its specification", arguments: gcmVectors)
    private func gcm(_ vector: GCMVector) throws {
        let key = secret(vector.key)
        let (nonce, plaintext) = (hex(vector.nonce), hex(vector.plaintext))
        let sealed = try AESGCM.seal(
            plaintext, key: key, nonce: nonce, authenticating: hex(vector.authenticated))
        #expect(sealed == hex(vector.sealed))
        let opened = try AESGCM.open(
            sealed, key: key, nonce: nonce, authenticating: hex(vector.authenticated))
        #expect(opened.array == plaintext)
    }

    @Test("every changed bit of body, nonce, key or authenticated data is refused")
    func gcmDamage() throws {
        let (key, nonce, data) = (
            [UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 12), "data".bytes
        )
        let sealed = try AESGCM.seal(
            "Hello".bytes, key: SecretBytes(copying: key), nonce: nonce, authenticating: data)
        func expectRefused(_ sealed: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) {
            #expect(throws: CryptographyError.authenticationFailed) {
                try AESGCM.open(sealed, key: SecretBytes(copying: key), nonce: nonce, authenticating: data)
                    .count
            }
        }
        for bit in 0..<(sealed.count * 8) { expectRefused(sealed.flipping(bit: bit), key, nonce, data) }
        for bit in 0..<256 { expectRefused(sealed, key.flipping(bit: bit), nonce, data) }
        for bit in 0..<96 { expectRefused(sealed, key, nonce.flipping(bit: bit), data) }
        for bit in 0..<(data.count * 8) { expectRefused(sealed, key, nonce, data.flipping(bit: bit)) }
        for count in 0..<sealed.count { expectRefused(Array(sealed.prefix(count)), key, nonce, data) }
        expectRefused(sealed, key, nonce, [])
    }

    @Test("AES-GCM takes no other key size", arguments: [0, 8, 15, 17, 31, 33, 64])
    func gcmKeySize(_ count: Int) {
        let (key, nonce) = ([UInt8](repeating: 0, count: count), [UInt8](repeating: 0, count: 12))
        #expect(throws: CryptographyError.invalidKeySize(count)) {
            try AESGCM.seal([1], key: SecretBytes(copying: key), nonce: nonce)
        }
        #expect(throws: CryptographyError.invalidKeySize(count)) {
            try AESGCM.open(nonce + nonce, key: SecretBytes(copying: key), nonce: nonce).count
        }
    }

    @Test("AES-GCM takes no other nonce size", arguments: [0, 8, 11, 13, 16])
    func gcmNonceSize(_ count: Int) {
        let (key, nonce) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: count))
        #expect(throws: CryptographyError.invalidNonceSize(count)) {
            try AESGCM.seal([1], key: SecretBytes(copying: key), nonce: nonce)
        }
        #expect(throws: CryptographyError.invalidNonceSize(count)) {
            try AESGCM.open(key, key: SecretBytes(copying: key), nonce: nonce).count
        }
    }

    @Test("AES-CBC agrees with SP 800-38A F.2.5 and pads by PKCS#7")
    func cbc() throws {
        let key = secret("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
        let iv = hex("000102030405060708090a0b0c0d0e0f")
        let blocks = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
        let sealed = try blocks.withBytes { (bytes) throws(CryptographyError) in
            try AESCBC.seal(bytes, key: key, iv: iv)
        }
        #expect(
            sealed.prefix(32) == hex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d")[...])
        #expect(sealed.count == 48)
    }

    @Test("AES-CBC round trips at every length around a block", arguments: Array(0...33))
    func cbcRoundTrip(_ count: Int) throws {
        let key = SecretBytes(copying: [UInt8](repeating: 1, count: 32))
        let iv = [UInt8](repeating: 2, count: 16)
        let plaintext = (0..<count).map { UInt8($0) }
        let sealed = try plaintext.withBytes { (bytes) throws(CryptographyError) in
            try AESCBC.seal(bytes, key: key, iv: iv)
        }
        #expect(sealed.count == (count / 16 + 1) * 16)
        let opened = try sealed.withBytes { (bytes) throws(CryptographyError) in
            try AESCBC.open(bytes, key: key, iv: iv).array
        }
        #expect(opened == plaintext)
    }

    @Test("AES-CBC has one error for every way to be wrong", arguments: [0, 1, 15, 16, 17, 31])
    func cbcFailure(_ count: Int) throws {
        let key = SecretBytes(copying: [UInt8](repeating: 1, count: 32))
        let iv = [UInt8](repeating: 2, count: 16)
        // Whole blocks fail by their padding, the others by their length.
        let sealed = [UInt8](repeating: 0x5a, count: count)
        #expect(throws: CryptographyError.decryptionFailed) {
            try sealed.withBytes { (bytes) throws(CryptographyError) in
                try AESCBC.open(bytes, key: key, iv: iv).count
            }
        }
    }

    @Test("AES key wrap agrees with RFC 5649 section 6")
    func keyWrap() throws {
        let key = secret("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
        let vectors = [
            (
                "c37b7e6492584340bed12207808941155068f738",
                "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"
            ),
            ("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
        ]
        for (plain, wrapped) in vectors {
            let made = try AESKeyWrap.wrap(secret(plain), with: key)
            #expect(made == hex(wrapped))
            let opened = try AESKeyWrap.unwrap(hex(wrapped), with: key).array
            #expect(opened == hex(plain))
        }
    }

    @Test("AES key wrap round trips", arguments: [1, 7, 8, 9, 16, 31, 32, 33, 1217, 4096])
    func keyWrapRoundTrip(_ count: Int) throws {
        for keySize in [16, 24, 32] {
            let key = try SecretBytes.random(count: keySize)
            let plain = try SecretBytes.random(count: count)
            let wrapped = try AESKeyWrap.wrap(plain, with: key)
            #expect(wrapped.count == (count + 7) / 8 * 8 + 8)
            let unwrapped = try AESKeyWrap.unwrap(wrapped, with: key)
            let isSame = unwrapped.isEqual(to: plain)
            #expect(isSame)
        }
    }

    @Test("AES key wrap refuses every changed bit, length and key")
    func keyWrapDamage() throws {
        let key = SecretBytes(copying: [UInt8](repeating: 1, count: 32))
        let wrapped = try AESKeyWrap.wrap(SecretBytes(copying: [1, 2, 3, 4, 5, 6, 7, 8, 9]), with: key)
        for bit in 0..<(wrapped.count * 8) {
            #expect(throws: CryptographyError.authenticationFailed) {
                try AESKeyWrap.unwrap(wrapped.flipping(bit: bit), with: key).count
            }
        }
        for count in 0..<wrapped.count {
            #expect(throws: CryptographyError.authenticationFailed) {
                try AESKeyWrap.unwrap(Array(wrapped.prefix(count)), with: key).count
            }
        }
        #expect(throws: CryptographyError.invalidKeySize(31)) {
            try AESKeyWrap.unwrap(wrapped, with: SecretBytes(copying: [UInt8](repeating: 1, count: 31))).count
        }
        #expect(throws: CryptographyError.inputTooSmall(0)) {
            try AESKeyWrap.wrap(SecretBytes(copying: []), with: key)
        }
    }
}
