import AWSVocabulary
import EnvelopeCrypto
import StrictJSON
import Testing

@Suite("Instruction files")
struct InstructionFileTests {
    private let envelope: ObjectEnvelope
    private let text: String

    init() throws {
        envelope = try ObjectEnvelope(decoding: Sample.metadata)
        text = envelope.instructionFileText
    }

    @Test("what we would write says the same, and leaves out the plaintext's length")
    func roundTrip() throws {
        let read = try ObjectEnvelope(decodingInstruction: Array(text.utf8), objectMetadata: [:])
        #expect(read.metadata == Sample.metadata.replacing("x-amz-unencrypted-content-length", with: nil))
        #expect(read.context == envelope.context)
        #expect(read.content == envelope.content)
        let object = try #require(try JSONValue(parsing: text).object)
        #expect(
            object.names == [
                "x-amz-cek-alg", "x-amz-iv", "x-amz-key-v2", "x-amz-matdesc", "x-amz-tag-len",
                "x-amz-wrap-alg",
            ])
    }

    @Test("lengths may be JSON numbers, nothing else may")
    func numbers() throws {
        let file = text.replacing(
            #""x-amz-tag-len":"128""#, with: #""x-amz-tag-len":128,"x-amz-unencrypted-content-length":13"#)
        let read = try ObjectEnvelope(decodingInstruction: Array(file.utf8), objectMetadata: [:])
        #expect(read == envelope)
        let bad = text.replacing(#""x-amz-wrap-alg":"kms""#, with: #""x-amz-wrap-alg":1"#)
        #expect(throws: EnvelopeError.instructionFile("the value of x-amz-wrap-alg is not a string")) {
            try ObjectEnvelope(decodingInstruction: Array(bad.utf8), objectMetadata: [:])
        }
    }

    @Test("the object may keep the plaintext's length and foreign entries")
    func ownMetadata() throws {
        let own = ["x-amz-unencrypted-content-length": "13", "note": "x"]
        #expect(try ObjectEnvelope(decodingInstruction: Array(text.utf8), objectMetadata: own) == envelope)
    }

    @Test(
        "an object that keeps part of the envelope itself is refused",
        arguments: ["x-amz-iv", "X-Amz-Wrap-Alg", "x-amz-c"])
    func stray(_ name: String) {
        #expect(throws: EnvelopeError.conflictingEntries([name.lowercased()])) {
            try ObjectEnvelope(decodingInstruction: Array(text.utf8), objectMetadata: [name: "kms"])
        }
    }

    @Test("half an envelope on the object and no file is refused, not called plain")
    func half() {
        let half = Sample.metadata.filter {
            ["x-amz-iv", "x-amz-cek-alg", "x-amz-wrap-alg"].contains($0.key)
        }
        #expect(throws: EnvelopeError.missingEntry("x-amz-key-v2")) { try ObjectEnvelope(decoding: half) }
    }

    @Test(
        "a file that is no JSON object is refused",
        arguments: ["", "[]", "\"x\"", "{", "{} {}", #"{"a":"b","a":"c"}"#])
    func malformed(_ file: String) {
        let thrown = #expect(throws: EnvelopeError.self) {
            try ObjectEnvelope(decodingInstruction: Array(file.utf8), objectMetadata: [:])
        }
        guard case .instructionFile = thrown else {
            Issue.record("\(String(describing: thrown))")
            return
        }
    }

    @Test("an empty file leaves the object unsealed")
    func empty() {
        #expect(throws: EnvelopeError.notSealed) {
            try ObjectEnvelope(decodingInstruction: Array("{}".utf8), objectMetadata: [:])
        }
    }

    @Test("a key wrapped anew changes two entries and nothing else")
    func rewrapped() throws {
        let context = Sample.pairs.adding("kms_cmk_id", "alias/new")
        let metadata = try envelope.rewrapped([1, 2, 3], context: context)
        let expected = Sample.metadata.replacing("x-amz-key-v2", with: "AQID")
            .replacing("x-amz-matdesc", with: context.jsonText)
        #expect(metadata == expected)
        #expect(throws: EnvelopeError.wrappedKeyByteCount(0)) { try envelope.rewrapped([], context: context) }
        #expect(throws: EnvelopeError.contextPair("kms_cmk_id")) {
            try envelope.rewrapped([1], context: Sample.pairs)
        }
        let committing = try ObjectEnvelope(decoding: Sample.committing)
        #expect(throws: EnvelopeError.wrapAlgorithm("kms+context")) {
            try committing.rewrapped([1], context: context)
        }
    }
}
