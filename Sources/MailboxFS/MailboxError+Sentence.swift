// The sentences people read in the log and in `.envelopefs/refusals`: lower case, no full stop, what and
// which.

import EnvelopeCrypto
import Glibc
import MailReceiving
import ObjectStore

extension MailboxError: CustomStringConvertible {
    /// One sentence for people.
    ///
    /// Never a secret.
    public var description: String {
        switch self {
        case .noSuchEntry(let name): "there is no \(name)"
        case .alreadyExists(let name): "\(name) exists already"
        case .notADirectory(let name): "\(name) is not a directory"
        case .isADirectory(let name): "\(name) is a directory"
        case .directoryNotEmpty(let name): "\(name) is not empty"
        case .nameTooLong(let byteCount): "a name of \(byteCount) bytes is too long"
        case .invalidName(let name, let reason): "'\(name)' cannot be used: \(reason)"
        case .invalidArgument(let text), .unsupported(let text): text
        case .readOnly(let name): "\(name) cannot be changed, this part of the mount is read-only"
        case .removalNotAllowed(let name): "\(name) stays, the mount does not allow removal (allow_delete)"
        case .permanent(let name): "\(name) is part of the mount"
        case .notYours(let purpose): "the file belongs to another user: cannot \(purpose)"
        case .noPrincipal(let uid): "user \(uid) stands for no principal"
        case .crossesViews: "the two names are in different parts of the mount"
        case .badHandle: "the file is not open for this"
        case .noSuchAttribute(let name): "there is no attribute \(name)"
        case .tooLarge(let limit): "the message is larger than \(limit) bytes"
        case .spoolFull(let budget): "messages being written take all of their \(budget) bytes of memory"
        case .inboxFull(let limit): "the inbox has \(limit) entries, the most it may have"
        case .outOfMemory: "there is no memory for the contents"
        case .writerDied(let pid, let status): Self.sentence(aboutWriter: pid, status: status)
        case .alreadyReceived(let name): "\(name) was received, its contents are in the mail view now"
        case .busy(let name): "\(name) is being received"
        case .interrupted: "a signal came before the message was received"
        case .shuttingDown: "the mount is ending"
        case .removedMeanwhile(let name): "\(name) was removed while it was written; nothing was received"
        case .abandoned(let byteCount): "\(byteCount) bytes were never renamed into place, and are dropped"
        case .receiving(let error): error.description
        case .opening(let error): "cannot open the message: \(error)"
        case .storage(let error): error.description
        case .neitherSealedNorMail(let key): "object \(key) is neither sealed nor a message"
        case .misplaced(let messageID, let key):
            "object \(key) holds message \(messageID), which was stored elsewhere"
        }
    }

    private static func sentence(aboutWriter pid: Int32, status: Int32) -> String {
        // As wait(2) packs it: the signal in the low seven bits, else the exit code above the low byte.
        let signal = status & 0x7F
        let reason =
            signal != 0 ? "was ended by signal \(signal)" : "exited with status \(status >> 8 & 0xFF)"
        return "process \(pid) \(reason) before it closed the file; what it wrote may be half a message"
    }
}
