public import EnvelopeCrypto
public import MailReceiving
public import ObjectStore

/// Why the mailbox refuses a request.
///
/// Each case carries what a person needs to know; `Errno+MailboxError.swift` says which number the kernel
/// gets. None of the values holds a secret: no plaintext, no key.
public enum MailboxError: Error, Equatable, Sendable {
    /// There is nothing of that name, or the inode is gone.
    case noSuchEntry(String)
    /// The name exists already.
    case alreadyExists(String)
    /// A directory was needed.
    case notADirectory(String)
    /// A file was needed.
    case isADirectory(String)
    /// The directory still has entries.
    case directoryNotEmpty(String)
    /// The name is longer than 255 bytes.
    case nameTooLong(byteCount: Int)
    /// The name cannot be used here; the text says why.
    case invalidName(String, reason: String)
    /// The request makes no sense; the text says why.
    case invalidArgument(String)
    /// The mount never does this.
    case unsupported(String)
    /// This part of the tree is read-only.
    case readOnly(String)
    /// The mount does not allow removal; `allow_delete` would.
    case removalNotAllowed(String)
    /// The entry is part of the mount and stays.
    case permanent(String)
    /// The Unix user may not; the text names what was asked.
    case notYours(String)
    /// The Unix user stands for no principal.
    case noPrincipal(uid: UInt32)
    /// Names in different parts of the tree cannot be renamed or linked to each other.
    case crossesViews
    /// The handle is not open, or not for this.
    case badHandle(UInt64)
    /// There is no such extended attribute.
    case noSuchAttribute(String)
    /// More bytes than a message may have, at the write that would pass the limit.
    case tooLarge(limit: Int)
    /// The memory for messages being written is used up.
    case spoolFull(budget: Int)
    /// The inbox holds as many names as it may.
    case inboxFull(limit: Int)
    /// No memory could be had for contents.
    case outOfMemory
    /// The process that wrote the file died, or ended with a failure, before it closed it.
    case writerDied(pid: Int32, status: Int32)
    /// The contents were received and are no longer here.
    case alreadyReceived(String)
    /// The file waits for a verdict and the process has no descriptor left to wait with.
    case busy(String)
    /// A signal came before the message was received.
    case interrupted
    /// The inbox is being closed.
    case shuttingDown
    /// The name went while its contents were written, so there is nothing to receive.
    case removedMeanwhile(String)
    /// Something was put in, never received, and is dropped now.
    case abandoned(byteCount: Int)
    /// The message was not received.
    case receiving(ReceivingError)
    /// The object was not opened.
    case opening(EnvelopeError)
    /// The bucket did not answer as it should.
    case storage(ObjectStoreError)
    /// The object is neither sealed nor a message; stored bytes are never shown as if they were somebody's
    /// mail.
    case neitherSealedNorMail(objectKey: String)
    /// A sealed message lies under the name of another.
    ///
    /// It opens; that it was moved is worth knowing.
    case misplaced(messageID: String, objectKey: String)
}
