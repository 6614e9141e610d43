import AWSVocabulary
import DurableFiles
import EnvelopeTesting
import Foundation
import StrictJSON

@testable import Trail

let noon = Date(timeIntervalSince1970: 1_795_608_000)  // 2026-11-25T12:00:00Z
let keyARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

/// A directory that goes away with the test.
final class Scratch: Sendable {
    let path: String

    init() throws {
        // In memory where that is possible: these tests flush thousands of times.
        let memory = "/dev/shm/"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        path = parent + "trail-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Every file below, as paths relative to this directory.
    func files(below name: String = "") -> [String] {
        let found = FileManager.default.subpaths(atPath: path + "/" + name) ?? []
        return found.filter { entry in
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(
                atPath: "\(path)/\(name)/\(entry)", isDirectory: &isDirectory)
            return exists && !isDirectory.boolValue
        }.sorted()
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }
}

func openTrail(_ scratch: Scratch, clock: TestClock = TestClock(at: noon), calls: FileCalls = .live) throws
    -> Trail
{
    try Trail(
        directory: scratch.path + "/trail", account: .default, region: .default,
        surroundings: clock.surroundings,
        calls: calls)
}

let ses = Caller.service("ses.amazonaws.com", sourceAccount: .default)

func alice() throws -> Caller {
    var caller = try Caller(principal: ARN("arn:aws:iam::111122223333:user/team/alice"))
    caller.sourceIPAddress = "192.0.2.7"
    caller.userAgent = "aws-cli/2.20"
    caller.accessKeyID = "AKIAIOSFODNN7EXAMPLE"
    return caller
}

func record(
    _ name: String = "Decrypt", by caller: Caller = ses, id: String = "e-1", at date: Date = noon,
    outcome: EventRecord.Outcome = .succeeded, parameters: JSONObject? = nil
) -> EventRecord {
    EventRecord(
        of: name, source: "kms.amazonaws.com", by: caller, at: date, in: .default, recipientAccount: .default,
        eventID: id, requestID: "r-" + id, readOnly: true, outcome: outcome, requestParameters: parameters,
        additionalEventData: ["keyMaterialId": "ab"],
        resources: [EventRecord.Resource(account: .default, type: "AWS::KMS::Key", arn: keyARN)])
}

extension [JSONValue] {
    var ids: [String] { map { $0["eventID"]?.string ?? "?" } }
}

extension Scratch {
    func directory() throws -> Directory { try Directory(opening: path) }
}
