import AWSVocabulary
import FoundationEssentials
import PolicyEngine
import StrictJSON
import Testing

let account = AccountID.default
let region = Region.default
let keyARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
let otherKeyARN = "arn:aws:kms:us-east-1:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab"
let ruleARN = "arn:aws:ses:us-east-1:111122223333:receipt-rule-set/default-rule-set:receipt-rule/default"
let noon = Date(timeIntervalSince1970: 1_795_608_000)  // 2026-11-25T12:00:00Z

/// The callers of the tables, by the names the tables use.
enum Cast {
    static func caller(_ name: String) throws -> Caller {
        switch name {
        case "root": .root(of: account)
        case "foreignRoot": .root(of: try AccountID("444455556666"))
        case "ext": try Caller(principal: ARN("arn:aws:iam::444455556666:user/ext"))
        case "app": try Caller(principal: ARN("arn:aws:sts::111122223333:assumed-role/app/s1"))
        case "app2": try Caller(principal: ARN("arn:aws:sts::111122223333:assumed-role/app/s2"))
        case "extapp": try Caller(principal: ARN("arn:aws:sts::444455556666:assumed-role/app/s1"))
        case "ses": .service("ses.amazonaws.com", sourceAccount: account, sourceARN: try ARN(ruleARN))
        case "s3": .service("s3.amazonaws.com", sourceAccount: account)
        default: try Caller(principal: ARN("arn:aws:iam::111122223333:user/\(name)"))
        }
    }
}

func keyPolicy(_ statements: String..., version: String = "2012-10-17") throws -> PolicyDocument {
    try PolicyDocument(
        parsing: #"{"Version": "\#(version)", "Statement": [\#(statements.joined(separator: ","))]}"#,
        kind: .keyPolicy)
}

func identityPolicy(_ statements: String..., name: String = "inline") throws -> NamedPolicy {
    let text = #"{"Version": "2012-10-17", "Statement": [\#(statements.joined(separator: ","))]}"#
    return NamedPolicy(name: name, document: try PolicyDocument(parsing: text, kind: .identityPolicy))
}

/// A statement on everything, for some principals.
func statement(_ principal: String, _ action: String = #""kms:*""#, effect: String = "Allow") -> String {
    #"{"Effect": "\#(effect)", "Principal": \#(principal), "Action": \#(action), "Resource": "*"}"#
}

let allowAll = #"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#
let delegation = statement(#"{"AWS": "arn:aws:iam::111122223333:root"}"#)

func request(
    _ caller: Caller, _ action: String = "kms:Decrypt", on resource: String = keyARN,
    encryptionContext: EncryptionContext = [:], adding extra: [String: [String]] = [:],
    crossAccount: Bool = true
) -> AuthorizationRequest {
    var context = RequestContext.global(for: caller, at: noon, region: region)
    context.addKeyCaller(caller)
    context.addEncryptionContext(encryptionContext)
    for (key, values) in extra { context[key] = values }
    return AuthorizationRequest(
        caller: caller, action: action, resource: resource, resourceAccount: account, context: context,
        allowsCrossAccount: crossAccount)
}

/// A line of a table: cells between bars, blanks around them dropped.
struct Row: Sendable, CustomTestStringConvertible {
    let cells: [String]
    var testDescription: String { cells.joined(separator: " | ") }

    /// The last cell says `yes` or `no`.
    var isExpected: Bool { cells.last == "yes" }

    static func table(_ text: String, columns: Int) -> [Row] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { cell in
                var trimmed = cell.drop { $0 == " " }
                while trimmed.last == " " { trimmed.removeLast() }
                return String(trimmed)
            }
            precondition(
                cells.count == columns && ["yes", "no"].contains(cells.last), "malformed row: \(line)")
            return Row(cells: cells)
        }
    }
}
