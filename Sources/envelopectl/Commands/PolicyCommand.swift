import AWSVocabulary
import AccountHome
import ArgumentParser
import Foundation
import KeyManagement
import PolicyEngine
import StrictJSON

/// `envelopectl policy …`.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Key policies: who may do what with a key.",
        subcommands: [Get.self, Put.self, Edit.self, Explain.self])

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a key's policy as it was put.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: KeyCommand.Target

        func run() throws {
            let account = try options.open()
            Terminal.say(try KeyPolicyText.get(target.key, account))
        }
    }

    struct Put: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace a key's policy; obeyed by the next call.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: KeyCommand.Target
        @Argument(help: "The document, from a file or - for standard input.") var file: String
        @Flag(help: "Accept a policy under which you can never change it again.") var bypassLockoutCheck =
            false

        func run() throws {
            let account = try options.open()
            try KeyPolicyText.put(
                try InputFile.text(at: file), on: target.key, account, bypassingCheck: bypassLockoutCheck)
        }
    }

    struct Edit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Edit a key's policy with $VISUAL or $EDITOR; nothing changes unless it is accepted.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: KeyCommand.Target

        func run() throws {
            let account = try options.open()
            let present = try KeyPolicyText.get(target.key, account)
            let edited = try Editor.edit(present, suffix: ".json")
            guard edited != present else {
                Terminal.complain("unchanged")
                return
            }
            try KeyPolicyText.put(edited, on: target.key, account, bypassingCheck: false)
        }
    }
}

extension PolicyCommand {
    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide a call that is not made, and say which statement decided.",
            discussion: """
                Exit code 0 means the call would be allowed, 77 that it would be refused. A service such as \
                ses.amazonaws.com is a principal too; say with --source-account and --source-arn for whom it acts.
                """)
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: KeyCommand.Target
        @Option(help: "The action, such as kms:Decrypt.") var action: String
        @Option(help: "Who calls: a principal's ARN, or a service's name. (default: the account root)")
        var principal: String?
        @Option(
            name: .customLong("context"), parsing: .singleValue,
            help: ArgumentHelp("A pair of the encryption context; repeatable.", valueName: "name=value"))
        var context: [String] = []
        @Option(
            name: .customLong("condition"), parsing: .singleValue,
            help: ArgumentHelp("A further condition key; repeatable.", valueName: "key=value"))
        var conditions: [String] = []
        @Option(help: "The account a service acts for. (default: this account)") var sourceAccount: String?
        @Option(help: "The resource a service acts for.") var sourceArn: String?

        func run() throws {
            let account = try options.open()
            let question = PolicyQuestion(
                caller: try caller(account), action: action, keyID: target.key,
                encryptionContext: EncryptionContext(try Pairs.parse(context, option: "--context")),
                conditions: try Pairs.parse(conditions, option: "--condition").mapValues { [$0] })
            let decision = try attempt("explain \(action) on \(target.key)") {
                () throws(KeyManagementError) in
                try account.keys.explain(question)
            }
            let lines = decision.explanation()
            Terminal.answer(
                ["Allowed": .bool(decision.isAllowed), "Explanation": .array(lines.map(JSONValue.string))],
                asJSON: options.json
            ) {
                lines.joined(separator: "\n")
            }
            if !decision.isAllowed { throw ExitStatus.accessDenied.code }
        }

        private func caller(_ account: Account) throws -> Caller {
            guard let principal else { return try account.call().caller }
            do throws(VocabularyError) {
                if principal.hasPrefix("arn:") { return try Caller(principal: try ARN(principal)) }
                let source = try sourceAccount.map { (text) throws(VocabularyError) in try AccountID(text) }
                let resource = try sourceArn.map { (text) throws(VocabularyError) in try ARN(text) }
                return .service(principal, sourceAccount: source ?? account.home.account, sourceARN: resource)
            } catch {
                throw Failure(sentence: "\(error)", status: .usage)
            }
        }
    }
}

/// Reads and replaces key policies.
enum KeyPolicyText {
    static func get(_ key: String, _ account: Account) throws -> String {
        let call = try account.call()
        let request = GetKeyPolicyRequest(keyID: try account.keyID(key, call))
        return try attempt("get the policy of \(key)") { () throws(KeyManagementError) in
            try account.keys.getKeyPolicy(request, by: call)
        }
    }

    static func put(_ text: String, on key: String, _ account: Account, bypassingCheck: Bool) throws {
        let call = try account.call()
        let request = PutKeyPolicyRequest(
            keyID: try account.keyID(key, call), policy: text, bypassPolicyLockoutSafetyCheck: bypassingCheck)
        try attempt("put the policy of \(key)") { () throws(KeyManagementError) in
            try account.keys.putKeyPolicy(request, by: call)
        }
    }
}

/// Lets a person change a text with the editor they like.
enum Editor {
    static func edit(_ text: String, suffix: String) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let editor = environment["VISUAL"] ?? environment["EDITOR"] ?? "vi"
        let path = NSTemporaryDirectory() + "envelopectl-\(UUID().uuidString)\(suffix)"
        defer { unlink(path) }
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw Failure(sentence: "cannot write \(path)") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "\(editor) \"$1\"", "sh", path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(sentence: "the editor ended with \(process.terminationStatus); nothing was changed")
        }
        return try InputFile.text(at: path)
    }
}
