import Cryptography
import EnvelopeCrypto
import Glibc
import Mail
import MailReceiving
import MailboxFS
import ObjectStore
import SystemPackage
import Testing

@Suite("The table toward the kernel")
struct ErrnoTests {
    static let table: [(MailboxError, Int32)] = [
        (.noSuchEntry("x"), ENOENT), (.alreadyExists("x"), EEXIST), (.notADirectory("x"), ENOTDIR),
        (.isADirectory("x"), EISDIR), (.directoryNotEmpty("x"), ENOTEMPTY),
        (.nameTooLong(byteCount: 256), ENAMETOOLONG),
        (.invalidName("x", reason: "y"), EINVAL), (.invalidArgument("x"), EINVAL),
        (.unsupported("x"), EOPNOTSUPP),
        (.readOnly("x"), EROFS), (.removalNotAllowed("x"), EPERM), (.permanent("x"), EPERM),
        (.notYours("x"), EACCES),
        (.noPrincipal(uid: 1), EACCES), (.crossesViews, EXDEV), (.badHandle(1), EBADF),
        (.noSuchAttribute("x"), ENODATA),
        (.tooLarge(limit: 1), EFBIG), (.spoolFull(budget: 1), ENOSPC), (.inboxFull(limit: 1), ENOSPC),
        (.outOfMemory, ENOMEM), (.writerDied(pid: 1, status: 9), EIO), (.alreadyReceived("x"), ESTALE),
        (.busy("x"), EAGAIN), (.interrupted, EINTR), (.shuttingDown, ESHUTDOWN),
        (.removedMeanwhile("x"), ENOENT),
        (.abandoned(byteCount: 1), EIO), (.neitherSealedNorMail(objectKey: "x"), EBADMSG),
        (.misplaced(messageID: "x", objectKey: "y"), EBADMSG),
    ]

    static let receiving: [(ReceivingError, Int32)] = [
        (.notAMessage(.empty), EBADMSG), (.notAMessage(.severalMessages(second: 9)), EBADMSG),
        (.messageTooLarge(limit: 1), EFBIG), (.invalidHint("x"), EINVAL), (.noRecipient, EDESTADDRREQ),
        (.noMatchingRule(recipients: []), ENXIO), (.blockedBySource("1.2.3.4"), EACCES),
        (.nowhereToGo(rules: []), ENXIO),
        (.sealing(rule: "r", .key(.accessDenied("x"))), EACCES),
        (.sealing(rule: "r", .key(.keyDisabled("x"))), EKEYREVOKED),
        (.sealing(rule: "r", .key(.unavailable("x"))), EHOSTDOWN),
        (.sealing(rule: "r", .key(.trail("x"))), EIO),
        (.storage(rule: "r", .storage(.noSpace, operation: "write", path: "p")), ENOSPC),
        (.storage(rule: "r", .storage(Errno(rawValue: EDQUOT), operation: "write", path: "p")), EDQUOT),
        (.storage(rule: "r", .unavailable("x")), EHOSTDOWN),
        (.storage(rule: "r", .noSuchBucket("b")), ENOENT),
        (
            .leftBehind(
                ["b/k"], cause: .storage(rule: "r", .storage(.ioError, operation: "sync", path: "p"))), EIO
        ),
    ]

    static let envelope: [(EnvelopeError, Int32)] = [
        (.authenticationFailed, EBADMSG), (.bodyByteCount(3), EBADMSG), (.malformedEntry("x"), EBADMSG),
        (.missingEntry("x"), EBADMSG), (.tagLength("96"), EBADMSG), (.conflictingEntries(["x"]), EBADMSG),
        (.materialDescription("x"), EBADMSG), (.contextPair("x"), EKEYREJECTED),
        (.key(.invalidCiphertext), EKEYREJECTED),
        (.key(.incorrectKey), EKEYREJECTED), (.dataKeyByteCount(3), EKEYREJECTED), (.localKey, ENOKEY),
        (.key(.keyNotFound("x")), ENOKEY), (.unknownVersion("x"), EOPNOTSUPP),
        (.wrapAlgorithm("x"), EOPNOTSUPP),
        (.legacyContentAlgorithm, EOPNOTSUPP), (.cipher(.outOfSecureMemory(byteCount: 9)), ENOMEM),
    ]

    @Test("each refusal has its number and a sentence of one line", arguments: table)
    func ownCases(_ error: MailboxError, _ number: Int32) { expect(error, number) }

    @Test("receiving passes its reasons on", arguments: receiving)
    func receivingCases(_ error: ReceivingError, _ number: Int32) { expect(.receiving(error), number) }

    @Test("opening passes its reasons on, and sealing has the same ones", arguments: envelope)
    func envelopeCases(_ error: EnvelopeError, _ number: Int32) {
        expect(.opening(error), number)
        expect(.receiving(.sealing(rule: "r", error)), number)
    }

    @Test(
        "storage passes the disk's own number on",
        arguments: [EIO, ENOSPC, EDQUOT, EACCES, EPERM, EMFILE, ENAMETOOLONG, ESTALE, ETIMEDOUT])
    func storageCases(_ number: Int32) {
        expect(.storage(.storage(Errno(rawValue: number), operation: "open", path: "p")), number)
    }

    private func expect(_ error: MailboxError, _ number: Int32) {
        #expect(error.errno == Errno(rawValue: number))
        #expect(!error.description.isEmpty)
        #expect(!error.description.contains("\n"))
        #expect(error.description.last != ".")
    }
}
