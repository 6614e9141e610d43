import ArgumentParser
import EnvelopeDaemon
import Glibc

/// `envelopectl NOUN VERB`: keys, aliases, policies, rules and the trail of an account.
@main
struct EnvelopeControl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "envelopectl",
        abstract: "Manages the keys, policies, receipt rules and trail of an EnvelopeFS account.",
        discussion: """
            Works while a mailbox is mounted; the next open obeys what was changed. Exit codes: 0 done, 1 refused, \
            64 usage, 65 unacceptable document, 66 not found, 69 no home, 70 internal, 73 exists already, \
            77 permission denied, 78 wrong state.

            Shell completion: envelopectl --generate-completion-script bash|zsh|fish
            """,
        version: EnvelopeFSVersion.text,
        subcommands: [
            InitCommand.self, KeyCommand.self, AliasCommand.self, PolicyCommand.self, GrantCommand.self,
            PrincipalCommand.self, AccessKeyCommand.self, RuleSetCommand.self, RuleCommand.self,
            TrailCommand.self,
        ])

    /// Runs the command; a failure is one sentence on standard error, perhaps a hint, and an exit code.
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as Failure {
            Terminal.complain("envelopectl: \(failure)")
            Glibc.exit(failure.status.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
