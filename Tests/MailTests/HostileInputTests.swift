import EnvelopeTesting
import Mail
import Testing

@Suite("Hostile input")
struct HostileInputTests {
    /// Changes a few bytes of `bytes`: replaced, removed, doubled, or cut off, with a liking for what has
    /// meaning.
    private func mutated(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        let telling = Array("\n\r \t:;,<>@()[]\"\\.+=?-F\0".utf8) + [0xC3, 0xFF, 0xEF, 0x80]
        var result = bytes
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let place = Int.random(in: 0...result.count, using: &generator)
            let byte = telling.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: result.insert(byte, at: place)
            case 1 where place < result.count: result[place] = byte
            case 2 where place < result.count: result.remove(at: place)
            case 3: result.insert(contentsOf: result[place...].prefix(9), at: place)
            default: result.removeSubrange(max(place, result.count - 3)...)
            }
        }
        return result
    }

    /// What holds of every scan, whatever the bytes.
    private func checkInvariants(_ bytes: [UInt8]) throws {
        guard let message = try? Message(scanning: bytes) else { return }
        try bytes.withUnsafeBytes { buffer in
            var end = message.headerStart
            for field in message.fields {
                try #require(field.name.lowerBound >= end && field.name.upperBound < field.body.lowerBound)
                try #require(field.body.upperBound <= message.headerEnd)
                end = field.body.upperBound
                for mailbox in message.mailboxes(in: field, of: buffer) {
                    let again = try EmailAddress(parsing: mailbox.address.text)
                    try #require(again == mailbox.address, "\(mailbox.address.text)")
                }
            }
            try #require(end <= message.headerEnd && message.headerEnd <= message.bodyStart)
            try #require(message.bodyStart <= bytes.count)
            _ = message.mailboxLineSender(in: buffer)
        }
    }

    @Test(
        "no mutation of a sample breaks the scanner or the parser", arguments: 1...40 as ClosedRange<UInt64>)
    func mutations(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let sample = Sample.all[Int.random(in: 0..<Sample.all.count, using: &generator)]
            let bytes = sample.bytes.count > 1_000 ? Array(sample.bytes.suffix(1_000)) : sample.bytes
            try checkInvariants(mutated(bytes, using: &generator))
        }
    }

    @Test("no mutation of an address list breaks the parser", arguments: 1...40 as ClosedRange<UInt64>)
    func addressMutations(_ seed: UInt64) throws {
        let lists = [
            "\"Author, A.\" <@a,@b:c@d.example>, Group: e@f, \"g h\"@[192.0.2.1];(i (j)) k@bücher.example, 'l@m'",
            "=?utf-8?B?QW5uIDxhQHg+?= =?utf-8?q?=40x?= <n+o@p>, q . r @ s . t, u@v w@x",
        ]
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let list = lists[Int.random(in: 0..<lists.count, using: &generator)]
            for mailbox in AddressParser.mailboxes(in: mutated(Array(list.utf8), using: &generator)) {
                let again = try EmailAddress(parsing: mailbox.address.text)
                try #require(again == mailbox.address, "\(mailbox.address.text)")
            }
        }
    }

    @Test("random bytes are scanned or refused", arguments: 1...20 as ClosedRange<UInt64>)
    func randomBytes(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for length in [0, 1, 2, 3, 10, 100, 1_000] {
            let noise = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try checkInvariants(noise)
            try checkInvariants(Array("To: ".utf8) + noise)
        }
    }
}
