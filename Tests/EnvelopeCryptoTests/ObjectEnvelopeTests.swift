import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import Testing

@Suite("The envelope in an object's metadata")
struct ObjectEnvelopeTests {
    private let sample = Sample.metadata

    @Test("SES's seven entries are understood")
    func sevenEntries() throws {
        let envelope = try ObjectEnvelope(decoding: sample)
        #expect(envelope.format == .v2)
        #expect(envelope.wrapAlgorithm == .kms)
        #expect(envelope.content == .gcm(iv: [UInt8](repeating: 9, count: 12)))
        #expect(envelope.contentAlgorithm == "AES/GCM/NoPadding")
        #expect(envelope.wrappedKey == [UInt8](repeating: 7, count: 184))
        #expect(envelope.keyID == Sample.keyID)
        #expect(envelope.context == Sample.pairs.adding("kms_cmk_id", Sample.keyID))
        #expect(envelope.claimedPlaintextByteCount == 13)
        #expect(envelope.metadata == sample)
    }

    @Test("names are read in any case, and foreign entries are left out")
    func names() throws {
        let odd = Dictionary(uniqueKeysWithValues: sample.map { ($0.key.uppercased(), $0.value) })
        let envelope = try ObjectEnvelope(decoding: odd.replacing("Note", with: "kept elsewhere"))
        #expect(envelope == (try ObjectEnvelope(decoding: sample)))
    }

    @Test("one name in two spellings is refused")
    func twoSpellings() {
        #expect(throws: EnvelopeError.conflictingEntries(["x-amz-iv"])) {
            try ObjectEnvelope(decoding: sample.replacing("X-Amz-IV", with: sample["x-amz-iv"]))
        }
    }

    @Test(
        "refuses a tag length other than 128 bits",
        arguments: ["", "0", "96", "129", "-128", " 128", "128.0"])
    func tagLength(_ text: String) {
        #expect(throws: EnvelopeError.tagLength(text)) {
            try ObjectEnvelope(decoding: sample.replacing("x-amz-tag-len", with: text))
        }
    }

    @Test(
        "refuses a missing entry", arguments: Sample.metadata.keys.filter { !$0.contains("length") }.sorted())
    func missing(_ name: String) {
        #expect(throws: EnvelopeError.missingEntry(name)) {
            try ObjectEnvelope(decoding: sample.replacing(name, with: nil))
        }
    }

    @Test(
        "does not need the plaintext's length, nor believe it",
        arguments: [nil, "", "-1", "many", "99999999999999999999"])
    func plaintextLength(_ text: String?) throws {
        let entries = sample.replacing("x-amz-unencrypted-content-length", with: text)
        #expect(try ObjectEnvelope(decoding: entries).plaintextByteCount(ofBody: 116) == 100)
    }

    @Test(
        "refuses base64 that is not canonical",
        arguments: [
            "", "oKGio6Slpqeoqaq", "oKGio6Slpqeoqaq=", "oKGio6Slpqeoqaqr\n", " oKGio6Slpqeoqaqr",
            "oKGio6Slpqeo-aqr",
            "oKGio6Slpqeoqaqroqo=", "oKGio6Slpqeoqa==",
        ])
    func initialisationVector(_ text: String) {
        #expect(throws: EnvelopeError.malformedEntry("x-amz-iv")) {
            try ObjectEnvelope(decoding: sample.replacing("x-amz-iv", with: text))
        }
    }

    @Test("accepts a wrapped key of 1 to 6,144 bytes", arguments: [1, 184, 6144])
    func wrappedKey(_ count: Int) throws {
        let text = Base64.encode([UInt8](repeating: 1, count: count))
        let envelope = try ObjectEnvelope(decoding: sample.replacing("x-amz-key-v2", with: text))
        #expect(envelope.wrappedKey.count == count)
    }

    @Test("refuses a wrapped key of any other size", arguments: [0, 6145, 10_000])
    func wrappedKeySize(_ count: Int) {
        let text = Base64.encode([UInt8](repeating: 1, count: count))
        #expect(throws: EnvelopeError.malformedEntry("x-amz-key-v2")) {
            try ObjectEnvelope(decoding: sample.replacing("x-amz-key-v2", with: text))
        }
    }

    @Test(
        "refuses a material description that is no object of strings",
        arguments: [
            "", "null", "[]", "\"text\"", "{", #"{"kms_cmk_id":1}"#, #"{"kms_cmk_id":"a","b":null}"#,
            #"{"kms_cmk_id":"a","b":{}}"#, #"{"kms_cmk_id":"a","kms_cmk_id":"a"}"#, #"{"kms_cmk_id":"a"} x"#,
            #"{"kms_cmk_id":"a",}"#,
        ])
    func materialDescription(_ text: String) {
        let thrown = #expect(throws: EnvelopeError.self) {
            try ObjectEnvelope(decoding: sample.replacing("x-amz-matdesc", with: text))
        }
        guard case .materialDescription = thrown else {
            Issue.record("\(String(describing: thrown)) for \(text)")
            return
        }
    }

    @Test("undoes JSON's escapes in the material description")
    func escapes() throws {
        let text = #"{"kms_cmk_id":"arn:aws:kms:us-east-1:111122223333:key\/\u0031","\u0061":"\"\\\n"}"#
        let envelope = try ObjectEnvelope(decoding: sample.replacing("x-amz-matdesc", with: text))
        #expect(
            envelope.context == ["kms_cmk_id": "arn:aws:kms:us-east-1:111122223333:key/1", "a": "\"\\\n"])
    }

    @Test(
        "refuses wrappings that are not KMS's",
        arguments: ["", "KMS", "kms ", "AESWrap", "AES/GCM", "RSA-OAEP-SHA1"])
    func wrapAlgorithm(_ text: String) {
        #expect(throws: EnvelopeError.wrapAlgorithm(text)) {
            try ObjectEnvelope(decoding: sample.replacing("x-amz-wrap-alg", with: text))
        }
    }

    @Test(
        "refuses unknown content algorithms",
        arguments: ["", "aes/gcm/nopadding", "AES/GCM", "AES/CTR/NoPadding", "115"])
    func contentAlgorithm(_ text: String) {
        #expect(throws: EnvelopeError.contentAlgorithm(text)) {
            try ObjectEnvelope(decoding: sample.replacing("x-amz-cek-alg", with: text))
        }
    }

    @Test(
        "opens AES-CBC only where legacy objects are allowed",
        arguments: ["AES/CBC/PKCS5Padding", "AES/CBC/PKCS7Padding"])
    func legacy(_ name: String) throws {
        let iv = [UInt8](repeating: 3, count: 16)
        let entries = sample.replacing("x-amz-cek-alg", with: name).replacing("x-amz-tag-len", with: nil)
            .replacing("x-amz-iv", with: Base64.encode(iv))
        #expect(throws: EnvelopeError.legacyContentAlgorithm) { try ObjectEnvelope(decoding: entries) }
        let envelope = try ObjectEnvelope(decoding: entries, allowingLegacyCBC: true)
        #expect(envelope.content == .cbc(iv: iv))
        #expect(envelope.contentAlgorithm == name)
        #expect(envelope.plaintextByteCount(ofBody: 32) == nil)
        #expect(throws: EnvelopeError.tagLength("128")) {
            try ObjectEnvelope(
                decoding: entries.replacing("x-amz-tag-len", with: "128"), allowingLegacyCBC: true)
        }
    }

    @Test("kms+context must authenticate the content algorithm that the metadata names")
    func kmsContext() throws {
        let entries = sample.replacing("x-amz-wrap-alg", with: "kms+context")
        #expect(throws: EnvelopeError.contextPair("aws:x-amz-cek-alg")) {
            try ObjectEnvelope(decoding: entries)
        }
        let other = entries.replacing("x-amz-matdesc", with: #"{"aws:x-amz-cek-alg":"AES/CBC/PKCS5Padding"}"#)
        #expect(throws: EnvelopeError.contextPair("aws:x-amz-cek-alg")) {
            try ObjectEnvelope(decoding: other)
        }
        let same = entries.replacing("x-amz-matdesc", with: #"{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}"#)
        let envelope = try ObjectEnvelope(decoding: same)
        #expect(envelope.wrapAlgorithm == .kmsContext)
        #expect(envelope.keyID == nil)
    }

    @Test(
        "two wrapped keys are refused",
        arguments: [("x-amz-key", "x-amz-key-v2"), ("x-amz-key-v2", "x-amz-3")])
    func twoKeys(_ names: (String, String)) {
        let entries = sample.replacing(names.0, with: "AAAA").replacing(names.1, with: "AAAA")
        #expect(throws: EnvelopeError.conflictingEntries([names.0, names.1])) {
            try ObjectEnvelope(decoding: entries)
        }
    }

    @Test("V2 with a mark of the committing format is refused", arguments: ["x-amz-c", "x-amz-d", "x-amz-i"])
    func mixedVersions(_ name: String) {
        #expect(throws: EnvelopeError.conflictingEntries(["x-amz-key-v2", name])) {
            try ObjectEnvelope(decoding: sample.replacing(name, with: "115"))
        }
    }

    @Test("a wrapped key of an unknown version is refused, alone or beside ours")
    func unknownVersion() {
        let alone = sample.renaming("x-amz-key-v2", to: "x-amz-key-v4")
        for entries in [alone, sample.replacing("x-amz-key-v4", with: "AAAA")] {
            #expect(throws: EnvelopeError.unknownVersion("x-amz-key-v4")) {
                try ObjectEnvelope(decoding: entries)
            }
        }
    }

    @Test("a data key under a local key is no KMS envelope")
    func localKey() {
        let entries = sample.renaming("x-amz-key-v2", to: "x-amz-key")
        #expect(throws: EnvelopeError.localKey) { try ObjectEnvelope(decoding: entries) }
    }

    @Test("only a plain object is called not sealed")
    func notSealed() {
        for plain in [
            [:], ["note": "x"], ["x-amz-unencrypted-content-length": "5"], ["x-amz-crypto-instr-file": ""],
        ] {
            #expect(!ObjectEnvelope.isSealed(plain))
            #expect(throws: EnvelopeError.notSealed) { try ObjectEnvelope(decoding: plain) }
        }
        for (name, value) in sample where name != "x-amz-unencrypted-content-length" {
            #expect(ObjectEnvelope.isSealed([name.uppercased(): value]))
        }
        #expect(ObjectEnvelope.isSealed(["x-amz-key-v9": ""]))
    }

    @Test("the plaintext's length follows from the body's", arguments: [(16, 0), (17, 1), (3962, 3946)])
    func plaintextByteCount(_ counts: (body: Int, plaintext: Int)) throws {
        let envelope = try ObjectEnvelope(decoding: sample)
        #expect(envelope.plaintextByteCount(ofBody: counts.body) == counts.plaintext)
    }

    @Test("a body shorter than a tag has no plaintext", arguments: [0, 1, 15])
    func shortBody(_ count: Int) throws {
        #expect(try ObjectEnvelope(decoding: sample).plaintextByteCount(ofBody: count) == nil)
    }
}
