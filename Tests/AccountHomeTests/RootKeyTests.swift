import AWSVocabulary
import AccountHome
import Cryptography
import Foundation
import GRDB
import Testing

@Suite("The root key")
struct RootKeyTests {
    let temporary = TemporaryDirectory()

    private func seal(_ text: String, as name: [String], in home: Home) throws -> [UInt8] {
        try Array(text.utf8).withUnsafeBytes { try home.rootKey.seal($0, as: name) }
    }

    private func text(_ secret: borrowing SecretBytes) -> String {
        secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test("opens what it sealed, in another process's opening of the home too")
    func roundTrip() throws {
        let sealed = try seal("attack at dawn", as: ["key", "1"], in: try temporary.open())
        #expect(sealed.count == "attack at dawn".utf8.count + 29)
        let opened = try temporary.open().rootKey.open(sealed, as: ["key", "1"])
        #expect(text(opened) == "attack at dawn")
    }

    @Test(
        "does not open a secret under another name",
        arguments: [["key", "2"], ["key"], ["key1"], ["ke", "y1"], ["key", "1", ""], []])
    func otherName(name: [String]) throws {
        let home = try temporary.open()
        let sealed = try seal("x", as: ["key", "1"], in: home)
        #expect(throws: HomeError.self) { _ = try home.rootKey.open(sealed, as: name) }
    }

    @Test("does not open a changed byte, wherever it is")
    func tampering() throws {
        let home = try temporary.open()
        let sealed = try seal("sixteen bytes ok", as: ["n"], in: home)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: HomeError.corrupted(what: "the sealed n does not open")) {
                _ = try home.rootKey.open(changed, as: ["n"])
            }
        }
        for count in 0..<sealed.count {
            #expect(throws: HomeError.self) { _ = try home.rootKey.open(Array(sealed[..<count]), as: ["n"]) }
        }
    }

    @Test("seals the same secret differently each time")
    func freshNonces() throws {
        let home = try temporary.open()
        let sealed = try (0..<50).map { _ in try seal("same", as: ["n"], in: home) }
        #expect(Set(sealed).count == 50)
    }

    @Test("derives the same key for one purpose and different ones for two")
    func derivation() throws {
        let home = try temporary.open()
        let first = try home.rootKey.derive(for: "tokens")
        #expect(first.count == 32)
        #expect(first.isEqual(to: try temporary.open().rootKey.derive(for: "tokens")))
        #expect(!first.isEqual(to: try home.rootKey.derive(for: "other")))
    }

    @Test("that is missing is never made anew")
    func missing() throws {
        _ = try temporary.open()
        try FileManager.default.removeItem(atPath: "\(temporary.home)/root.key")
        let expected = HomeError.rootKeyMissing(path: "\(temporary.home)/root.key")
        #expect(throws: expected) { try temporary.open() }
        #expect(!FileManager.default.fileExists(atPath: "\(temporary.home)/root.key"))
    }

    @Test("that was exchanged is noticed at opening")
    func exchanged() throws {
        _ = try temporary.open()
        let path = "\(temporary.home)/root.key"
        try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: path))
        #expect(throws: HomeError.rootKeyMismatch) { try temporary.open() }
    }

    @Test("that others may read is refused", arguments: [0o640, 0o604, 0o660, 0o601])
    func exposed(mode: Int) throws {
        _ = try temporary.open()
        let path = "\(temporary.home)/root.key"
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(throws: HomeError.rootKeyExposed(path: path, mode: UInt32(mode))) { try temporary.open() }
    }

    @Test("must have 32 bytes or 64 digits", arguments: [0, 1, 31, 33, 63, 65, 1000])
    func malformed(count: Int) throws {
        _ = try temporary.open()
        let path = "\(temporary.home)/root.key"
        try Data(repeating: UInt8(ascii: "z"), count: count).write(to: URL(fileURLWithPath: path))
        #expect(throws: HomeError.rootKeyMalformed(path: path)) { try temporary.open() }
    }

    @Test("may be a credential file, in bytes or in digits, which is never written")
    func credential() throws {
        try FileManager.default.createDirectory(atPath: temporary.path, withIntermediateDirectories: true)
        let path = "\(temporary.path)/credential"
        let key = Array(RandomBytes.make(count: 32))
        try Data(key).write(to: URL(fileURLWithPath: path))
        let sealed = try seal("x", as: ["n"], in: try temporary.open(rootKey: .credential(path: path)))
        try Data((Hex.encode(key).uppercased() + "\n").utf8).write(to: URL(fileURLWithPath: path))
        let again = try temporary.open(rootKey: .credential(path: path))
        #expect(text(try again.rootKey.open(sealed, as: ["n"])) == "x")
        #expect(!FileManager.default.fileExists(atPath: "\(temporary.home)/root.key"))
        #expect(throws: HomeError.rootKeyMissing(path: "\(temporary.path)/none")) {
            try temporary.open(rootKey: .credential(path: "\(temporary.path)/none"))
        }
    }

    @Test("may come from a passphrase, and a wrong one is told")
    func passphrase() throws {
        let home = try temporary.open(rootKey: temporary.passphrase("correct horse"))
        let sealed = try seal("x", as: ["n"], in: home)
        let again = try temporary.open(rootKey: temporary.passphrase("correct horse"))
        #expect(text(try again.rootKey.open(sealed, as: ["n"])) == "x")
        #expect(throws: HomeError.rootKeyMismatch) {
            try temporary.open(rootKey: temporary.passphrase("correct horsf"))
        }
        #expect(!FileManager.default.fileExists(atPath: "\(temporary.home)/root.key"))
    }

    @Test("of a home made with a file cannot be replaced by a passphrase, nor the other way round")
    func otherSource() throws {
        _ = try temporary.open()
        #expect(throws: HomeError.rootKeyMismatch) { try temporary.open(rootKey: temporary.passphrase("p")) }
        let other = TemporaryDirectory()
        _ = try other.open(rootKey: other.passphrase("p"))
        #expect(throws: HomeError.rootKeyMissing(path: "\(other.home)/root.key")) { try other.open() }
    }

    @Test("does not believe a stored derivation that asks for all memory")
    func damagedDerivation() throws {
        let home = try temporary.open(rootKey: temporary.passphrase("p"))
        for text in ["{}", "no", #"{"kdf":"scrypt","log2N":17,"r":8,"p":1,"salt":"00"}"#] {
            try home.write { try Settings.set("root-key-derivation", to: text, in: $0) }
            #expect(throws: HomeError.corrupted(what: "the setting root-key-derivation")) {
                try temporary.open(rootKey: temporary.passphrase("p"))
            }
        }
        let huge = #"{"kdf":"scrypt","log2N":60,"r":8,"p":1,"salt":"00112233445566778899aabbccddeeff"}"#
        try home.write { try Settings.set("root-key-derivation", to: huge, in: $0) }
        #expect(throws: HomeError.self) { try temporary.open(rootKey: temporary.passphrase("p")) }
    }
}
