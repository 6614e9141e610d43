import Foundation
import Mail
import ReceiptRules
import StrictJSON

/// What the command line wants changed in a rule.
struct RuleEdit {
    private let settings: RuleCommand.Settings
    private let account: Account

    init(_ settings: RuleCommand.Settings, account: Account) {
        self.settings = settings
        self.account = account
    }

    /// Changes `rule`, or reads the whole document where one was given.
    func apply(to rule: inout ReceiptRule) throws -> JSONValue? {
        if let document = settings.document { return try read(document, for: rule.name) }
        if let isEnabled = settings.rule { rule.isEnabled = isEnabled }
        if !settings.recipients.isEmpty { rule.recipients = try settings.recipients.map(condition) }
        try changeStorage(of: &rule)
        try addHeaders(to: &rule)
        if let stop = settings.stop {
            rule.actions.removeAll { if case .stop = $0 { true } else { false } }
            if stop { rule.actions.append(.stop(StopAction())) }
        }
        return nil
    }

    private func condition(_ text: String) throws -> RecipientCondition {
        do throws(MailError) {
            return try RecipientCondition(text)
        } catch {
            throw Failure(
                sentence: "'\(text)' is no recipient condition: \(error)",
                hint: "user@example.com, example.com, or .example.com for its subdomains", status: .data)
        }
    }

    /// Changes the first S3 action, or makes one where a bucket is named.
    private func changeStorage(of rule: inout ReceiptRule) throws {
        guard settings.bucket != nil || settings.prefix != nil || settings.kmsKey != nil else { return }
        let index = rule.actions.firstIndex { if case .s3 = $0 { true } else { false } }
        var action = S3Action(bucketName: settings.bucket ?? RuleService.defaultBucketName)
        if let index, case .s3(let present) = rule.actions[index] { action = present }
        if let bucket = settings.bucket { action.bucketName = bucket }
        if let prefix = settings.prefix { action.objectKeyPrefix = prefix.isEmpty ? nil : prefix }
        if let key = settings.kmsKey { action.kmsKeyARN = key.isEmpty ? nil : account.keyARN(key) }
        if let index { rule.actions[index] = .s3(action) } else { rule.actions.append(.s3(action)) }
    }

    /// Header fields are for the actions behind them, so they go first.
    private func addHeaders(to rule: inout ReceiptRule) throws {
        for text in settings.headers.reversed() {
            let parts = text.split(separator: ":", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard parts.count == 2 else {
                throw Failure(
                    sentence: "'\(text)' is no header field", hint: "--add-header 'Name: value'",
                    status: .usage)
            }
            rule.actions.insert(
                .addHeader(AddHeaderAction(headerName: parts[0], headerValue: parts[1])), at: 0)
        }
    }

    /// The document, which may leave out the name but may not contradict it.
    private func read(_ path: String, for name: String) throws -> JSONValue {
        let value = try InputFile.json(at: path)
        guard var object = value.object else {
            throw Failure(sentence: "\(path) holds no JSON object", status: .data)
        }
        if let stated = object["Name"], stated != .string(name) {
            throw Failure(sentence: "\(path) describes rule \(stated.text()), not \(name)", status: .data)
        }
        object["Name"] = .string(name)
        return .object(object)
    }
}
