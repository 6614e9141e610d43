import EnvelopeTesting
import ObjectStore
import Testing

@testable import MailboxFS

@Suite("Inode numbers of stored objects")
struct InodeTableTests {
    private func place(_ key: String, _ area: StoredPlace.Area = .mail, bucket: String = "mailbox") throws
        -> StoredPlace
    {
        StoredPlace(area: area, kind: .object(bucket: bucket, try ObjectKey(key)))
    }

    @Test("a place keeps its number while it is known, and has the same one when it comes back")
    func stable() throws {
        let table = InodeTable()
        let number = table.addLookup(of: try place("a"))
        #expect(table.addLookup(of: try place("a")) == number)
        #expect(try table.place(number) == place("a"))
        table.forget(number, count: 1)
        #expect(try table.place(number) == place("a"))
        table.forget(number, count: 1)
        #expect(throws: MailboxError.self) { try table.place(number) }
        #expect(table.addLookup(of: try place("a")) == number)
        #expect(InodeTable().addLookup(of: try place("a")) == number)
    }

    @Test("places that differ in anything differ in number")
    func distinct() throws {
        let places = [
            try place("a"), try place("b"), try place("a", .sealed), try place("a", bucket: "other"),
            try place("a/b"),
            StoredPlace(area: .mail, kind: .level(bucket: "mailbox", .root)),
            StoredPlace(area: .mail, kind: .level(bucket: "mailbox", try KeyPrefix("a/"))),
            StoredPlace(area: .sealed, kind: .level(bucket: "mailbox", .root)), .mail, .sealed,
        ]
        #expect(Set(places.map(\.preferredNumber)).count == places.count)
        #expect(places.dropLast(2).allSatisfy { $0.preferredNumber.territory == .stored })
        #expect(InodeNumber.mail.territory == .stored)
        #expect(InodeNumber(rawValue: 300).territory == .inbox)
        #expect(InodeNumber(rawValue: 17).territory == .control)
    }

    @Test("two places that want one number get two, and each keeps its own")
    func collision() throws {
        let wanted = InodeNumber(rawValue: .max)
        let table = InodeTable(preferring: { _ in wanted })
        let (a, b, c) = (try place("a"), try place("b"), try place("c"))
        let numbers = [a, b, c].map { table.addLookup(of: $0) }
        #expect(Set(numbers).count == 3)
        #expect(numbers.allSatisfy { $0.territory == .stored })
        #expect(try numbers.map { try table.place($0) } == [a, b, c])
        table.forget(numbers[0], count: 1)
        #expect(table.addLookup(of: b) == numbers[1])
        #expect(table.addLookup(of: a) == numbers[0])
        #expect(table.number(of: c) == numbers[2])
        for number in numbers { table.forget(number, count: 9) }
        #expect(table.counts == (0, 0))
    }

    @Test("too many forgets, and forgets of unknown numbers, do no harm")
    func overForget() throws {
        let table = InodeTable()
        table.forget(InodeNumber(rawValue: InodeNumber.hashedBit | 5), count: 3)
        let number = table.addLookup(of: try place("a"))
        table.forget(number, count: .max)
        table.forget(number, count: 1)
        #expect(table.counts == (0, 0))
        table.forget(.mail, count: 1)
        #expect(try table.place(.mail) == .mail)
    }

    @Test("lookups and forgets in any order leave exactly what is not forgotten", arguments: 0..<20)
    func balance(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let table = InodeTable()
        var held: [InodeNumber: UInt64] = [:]
        let places = try (0..<30).map { try place("key-\($0)") }
        for _ in 0..<2000 {
            if Bool.random(using: &random) {
                held[table.addLookup(of: places.randomElement(using: &random) ?? .mail), default: 0] += 1
            } else if let (number, count) = held.randomElement(using: &random) {
                let part = UInt64.random(in: 1...count, using: &random)
                table.forget(number, count: part)
                held[number] = count == part ? nil : count - part
            }
            #expect(table.counts.places == held.count)
        }
        #expect(table.counts.lookups == held.values.reduce(0, +))
        for (number, count) in held { table.forget(number, count: count) }
        #expect(table.counts == (0, 0))
    }
}

@Suite("Listings of the inbox")
struct InboxListingTests {
    @Test("names are found, removed and listed in order", arguments: 0..<10)
    func random(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var listing = InboxListing()
        var model: [(String, InodeNumber)] = []
        for step in 0..<500 {
            let name = "n\(Int.random(in: 0..<40, using: &random))"
            let number = InodeNumber(rawValue: UInt64(step))
            if let index = model.firstIndex(where: { $0.0 == name }) {
                #expect(listing[name] == model[index].1)
                #expect(listing.remove(name) == model.remove(at: index).1)
            } else {
                #expect(listing[name] == nil)
                listing.insert(name, number)
                model.append((name, number))
            }
            var serial: UInt64 = 0
            var seen: [String] = []
            while let next = listing.entry(after: serial) {
                seen.append(next.name)
                serial = next.serial
            }
            #expect(seen == model.map(\.0))
        }
        #expect(listing.entry(after: .max) == nil)
    }
}

@Suite("What a place in the inbox means")
struct DestinationTests {
    @Test(
        "hidden names and tmp directories are staging",
        arguments: [
            ([], "a", false), ([], ".a", true), (["tmp"], "a", true), (["new"], "a", false),
            ([], "tmp", false),
            (["d", "tmp", "e"], "a", true), ([".d"], "a", true), (["tmpx"], "a", false),
            (["a.b"], "c.d", false),
            ([], ".\u{301}a", true),
        ] as [([String], String, Bool)])
    func staging(_ directories: [String], _ name: String, _ isStaging: Bool) {
        #expect(Destination(directories: directories, name: name).isStaging == isStaging)
    }

    @Test(
        "addresses are told from other names",
        arguments: [
            ("a@x.org", true), ("a.b+c@x.org", true), ("postmaster@[192.0.2.1]", true),
            ("\u{E9}@x.org", true), ("a", false),
            ("a@", false), ("@x", false), ("a@b@c", false), ("a @x.org", false), ("x, a@x.org", false),
        ])
    func address(_ name: String, _ isAddress: Bool) { #expect(Destination.isAddress(name) == isAddress) }

    @Test(
        "the end of a header is the first empty line",
        arguments: [
            ("", false), ("a: b", false), ("a: b\n", false), ("a: b\n\n", true), ("a: b\r\n\r\n", true),
            ("\n", false),
            ("a\r\n\nb", true), ("a\n \n", false),
        ])
    func headerEnd(_ text: String, _ isPresent: Bool) {
        #expect(Array(text.utf8).withUnsafeBytes { HeaderEnd.isPresent(in: $0) } == isPresent)
    }
}
