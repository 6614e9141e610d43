import AWSVocabulary
import AccountHome
import ArgumentParser
import KeyManagement
import StrictJSON

/// `envelopectl key …`.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "KMS keys (CMKs): the keys that data keys are sealed under.",
        subcommands: [
            List.self, Create.self, Describe.self, Enable.self, Disable.self, Rotate.self, Rotations.self,
            ScheduleDeletion.self, CancelDeletion.self,
        ])

    /// Which key a command is about.
    struct Target: ParsableArguments {
        @Argument(help: "The key: ID, ARN, alias or alias ARN.") var key: String
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys with their aliases and states.")
        @OptionGroup var options: AccountOptions

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            let keys = try allPages("list the keys") { marker throws(KeyManagementError) in
                try account.keys.listKeys(PageRequest(marker: marker), by: call)
            }
            let metadata = try keys.map { key in
                try attempt("describe key \(key.keyID)") { () throws(KeyManagementError) in
                    try account.keys.describeKey(DescribeKeyRequest(keyID: key.keyARN), by: call)
                }
            }
            let aliases = try account.aliasesByKey(call)
            Terminal.answer(.array(metadata.map { .object($0.json) }), asJSON: options.json) {
                var table = Table("KEY ID", "STATE", "ALIASES", "SPEC", "DESCRIPTION")
                for key in metadata {
                    table.add(
                        key.keyID, key.keyState.rawValue, (aliases[key.keyID] ?? []).joined(separator: ", "),
                        key.keySpec.rawValue, key.description)
                }
                return table.text
            }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a key.",
            discussion: """
                Without --policy the account's IAM policies decide who may use the key. --ses adds the statement that \
                lets SES encrypt received mail for this account, and never decrypt it.
                """)
        @OptionGroup var options: AccountOptions
        @Option(help: "Name it: alias/NAME.") var alias: String?
        @Option(help: "What it is for.") var description: String?
        @Option(help: ArgumentHelp("The key policy, from a file or - for standard input.", valueName: "file"))
        var policy: String?
        @Flag(help: "Let SES encrypt received mail under it.") var ses = false
        @Option(help: "The kind of material.") var spec: String?
        @Option(help: "What it may be used for; needed for every spec but SYMMETRIC_DEFAULT.") var usage:
            String?
        @Flag(help: "Rotate it every year.") var rotate = false

        func validate() throws {
            guard !ses || policy == nil else {
                throw ValidationError("--ses and --policy exclude each other")
            }
        }

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            var text = try policy.map(InputFile.text)
            if ses { text = ReceivingKeyPolicy.text(account: account.home.account) }
            let request = CreateKeyRequest(
                policy: text, description: description, keyUsage: usage, keySpec: spec)
            let metadata = try attempt("create the key") { () throws(KeyManagementError) in
                try account.keys.createKey(request, by: call)
            }
            try attempt("name key \(metadata.keyID)") { () throws(KeyManagementError) in
                if let alias {
                    try account.keys.createAlias(
                        AliasRequest(aliasName: alias, targetKeyID: metadata.keyID), by: call)
                }
                if rotate {
                    try account.keys.enableKeyRotation(
                        EnableKeyRotationRequest(keyID: metadata.keyID), by: call)
                }
            }
            Terminal.answer(.object(metadata.json), asJSON: options.json) { metadata.arn }
        }
    }

    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show everything about a key.", aliases: ["show"])
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            let metadata = try attempt("describe key \(target.key)") { () throws(KeyManagementError) in
                try account.keys.describeKey(DescribeKeyRequest(keyID: target.key), by: call)
            }
            Terminal.answer(.object(metadata.json), asJSON: options.json) {
                var table = Table("PROPERTY", "VALUE")
                for (name, value) in metadata.json.members { table.add(name, value.string ?? value.text()) }
                return table.text
            }
        }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Enable a key.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target

        func run() throws {
            try changeKey(target.key, "enable", options) { keys, request, call throws(KeyManagementError) in
                try keys.enableKey(request, by: call)
            }
        }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Disable a key: from the next open on, mail under it cannot be read.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target

        func run() throws {
            try changeKey(target.key, "disable", options) { keys, request, call throws(KeyManagementError) in
                try keys.disableKey(request, by: call)
            }
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rotate a key now, or set automatic rotation; old mail stays readable.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target
        @Option(help: ArgumentHelp("Rotate automatically every 90 to 2560 days.", valueName: "days"))
        var every: Int?
        @Flag(help: "Stop automatic rotation.") var stop = false

        func validate() throws {
            guard !stop || every == nil else {
                throw ValidationError("--every and --stop exclude each other")
            }
        }

        func run() throws {
            try changeKey(target.key, "rotate", options) { keys, request, call throws(KeyManagementError) in
                if let every {
                    let schedule = EnableKeyRotationRequest(keyID: request.keyID, rotationPeriodInDays: every)
                    try keys.enableKeyRotation(schedule, by: call)
                } else if stop {
                    try keys.disableKeyRotation(request, by: call)
                } else {
                    _ = try keys.rotateKeyOnDemand(request, by: call)
                }
            }
        }
    }

    struct Rotations: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a key's materials, newest last.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            let key = try account.keyID(target.key, call)
            let entries = try allPages("list the rotations of \(target.key)") {
                marker throws(KeyManagementError) in
                try account.keys.listKeyRotations(
                    ListKeyRotationsRequest(
                        keyID: key, includeKeyMaterial: "ALL_KEY_MATERIAL", marker: marker),
                    by: call)
            }
            Terminal.answer(.array(entries.map(\.json)), asJSON: options.json) {
                var table = Table("MATERIAL", "STATE", "ROTATED", "TYPE")
                for entry in entries {
                    let rotated = entry.rotationDate.map { Timestamps.iso8601($0) } ?? "(first)"
                    table.add(
                        entry.keyMaterialID, entry.keyMaterialState ?? "", rotated, entry.rotationType ?? "")
                }
                return table.text
            }
        }
    }

    struct ScheduleDeletion: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a key after a waiting time; it cannot be used meanwhile.",
            discussion: "When the time is over, mail sealed under the key is lost for ever.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target
        @Option(help: "The waiting time, 7 to 30 days. (default: 30)") var days: Int?

        func run() throws {
            let account = try options.open()
            let call = try account.call()
            let request = ScheduleKeyDeletionRequest(
                keyID: try account.keyID(target.key, call), pendingWindowInDays: days)
            let response = try attempt("schedule the deletion of \(target.key)") {
                () throws(KeyManagementError) in
                try account.keys.scheduleKeyDeletion(request, by: call)
            }
            let date = response.deletionDate.map { Timestamps.iso8601($0) } ?? "the day its replicas are gone"
            Terminal.answer(
                ["KeyId": .string(response.keyARN), "DeletionDate": .string(date)], asJSON: options.json
            ) {
                "to be deleted on \(date); until then: envelopectl key cancel-deletion \(target.key)"
            }
        }
    }

    struct CancelDeletion: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a key that waits for deletion; it is disabled then.")
        @OptionGroup var options: AccountOptions
        @OptionGroup var target: Target

        func run() throws {
            try changeKey(target.key, "cancel the deletion of", options) {
                keys, request, call throws(KeyManagementError) in
                _ = try keys.cancelKeyDeletion(request, by: call)
            }
        }
    }
}

/// Runs a change of one key that answers nothing.
private func changeKey(
    _ key: String, _ verb: String, _ options: AccountOptions,
    _ body: (KeyService, KeyIDRequest, Call) throws(KeyManagementError) -> Void
) throws {
    let account = try options.open()
    let call = try account.call()
    let request = KeyIDRequest(keyID: try account.keyID(key, call))
    do throws(KeyManagementError) {
        try body(account.keys, request, call)
    } catch {
        var failure = Failure("\(verb) key \(key)", error)
        if error.isPendingDeletion {
            failure.hint = "cancel the deletion first: envelopectl key cancel-deletion \(key)"
        }
        throw failure
    }
}

/// The key policy for mail that SES receives.
enum ReceivingKeyPolicy {
    /// The account decides by IAM who reads; SES may encrypt for this account's rules, with the encryption context
    /// that names the message, and nothing else.
    ///
    /// Source: KMS Developer Guide, "How Amazon Simple Email Service uses AWS KMS", example key policy.
    static func text(account: AccountID) -> String {
        let context = "kms:EncryptionContext:aws:ses:"
        let policy: JSONValue = [
            "Version": "2012-10-17",
            "Statement": [
                [
                    "Sid": "Enable IAM User Permissions", "Effect": "Allow",
                    "Principal": ["AWS": .string(ARN.accountRoot(account).text)], "Action": "kms:*",
                    "Resource": "*",
                ],
                [
                    "Sid": "Allow SES to encrypt messages", "Effect": "Allow",
                    "Principal": ["Service": "ses.amazonaws.com"],
                    "Action": ["kms:Encrypt", "kms:GenerateDataKey*"], "Resource": "*",
                    "Condition": [
                        "Null": [
                            "\(context)rule-name": "false", "\(context)message-id": "false",
                        ],
                        "StringEquals": ["\(context)source-account": .string(account.text)],
                    ],
                ],
            ],
        ]
        return policy.text(pretty: true)
    }
}
