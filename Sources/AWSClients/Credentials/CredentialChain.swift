public import AWSWire
internal import Synchronization

/// The usual AWS search for credentials, as far as it stays on this machine.
///
/// In this order: a file named explicitly; the environment, unless a profile was named explicitly; the shared
/// credentials file; the shared config file. The first source that has an access key wins. Files are read again
/// when they change, so a tool that renews temporary credentials in place is followed.
///
/// Left out, and refused with a sentence where they are configured: instance and container metadata services, web
/// identity, single sign-on, assumed roles and `credential_process`. A file system must not depend on another
/// network service, or start programs, while a `close` waits for it.
///
/// Source: AWS SDKs and Tools reference guide, "Standardized credential providers".
public final class CredentialChain: CredentialSource {
    /// Where to look.
    ///
    /// Values come from the executable: nothing here reads the process's environment.
    public struct Sources: Sendable {
        /// The environment's variables.
        public var environment: [String: String]
        /// The home directory, for `~/.aws`.
        public var homeDirectory: String?
        /// A profile named explicitly.
        public var profile: String?
        /// A credentials file named explicitly; then no other source is asked.
        public var file: String?

        /// Names the places to look.
        public init(
            environment: [String: String], homeDirectory: String?, profile: String? = nil, file: String? = nil
        ) {
            self.environment = environment
            self.homeDirectory = homeDirectory
            self.profile = profile
            self.file = file
        }
    }

    private struct Remembered {
        let credentials: Credentials
        let stamps: [WatchedFile.Stamp?]
    }

    private let sources: Sources
    private let remembered = Mutex<Remembered?>(nil)

    /// Makes a chain; nothing is read yet.
    public init(_ sources: Sources) {
        self.sources = sources
    }

    /// The credentials of the first source that has some.
    ///
    /// - Throws: `.noCredentials` naming every source tried, or what is wrong with the one that was chosen.
    public func credentials() throws(ClientError) -> Credentials {
        let stamps = files.map { $0.file.stamp() }
        if let kept = remembered.withLock({ $0 }), kept.stamps == stamps { return kept.credentials }
        let found = try search()
        remembered.withLock { $0 = Remembered(credentials: found, stamps: stamps) }
        return found
    }

    /// Reads everything again at the next request.
    public func forget() {
        remembered.withLock { $0 = nil }
    }

    /// The Region that environment or profile name, if any.
    public func regionName() -> String? {
        variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? setting("region")
    }

    /// The endpoint that environment or profile name for `service`, such as `KMS`, if any.
    public func endpointURL(service: String) -> String? {
        variable("AWS_ENDPOINT_URL_\(service.uppercased())") ?? variable("AWS_ENDPOINT_URL")
            ?? setting("endpoint_url")
    }

    // MARK: - Places

    private struct Place {
        let file: WatchedFile
        let isConfig: Bool
    }

    private var files: [Place] {
        if let file = sources.file { return [Place(file: WatchedFile(path: file), isConfig: false)] }
        let directory = sources.homeDirectory.map { $0 + "/.aws/" }
        let credentials = variable("AWS_SHARED_CREDENTIALS_FILE") ?? directory.map { $0 + "credentials" }
        let config = variable("AWS_CONFIG_FILE") ?? directory.map { $0 + "config" }
        return [(credentials, false), (config, true)].compactMap { path, isConfig in
            path.map { Place(file: WatchedFile(path: $0), isConfig: isConfig) }
        }
    }

    private var profileName: String { sources.profile ?? variable("AWS_PROFILE") ?? "default" }

    private func variable(_ name: String) -> String? {
        guard let value = sources.environment[name], !value.isEmpty else { return nil }
        return value
    }

    private func setting(_ name: String) -> String? {
        for place in files where place.file.stamp() != nil {
            let file = try? place.file.read { ProfileFile(parsing: $0, isConfig: place.isConfig) }
            if let value = file?.profiles[profileName]?.settings[name], !value.isEmpty { return value }
        }
        return nil
    }

    // MARK: - Search

    private func search() throws(ClientError) -> Credentials {
        var tried: [String] = []
        if sources.file == nil, sources.profile == nil {
            tried.append("environment")
            if let found = try fromEnvironment() { return found }
        }
        var hasProfile = false
        for place in files {
            tried.append(place.file.path)
            guard place.file.stamp() != nil || sources.file != nil else { continue }
            let profile = try place.file.read {
                ProfileFile(parsing: $0, isConfig: place.isConfig).profiles[profileName]
            }
            guard let profile else { continue }
            hasProfile = true
            if let found = try credentials(of: profile, path: place.file.path) { return found }
        }
        let isNamed = sources.profile != nil || sources.file != nil || variable("AWS_PROFILE") != nil
        if isNamed, !hasProfile {
            throw .profileNotFound(profileName, path: files.map(\.file.path).joined(separator: " or "))
        }
        try refuseRemoteSources()
        throw .noCredentials(tried: tried)
    }

    private func fromEnvironment() throws(ClientError) -> Credentials? {
        let identifier = variable("AWS_ACCESS_KEY_ID")
        let secret = variable("AWS_SECRET_ACCESS_KEY")
        if identifier == nil, secret == nil { return nil }
        guard let identifier else {
            throw .incompleteCredentials(source: "environment", missing: "AWS_ACCESS_KEY_ID")
        }
        guard let secret else {
            throw .incompleteCredentials(source: "environment", missing: "AWS_SECRET_ACCESS_KEY")
        }
        return Credentials(
            accessKeyID: identifier, secret: SecretAccessKey(secret),
            sessionToken: variable("AWS_SESSION_TOKEN"))
    }

    private func credentials(
        of profile: ProfileFile.Profile, path: String
    ) throws(ClientError) -> Credentials? {
        let source = "profile '\(profileName)' in \(path)"
        if let identifier = profile.settings["aws_access_key_id"] {
            guard let secret = profile.secret else {
                throw .incompleteCredentials(source: source, missing: "aws_secret_access_key")
            }
            return Credentials(
                accessKeyID: identifier, secret: secret, sessionToken: profile.settings["aws_session_token"])
        }
        if profile.secret != nil {
            throw .incompleteCredentials(source: source, missing: "aws_access_key_id")
        }
        for name in [
            "credential_process", "sso_session", "sso_start_url", "role_arn", "web_identity_token_file",
        ]
        where profile.settings[name] != nil {
            throw .unsupportedSource(
                "\(name) of \(source)", reason: "write the credentials themselves into a profile or file")
        }
        return nil
    }

    private func refuseRemoteSources() throws(ClientError) {
        for name in [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
        ] where variable(name) != nil {
            throw .unsupportedSource(
                name, reason: "metadata services are not asked; use environment, profile or file")
        }
    }
}
