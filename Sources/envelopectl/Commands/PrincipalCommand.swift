import AWSVocabulary
import ArgumentParser
import KeyManagement
import PolicyEngine
import StrictJSON

/// `envelopectl principal …`.
struct PrincipalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "principal", abstract: "IAM users and roles, and the policies attached to them.",
        discussion: "A principal is named by ARN, or as user/NAME or role/NAME of this account.",
        subcommands: [
            List.self, Create.self, Show.self, Delete.self, PutPolicy.self, GetPolicy.self, DeletePolicy.self,
        ])

    /// Which principal a command is about.
    struct Target: ParsableArguments {
        @Argument(help: "The principal: ARN, user/NAME or role/NAME.") var principal: String
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List users and roles.")
        @OptionGroup var options: AccountOptions

        func run() throws {
            let account = try options.open()
            let principals = try attempt("list the principals") { () throws(PrincipalService.Failure) in
                try account.principals.list()
            }
            Terminal.answer(.array(principals.map(\.json)), asJSON: options.json) {
                var table = Table("ARN", "POLICIES", "TAGS", "CREATED")
                for principal in principals {
                    table.add(
                        principal.arn.text, principal.policyNames.joined(separator: ", "),
                        principal.tags.map { "\($0.key)=\($0.value)" }.joined(separator: ", "),
                        Timestamps.iso8601(principal.created))
                }
                return table.text
            }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a user or a role; it may do nothing yet.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target
        @Option(
            name: .customLong("tag"), parsing: .singleValue,
            help: ArgumentHelp("A tag, for aws:PrincipalTag; repeatable.", valueName: "key=value"))
        var tags: [String] = []

        func run() throws {
            let account = try options.open()
            let arn = try account.principalARN(target.principal)
            let tags = try Pairs.parse(tags, option: "--tag").map { Tag(key: $0.key, value: $0.value) }
            let made = try attempt("create \(arn)") { () throws(PrincipalService.Failure) in
                try account.principals.create(arn, tags: tags.sorted { $0.key < $1.key })
            }
            Terminal.answer(made.json, asJSON: options.json) { made.arn.text }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one principal.", aliases: ["describe"])
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target

        func run() throws {
            let account = try options.open()
            let arn = try account.principalARN(target.principal)
            let found = try attempt("show \(arn)") { () throws(PrincipalService.Failure) in
                try account.principals.describe(arn)
            }
            Terminal.say(found.json.text(pretty: true))
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a principal with its policies and access keys.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target

        func run() throws {
            let account = try options.open()
            let arn = try account.principalARN(target.principal)
            try attempt("delete \(arn)") { () throws(PrincipalService.Failure) in
                try account.principals.delete(arn)
            }
        }
    }

    struct PutPolicy: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Attach an identity policy, replacing one of the same name.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target
        @Argument(help: "The policy's name.") var name: String
        @Argument(help: "The document, from a file or - for standard input.") var file: String

        func run() throws {
            let account = try options.open()
            let arn = try account.principalARN(target.principal)
            let document = try InputFile.text(at: file)
            let warnings = try attempt("attach policy \(name)") { () throws(PrincipalService.Failure) in
                try account.principals.putPolicy(document, named: name, on: arn)
            }
            for warning in warnings { Terminal.complain("warning: \(warning)") }
        }
    }

    struct GetPolicy: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print an identity policy.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target
        @Argument(help: "The policy's name.") var name: String

        func run() throws {
            let account = try options.open()
            let arn = try account.principalARN(target.principal)
            Terminal.say(
                try attempt("get policy \(name)") { () throws(PrincipalService.Failure) in
                    try account.principals.policy(named: name, on: arn)
                })
        }
    }

    struct DeletePolicy: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Detach an identity policy.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target
        @Argument(help: "The policy's name.") var name: String

        func run() throws {
            let account = try options.open()
            let arn = try account.principalARN(target.principal)
            try attempt("detach policy \(name)") { () throws(PrincipalService.Failure) in
                try account.principals.deletePolicy(named: name, from: arn)
            }
        }
    }
}

extension PrincipalDescription {
    /// The principal as `GetUser` and `GetRole` of IAM name its members.
    var json: JSONValue {
        [
            "Arn": .string(arn.text), "Id": .string(uniqueID),
            "CreateDate": .string(Timestamps.iso8601(created)),
            "Tags": .array(tags.map { ["Key": .string($0.key), "Value": .string($0.value)] }),
            "PolicyNames": .array(policyNames.map(JSONValue.string)),
        ]
    }
}
