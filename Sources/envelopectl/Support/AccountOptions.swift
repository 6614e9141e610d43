import AWSVocabulary
import AccountHome
import ArgumentParser
import EnvelopeDaemon
import Foundation
import KeyManagement
import ReceiptRules
import Trail

/// The options every command takes, and what they open.
struct AccountOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The account's home. (default: $ENVELOPEFS_HOME, else $XDG_STATE_HOME/envelopefs)",
            valueName: "directory"))
    var home: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Call as this principal instead of the account root.", valueName: "arn"))
    var principal: String?

    /// The home's directory.
    func directory() throws -> String {
        guard let path = HomeLocation.resolve(asked: home, environment: ProcessInfo.processInfo.environment)
        else {
            throw Failure(DaemonError.noHome)
        }
        return path
    }

    /// Opens the account.
    ///
    /// - Parameter creating: Whether a home may be made; only `init` does that.
    func open(creating: Bool = false, options: Home.Options = Home.Options()) throws -> Account {
        let directory = try directory()
        do throws(DaemonError) {
            let services = try AccountServices.open(
                at: directory, creating: creating, options: options, surroundings: .system)
            return Account(services: services, principal: principal)
        } catch {
            throw Failure(error)
        }
    }
}

/// An opened account and who acts in it.
struct Account {
    let services: AccountServices
    let principal: String?

    var home: Home { services.home }
    var keys: KeyService { services.keys }
    var principals: PrincipalService { services.principals }
    var rules: RuleService { services.rules }
    var trail: Trail { services.trail }

    /// Who calls: the principal asked for, else the account root.
    func call() throws -> Call {
        guard let principal else { return Call(.root(of: home.account)) }
        do throws(VocabularyError) {
            return Call(try Caller(principal: try ARN(principal)))
        } catch {
            throw Failure(
                sentence: "no principal: \(error)",
                hint: "a root, user or assumed-role session ARN such as arn:aws:iam::\(home.account):root",
                status: .usage)
        }
    }

    /// A user or role: by ARN, or as user/NAME or role/NAME of this account.
    func principalARN(_ text: String) throws -> ARN {
        if text.hasPrefix("user/") || text.hasPrefix("role/") {
            return ARN(service: "iam", region: "", account: home.account.text, resource: text)
        }
        return try Self.arn(text)
    }

    /// An ARN from the command line.
    static func arn(_ text: String) throws -> ARN {
        do throws(VocabularyError) {
            return try ARN(text)
        } catch {
            throw Failure(sentence: "\(error)", status: .usage)
        }
    }

    /// A KMS key as a rule names it: an ARN stays, an alias or key ID becomes one of this account and Region.
    func keyARN(_ text: String) -> String {
        let (account, region) = (home.account, home.region)
        if text.hasPrefix("arn:") { return text }
        if text.hasPrefix("alias/") { return ARN.kmsAlias(text, account: account, region: region).text }
        return ARN.kmsKey(text, account: account, region: region).text
    }
}
