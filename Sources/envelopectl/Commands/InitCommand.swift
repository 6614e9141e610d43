import AWSVocabulary
import AccountHome
import ArgumentParser
import StrictJSON

/// `envelopectl init`: makes a home.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a home, or say what an existing one is.",
        discussion: "Mounting makes a home with the defaults; this is for another account or Region.")
    @OptionGroup var options: AccountOptions
    @Option(help: "The account ID, 12 digits. (default: 111122223333)") var account: String?
    @Option(help: "The Region. (default: us-east-1)") var region: String?

    func run() throws {
        let home = try options.open(creating: true, options: try settings()).home
        Terminal.answer(
            [
                "Home": .string(home.directory), "Account": .string(home.account.text),
                "Region": .string(home.region.text),
            ], asJSON: options.json
        ) {
            "account \(home.account) in \(home.region), home \(home.directory)"
        }
    }

    private func settings() throws -> Home.Options {
        var settings = Home.Options()
        do throws(VocabularyError) {
            if let account { settings.account = try AccountID(account) }
            if let region { settings.region = try Region(region) }
        } catch {
            throw Failure(sentence: "\(error)", status: .usage)
        }
        return settings
    }
}
