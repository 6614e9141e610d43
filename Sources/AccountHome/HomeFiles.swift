import Cryptography
import DurableFiles
import SystemPackage

/// The files of a home that are not SQLite's own.
struct HomeFiles {
    private static let databaseName = "account.sqlite"
    private static let rootKeyName = "root.key"
    private static let lockName = "lock"

    let directory: String
    let calls: FileCalls

    var databasePath: String { "\(directory)/\(Self.databaseName)" }
    var rootKeyPath: String { "\(directory)/\(Self.rootKeyName)" }

    /// Makes the directory, and what is missing above it, with mode 0700.
    func makeDirectory() throws(HomeError) {
        _ = try translating { () throws(DurableFileError) in
            try Directory.create(at: directory, permissions: 0o700, calls: calls)
        }
    }

    /// Whether there is a database here.
    func holdsDatabase() throws(HomeError) -> Bool {
        do throws(DurableFileError) {
            return try Directory(opening: directory, calls: calls).status(of: Self.databaseName) != nil
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw .file(error)
        }
    }

    /// Runs `body` while no other process is in here.
    func whileLocked<Value>(_ body: () throws(HomeError) -> Value) throws(HomeError) -> Value {
        let lock: FileLock
        do throws(DurableFileError) {
            let home = try Directory(opening: directory, calls: calls)
            lock = try FileLock(waitingFor: Self.lockName, in: home, .exclusive)
        } catch {
            throw .file(error)
        }
        let value = try body()
        // The lock lasts to here: it is given back when this value goes.
        _ = consume lock
        return value
    }

    /// Makes an empty database file of mode 0600, if there is none: SQLite would take the process's umask, and
    /// gives its journal files the mode of the database.
    func makeDatabaseFile() throws(HomeError) {
        try translating { () throws(DurableFileError) in
            let home = try Directory(opening: directory, calls: calls)
            _ = try home.open(Self.databaseName, [.read, .write, .create], permissions: 0o600)
            try home.synchronize()
        }
    }

    /// Writes a new root key: mode 0600, whole or not at all, durable on return, never over an old one.
    func writeRootKey(_ secret: borrowing SecretBytes) throws(HomeError) {
        do throws(DurableFileError) {
            let home = try Directory(opening: directory, calls: calls)
            try secret.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(DurableFileError) in
                try AtomicFile.write(bytes, to: Self.rootKeyName, in: home, permissions: 0o600, .creating)
            }
        } catch {
            throw .file(error)
        }
    }

    /// Reads a root key: 32 bytes, or 64 hexadecimal digits with or without a line end.
    ///
    /// - Parameters:
    ///   - path: The file; a symbolic link in its last component is refused.
    ///   - mustBePrivate: Refuse a file that others than its owner may read or write.
    /// - Returns: `nil` when there is no such file.
    func readRootKey(at path: String, mustBePrivate: Bool) throws(HomeError) -> SecretBytes? {
        guard let content = try readSecret(at: path, mustBePrivate: mustBePrivate) else { return nil }
        if content.count == RootKey.byteCount { return content }
        guard let secret = content.withUnsafeBytes({ Self.decodeHex($0) }) else {
            throw .rootKeyMalformed(path: path)
        }
        return secret
    }

    private func readSecret(at path: String, mustBePrivate: Bool) throws(HomeError) -> SecretBytes? {
        let location = FilePath(path)
        let parent = location.removingLastComponent()
        guard let name = location.lastComponent?.string else { throw .rootKeyMalformed(path: path) }
        let status: FileStatus
        do throws(DurableFileError) {
            let folder = try Directory(opening: parent.isEmpty ? "." : parent.string, calls: calls)
            let file = try folder.open(name)
            status = try file.status()
            // A root key has 32 bytes or 64 digits and a line end; whatever is longer is something else.
            if status.kind == .regularFile, status.byteCount <= 2 * RootKey.byteCount + 2,
                !mustBePrivate || status.permissions & 0o077 == 0
            {
                return try SecretBytes(count: status.byteCount) {
                    (buffer: UnsafeMutableRawBufferPointer) throws(DurableFileError) in
                    _ = try file.read(into: buffer, at: 0)
                }
            }
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw .file(error)
        }
        if mustBePrivate, status.permissions & 0o077 != 0 {
            throw .rootKeyExposed(path: path, mode: status.permissions)
        }
        throw .rootKeyMalformed(path: path)
    }

    /// Decodes hexadecimal digits from secret memory into secret memory.
    private static func decodeHex(_ text: UnsafeRawBufferPointer) -> SecretBytes? {
        let digits = text.prefix { $0 != 0x0A && $0 != 0x0D }
        guard digits.count == 2 * RootKey.byteCount, digits.allSatisfy({ nibble($0) != nil }) else {
            return nil
        }
        return SecretBytes(count: RootKey.byteCount) { output in
            for index in 0..<RootKey.byteCount {
                let high = nibble(text[2 * index]) ?? 0
                let low = nibble(text[2 * index + 1]) ?? 0
                output[index] = high << 4 | low
            }
        }
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    private func translating<Value>(_ body: () throws(DurableFileError) -> Value) throws(HomeError) -> Value {
        do throws(DurableFileError) {
            return try body()
        } catch {
            throw .file(error)
        }
    }
}
