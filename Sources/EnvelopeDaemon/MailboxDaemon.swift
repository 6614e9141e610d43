public import AWSVocabulary
import AccountHome
import Cryptography
import EnvelopeCrypto
public import Logging
import MailReceiving
public import MailboxFS
import ObjectStore
import ReceiptRules

/// The mailbox of one mount, put together: account, store, receiving line, tree.
///
/// ORDER of the start: home, trail, store, receiving line, tree, housekeeping; the mount comes last. ORDER of the
/// end: the mount first, then the inbox, housekeeping, and the store's writer, which finishes what is due.
public final class MailboxDaemon: Sendable {
    /// The tree to mount.
    public let files: MailboxFS
    /// The account's services.
    public let services: AccountServices
    private let store: LocalStore
    private let housekeeping: Housekeeping

    /// Opens everything a mount needs.
    ///
    /// - Parameters:
    ///   - configuration: What is mounted, and how.
    ///   - surroundings: The clock and the random source.
    ///   - log: Where refusals and trouble are told.
    public init(
        _ configuration: MailboxConfiguration, surroundings: Surroundings, log: Logger
    ) throws(DaemonError) {
        services = try AccountServices.open(
            at: configuration.home, creating: true, rootKey: configuration.rootKey, surroundings: surroundings
        )
        store = try Self.openStore(configuration, services)
        let cipher = ContentCipher(keys: LocalDataKeys(services.keys))
        let receiver = Receiver(
            rules: services.rules, cipher: cipher, buckets: store, account: services.home.account,
            region: services.home.region, surroundings: surroundings, options: configuration.receiving)
        let callers = try CallerMap(configuration.principal, account: services.home.account)
        files = MailboxFS(
            intake: receiver, buckets: store, opener: cipher, caller: callers.caller,
            inspector: ProcfsInspector(ownUID: configuration.mailbox.uid), options: configuration.mailbox,
            surroundings: surroundings,
            report: { refusal in
                log.notice("\(refusal.operation.rawValue) \(refusal.path): \(refusal.sentence)")
            })
        housekeeping = try Housekeeping(services: services, log: log)
    }

    /// Ends everything, once the mount is gone: nothing accepted is lost, secrets are wiped.
    public func stop() {
        files.shutdown()
        housekeeping.stop()
        store.stop()
    }

    /// Opens the directory of buckets; a mailbox that has none yet gets the bucket of the default rule.
    private static func openStore(
        _ configuration: MailboxConfiguration, _ services: AccountServices
    ) throws(DaemonError) -> LocalStore {
        var options = LocalStore.Options()
        options.isReadOnly = configuration.mailbox.isReadOnly
        do throws(ObjectStoreError) {
            let store = try LocalStore(directory: configuration.source, options: options)
            if !configuration.mailbox.isReadOnly, try store.bucketNames().isEmpty {
                _ = try store.createBucket(named: RuleService.defaultBucketName)
            }
            return store
        } catch {
            throw .store(error)
        }
    }
}
