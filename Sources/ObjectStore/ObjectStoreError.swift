public import DurableFiles
public import SystemPackage

/// Why a bucket did not do what it was asked.
public enum ObjectStoreError: Error, Equatable, Sendable {
    /// No object of that key.
    case noSuchKey(String)
    /// No bucket of that name.
    case noSuchBucket(String)
    /// A bucket of that name is there already.
    case bucketExists(String)
    /// The bucket cannot be removed while it holds objects.
    case bucketNotEmpty(String)
    /// The object key breaks a rule; the reason is a clause for people.
    case invalidKey(String, reason: String)
    /// The bucket name breaks a rule of S3; the reason is a clause for people.
    case invalidBucketName(String, reason: String)
    /// An entry of user metadata cannot be stored; the reason is a clause for people.
    case invalidMetadata(name: String, reason: String)
    /// One key would be a directory and a file at once: `existing` is stored, or leads to stored objects.
    case keyConflict(key: String, existing: String)
    /// The object has no envelope of its own, and its instruction file cannot be read as one.
    case damagedInstruction(key: String, reason: String)
    /// The disk's own error, with the system call and the path it was about.
    case storage(Errno, operation: String, path: String)
    /// A remote store said no.
    case accessDenied(String)
    /// A remote store cannot be reached, or failed.
    case unavailable(String)

    /// The kernel's error number, where the disk was the reason.
    public var errno: Errno? {
        switch self {
        case .storage(let errno, _, _): errno
        case .noSuchKey, .noSuchBucket, .bucketExists, .bucketNotEmpty, .invalidKey, .invalidBucketName,
            .invalidMetadata, .keyConflict, .damagedInstruction, .accessDenied, .unavailable:
            nil
        }
    }

    /// The same failure in this module's words.
    public init(_ error: DurableFileError) {
        switch error {
        case .failed(let operation, let path, let errno):
            self = .storage(errno, operation: operation, path: path)
        }
    }
}

extension ObjectStoreError: CustomStringConvertible {
    /// One sentence for people, lower case, without a full stop.
    public var description: String {
        switch self {
        case .noSuchKey(let key): "no object \(key)"
        case .noSuchBucket(let name): "no bucket \(name)"
        case .bucketExists(let name): "bucket \(name) exists already"
        case .bucketNotEmpty(let name): "bucket \(name) is not empty"
        case .invalidKey(let key, let reason): "object key \(key) cannot be stored: \(reason)"
        case .invalidBucketName(let name, let reason): "not a bucket name: \(name): \(reason)"
        case .invalidMetadata(let name, let reason): "metadata entry \(name) cannot be stored: \(reason)"
        case .keyConflict(let key, let existing): "object key \(key) cannot be stored beside \(existing)"
        case .damagedInstruction(let key, let reason): "the instruction file of \(key) is damaged: \(reason)"
        case .storage(let errno, let operation, let path): "cannot \(operation) \(path): \(errno)"
        case .accessDenied(let text): "access denied: \(text)"
        case .unavailable(let text): "the store is unavailable: \(text)"
        }
    }
}

/// Lets a failure of the layer below pass in this module's words.
func storing<Result: ~Copyable>(
    _ body: () throws(DurableFileError) -> Result
) throws(ObjectStoreError) -> Result {
    do {
        return try body()
    } catch {
        throw ObjectStoreError(error)
    }
}
