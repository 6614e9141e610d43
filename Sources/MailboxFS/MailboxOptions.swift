/// How a mount behaves.
public struct MailboxOptions: Sendable {
    /// The owner of everything in the tree that no user made.
    public var uid: UInt32
    /// The group of everything in the tree that no user made.
    public var gid: UInt32
    /// Permission bits that are never shown.
    public var umask: UInt16
    /// Nothing may be put in or removed.
    public var isReadOnly: Bool
    /// Removing a file under `mail/` removes the stored object.
    public var allowsRemoval: Bool
    /// Objects under AES-CBC, which authenticates nothing, are opened too.
    public var allowsLegacyCBC: Bool
    /// The most bytes a message may have.
    public var messageByteLimit: Int
    /// The most bytes all messages being written may have together.
    public var spoolByteLimit: Int
    /// The most files and directories the inbox may have at a time.
    public var inboxEntryLimit: Int
    /// For how many seconds the process that wrote a message still finds its name.
    public var receiptLifetime: Double
    /// After how many seconds an empty file goes that nobody has open.
    public var placeholderLifetime: Double
    /// After how many seconds a file goes that was written and never received, and that nobody has open.
    ///
    /// The Maildir convention is 36 hours.
    public var stagingLifetime: Double
    /// For how many seconds the kernel may believe names and attributes of stored objects.
    public var storedTimeout: Double
    /// How many seconds pass between two searches for what nobody will come back for.
    public var sweepInterval: Double
    /// What `.envelopefs/version` says.
    public var version: String

    /// The largest message SES receives, headers included.
    ///
    /// Source: SES quotas; read as binary megabytes.
    public static let sesMessageByteLimit = 41_943_040

    /// The defaults, for a mount owned by `uid` and `gid`.
    public init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
        umask = 0o077
        isReadOnly = false
        allowsRemoval = false
        allowsLegacyCBC = false
        messageByteLimit = Self.sesMessageByteLimit
        spoolByteLimit = 268_435_456
        inboxEntryLimit = 65_536
        receiptLifetime = 30
        placeholderLifetime = 600
        stagingLifetime = 36 * 3600
        storedTimeout = 1
        sweepInterval = 5
        version = "envelopefs"
    }
}
