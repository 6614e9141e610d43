import AWSVocabulary
import ArgumentParser
import KeyManagement
import StrictJSON

/// `envelopectl grant …`.
struct GrantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Grants: let a principal use a key without changing its policy.",
        subcommands: [List.self, Create.self, Revoke.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a key's grants.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: KeyCommand.Target

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            let key = try account.keyID(target.key, call)
            let grants = try allPages("list the grants of \(target.key)") {
                marker throws(KeyManagementError) in
                try account.keys.listGrants(ListGrantsRequest(keyID: key, marker: marker), by: call)
            }
            Terminal.answer(.array(grants.map(\.json)), asJSON: options.json) {
                var table = Table("GRANT", "NAME", "GRANTEE", "OPERATIONS")
                for grant in grants {
                    table.add(
                        grant.grantID, grant.name ?? "",
                        grant.granteePrincipal ?? grant.granteeServicePrincipal ?? "",
                        grant.operations.joined(separator: ", "))
                }
                return table.text
            }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a grant; prints its ID.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: KeyCommand.Target
        @Option(help: "Who may use the key: a principal's ARN, or a service's name.") var to: String
        @Option(
            name: .customLong("allow"), parsing: .singleValue,
            help: ArgumentHelp("An operation, such as Decrypt; repeatable.", valueName: "operation"))
        var operations: [String]
        @Option(help: "Who may retire it: a principal's ARN, or a service's name.") var retiredBy: String?
        @Option(help: "A name, which makes the call repeatable.") var name: String?
        @Option(
            name: .customLong("context"), parsing: .singleValue,
            help: ArgumentHelp(
                "A pair the encryption context must hold; repeatable.", valueName: "name=value"))
        var context: [String] = []
        @Flag(help: "The context must hold the given pairs and no others.") var exactly = false
        @Option(help: "The resource a service must act for, such as a receipt rule's ARN.") var sourceArn:
            String?

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            let request = try request(key: try account.keyID(target.key, call))
            let response = try attempt("grant \(target.key) to \(to)") { () throws(KeyManagementError) in
                try account.keys.createGrant(request, by: call)
            }
            Terminal.answer(
                ["GrantId": .string(response.grantID), "GrantToken": .string(response.grantToken)],
                asJSON: options.json
            ) {
                response.grantID
            }
        }

        private func request(key: String) throws -> CreateGrantRequest {
            let pairs =
                context.isEmpty ? nil : EncryptionContext(try Pairs.parse(context, option: "--context"))
            let constraints = GrantConstraints(
                encryptionContextEquals: exactly ? pairs : nil,
                encryptionContextSubset: exactly ? nil : pairs,
                sourceARN: sourceArn)
            func principal(_ text: String?) -> String? { text?.hasPrefix("arn:") == true ? text : nil }
            func service(_ text: String?) -> String? { text?.hasPrefix("arn:") == false ? text : nil }
            return CreateGrantRequest(
                keyID: key, operations: operations, granteePrincipal: principal(to),
                granteeServicePrincipal: service(to), retiringPrincipal: principal(retiredBy),
                retiringServicePrincipal: service(retiredBy),
                constraints: constraints.isEmpty ? nil : constraints,
                name: name)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a grant.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: KeyCommand.Target
        @Argument(help: "The grant's ID.") var grant: String

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            let request = RevokeGrantRequest(keyID: try account.keyID(target.key, call), grantID: grant)
            try attempt("revoke grant \(grant)") { () throws(KeyManagementError) in
                try account.keys.revokeGrant(request, by: call)
            }
        }
    }
}

extension GrantListEntry {
    /// The grant as `ListGrants` names its members.
    var json: JSONValue {
        .members([
            ("KeyId", .string(keyARN)), ("GrantId", .string(grantID)), ("Name", name.json),
            ("CreationDate", .string(Timestamps.iso8601(creationDate))),
            ("GranteePrincipal", granteePrincipal.json),
            ("GranteeServicePrincipal", granteeServicePrincipal.json),
            ("RetiringPrincipal", retiringPrincipal.json),
            ("RetiringServicePrincipal", retiringServicePrincipal.json),
            ("IssuingAccount", .string(issuingAccount)),
            ("Operations", .array(operations.map(JSONValue.string))),
            (
                "Constraints",
                .members([
                    ("EncryptionContextEquals", constraints.encryptionContextEquals?.jsonValue),
                    ("EncryptionContextSubset", constraints.encryptionContextSubset?.jsonValue),
                    ("SourceArn", constraints.sourceARN.json),
                ])
            ),
        ])
    }
}
