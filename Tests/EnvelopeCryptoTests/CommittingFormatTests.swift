import Cryptography
import EnvelopeCrypto
import Testing

@Suite("The key-committing format")
struct CommittingFormatTests {
    private let sample = Sample.committing

    @Test("is recognised")
    func recognised() throws {
        let envelope = try ObjectEnvelope(decoding: sample)
        #expect(envelope.format == .committing)
        #expect(envelope.wrapAlgorithm == .kmsContext)
        #expect(envelope.contentAlgorithm == "115")
        #expect(envelope.plaintextByteCount(ofBody: 20) == 4)
    }

    @Test("refuses a missing entry", arguments: Sample.committing.keys.filter { $0 != "x-amz-3" }.sorted())
    func missing(_ name: String) {
        #expect(throws: EnvelopeError.missingEntry(name)) {
            try ObjectEnvelope(decoding: sample.replacing(name, with: nil))
        }
    }

    @Test("refuses entries out of range")
    func outOfRange() {
        let cases: [(String, String, EnvelopeError)] = [
            ("x-amz-c", "114", .contentAlgorithm("114")),
            ("x-amz-c", "0x73", .contentAlgorithm("0x73")),
            ("x-amz-w", "02", .wrapAlgorithm("02")),
            ("x-amz-w", "22", .wrapAlgorithm("22")),
            ("x-amz-w", "kms+context", .wrapAlgorithm("kms+context")),
            ("x-amz-d", "AAAA", .malformedEntry("x-amz-d")),
            ("x-amz-i", "AAAA", .malformedEntry("x-amz-i")),
            ("x-amz-3", "", .malformedEntry("x-amz-3")),
            ("x-amz-t", #"{"aws:x-amz-cek-alg":"114"}"#, .contextPair("aws:x-amz-cek-alg")),
            ("x-amz-t", "{}", .contextPair("aws:x-amz-cek-alg")),
        ]
        for (name, value, error) in cases {
            #expect(throws: error) { try ObjectEnvelope(decoding: sample.replacing(name, with: value)) }
        }
    }

    @Test("no wrapped key at all names the one that is missing")
    func noKey() {
        #expect(throws: EnvelopeError.missingEntry("x-amz-3")) {
            try ObjectEnvelope(decoding: sample.replacing("x-amz-3", with: nil))
        }
    }

    @Test(
        "a changed bit in commitment, message id or body is refused", arguments: ["x-amz-d", "x-amz-i", ""])
    func damage(_ name: String) throws {
        let vector = try #require(try Vector.all(in: "commit-v3").first)
        let body = try #require(vector.body)
        let cipher = ContentCipher(keys: vector.keys)
        let bitCount = name.isEmpty ? body.count * 8 : 28 * 8
        for bit in stride(from: 0, to: bitCount, by: name.isEmpty ? 61 : 1) {
            var (metadata, damaged) = (vector.metadata, body)
            if name.isEmpty {
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            } else {
                var value = try #require(metadata[name].flatMap(Base64.decode(strict:)))
                value[bit / 8] ^= 1 << UInt8(bit % 8)
                metadata[name] = Base64.encode(value)
            }
            let envelope = try ObjectEnvelope(decoding: metadata)
            #expect(throws: EnvelopeError.authenticationFailed) {
                try damaged.withBytes { (bytes) throws(EnvelopeError) in
                    try cipher.open(bytes, envelope: envelope, for: .tester).count
                }
            }
        }
    }

    @Test("in an instruction file the commitment must stay on the object")
    func instructionFile() throws {
        let marks: Set = ["x-amz-c", "x-amz-d", "x-amz-i"]
        let own = sample.filter { marks.contains($0.key) }
        let envelope = try ObjectEnvelope(decoding: sample)
        let file = Array(envelope.instructionFileText.utf8)
        let read = try ObjectEnvelope(decodingInstruction: file, objectMetadata: own)
        #expect(read == envelope)
        #expect(throws: EnvelopeError.missingEntry("x-amz-c")) {
            try ObjectEnvelope(decodingInstruction: file, objectMetadata: [:])
        }
        let whole = Array(#"{"x-amz-3":"AAAA","x-amz-c":"115"}"#.utf8)
        #expect(throws: EnvelopeError.conflictingEntries(["x-amz-c"])) {
            try ObjectEnvelope(decodingInstruction: whole, objectMetadata: [:])
        }
    }
}
