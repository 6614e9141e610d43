import ReceiptRules
import StrictJSON
import Testing

@Suite("Receipt filters")
struct IPFilterTests {
    @Test(
        "a block holds the addresses that share its prefix",
        arguments: [
            ("10.0.0.1", "10.0.0.1", true), ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.1/24", "10.0.0.200", true),
            ("10.0.0.1/24", "10.0.1.1", false), ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.128", true),
            ("2001:db8::/32", "2001:db8:1::1", true), ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "::1", true),
            ("::1", "::1", true), ("::1/128", "::2", false),
            ("2001:db8::192.0.2.1", "2001:DB8:0:0:0:0:c000:201", true),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
        ])
    func containment(_ block: String, _ address: String, _ contains: Bool) throws {
        #expect(try #require(AddressBlock(block)).contains(#require(IPAddress(address))) == contains)
    }

    @Test(
        "what is no block is refused",
        arguments: [
            "", "10.0.0", "10.0.0.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
            "10.0.0.0/1/2",
            "[::1]", "fe80::1%eth0", "::ffff:192.0.2.1", "::ffff:192.0.2.0/120", "1::2::3",
            "1:2:3:4:5:6:7:8:9", "12345::",
            "1:2:3:4:5:6:7", ":", ":::", "::/129", "١.0.0.1", "10.0.0.0/٨", " 10.0.0.1", "a.b.c.d",
            "1:2:3:4:5:6:7:8::", "::0x1",
        ])
    func notBlocks(_ text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test("an address that no filter names comes through, and allowing beats blocking, whatever the sizes")
    func precedence() throws {
        let filters = [
            IPFilter(name: "all", policy: .block, block: try #require(AddressBlock("0.0.0.0/0"))),
            IPFilter(name: "friends", policy: .allow, block: try #require(AddressBlock("192.0.2.0/24"))),
            IPFilter(name: "one", policy: .block, block: try #require(AddressBlock("192.0.2.7"))),
        ]
        #expect(IPFilter.blocks(try #require(IPAddress("203.0.113.1")), in: filters))
        #expect(!IPFilter.blocks(try #require(IPAddress("192.0.2.7")), in: filters))
        #expect(!IPFilter.blocks(try #require(IPAddress("2001:db8::1")), in: filters))
        #expect(!IPFilter.blocks(try #require(IPAddress("203.0.113.1")), in: []))
    }

    @Test(
        "a filter document is checked in layers",
        arguments: [
            (
                "null",
                "1 validation error detected: Value at 'filter' failed to satisfy constraint: Member must not be null"
            ),
            (
                #"{"Name":"f"}"#,
                "1 validation error detected: Value at 'filter.ipFilter' failed to satisfy constraint: Member must not be null"
            ),
            (
                #"{"IpFilter":{"Policy":"Deny","Cidr":"::1"}}"#,
                "2 validation errors detected: Value at 'filter.name' failed to satisfy constraint: Member must not be null; "
                    + "Value at 'filter.ipFilter.policy' failed to satisfy constraint: Member must satisfy enum value set: "
                    + "[Allow, Block]"
            ),
            (#"{"Name":"f-","IpFilter":{"Policy":"Allow","Cidr":"::1"}}"#, "Not a valid filterName: f-"),
            (#"{"Name":"f","IpFilter":{"Policy":"Allow","Cidr":"[::1]"}}"#, "Invalid CIDR block: [::1]"),
            (#"{"Name":"f","IpFilter":{"Policy":"Allow","Cidr":""}}"#, "Invalid CIDR block: "),
        ])
    func documents(_ text: String, _ message: String) throws {
        let document = try JSONValue(parsing: text)
        let error = #expect(throws: ReceiptRulesError.self) { try IPFilter(document: document) }
        #expect(error?.message == message)
    }
}
