import Mail
import Testing

@Suite("Addresses and domains")
struct EmailAddressTests {
    @Test(
        "two spellings of one mailbox are equal",
        arguments: [
            ("user@example.com", "USER@EXAMPLE.COM."), ("\"user\"@example.com", "user@example.com"),
            ("a@bücher.example", "A@XN--BCHER-KVA.example"), ("a@bu\u{308}cher.example", "a@BÜCHER.EXAMPLE"),
            ("jürgen@x", "JU\u{308}RGEN@x"), ("a@x。example", "a@x.example"), ("<a@x>", "a@x"),
        ])
    func equality(_ one: String, _ other: String) throws {
        let pair = (try EmailAddress(parsing: one), try EmailAddress(parsing: other))
        #expect(pair.0 == pair.1)
        #expect(pair.0.hashValue == pair.1.hashValue)
    }

    @Test(
        "different mailboxes are not",
        arguments: [("a@x", "b@x"), ("a@x", "a@y"), ("a+1@x", "a@x"), ("a@x", "a@x.x"), ("a.b@x", "ab@x")])
    func inequality(_ one: String, _ other: String) throws {
        #expect(try EmailAddress(parsing: one) != EmailAddress(parsing: other))
    }

    @Test(
        "a text that is more or less than one address is refused",
        arguments: [
            "", "a", "@x", "a@", "a@x, b@y", "Ann <a@x>", "a@x (Ann)", " a@x", "a@x ", "a @x", "a@x;",
            "a@b@x", "<a@x",
            "a@x>", "<<a@x>>", "a@x\n", "a@x y", "a@x..y", "a@x/..", "g:a@x;",
            "a@" + String(repeating: "x", count: 64),
            "\"a@x\"", "a@\u{0}", "(c)a@x",
        ])
    func strictness(_ text: String) {
        #expect(throws: MailError.self) { try EmailAddress(parsing: text) }
    }

    @Test(
        "the text quotes what must be quoted, and reads back as itself",
        arguments: [
            (#""a b"@x"#, #""a b"@x"#), (#""a"@x"#, "a@x"), (#""a@b"@x"#, #""a@b"@x"#),
            (#""a\\b"@x"#, #""a\\b"@x"#),
            (#""."@x"#, #"".""# + "@x"), ("ü@x", "ü@x"), (#""a..b"@x"#, #""a..b"@x"#), ("a.b@x", "a.b@x"),
        ])
    func text(_ source: String, _ text: String) throws {
        let address = try EmailAddress(parsing: source)
        #expect(address.text == text)
        #expect(try EmailAddress(parsing: text) == address)
    }

    @Test(
        "the label is what stands behind the first plus sign",
        arguments: [
            ("user@x", "user", nil), ("user+a+b@x", "user", "a+b"), ("+tag@x", "", "tag"),
            ("user+@x", "user", ""),
            ("USER+A@x", "user", "a"),
        ] as [(String, Substring, Substring?)])
    func labels(_ text: String, _ user: Substring, _ label: Substring?) throws {
        let address = try EmailAddress(parsing: text)
        #expect(address.user == user)
        #expect(address.label == label)
    }

    @Test(
        "domains compare as A-labels",
        arguments: [
            ("Example.COM", "example.com"), ("example.com.", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"), ("straße.example", "xn--strae-oqa.example"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"), ("faß.de", "xn--fa-hia.de"), ("☃.net", "xn--n3h.net"),
            ("_dmarc.x", "_dmarc.x"), ("[192.0.2.1]", "[192.0.2.1]"), ("[IPv6:::1]", "[ipv6:::1]"),
        ])
    func domains(_ source: String, _ text: String) throws {
        #expect(try DomainName(source).text == text)
    }

    @Test(
        "what is no domain is refused",
        arguments: [
            "", ".", "..", "a..b", ".a", "a b", "a@b", "a/b", "a\u{0}", "ü\u{0}", "a\u{A0}b", "[", "[]", "[a",
            "a]", "[a]b",
            "a..", String(repeating: "a", count: 64), String(repeating: "ü", count: 64), "(a)", "a,b",
            Array(repeating: "abcdefghi", count: 26).joined(separator: "."),
        ])
    func notDomains(_ text: String) {
        #expect(throws: MailError.invalidDomain(text)) { try DomainName(text) }
    }

    @Test(
        "a subdomain lies below, at any depth",
        arguments: [
            ("a.example.com", true), ("a.b.example.com", true), ("example.com", false),
            ("notexample.com", false),
            ("com", false), ("example.com.a", false),
        ])
    func subdomains(_ name: String, _ isBelow: Bool) throws {
        #expect(try DomainName(name).isSubdomain(of: DomainName("example.com")) == isBelow)
    }
}
