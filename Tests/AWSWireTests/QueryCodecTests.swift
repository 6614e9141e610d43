import AWSWire
import Testing

private func decode(_ text: String) throws(WireError) -> QueryNode { try QueryCodec.decode(Array(text.utf8)) }

@Suite("AWS Query")
struct QueryCodecTests {
    @Test("reads nested members, lists, booleans and numbers")
    func nested() throws {
        let root = try decode(
            "Action=CreateReceiptRule&Version=2010-12-01&RuleSetName=s&Rule.Name=r&Rule.Enabled=true"
                + "&Rule.Recipients.member.2=b%40example.com&Rule.Recipients.member.1=a+b"
                + "&Rule.Actions.member.1.S3Action.BucketName=mailbox&MaxItems=10")
        #expect(root.string("Action") == "CreateReceiptRule")
        #expect(try root.integer("MaxItems") == 10)
        let rule = try #require(root.structure("Rule"))
        #expect(rule.string("Name") == "r")
        #expect(try rule.boolean("Enabled") == true)
        #expect(try rule.boolean("ScanEnabled") == nil)
        #expect(try rule.strings("Recipients") == ["a b", "b@example.com"])
        #expect(try rule.list("Actions")?.first?.structure("S3Action")?.string("BucketName") == "mailbox")
        #expect(rule.names == ["Actions", "Enabled", "Name", "Recipients"])
    }

    @Test("list entries come in the order of their numbers, not of the text")
    func order() throws {
        let text = (1...12).reversed().map { "L.member.\($0)=\($0)" }.joined(separator: "&")
        #expect(try decode(text).strings("L") == (1...12).map(String.init))
    }

    @Test("an empty list may be sent as a bare name", arguments: ["L=", "L", "&L=&"])
    func emptyList(_ text: String) throws {
        #expect(try decode(text).strings("L") == [])
        #expect(try decode("").strings("L") == nil)
    }

    @Test(
        "what is no list is refused",
        arguments: ["L=x", "L.x=1", "L.member.0=1", "L.member.01=1", "L.member.x=1", "L.member.-1=1"])
    func badList(_ text: String) throws {
        let root = try decode(text)
        #expect(throws: WireError.self) { try root.list("L") }
    }

    @Test(
        "a form that is broken or too much is refused",
        arguments: [
            "a=1&a=2", "a=%FF", "%C0%AF=1", "a..b=1", ".a=1", "=1",
            Array(repeating: "a", count: 17).joined(separator: ".") + "=1",
            (0...4096).map { "p\($0)=" }.joined(separator: "&"),
        ])
    func malformed(_ text: String) {
        do throws(WireError) {
            _ = try decode(text)
            Issue.record("read \(text.prefix(40))")
        } catch {
            #expect(error.code == "MalformedInput" && error.status == 400)
        }
    }

    @Test("wrong types are refused", arguments: ["B=yes", "B=True", "B=1"])
    func wrongBoolean(_ text: String) throws {
        let root = try decode(text)
        #expect(throws: WireError.self) { try root.boolean("B") }
        #expect(throws: WireError.self) { try decode("N=x").integer("N") }
    }

    @Test("what is encoded comes back", arguments: ["", "a b", "ä=&%+~", "日本", "\n"])
    func roundTrip(_ value: String) throws {
        let form = QueryCodec.encode([("Name", value), ("Other", "x")])
        #expect(try QueryCodec.decode(form).string("Name") == value)
    }

    @Test("success wraps the result as SES does")
    func success() {
        let answer = QueryCodec.success(
            operation: "ListReceiptFilters", namespace: "http://ses.amazonaws.com/doc/2010-12-01/",
            requestID: "r1"
        ) { xml in
            xml.list("Filters", of: ["a<b", "c"]) { $0.element("Name", text: $1) }
        }
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(
            text == "<ListReceiptFiltersResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\">"
                + "<ListReceiptFiltersResult><Filters><member><Name>a&lt;b</Name></member>"
                + "<member><Name>c</Name></member></Filters></ListReceiptFiltersResult>"
                + "<ResponseMetadata><RequestId>r1</RequestId></ResponseMetadata></ListReceiptFiltersResponse>"
        )
        #expect(answer.headers["content-type"] == "text/xml")
    }

    @Test(
        "failure names whose fault it is", arguments: [(400, "Sender"), (403, "Sender"), (500, "Receiver")])
    func failure(_ status: Int, _ fault: String) {
        let error = WireError(
            "AlreadyExists", "Rule already exists: r", status: status, details: [.init("Name", "r")])
        let answer = QueryCodec.failure(error, namespace: "ns", requestID: "r1")
        #expect(answer.status == status)
        #expect(
            String(decoding: answer.body, as: UTF8.self)
                == "<ErrorResponse xmlns=\"ns\"><Error><Type>\(fault)</Type><Code>AlreadyExists</Code>"
                + "<Message>Rule already exists: r</Message><Name>r</Name></Error><RequestId>r1</RequestId>"
                + "</ErrorResponse>")
    }
}

@Suite("XML")
struct XMLWriterTests {
    @Test("text and attributes are escaped, also what XML cannot say")
    func escaping() {
        var xml = XMLWriter(declaration: true)
        xml.element("Key", attributes: [("a", "\"<&")], text: "a&b<c>\r\n\t\u{1}é")
        #expect(
            xml.text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<Key a=\"&quot;&lt;&amp;\">a&amp;b&lt;c&gt;&#xd;\n\t&#x1;é</Key>")
    }

    @Test("empty elements are opened and closed")
    func empty() {
        var xml = XMLWriter()
        xml.element("A") { $0.element("B", text: "") }
        xml.list("L", of: [Int]()) { xml, _ in xml.element("X", text: "") }
        #expect(xml.text == "<A><B></B></A><L></L>")
    }
}

@Suite("Headers and percent-encoding")
struct HeaderTests {
    @Test("names compare without case; setting replaces all, nil removes all")
    func subscripting() {
        var headers: HeaderList = ["Host": "h", "X-A": "1", "x-a": "2"]
        #expect(headers["HOST"] == "h")
        #expect(headers.values(of: "X-A") == ["1", "2"])
        headers["x-A"] = "3"
        #expect(headers.fields == [.init("host", "h"), .init("x-a", "3")])
        headers["x-a"] = nil
        headers["new"] = "n"
        #expect(headers.fields.map(\.name) == ["host", "new"])
    }

    @Test(
        "encodes everything but the unreserved characters",
        arguments: [
            ("a-_.~Z9", "a-_.~Z9"), ("a b", "a%20b"), ("+/=", "%2B%2F%3D"), ("ü", "%C3%BC"), ("", ""),
        ])
    func encode(_ text: String, _ encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
        #expect(String(decoding: PercentEncoding.decode(encoded), as: UTF8.self) == text)
    }

    @Test("an escape that is none stays as it is", arguments: ["%", "%4", "%zz", "100%"])
    func lenient(_ text: String) {
        #expect(String(decoding: PercentEncoding.decode(text), as: UTF8.self) == text)
    }

    @Test("a path keeps its slashes")
    func path() {
        #expect(PercentEncoding.encodePath("/b/a b/ü") == "/b/a%20b/%C3%BC")
    }
}
