import AWSVocabulary
import Foundation
import Testing

@testable import AWSWire

// The worked example of the S3 API reference, "Signature calculations … multiple chunks": 65 KiB of the letter a
// in chunks of 64 KiB, 1 KiB and 0, with the signatures printed there.
private let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
private let signatures = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
]

private func chain() -> ChunkedPayload.Chain {
    let key = SigningKey(
        secretOfTheReference, scope: SigningScope(day: "20130524", region: "us-east-1", service: "s3"))
    return ChunkedPayload.Chain(key: key, timestamp: "20130524T000000Z", seed: seed)
}
private let secretOfTheReference = SecretAccessKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

private func example() -> [UInt8] {
    var bytes: [UInt8] = []
    for (size, signature) in zip([65536, 1024, 0], signatures) {
        bytes += Array("\(String(size, radix: 16));chunk-signature=\(signature)\r\n".utf8)
        bytes += [UInt8](repeating: UInt8(ascii: "a"), count: size)
        bytes += [0x0D, 0x0A]
    }
    return bytes
}

@Suite("aws-chunked bodies")
struct ChunkedPayloadTests {
    @Test("the reference's own example verifies")
    func example65K() throws {
        let payload = try ChunkedPayload(decoding: example(), chain: chain(), decodedByteCount: 66560)
        #expect(payload.body == [UInt8](repeating: UInt8(ascii: "a"), count: 66560))
        #expect(payload.trailers.count == 0)
    }

    @Test("a changed byte in any chunk is found in that chunk", arguments: [(100, 0), (65536 + 200, 1)])
    func changed(_ offset: Int, _ chunk: Int) {
        var bytes = example()
        bytes[offset] ^= 1
        #expect(throws: ChunkedPayloadError.signatureMismatch(chunk: chunk)) {
            try ChunkedPayload(decoding: bytes, chain: chain())
        }
    }

    @Test("a chunk that is dropped breaks the chain")
    func dropped() {
        let bytes = example()
        let first = 5 + ";chunk-signature=".utf8.count + 64 + 2 + 65536 + 2
        #expect(throws: ChunkedPayloadError.signatureMismatch(chunk: 0)) {
            try ChunkedPayload(decoding: Array(bytes[first...]), chain: chain())
        }
    }

    @Test(
        "every truncation of a signed body is refused", arguments: Array(stride(from: 0, to: 66000, by: 4111))
    )
    func truncated(_ count: Int) {
        #expect(throws: ChunkedPayloadError.self) {
            try ChunkedPayload(decoding: Array(example().prefix(count)), chain: chain())
        }
    }

    @Test("a signed chain refuses chunks without signatures")
    func unsignedInSigned() {
        #expect(throws: ChunkedPayloadError.signatureMismatch(chunk: 0)) {
            try ChunkedPayload(decoding: Array("1\r\na\r\n0\r\n\r\n".utf8), chain: chain())
        }
    }

    @Test("unsigned chunks with a trailer, as SDKs send over TLS")
    func unsignedTrailer() throws {
        let text = "5\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:nQqd0w==\r\n\r\n"
        let payload = try ChunkedPayload(decoding: Array(text.utf8), chain: nil, decodedByteCount: 6)
        #expect(String(decoding: payload.body, as: UTF8.self) == "hello!")
        #expect(payload.trailers["x-amz-checksum-crc32"] == "nQqd0w==")
    }

    @Test("a signed trailer is checked")
    func signedTrailer() throws {
        var signing = chain()
        let zero = signing.sign([])
        let trailers: HeaderList = ["x-amz-checksum-crc32": "AAAAAA=="]
        let last = signing.sign(trailers: trailers)
        let head = "0;chunk-signature=\(zero)\r\nx-amz-checksum-crc32:AAAAAA==\r\n"
        let good = head + "x-amz-trailer-signature:\(last)\r\n\r\n"
        #expect(try ChunkedPayload(decoding: Array(good.utf8), chain: chain()).trailers == trailers)
        let bad = good.replacing("AAAAAA==", with: "AAAAAQ==")
        #expect(throws: ChunkedPayloadError.signatureMismatch(chunk: 1)) {
            try ChunkedPayload(decoding: Array(bad.utf8), chain: chain())
        }
        #expect(throws: ChunkedPayloadError.signatureMismatch(chunk: 1)) {
            try ChunkedPayload(decoding: Array((head + "\r\n").utf8), chain: chain())
        }
    }

    @Test(
        "broken framing is refused, not guessed at",
        arguments: [
            "", "x\r\n", "-1\r\n", "+1\r\na\r\n0\r\n\r\n", "123456789\r\n", "1\r\nab\r\n0\r\n\r\n",
            "1\na\n0\n\n",
            "2\r\na\r\n0\r\n\r\n", "0\r\nnocolon\r\n\r\n", "0\r\n\r\nmore", "ffffffff\r\na",
        ])
    func framing(_ text: String) {
        #expect(throws: ChunkedPayloadError.self) {
            try ChunkedPayload(decoding: Array(text.utf8), chain: nil)
        }
    }

    @Test("the announced length must be the real one")
    func length() {
        #expect(throws: ChunkedPayloadError.lengthMismatch(claimed: 2, found: 1)) {
            try ChunkedPayload(decoding: Array("1\r\na\r\n0\r\n\r\n".utf8), chain: nil, decodedByteCount: 2)
        }
    }
}
