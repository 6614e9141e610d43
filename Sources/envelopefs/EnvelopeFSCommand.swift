import AWSVocabulary
import ArgumentParser
import Cryptography
import EnvelopeDaemon
import Foundation
import FuseBridge
import Logging
import MailboxFS
import SystemPackage

/// `envelopefs SOURCE MOUNTPOINT`: mounts a directory of buckets as a mailbox.
@main
struct EnvelopeFSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "envelopefs",
        abstract: "Mounts a directory of buckets as a mailbox.",
        discussion: """
            Copying a message to MOUNTPOINT/inbox/ receives it: matched to the receipt rules, sealed under a KMS key, \
            durable when cp returns. MOUNTPOINT/mail/ shows every message decrypted, MOUNTPOINT/sealed/ the stored \
            objects. fusermount3 -u MOUNTPOINT ends it.

            Mount options of EnvelopeFS:
            \(optionList)

            Options of FUSE and mount(8): allow_other, allow_root, default_permissions, ro, auto_unmount, uid=, gid=, \
            umask=, fsname=, subtype=, max_threads=.
            """,
        version: EnvelopeFSVersion.text)

    @Argument(help: "A directory whose sub-directories are buckets; an empty one will do.")
    var source: String

    @Argument(help: "Where the mailbox appears: a directory.")
    var mountpoint: String

    @Option(
        name: .customShort("o"), parsing: .singleValue,
        help: ArgumentHelp("Mount options, separated by commas; repeatable.", valueName: "option,…"))
    var options: [String] = []

    @Flag(
        name: [.customShort("f"), .customLong("foreground")],
        help: "Stay in the foreground and log to standard error.")
    var isInForeground = false

    @Option(
        help: ArgumentHelp(
            "The account's home. (default: $ENVELOPEFS_HOME, else $XDG_STATE_HOME/envelopefs)",
            valueName: "directory"))
    var home: String?

    @Option(help: .hidden) var readyDescriptor: Int32?

    private static var optionList: String {
        MountOptionName.allCases.map { option in
            let name = option.rawValue + (option.expectedValue == nil ? "" : "=…")
            return "  \(name.padding(toLength: 16, withPad: " ", startingAt: 0)) \(option.summary)"
        }.joined(separator: "\n")
    }

    /// Runs the command; a mount that fails is one sentence on standard error and exit code 1.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let refusal as MountRefusal {
            FileHandle.standardError.write(Data("envelopefs: \(refusal)\n".utf8))
            Foundation.exit(EXIT_FAILURE)
        } catch {
            exit(withError: error)
        }
    }

    func run() throws {
        if isInForeground || readyDescriptor != nil {
            try MailboxMount(self).run()
        } else {
            try daemonise()
        }
    }

    /// Starts this program again as a daemon; returns when its mount answers.
    private func daemonise() throws {
        // What can be seen to be wrong is said here, before anything is started.
        _ = try MailboxMount(self)
        let outcome: Daemonizer.Outcome
        do throws(Errno) {
            outcome = try Daemonizer.start(program: "/proc/self/exe", arguments: CommandLine.arguments)
        } catch {
            throw MountRefusal("cannot start the daemon: \(error)")
        }
        if case .failed(let sentence) = outcome { throw MountRefusal(sentence) }
    }
}

/// Why nothing was mounted: a sentence for a person.
struct MountRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ sentence: String, hint: String? = nil) {
        description = hint.map { "\(sentence)\nhint: \($0)" } ?? sentence
    }
}
