import EnvelopeCrypto
import MailReceiving
import ObjectStore
import ReceiptRules
import Testing

@Suite("All or nothing")
struct AtomicityTests {
    private static let rules = [
        Fixture.sealing("a", bucket: "one"), Fixture.sealing("b", bucket: "two"),
        Fixture.sealing("c", bucket: "one", prefix: "p"),
    ]

    private func fixture(
        failingPuts: (one: Set<Int>, two: Set<Int>) = ([], []), refusesDeletes: Bool = false,
        failingKeys: [Int: DataKeyError] = [:]
    ) throws -> Fixture {
        try Fixture(
            rules: Self.rules, keys: FakeKeys(failingCalls: failingKeys),
            buckets: [
                MemoryBucket("one", failingPuts: failingPuts.one, refusesDeletes: refusesDeletes),
                MemoryBucket("two", failingPuts: failingPuts.two),
            ])
    }

    @Test("a put that fails leaves nothing of the message, whichever it is", arguments: [1, 2, 3])
    func failingPut(_ number: Int) throws {
        let fixture = try fixture(
            failingPuts: (number == 2 ? [] : [number == 1 ? 1 : 2], number == 2 ? [1] : []))
        #expect(throws: ReceivingError.storage(rule: ["a", "b", "c"][number - 1], MemoryBucket.failure)) {
            try fixture.receive(Fixture.mail)
        }
        #expect(fixture.objectCount == 0)
        // The next message is not harmed.
        #expect(try fixture.receive(Fixture.mail).deliveries.count == 3)
        #expect(fixture.objectCount == 3)
    }

    @Test(
        "a key that is refused leaves nothing, and nothing was stored even for a moment",
        arguments: [1, 2, 3],
        [
            DataKeyError.accessDenied("User: ses.amazonaws.com is not authorized"), .keyDisabled("k"),
            .keyPendingDeletion("k"),
            .keyNotFound("k"), .unavailable("host"), .trail("disk full"),
        ])
    func failingKey(_ number: Int, _ error: DataKeyError) throws {
        let fixture = try fixture(failingKeys: [number: error])
        #expect(throws: ReceivingError.sealing(rule: ["a", "b", "c"][number - 1], .key(error))) {
            try fixture.receive(Fixture.mail)
        }
        #expect(fixture.objectCount == 0)
        #expect(fixture.buckets.allSatisfy { $0.putCount == 0 })
    }

    @Test("a bucket that is not there is noticed before anything is stored")
    func missingBucket() throws {
        let fixture = try Fixture(rules: [
            Fixture.sealing("a", bucket: "mailbox"), Fixture.sealing("b", bucket: "gone"),
        ])
        #expect(throws: ReceivingError.storage(rule: "b", .noSuchBucket("gone"))) {
            try fixture.receive(Fixture.mail)
        }
        #expect(fixture.buckets[0].putCount == 0)
    }

    @Test("an object key that cannot be stored is noticed before a key is asked for")
    func invalidKey() throws {
        let fixture = try Fixture(rules: [Fixture.sealing("a", bucket: "mailbox", prefix: "x//y")])
        let error = #expect(throws: ReceivingError.self) { try fixture.receive(Fixture.mail) }
        guard case .storage(rule: "a", .invalidKey) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(fixture.keys.calls.isEmpty)
    }

    @Test("what cannot be removed again is named")
    func leftBehind() throws {
        let messageID = try #require(SESMessageID(String(repeating: "0", count: 40)))
        let fixture = try fixture(failingPuts: ([], [1]), refusesDeletes: true)
        #expect(
            throws: ReceivingError.leftBehind(
                ["one/\(messageID)"], cause: .storage(rule: "b", MemoryBucket.failure))
        ) {
            try fixture.receive(Fixture.mail, messageID: messageID)
        }
    }

    @Test("a message received again under its identifier replaces itself")
    func replacement() throws {
        let fixture = try fixture()
        let first = try fixture.receive(Fixture.mail)
        let second = try fixture.receive(Fixture.mail + "P.S.\n", messageID: first.messageID)
        #expect(second.deliveries.map(\.location) == first.deliveries.map(\.location))
        #expect(fixture.objectCount == 3)
        for delivery in second.deliveries { #expect(try fixture.text(delivery) == Fixture.mail + "P.S.\n") }
    }

    @Test("a replacement that fails leaves the earlier version as it was", arguments: [1, 2, 3])
    func failingReplacement(_ number: Int) throws {
        // The first three puts are the first version's: two in bucket one, one in bucket two.
        let fixture = try fixture(
            failingPuts: (number == 2 ? [] : [number == 1 ? 3 : 4], number == 2 ? [2] : []))
        let first = try fixture.receive(Fixture.mail)
        let before = fixture.buckets.map { $0.objects.mapValues(\.body) }
        #expect(throws: ReceivingError.storage(rule: ["a", "b", "c"][number - 1], MemoryBucket.failure)) {
            try fixture.receive(Fixture.mail + "P.S.\n", messageID: first.messageID)
        }
        #expect(fixture.buckets.map { $0.objects.mapValues(\.body) } == before)
        for delivery in first.deliveries { #expect(try fixture.text(delivery) == Fixture.mail) }
    }

    @Test("messages too large to wait together are stored early, and still removed together")
    func budget() throws {
        let rules = (1...5).map { Fixture.sealing("r\($0)", bucket: "mailbox", prefix: "p\($0)") }
        let bytes = Array("To: a@x\n\n".utf8) + [UInt8](repeating: 0x61, count: 40_000_000)
        let fixture = try Fixture(rules: rules, keys: FakeKeys(failingCalls: [5: .keyDisabled("k")]))
        #expect(throws: ReceivingError.sealing(rule: "r5", .key(.keyDisabled("k")))) {
            try fixture.receive(bytes)
        }
        #expect(fixture.buckets[0].putCount == 4 && fixture.objectCount == 0)
    }
}
