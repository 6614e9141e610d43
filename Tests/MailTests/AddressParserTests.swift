import Mail
import Testing

@Suite("Address lists")
struct AddressParserTests {
    private func addresses(_ text: String) -> [String] {
        AddressParser.mailboxes(in: Array(text.utf8)).map(\.address.text)
    }

    @Test(
        "finds the addresses of standard forms",
        arguments: [
            ("a@x.example", ["a@x.example"]), ("<a@x>", ["a@x"]), ("Ann <a@x>", ["a@x"]),
            ("Ann A. Author <a@x>, b@y", ["a@x", "b@y"]), ("\"Author, Ann\" <a@x>", ["a@x"]),
            ("\"a@b; c\" <a@x>", ["a@x"]), ("a@x (Ann, the one (and only) <b@y>)", ["a@x"]),
            ("a(comment)@x(another).example", ["a@x.example"]), ("Group: a@x, Ben <b@y>;", ["a@x", "b@y"]),
            ("undisclosed-recipients:;", []), ("Group:a@x;, c@z", ["a@x", "c@z"]),
            ("A:a@x;B:b@y;", ["a@x", "b@y"]),
            ("a@x;b@y", ["a@x", "b@y"]), ("a@[192.0.2.1]", ["a@[192.0.2.1]"]),
            ("a@[IPv6:2001:db8::1], b@y", ["a@[ipv6:2001:db8::1]", "b@y"]),
            ("\"a b\"@x", ["\"a b\"@x"]), ("\"a@b\"@x", ["\"a@b\"@x"]), (#""a\"b"@x"#, [#""a\"b"@x"#]),
            ("\"user\"@x", ["user@x"]), ("user+tag+more@x", ["user+tag+more@x"]),
            ("jürgen@bücher.example", ["jürgen@xn--bcher-kva.example"]), ("a@X.EXAMPLE.", ["a@x.example"]),
        ])
    func standard(_ text: String, _ expected: [String]) {
        #expect(addresses(text) == expected)
    }

    @Test(
        "finds the addresses of obsolete forms",
        arguments: [
            ("<@hop1,@hop2:user@x>", ["user@x"]), ("Ann <@hop1.example:a@x>, b@y", ["a@x", "b@y"]),
            ("pete . smith @ example . com", ["pete.smith@example.com"]),
            ("jdoe@machine(comment).  example", ["jdoe@machine.example"]), ("a@x,,b@y,", ["a@x", "b@y"]),
            ("\"first\".\"last\"@x", ["first.last@x"]), ("a@x, , (only a comment)", ["a@x"]),
        ])
    func obsolete(_ text: String, _ expected: [String]) {
        #expect(addresses(text) == expected)
    }

    @Test(
        "makes the best of broken forms",
        arguments: [
            ("", []), (",", []), ("Ann", []), ("<>", []), ("@x", []), ("a@", []), ("a@@x", ["\"a@\"@x"]),
            ("a@b@x", ["\"a@b\"@x"]), ("a@x b@y", ["a@x", "b@y"]), ("Ann a@x", ["a@x"]), ("<a@x", ["a@x"]),
            ("Ann <a@x, b@y", ["a@x", "b@y"]), ("<<a@x>>", ["a@x"]), ("A <a@x> B <b@y>", ["a@x", "b@y"]),
            ("A <a@x <b@y>", ["a@x", "b@y"]),
            ("<Undisclosed Recipients@x>", []), ("<a@x b@y>", []), ("Ann a@x <nobody>", ["a@x"]),
            ("a@x>", ["a@x"]), ("'a@x'", ["a@x"]),
            ("\"a@x\"", ["a@x"]), ("\"a@x\" <>", ["a@x"]), ("\"Ann <a@x>, b@y\"", ["a@x", "b@y"]),
            ("\"Ann <a@x>, b@y", ["a@x", "b@y"]),
            ("(Ann <a@x>, b@y", ["a@x", "b@y"]), ("a@x..y", []), ("a@x..", []), ("a@-_.x", ["a@-_.x"]),
            ("a@x y", ["a@x"]),
            ("mailto:a@x", ["a@x"]), ("a@x:25", ["a@x"]), ("a..b.@x", ["\"a..b.\"@x"]), ("a@[1.2", ["a@1.2"]),
            ("a@[]", []), ("a@\"x\"", []), ("a@x/y", []), ("mailing list users@x", ["users@x"]),
            ("a\\,b@x", ["b@x"]), ("\0a@x\u{1}", ["a@x"]), ("=?utf-8?q?Ann?= <a@x>", ["a@x"]),
            ("\"a\0b\"@x", []),
        ])
    func broken(_ text: String, _ expected: [String]) {
        #expect(addresses(text) == expected)
    }

    @Test("an address list hidden in encoded words is found only when there is no other")
    func encodedWords() {
        #expect(addresses("=?utf-8?B?QW5uIDxhQHg+LCBiQHk=?=") == ["a@x", "b@y"])
        #expect(addresses("=?iso-8859-1?Q?Ann_=3Ca=40x=3E?=") == ["a@x"])
        #expect(addresses("=?utf-8?Q?a=40?= =?utf-8?Q?x?=") == ["a@x"])
        #expect(addresses("=?utf-8?Q?evil=40y?= <a@x>") == ["a@x"])
        #expect(addresses("=?utf-8?Q?broken") == [])
        #expect(addresses("=?utf-8?X?a=40x?=") == [])
    }

    @Test("keeps the display name as it is written")
    func displayNames() {
        let mailboxes = AddressParser.mailboxes(
            in: Array("\"Author, A.\" <a@x>, =?utf-8?q?B?= C <b@y>, c@z".utf8))
        #expect(mailboxes.map(\.displayName) == ["Author, A.", "=?utf-8?q?B?= C", nil])
    }

    @Test("local parts that are not UTF-8 stay unlike each other")
    func latin1() {
        let one = AddressParser.mailboxes(in: [0xE9] + Array("@x".utf8))
        let other = AddressParser.mailboxes(in: [0xE8] + Array("@x".utf8))
        #expect(one.first?.address.localPart == "é")
        #expect(one != other)
    }

    @Test(
        "hostile lists take linear time",
        arguments: [
            "(", "\"", "\\", "<", "@", "[", "[a", "a@x,", "=?u?q?", "\"\\\"", "(\\(", "a@", ".", "<@a,", ":",
        ])
    func linearTime(_ unit: String) {
        let body = Array(String(repeating: unit, count: 200_000 / unit.utf8.count).utf8)
        let duration = ContinuousClock().measure { _ = AddressParser.mailboxes(in: body) }
        #expect(duration < .seconds(30))
    }
}
