import AWSVocabulary
import AccountHome
import Cryptography
import EnvelopeCrypto
import EnvelopeTesting
import Foundation
import KeyManagement
import MailboxFS
import Synchronization
import Testing

@testable import EnvelopeDaemon

@Suite("Putting the parts together")
struct WiringTests {
    @Test(
        "the home is what was asked for, else what the environment says",
        arguments: [
            ("/asked", ["ENVELOPEFS_HOME": "/env", "HOME": "/h"], "/asked"),
            (nil, ["ENVELOPEFS_HOME": "/env", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/env"),
            (nil, ["ENVELOPEFS_HOME": "", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/x/envelopefs"),
            (nil, ["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/envelopefs"),
            (nil, ["HOME": "/h"], "/h/.local/state/envelopefs"), (nil, [:], nil),
        ] as [(String?, [String: String], String?)])
    func homeLocation(asked: String?, environment: [String: String], expected: String?) {
        #expect(HomeLocation.resolve(asked: asked, environment: environment) == expected)
    }

    @Test("a data key from the local KMS opens again with its context and with no other")
    func dataKeys() throws {
        try withServices { services in
            let keys = LocalDataKeys(services.keys)
            let metadata = try services.keys.createKey(CreateKeyRequest(), by: Call(root))
            let context: EncryptionContext = ["a": "1"]
            let dataKey = try keys.generateDataKey(keyID: metadata.arn, context: context, for: root)
            let opened = try keys.decrypt(dataKey.ciphertextBlob, keyID: nil, context: context, for: root)
            let same = dataKey.plaintext.withUnsafeBytes { left in
                opened.withUnsafeBytes { left.elementsEqual($0) }
            }
            #expect(same)
            #expect(opened.count == 32)
            #expect(throws: DataKeyError.invalidCiphertext) {
                _ = try keys.decrypt(dataKey.ciphertextBlob, keyID: nil, context: ["a": "2"], for: root)
            }
        }
    }

    @Test("each refusal of KMS keeps its meaning")
    func refusals() throws {
        try withServices { services in
            let keys = LocalDataKeys(services.keys)
            let call = Call(root)
            let metadata = try services.keys.createKey(CreateKeyRequest(), by: call)
            let blob = try keys.generateDataKey(keyID: metadata.arn, context: [:], for: root).ciphertextBlob
            try services.keys.disableKey(KeyIDRequest(keyID: metadata.keyID), by: call)
            let disabled = refusal(keys, blob, root)
            guard case .keyDisabled = disabled else { throw Unexpected(disabled) }
            _ = try services.keys.scheduleKeyDeletion(
                ScheduleKeyDeletionRequest(keyID: metadata.keyID, pendingWindowInDays: 7), by: call)
            let pending = refusal(keys, blob, root)
            guard case .keyPendingDeletion = pending else { throw Unexpected(pending) }
            let stranger = try Caller(principal: ARN("arn:aws:iam::111122223333:user/nobody"))
            #expect(throws: DataKeyError.self) {
                _ = try keys.decrypt(blob, keyID: nil, context: [:], for: stranger)
            }
        }
    }

    @Test(
        "a principal that cannot call is refused by name",
        arguments: ["x", "arn:aws:iam::111122223333:role/r"])
    func principalOption(_ text: String) {
        #expect(throws: DaemonError.self) { _ = try CallerMap(text, account: .default) }
    }

    @Test("every user of a mount acts as its principal, the root unless told otherwise")
    func callers() throws {
        let requester = Requester(uid: 1000, gid: 1000, pid: 1)
        #expect(try CallerMap(nil, account: .default).caller(requester) == .root(of: .default))
        let alice = "arn:aws:iam::111122223333:user/alice"
        #expect(try CallerMap(alice, account: .default).caller(requester)?.name == alice)
    }

    @Test("mount options change what they say", arguments: MountOptionName.allCases)
    func options(_ name: MountOptionName) throws {
        var configuration = MailboxConfiguration(source: "/s", home: "/h", uid: 1, gid: 2)
        let values: [MountOptionName: String] = [
            .home: "/other", .rootKey: "/k", .principal: "arn:aws:iam::111122223333:root",
            .catchAll: "a@example.com", .spool: "64",
        ]
        try configuration.apply(name, value: values[name] ?? "")
        let plain = MailboxConfiguration(source: "/s", home: "/h", uid: 1, gid: 2)
        #expect(String(describing: configuration) != String(describing: plain))
    }

    @Test(
        "a value that makes no sense is refused with what is wanted",
        arguments: [
            (MountOptionName.spool, "0"), (.spool, "much"), (.catchAll, "nobody"),
        ])
    func badValue(_ name: MountOptionName, _ value: String) {
        var configuration = MailboxConfiguration(source: "/s", home: "/h", uid: 1, gid: 2)
        #expect(throws: DaemonError.self) { try configuration.apply(name, value: value) }
    }

    @Test("the worker does its round once more when it is stopped, and then no more")
    func lastRound() throws {
        let count = Mutex(0)
        let worker = try PeriodicWorker(seconds: 3600) { count.withLock { $0 += 1 } }
        worker.stop()
        #expect(count.withLock { $0 } == 1)
    }

    private func refusal(_ keys: LocalDataKeys, _ blob: [UInt8], _ caller: Caller) -> DataKeyError? {
        do throws(DataKeyError) {
            let opened = try keys.decrypt(blob, keyID: nil, context: [:], for: caller)
            _ = opened.count
            return nil
        } catch {
            return error
        }
    }

    private struct Unexpected: Error {
        let refusal: DataKeyError?
        init(_ refusal: DataKeyError?) { self.refusal = refusal }
    }

    private var root: Caller { .root(of: .default) }

    private func withServices(_ body: (AccountServices) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "home-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(try AccountServices.open(at: directory, creating: true, surroundings: .system))
    }
}
