import AWSClients
import AWSVocabulary
import Testing

@Suite("Endpoints")
struct EndpointTests {
    @Test(
        "reads what people write",
        arguments: [
            ("http://localhost:4566", false, "localhost", 4566, "localhost:4566"),
            (
                "https://kms.eu-central-1.amazonaws.com", true, "kms.eu-central-1.amazonaws.com", 443,
                "kms.eu-central-1.amazonaws.com"
            ),
            ("HTTPS://Example.COM:443/", true, "example.com", 443, "example.com"),
            ("http://127.0.0.1:80", false, "127.0.0.1", 80, "127.0.0.1"),
            ("https://[::1]:8443", true, "[::1]", 8443, "[::1]:8443"),
            ("http://[fe80::1]", false, "[fe80::1]", 80, "[fe80::1]"),
        ])
    func reads(_ text: String, _ isTLS: Bool, _ host: String, _ port: Int, _ header: String) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint == Endpoint(isTLS: isTLS, host: host, port: port))
        #expect(endpoint.hostHeader == header)
        #expect(try Endpoint(endpoint.description) == endpoint)
    }

    @Test(
        "refuses what is no endpoint, with the text",
        arguments: [
            "", "localhost:80", "ftp://x", "http://", "http://:80", "http://x:0", "http://x:65536",
            "http://x:y",
            "http://x/path", "http://x?q", "http://u:p@x", "http://::1:80", "http://[::1",
            "http://exämple.de",
            "http://a b", "http://x\r\nHost: y",
        ])
    func refuses(_ text: String) {
        do throws(ClientError) {
            _ = try Endpoint(text)
            Issue.record("read \(text)")
        } catch .invalidEndpoint(let found, _) {
            #expect(found == text)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test("AWS's own endpoints, China's too")
    func aws() throws {
        #expect(
            Endpoint.aws(service: "kms", region: try Region("eu-central-1")).description
                == "https://kms.eu-central-1.amazonaws.com")
        #expect(
            Endpoint.aws(service: "kms", region: try Region("cn-north-1")).host
                == "kms.cn-north-1.amazonaws.com.cn")
    }

    @Test(
        "knows where a secret can be overheard",
        arguments: [
            ("https://example.com", true), ("http://localhost:1", true), ("http://kms.localhost", true),
            ("http://127.8.9.1", true), ("http://[::1]:5", true), ("http://example.com", false),
            ("http://10.0.0.1", false), ("http://127.0.0.1.example.com", false), ("http://128.0.0.1", false),
        ])
    func confidential(_ text: String, _ isConfidential: Bool) throws {
        #expect(try Endpoint(text).isConfidential == isConfidential)
    }
}
