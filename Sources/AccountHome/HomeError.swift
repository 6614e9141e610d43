public import Cryptography
public import DurableFiles

/// Why the account's state could not be opened, read, changed or unsealed.
public enum HomeError: Error, Equatable, Sendable {
    /// There is no home in this directory, and making one was not asked for.
    case notInitialized(directory: String)
    /// A later version of the program has changed the schema; this one must not touch it.
    case newerSchema(directory: String)
    /// The home belongs to another account or Region than the one asked for.
    case contradiction(setting: String, stored: String, requested: String)
    /// A file operation failed.
    case file(DurableFileError)
    /// SQLite failed; `code` is its extended result code.
    case database(code: Int, message: String)
    /// The home has sealed material, but the root key that opens it is gone.
    case rootKeyMissing(path: String)
    /// The root key's file does not hold 32 bytes, or 64 hexadecimal digits.
    case rootKeyMalformed(path: String)
    /// Others than the owner may read or write the root key's file; `mode` holds its permission bits.
    case rootKeyExposed(path: String, mode: UInt32)
    /// The root key is not the one this home was made with: another file, or a wrong passphrase.
    case rootKeyMismatch
    /// Sealed bytes, or a row, are not what they should be.
    case corrupted(what: String)
    /// A cryptographic operation failed for a reason other than its input.
    case cryptography(CryptographyError)
    /// A change was refused by the code that asked for it, in words this module does not know.
    case refused(String)
}

extension HomeError {
    /// Whether trying again later may help: SQLite was busy or locked by another process.
    public var isBusy: Bool {
        if case .database(let code, _) = self { [5, 6].contains(code & 0xFF) } else { false }
    }

    /// Whether the disk is full (SQLite's `SQLITE_FULL`).
    public var isFull: Bool {
        if case .database(let code, _) = self { code & 0xFF == 13 } else { false }
    }
}

extension HomeError: CustomStringConvertible {
    /// A sentence fragment for people; it holds names and codes, never a secret.
    public var description: String {
        switch self {
        case .notInitialized(let directory): "there is no home in \(directory)"
        case .newerSchema(let directory): "the home in \(directory) was changed by a later version"
        case .contradiction(let setting, let stored, let requested):
            "the home's \(setting) is \(stored), not \(requested)"
        case .file(let error): "\(error)"
        case .database(let code, let message): "the account database failed: \(message) (SQLite \(code))"
        case .rootKeyMissing(let path):
            "the root key \(path) is missing, and the home holds keys sealed under it"
        case .rootKeyMalformed(let path):
            "\(path) is not a root key: 32 bytes or 64 hexadecimal digits are needed"
        case .rootKeyExposed(let path, let mode):
            "the root key \(path) is open to others (mode \(String(mode, radix: 8))); make it 600"
        case .rootKeyMismatch: "the root key is not the one this home was made with"
        case .corrupted(let what): "the home is damaged: \(what)"
        case .cryptography(let error): "\(error)"
        case .refused(let reason): reason
        }
    }
}
