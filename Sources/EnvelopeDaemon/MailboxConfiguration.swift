public import AccountHome
import Mail
public import MailReceiving
public import MailboxFS

/// What is mounted, and how.
public struct MailboxConfiguration: Sendable {
    /// The directory of buckets.
    public var source: String
    /// The account's home.
    public var home: String
    /// Where the key comes from under which the account's secrets are sealed.
    public var rootKey: RootKey.Source
    /// The principal as whom mail is opened; the account root where it is `nil`.
    public var principal: String?
    /// How the tree behaves.
    public var mailbox: MailboxOptions
    /// How mail is received.
    public var receiving: Receiver.Options

    /// A configuration with every default, for a tree owned by `uid` and `gid`.
    public init(source: String, home: String, uid: UInt32, gid: UInt32) {
        self.source = source
        self.home = home
        rootKey = .file
        mailbox = MailboxOptions(uid: uid, gid: gid)
        mailbox.version = "EnvelopeFS \(EnvelopeFSVersion.text)"
        receiving = Receiver.Options()
    }

    /// Applies one of the mount options that are EnvelopeFS's own; see ``MountOptionName``.
    public mutating func apply(_ name: MountOptionName, value: String) throws(DaemonError) {
        switch name {
        case .home: home = value
        case .rootKey: rootKey = .credential(path: value)
        case .principal: principal = value
        case .allowDelete: mailbox.allowsRemoval = true
        case .legacyCBC: mailbox.allowsLegacyCBC = true
        case .sesHeaders: receiving.addsSESHeaders = true
        case .catchAll:
            do throws(MailError) {
                receiving.catchAllRecipient = try EmailAddress(parsing: value)
            } catch {
                throw .option(name: name.rawValue, value: value, expected: "a mail address")
            }
        case .spool:
            guard let mebibytes = Int(value), (1...65_536).contains(mebibytes) else {
                throw .option(name: name.rawValue, value: value, expected: "a number of MiB from 1 to 65536")
            }
            mailbox.spoolByteLimit = mebibytes << 20
        }
    }
}

/// The mount options that are EnvelopeFS's own.
public enum MountOptionName: String, Sendable, CaseIterable {
    /// The account's home.
    case home
    /// A file that holds the root key, such as a systemd credential.
    case rootKey = "root_key"
    /// The principal as whom mail is opened.
    case principal
    /// Removing a file under `mail/` removes the stored object.
    case allowDelete = "allow_delete"
    /// Objects under AES-CBC are opened too.
    case legacyCBC = "legacy_cbc"
    /// Received mail gets SES's header block and CRLF.
    case sesHeaders = "ses_headers"
    /// The recipient of mail that names none.
    case catchAll = "catch_all"
    /// Memory for mail being written, in MiB.
    case spool

    /// What the value must be, or `nil` for an option without one.
    public var expectedValue: String? {
        switch self {
        case .home: "a directory"
        case .rootKey: "a file"
        case .principal: "a principal's ARN"
        case .catchAll: "a mail address"
        case .spool: "a number of MiB"
        case .allowDelete, .legacyCBC, .sesHeaders: nil
        }
    }

    /// One line of help.
    public var summary: String {
        switch self {
        case .home: "the account's home: keys, rules, trail"
        case .rootKey: "take the root key from this file instead of the home"
        case .principal: "open mail as this principal instead of the account root"
        case .allowDelete: "rm under mail/ removes the stored object"
        case .legacyCBC: "also open objects under AES-CBC, which authenticates nothing"
        case .sesHeaders: "add the header block and CRLF that SES adds to received mail"
        case .catchAll: "the recipient of mail whose header names none"
        case .spool: "memory for mail being written (default 256)"
        }
    }
}
