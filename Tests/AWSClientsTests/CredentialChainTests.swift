import AWSClients
import AWSWire
import Foundation
import Testing

/// A directory of one test.
private final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "credentials-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path + "/.aws", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        return "\(path)/\(name)"
    }

    func chain(
        _ environment: [String: String] = [:], profile: String? = nil, file: String? = nil
    ) -> CredentialChain {
        CredentialChain(.init(environment: environment, homeDirectory: path, profile: profile, file: file))
    }
}

private let plain = """
    # comment
    [default]
    aws_access_key_id = AKIADEFAULT
    aws_secret_access_key = secret/1+=
    region=eu-west-1

    [mail]
    aws_access_key_id=ASIAMAIL
    aws_secret_access_key=s
    aws_session_token =  tok=en
    s3 =
      aws_access_key_id = NESTED
    endpoint_url = http://localhost:9
    """

@Suite("Credentials")
struct CredentialChainTests {
    /// The secret itself is not readable, so compare what it signs.
    private func signature(_ credentials: Credentials) -> String {
        let scope = SigningScope(day: "20260101", region: "us-east-1", service: "kms")
        return SigningKey(credentials.secret, scope: scope).hexSignature(of: "text")
    }

    private func signature(_ secret: String) -> String {
        signature(Credentials(accessKeyID: "x", secret: SecretAccessKey(secret)))
    }

    @Test("the environment comes before the files")
    func environment() throws {
        let folder = try Folder()
        try folder.write(plain, to: ".aws/credentials")
        let found = try folder.chain([
            "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "e", "AWS_SESSION_TOKEN": "t",
        ]).credentials()
        #expect(found.accessKeyID == "AKIAENV" && found.sessionToken == "t")
        #expect(signature(found) == signature("e"))
    }

    @Test("a profile named explicitly comes before the environment, one in a variable does not")
    func profile() throws {
        let folder = try Folder()
        try folder.write(plain, to: ".aws/credentials")
        let variables = ["AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "e", "AWS_PROFILE": "mail"]
        #expect(try folder.chain(variables, profile: "mail").credentials().accessKeyID == "ASIAMAIL")
        #expect(try folder.chain(variables).credentials().accessKeyID == "AKIAENV")
        #expect(try folder.chain(["AWS_PROFILE": "mail"]).credentials().accessKeyID == "ASIAMAIL")
    }

    @Test("reads the shared credentials file, and skips what is nested")
    func shared() throws {
        let folder = try Folder()
        try folder.write(plain, to: ".aws/credentials")
        let standard = try folder.chain().credentials()
        #expect(standard.accessKeyID == "AKIADEFAULT" && standard.sessionToken == nil)
        #expect(signature(standard) == signature("secret/1+="))
        let mail = try folder.chain(profile: "mail").credentials()
        #expect(mail.accessKeyID == "ASIAMAIL" && mail.sessionToken == "tok=en")
    }

    @Test("reads the config file, whose sections say profile")
    func config() throws {
        let folder = try Folder()
        try folder.write(
            "[profile mail]\r\naws_access_key_id=AKIA1\r\naws_secret_access_key=s\r\n[mail]\naws_access_key_id=NO\n",
            to: ".aws/config")
        let found = try folder.chain(profile: "mail").credentials()
        #expect(found.accessKeyID == "AKIA1")
        #expect(signature(found) == signature("s"))
    }

    @Test("variables move the files")
    func moved() throws {
        let folder = try Folder()
        let credentials = try folder.write(plain, to: "c1")
        let config = try folder.write("[default]\nregion=ap-south-1\n", to: "c2")
        let chain = folder.chain(["AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_CONFIG_FILE": config])
        #expect(try chain.credentials().accessKeyID == "AKIADEFAULT")
        #expect(chain.regionName() == "eu-west-1")
    }

    @Test("a file named explicitly is the only source")
    func explicitFile() throws {
        let folder = try Folder()
        try folder.write(plain, to: ".aws/credentials")
        let file = try folder.write(
            "[default]\naws_access_key_id=AKIAFILE\naws_secret_access_key=s\n", to: "own")
        let variables = ["AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "e"]
        #expect(try folder.chain(variables, file: file).credentials().accessKeyID == "AKIAFILE")
        #expect(throws: ClientError.profileNotFound("mail", path: file)) {
            try folder.chain(variables, profile: "mail", file: file).credentials()
        }
        let absent = folder.path + "/absent"
        #expect(throws: ClientError.unreadableFile(path: absent, reason: "No such file or directory")) {
            try folder.chain(variables, file: absent).credentials()
        }
    }

    @Test("a file that changes is read again")
    func changes() throws {
        let folder = try Folder()
        try folder.write(plain, to: ".aws/credentials")
        let chain = folder.chain()
        #expect(try chain.credentials().accessKeyID == "AKIADEFAULT")
        try folder.write(
            "[default]\naws_access_key_id=AKIANEW\naws_secret_access_key=s\n", to: ".aws/credentials")
        #expect(try chain.credentials().accessKeyID == "AKIANEW")
        chain.forget()
        #expect(try chain.credentials().accessKeyID == "AKIANEW")
    }

    @Test("half an access key is refused with what is missing")
    func halves() throws {
        let folder = try Folder()
        #expect(
            throws: ClientError.incompleteCredentials(source: "environment", missing: "AWS_SECRET_ACCESS_KEY")
        ) { try folder.chain(["AWS_ACCESS_KEY_ID": "A"]).credentials() }
        #expect(
            throws: ClientError.incompleteCredentials(source: "environment", missing: "AWS_ACCESS_KEY_ID")
        ) {
            try folder.chain(["AWS_SECRET_ACCESS_KEY": "A"]).credentials()
        }
        let path = try folder.write(
            "[default]\naws_secret_access_key=s\n[b]\naws_access_key_id=A\n", to: ".aws/credentials")
        #expect(
            throws: ClientError.incompleteCredentials(
                source: "profile 'default' in \(path)", missing: "aws_access_key_id")
        ) { try folder.chain().credentials() }
        #expect(
            throws: ClientError.incompleteCredentials(
                source: "profile 'b' in \(path)", missing: "aws_secret_access_key")
        ) { try folder.chain(profile: "b").credentials() }
    }

    @Test(
        "sources that need another service or program are refused by name",
        arguments: [
            "credential_process", "sso_session", "sso_start_url", "role_arn", "web_identity_token_file",
        ])
    func unsupportedProfile(_ name: String) throws {
        let folder = try Folder()
        try folder.write("[default]\n\(name) = something\n", to: ".aws/config")
        do throws(ClientError) {
            _ = try folder.chain().credentials()
            Issue.record("used \(name)")
        } catch {
            #expect("\(error)".hasPrefix(name) && "\(error)".contains("is not supported"))
        }
    }

    @Test(
        "metadata services are refused, not asked",
        arguments: ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"])
    func metadata(_ name: String) throws {
        let folder = try Folder()
        do throws(ClientError) {
            _ = try folder.chain([name: "http://169.254.170.2/x"]).credentials()
            Issue.record("asked \(name)")
        } catch {
            #expect("\(error)".contains(name) && "\(error)".contains("metadata services are not asked"))
        }
    }

    @Test("without any source the error names what was tried")
    func nothing() throws {
        let folder = try Folder()
        let files = ["\(folder.path)/.aws/credentials", "\(folder.path)/.aws/config"]
        #expect(throws: ClientError.noCredentials(tried: ["environment"] + files)) {
            try folder.chain().credentials()
        }
        #expect(throws: ClientError.profileNotFound("x", path: files.joined(separator: " or "))) {
            try folder.chain(profile: "x").credentials()
        }
    }

    @Test("Region and endpoint come from variables, then from the profile")
    func settings() throws {
        let folder = try Folder()
        try folder.write(plain, to: ".aws/credentials")
        #expect(folder.chain().regionName() == "eu-west-1")
        #expect(folder.chain(["AWS_DEFAULT_REGION": "b"]).regionName() == "b")
        #expect(folder.chain(["AWS_DEFAULT_REGION": "b", "AWS_REGION": "a"]).regionName() == "a")
        #expect(folder.chain().endpointURL(service: "KMS") == nil)
        #expect(folder.chain(profile: "mail").endpointURL(service: "KMS") == "http://localhost:9")
        #expect(folder.chain(["AWS_ENDPOINT_URL": "g"]).endpointURL(service: "KMS") == "g")
        let both = ["AWS_ENDPOINT_URL_KMS": "k", "AWS_ENDPOINT_URL": "g"]
        #expect(folder.chain(both).endpointURL(service: "kms") == "k")
    }

    @Test("no error and no description holds a secret")
    func secrecy() throws {
        let folder = try Folder()
        try folder.write("[default]\naws_secret_access_key=TOPSECRET\n", to: ".aws/credentials")
        do throws(ClientError) {
            _ = try folder.chain().credentials()
        } catch {
            #expect(!"\(error)".contains("TOPSECRET") && !String(reflecting: error).contains("TOPSECRET"))
        }
    }
}
