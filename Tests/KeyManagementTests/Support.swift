import AWSVocabulary
import AccountHome
import Cryptography
import DurableFiles
import EnvelopeTesting
import Foundation
import StrictJSON
import Synchronization
import SystemPackage
import Testing
import Trail

@testable import KeyManagement

/// A trail in memory, which can be told to fail.
final class MemoryTrail: RecordSink {
    private struct State {
        var records: [EventRecord] = []
        var isFailing = false
    }

    private let state = Mutex(State())

    var records: [EventRecord] { state.withLock { $0.records } }
    var last: EventRecord? { records.last }

    func setFailing(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }
    func removeAll() { state.withLock { $0.records.removeAll() } }

    func records(matching query: TrailQuery, limit: Int) throws(TrailError) -> [JSONValue] {
        let found = records.reversed().map { $0.json() }.filter { record in
            query.resource == nil
                || record["resources"]?.array?.contains { $0["ARN"]?.string == query.resource } == true
        }
        return Array(found.prefix(limit))
    }

    func append(_ record: EventRecord) throws(TrailError) {
        let failed = state.withLock { state in
            if !state.isFailing { state.records.append(record) }
            return state.isFailing
        }
        if failed { throw .storage(.failed(operation: "write", path: "trail", .noSpace)) }
    }
}

/// An account with a clock that can be moved, and a home that is gone after the test.
final class World: Sendable {
    let path: String
    let clock: TestClock
    let home: Home
    let trail = MemoryTrail()
    let keys: KeyService
    let principals: PrincipalService

    static let account = AccountID.default
    static let region = Region.default

    private let isTemporary: Bool

    convenience init(seed: UInt64 = 1) throws {
        try self.init(
            at: NSTemporaryDirectory() + "envelopefs-kms-\(UUID().uuidString)", isTemporary: true, seed: seed)
    }

    /// An account in a directory that stays.
    init(at path: String, isTemporary: Bool = false, seed: UInt64 = 1) throws {
        self.path = path
        self.isTemporary = isTemporary
        clock = TestClock(seed: seed)
        home = try Home.open(at: path, creating: true)
        keys = KeyService(home: home, sink: trail, surroundings: clock.surroundings)
        principals = PrincipalService(keys)
    }

    deinit { if isTemporary { try? FileManager.default.removeItem(atPath: path) } }

    /// The account's root.
    var root: Call { Call(.root(of: Self.account)) }

    /// SES, acting for the account and a rule.
    var ses: Call {
        Call(
            .service(
                "ses.amazonaws.com", sourceAccount: Self.account,
                sourceARN: .receiptRule(
                    "invoices", in: "default-rule-set", account: Self.account, region: Self.region)))
    }

    /// A user of the account, made on first mention, with these policies.
    func user(_ name: String, account: String = "111122223333", _ policies: String...) throws -> Call {
        let arn = try ARN("arn:aws:iam::\(account):user/\(name)")
        if try !principals.list().contains(where: { $0.arn == arn }) { _ = try principals.create(arn) }
        for (index, policy) in policies.enumerated() {
            _ = try principals.putPolicy(policy, named: "policy-\(index)", on: arn)
        }
        return Call(try Caller(principal: arn))
    }

    /// A second opening of the same home, as another process has it.
    func another() throws -> KeyService {
        KeyService(
            home: try Home.open(at: path, creating: false), sink: trail, surroundings: clock.surroundings)
    }

    /// A new key's metadata.
    func makeKey(_ request: CreateKeyRequest = CreateKeyRequest()) throws -> KeyMetadata {
        try keys.createKey(request, by: root)
    }

    /// A key brought into a state.
    func makeKey(in state: KeyState, _ request: CreateKeyRequest = CreateKeyRequest()) throws -> KeyMetadata {
        var request = request
        if state == .pendingImport { request.origin = "EXTERNAL" }
        let key = try makeKey(request)
        switch state {
        case .enabled, .pendingImport: break
        case .disabled: try keys.disableKey(KeyIDRequest(keyID: key.keyID), by: root)
        case .pendingDeletion:
            _ = try keys.scheduleKeyDeletion(ScheduleKeyDeletionRequest(keyID: key.keyID), by: root)
        case .pendingReplicaDeletion: Issue.record("needs replicas")
        }
        return key
    }

    func describe(_ keyID: String) throws -> KeyMetadata {
        try keys.describeKey(DescribeKeyRequest(keyID: keyID), by: root)
    }

    /// The bytes of every file in the home.
    func allFiles() throws -> [(name: String, bytes: Data)] {
        try FileManager.default.subpathsOfDirectory(atPath: path).compactMap { name in
            FileManager.default.contents(atPath: "\(path)/\(name)").map { (name, $0) }
        }
    }
}

extension KeyService {
    /// Decrypts to an array, for comparison.
    func plaintext(
        _ blob: [UInt8], _ context: EncryptionContext = [:], by call: Call, keyID: String? = nil
    ) throws(KeyManagementError) -> [UInt8] {
        let response = try decrypt(
            DecryptRequest(ciphertextBlob: blob, keyID: keyID, encryptionContext: context), by: call)
        return response.plaintext.withUnsafeBytes { Array($0) }
    }

    /// Encrypts and gives the ciphertext.
    func ciphertext(
        _ text: String, under keyID: String, _ context: EncryptionContext = [:], by call: Call
    ) throws(KeyManagementError) -> [UInt8] {
        try encrypt(
            EncryptRequest(keyID: keyID, plaintext: Array(text.utf8), encryptionContext: context), by: call
        ).ciphertextBlob
    }
}

/// The code of what `body` throws, `nil` when it throws nothing.
func code(of body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as KeyManagementError {
        return error.code
    } catch {
        return "\(error)"
    }
}

/// The KMS error that `body` throws.
func failure(of body: () throws -> Void) -> KeyManagementError? {
    do {
        try body()
        return nil
    } catch {
        return error as? KeyManagementError
    }
}

/// An IAM policy that allows actions on a resource.
func allowing(_ actions: String..., on resource: String = "*") -> String {
    let list = actions.map { "\"\($0)\"" }.joined(separator: ",")
    return
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(list)],"Resource":"\#(resource)"}]}"#
}
