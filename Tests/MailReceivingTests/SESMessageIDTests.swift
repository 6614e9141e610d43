import EnvelopeTesting
import MailReceiving
import Testing

@Suite("SES message IDs")
struct SESMessageIDTests {
    @Test(
        "an identifier is 25 bytes of base32hex, the last of them 1",
        arguments: [
            ([UInt8](repeating: 0, count: 24), String(repeating: "0", count: 39) + "1"),
            ([UInt8](repeating: 0xFF, count: 24), String(repeating: "v", count: 38) + "o1"),
            (Array(1...24), "041061050o3gg28a1c60q3gf208h44ok2kb1e601"),
        ] as [([UInt8], String)])
    func form(_ random: [UInt8], _ text: String) {
        let messageID = SESMessageID(randomBytes: { count in Array(random.prefix(count)) })
        #expect(messageID.text == text)
    }

    @Test(
        "every identifier ends as those of SES do, and reads back", arguments: 1...50 as ClosedRange<UInt64>)
    func ending(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let messageID = SESMessageID(randomBytes: { count in
            (0..<count).map { _ in .random(in: 0...255, using: &generator) }
        })
        #expect(["01", "81", "g1", "o1"].contains { messageID.text.hasSuffix($0) })
        #expect(SESMessageID(messageID.text) == messageID)
    }

    @Test(
        "reads older identifiers, and nothing else",
        arguments: [
            ("d6iitobk75ur44p8kdnnp7g2n800", true), (String(repeating: "0", count: 20), true),
            (String(repeating: "v", count: 64), true),
            (String(repeating: "0", count: 19), false), (String(repeating: "0", count: 65), false),
            ("AMAZON_SES_SETUP_NOTIFICATION", false), (String(repeating: "w", count: 40), false), ("", false),
            (String(repeating: "A", count: 40), false),
        ])
    func reading(_ text: String, _ isIdentifier: Bool) {
        #expect((SESMessageID(text) != nil) == isIdentifier)
    }
}
