import AWSVocabulary
import AccountHome
import ArgumentParser
import KeyManagement
import StrictJSON

/// `envelopectl access-key …`.
struct AccessKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access-key", abstract: "Access keys: what SDKs and the AWS command line sign with.",
        subcommands: [List.self, Create.self, Export.self, Enable.self, Disable.self, Delete.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the access keys, without secrets.")
        @OptionGroup var options: AccountOptions

        func run() throws {
            let account = try options.open()
            let keys = try attempt("list the access keys") { () throws(PrincipalService.Failure) in
                try account.principals.accessKeys()
            }
            Terminal.answer(.array(keys.map(\.json)), asJSON: options.json) {
                var table = Table("LABEL", "ID", "PRINCIPAL", "ACTIVE", "EXPIRES")
                for key in keys {
                    let via = key.viaService.map { " via \($0)" } ?? ""
                    table.add(
                        key.label, key.id, key.principal + via, key.isActive ? "yes" : "no",
                        key.expires.map { Timestamps.iso8601($0) } ?? "never")
                }
                return table.text
            }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue an access key and print it as a profile for ~/.aws/credentials.",
            discussion: """
                --principal takes the ARN of a root, a user or an assumed-role session, user/NAME of this account, or the \
                name of a service such as ses.amazonaws.com. The secret can be printed again with export.
                """)
        @OptionGroup var options: AccountOptions
        @Option(help: "Whom the key stands for.") var principal: String
        @Option(help: "What you call it; the profile's name. (default: from the principal)") var label:
            String?
        @Option(help: ArgumentHelp("The service that forwards the principal's calls.", valueName: "service"))
        var via: String?
        @Option(help: "The account a service acts for. (default: this account)") var sourceAccount: String?
        @Option(help: ArgumentHelp("End a session after so many seconds.", valueName: "seconds"))
        var validFor: Double?

        func run() throws {
            let account = try options.open()
            let owner = try owner(account)
            let label =
                label ?? principal.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init)
                ?? "default"
            let issued = try attempt("issue an access key for \(principal)") {
                () throws(PrincipalService.Failure) in
                try account.principals.createAccessKey(for: owner, label: label, validFor: validFor)
            }
            Terminal.answer(issued.json, asJSON: options.json) { issued.profile(region: account.home.region) }
        }

        private func owner(_ account: Account) throws -> PrincipalService.AccessKeyOwner {
            if principal.hasPrefix("arn:") || principal.hasPrefix("user/") {
                let arn = try account.principalARN(principal)
                return if let via { .forwarded(arn, via: via) } else { .principal(arn) }
            }
            do throws(VocabularyError) {
                let source = try sourceAccount.map { (text) throws(VocabularyError) in try AccountID(text) }
                return .service(principal, sourceAccount: source ?? account.home.account)
            } catch {
                throw Failure(sentence: "\(error)", status: .usage)
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print all active access keys with their secrets, as profiles or as one JSON document.")
        @OptionGroup var options: AccountOptions
        @Flag(help: "As the JSON document from which test suites read their callers.") var callers = false

        func run() throws {
            let account = try options.open()
            let keys = try attempt("export the access keys") { () throws(PrincipalService.Failure) in
                try account.principals.exportAccessKeys()
            }
            if callers {
                let principals = JSONObject(keys.map { ($0.description.label, $0.caller) })
                let document: JSONValue = [
                    "account_id": .string(account.home.account.text), "principals": .object(principals),
                ]
                Terminal.say(document.text(pretty: true))
                return
            }
            Terminal.answer(.array(keys.map(\.json)), asJSON: options.json) {
                keys.map { $0.profile(region: account.home.region) }.joined(separator: "\n\n")
            }
        }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Accept an access key again.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The access key's ID.") var id: String

        func run() throws {
            let account = try options.open()
            try attempt("enable access key \(id)") { () throws(PrincipalService.Failure) in
                try account.principals.setAccessKey(id, isActive: true)
            }
        }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Accept an access key no longer.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The access key's ID.") var id: String

        func run() throws {
            let account = try options.open()
            try attempt("disable access key \(id)") { () throws(PrincipalService.Failure) in
                try account.principals.setAccessKey(id, isActive: false)
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete an access key.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The access key's ID.") var id: String

        func run() throws {
            let account = try options.open()
            try attempt("delete access key \(id)") { () throws(PrincipalService.Failure) in
                try account.principals.deleteAccessKey(id)
            }
        }
    }
}

extension AccessKeyDescription {
    var json: JSONValue {
        .members([
            ("Label", .string(label)), ("AccessKeyId", .string(id)), ("Principal", .string(principal)),
            ("ViaService", viaService.json), ("SourceAccount", (sourceAccount?.text).json),
            ("Status", isActive ? "Active" : "Inactive"),
            ("CreateDate", .string(Timestamps.iso8601(created))),
            ("Expiration", expires.json),
        ])
    }
}

extension IssuedAccessKey {
    /// The key with its secret.
    var json: JSONValue {
        var object = description.json.object ?? [:]
        object["SecretAccessKey"] = .string(secretAccessKey)
        object["SessionToken"] = sessionToken.json
        return .object(object)
    }

    /// The key as an entry of the document that test suites read.
    var caller: JSONValue {
        let isService = description.isService
        let headers = description.sourceAccount.map {
            ["x-amz-source-account": .string($0.text)] as JSONValue
        }
        return .members([
            ("access_key_id", .string(description.id)), ("secret_access_key", .string(secretAccessKey)),
            ("session_token", sessionToken.json), ("arn", isService ? nil : .string(description.principal)),
            ("service", isService ? .string(description.principal) : description.viaService.json),
            ("headers", isService ? headers : nil),
        ])
    }

    /// The key as a profile of the AWS shared credentials file.
    func profile(region: Region) -> String {
        var lines = [
            "[\(description.label)]", "aws_access_key_id = \(description.id)",
            "aws_secret_access_key = \(secretAccessKey)",
        ]
        if let sessionToken { lines.append("aws_session_token = \(sessionToken)") }
        return (lines + ["region = \(region)"]).joined(separator: "\n")
    }
}
