import DurableFiles
import Synchronization

/// One day's file of the trail, held open for appending.
///
/// A record is one `write(2)` to the end of the file, under a lock that holds between threads and processes.
/// The lock is what makes a short write mendable: whoever holds it may cut the file back, because nobody else
/// can have written behind the torn line.
final class LogFile: Sendable {
    let day: String
    private let directory: Directory
    private let file: OpenFile
    private let identity: FileStatus
    /// Where this value's last record ended; as long as the file ends there, nobody left a torn line behind
    /// it.
    private let knownEnd = Atomic<Int>(0)

    /// The file's name.
    static func name(of day: String) -> String { day + ".jsonl" }

    /// Opens the file of a day, making it where there is none.
    init(day: String, in directory: Directory) throws(DurableFileError) {
        self.day = day
        self.directory = directory
        let opened = try directory.open(
            Self.name(of: day), [.read, .write, .append, .create], permissions: 0o600)
        identity = try opened.status()
        file = opened
    }

    /// Appends a line, its line feed included, or nothing of it.
    ///
    /// - Returns: `false` when the file is no longer the one of that name, as somebody moved or deleted it;
    ///   then nothing was written, and the caller opens the new one.
    /// - Throws: What failed. A line of which a part was written is cut off again; should that fail too, the
    ///   next append cuts it, and readers pass over it until then.
    func append(_ line: [UInt8]) throws(DurableFileError) -> Bool {
        try file.lock(.exclusive)
        // Closing would also unlock, but this file stays open.
        defer { try? file.unlock() }
        guard let named = try directory.status(of: Self.name(of: day)), named.isSameFile(as: identity) else {
            return false
        }
        var end = named.byteCount
        if end != knownEnd.load(ordering: .relaxed) { end = try file.cutTornLine(endingAt: end) }
        do throws(DurableFileError) {
            try file.write(line)
        } catch {
            try? file.truncate(to: end)
            throw error
        }
        knownEnd.store(end + line.count, ordering: .relaxed)
        return true
    }
}

extension OpenFile {
    /// Writes all of `bytes`; in a file opened for appending, to its end.
    fileprivate borrowing func write(_ bytes: [UInt8]) throws(DurableFileError) {
        var failure: DurableFileError?
        bytes.withUnsafeBytes { raw in
            do throws(DurableFileError) {
                try write(raw)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
