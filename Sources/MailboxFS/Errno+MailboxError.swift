// The one table toward the kernel: which number each refusal becomes. The words beside it are what `cat` and
// `cp` print. Numbers the inbox answers at close travel through to the program verbatim (feasibility measured
// 19 of them).

import Cryptography
import EnvelopeCrypto
import Glibc
import MailReceiving
import ObjectStore
public import SystemPackage

extension MailboxError {
    /// The number the kernel gets.
    public var errno: Errno {
        switch self {
        case .noSuchEntry: .noSuchFileOrDirectory  // No such file or directory
        case .alreadyExists: .fileExists  // File exists
        case .notADirectory: .notDirectory  // Not a directory
        case .isADirectory: .isDirectory  // Is a directory
        case .directoryNotEmpty: .directoryNotEmpty  // Directory not empty
        case .nameTooLong: .fileNameTooLong  // File name too long
        case .invalidName: .invalidArgument  // Invalid argument
        case .invalidArgument: .invalidArgument
        case .unsupported: .notSupportedOnSocket  // Operation not supported
        case .readOnly: .readOnlyFileSystem  // Read-only file system
        case .removalNotAllowed: .notPermitted  // Operation not permitted
        case .permanent: .notPermitted
        case .notYours: .permissionDenied  // Permission denied
        case .noPrincipal: .permissionDenied
        case .crossesViews: .improperLink  // Invalid cross-device link
        case .badHandle: .badFileDescriptor  // Bad file descriptor
        case .noSuchAttribute: Errno(rawValue: ENODATA)  // No data available
        case .tooLarge: .fileTooLarge  // File too large
        case .spoolFull: .noSpace  // No space left on device
        case .inboxFull: .noSpace
        case .outOfMemory: .noMemory  // Cannot allocate memory
        case .writerDied: .ioError  // Input/output error
        case .alreadyReceived: .staleNFSFileHandle  // Stale file handle
        case .busy: .resourceTemporarilyUnavailable  // Resource temporarily unavailable
        case .interrupted: .interrupted  // Interrupted system call
        case .shuttingDown: Errno(rawValue: ESHUTDOWN)  // Cannot send after transport endpoint shutdown
        case .removedMeanwhile: .noSuchFileOrDirectory
        case .abandoned: .ioError
        case .receiving(let error): Self.errno(of: error)
        case .opening(let error): Self.errno(of: error)
        case .storage(let error): Self.errno(of: error)
        case .neitherSealedNorMail: .badMessage  // Bad message
        case .misplaced: .badMessage
        }
    }

    private static func errno(of error: ReceivingError) -> Errno {
        switch error {
        case .notAMessage: .badMessage
        case .messageTooLarge: .fileTooLarge
        case .invalidHint: .invalidArgument
        case .noRecipient: Errno(rawValue: EDESTADDRREQ)  // Destination address required
        case .noMatchingRule: .noSuchAddressOrDevice  // No such device or address
        case .blockedBySource: .permissionDenied
        case .sealing(_, let error): errno(of: error)
        case .storage(_, let error): errno(of: error)
        case .nowhereToGo: .noSuchAddressOrDevice
        case .rules: .ioError
        case .leftBehind(_, let cause): errno(of: cause)
        }
    }

    private static func errno(of error: EnvelopeError) -> Errno {
        switch error {
        case .key(let error): errno(of: error)
        // The context is the caller's claim, and KMS rejects it; whether the blob or the claim is wrong it
        // does not say.
        case .contextPair: Errno(rawValue: EKEYREJECTED)  // Key was rejected by service
        case .dataKeyByteCount, .wrappedKeyByteCount: Errno(rawValue: EKEYREJECTED)
        case .localKey: Errno(rawValue: ENOKEY)  // Required key not available
        case .unknownVersion, .wrapAlgorithm, .contentAlgorithm, .legacyContentAlgorithm:
            .notSupportedOnSocket
        case .authenticationFailed, .bodyByteCount: .badMessage
        case .notSealed, .conflictingEntries, .missingEntry, .malformedEntry, .tagLength,
            .materialDescription,
            .instructionFile:
            .badMessage
        case .messageTooLarge: .fileTooLarge
        case .cipher(.outOfSecureMemory): .noMemory
        case .cipher: .ioError
        }
    }

    private static func errno(of error: DataKeyError) -> Errno {
        switch error {
        case .accessDenied: .permissionDenied
        case .keyDisabled, .keyPendingDeletion: Errno(rawValue: EKEYREVOKED)  // Key has been revoked
        case .keyNotFound, .invalidKeyState: Errno(rawValue: ENOKEY)
        case .invalidCiphertext, .incorrectKey, .invalidKeyUsage: Errno(rawValue: EKEYREJECTED)
        case .unavailable: Errno(rawValue: EHOSTDOWN)  // Host is down
        case .trail, .internalFailure: .ioError
        }
    }

    private static func errno(of error: ObjectStoreError) -> Errno {
        switch error {
        case .noSuchKey, .noSuchBucket: .noSuchFileOrDirectory
        case .bucketExists, .keyConflict: .fileExists
        case .bucketNotEmpty: .directoryNotEmpty
        case .invalidKey, .invalidBucketName, .invalidMetadata: .invalidArgument
        case .damagedInstruction: .badMessage
        case .storage(let errno, _, _): errno
        case .accessDenied: .permissionDenied
        case .unavailable: Errno(rawValue: EHOSTDOWN)
        }
    }
}
