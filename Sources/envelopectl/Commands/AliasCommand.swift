import AWSVocabulary
import ArgumentParser
import KeyManagement
import StrictJSON

/// `envelopectl alias …`.
struct AliasCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias", abstract: "Names for keys.",
        subcommands: [List.self, Create.self, Update.self, Delete.self])

    /// An alias and the key it is to stand for.
    struct Pair: ParsableArguments {
        @Argument(help: "The alias: alias/NAME.") var alias: String
        @Argument(help: "The key: ID, ARN or another alias.") var key: String

        /// Lets the alias stand for the key, in the way `body` does it.
        func put(
            _ verb: String, _ options: AccountOptions,
            _ body: (KeyService, AliasRequest, Call) throws(KeyManagementError) -> Void
        ) throws {
            let account = try options.open()
            let call = try account.call()
            let request = AliasRequest(aliasName: alias, targetKeyID: try account.keyID(key, call))
            try attempt("\(verb) \(alias)") { () throws(KeyManagementError) in
                try body(account.keys, request, call)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the aliases.")
        @OptionGroup var options: AccountOptions

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            let aliases = try allPages("list the aliases") { marker throws(KeyManagementError) in
                try account.keys.listAliases(ListAliasesRequest(marker: marker), by: call)
            }
            Terminal.answer(.array(aliases.map(\.json)), asJSON: options.json) {
                var table = Table("ALIAS", "KEY ID", "UPDATED")
                for alias in aliases {
                    table.add(
                        alias.aliasName, alias.targetKeyID ?? "(not used yet)",
                        alias.lastUpdatedDate.map { Timestamps.iso8601($0) } ?? "")
                }
                return table.text
            }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Name a key.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var pair: Pair

        func run() throws {
            try pair.put("create", options) { keys, request, call throws(KeyManagementError) in
                try keys.createAlias(request, by: call)
            }
        }
    }

    struct Update: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an alias stand for another key; mail sealed under the old one stays readable.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var pair: Pair

        func run() throws {
            try pair.put("update", options) { keys, request, call throws(KeyManagementError) in
                try keys.updateAlias(request, by: call)
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete an alias; the key stays.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The alias: alias/NAME.") var alias: String

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            try attempt("delete \(alias)") { () throws(KeyManagementError) in
                try account.keys.deleteAlias(DeleteAliasRequest(aliasName: alias), by: call)
            }
        }
    }
}
