internal import SystemPackage

/// A file of lines that any number of processes append to.
///
/// Each record is one write under an exclusive lock, so records never mix, and one that could not be written
/// whole is cut off again. A torn last line, which only a power cut can leave, is cut off by the next append.
/// The file is opened for every record: it may be moved away or deleted at any time, and the next record
/// starts a new one.
public struct AppendLog: Sendable {
    /// Where the file is.
    public let directory: Directory
    /// Its name there.
    public let name: String
    private let permissions: UInt32

    /// A log that comes into being with its first record.
    public init(_ name: String, in directory: Directory, permissions: UInt32 = 0o600) {
        self.directory = directory
        self.name = name
        self.permissions = permissions
    }

    /// Appends one record and the line feed that ends it.
    ///
    /// - Parameters:
    ///   - record: Without a line feed anywhere; one inside would make it two records.
    ///   - isDurable: Whether to return only when the record survives a power cut. Writers that wait at the
    ///     same time share the flush: the lock is given back before it.
    /// - Throws: What failed; nothing of the record is in the file then, unless the flush itself failed.
    public func append(_ record: [UInt8], isDurable: Bool = false) throws(DurableFileError) {
        var file = try open()
        try file.lock(.exclusive)
        // INVARIANT: whoever holds the lock sees the file under its name, or the record would go into a file
        // that was moved away between opening and locking.
        while try !isCurrent(file) {
            file = try open()
            try file.lock(.exclusive)
        }
        let end = try file.cutTornLine(endingAt: try file.status().byteCount)
        try write(record + [0x0A], to: file, at: end)
        guard isDurable else { return }
        try file.unlock()
        try file.synchronize()
        if end == 0 { try directory.synchronize() }
    }

    private func open() throws(DurableFileError) -> OpenFile {
        try directory.open(name, [.read, .write, .append, .create], permissions: permissions)
    }

    private func isCurrent(_ file: borrowing OpenFile) throws(DurableFileError) -> Bool {
        guard let named = try directory.status(of: name) else { return false }
        return named.isSameFile(as: try file.status())
    }

    private func write(
        _ line: [UInt8], to file: borrowing OpenFile, at end: Int
    ) throws(DurableFileError) {
        var failure: DurableFileError?
        line.withUnsafeBytes { bytes in
            do throws(DurableFileError) {
                let count = try file.writeOnce(bytes)
                // A short write means the disk is filling up; the next call says so in the kernel's words.
                if count < bytes.count {
                    try file.write(UnsafeRawBufferPointer(rebasing: bytes[count...]))
                }
            } catch {
                failure = error
            }
        }
        guard let failure else { return }
        try? file.truncate(to: end)
        throw failure
    }
}

extension OpenFile {
    /// Cuts off what follows the last line feed: what a writer left that ended inside its write.
    ///
    /// - Parameter end: Where the file ends; the caller holds its lock, so that nobody moves that.
    /// - Returns: Where the file ends now.
    public borrowing func cutTornLine(endingAt end: Int) throws(DurableFileError) -> Int {
        var start = end
        while start > 0 {
            // Nearly always the first byte read is the line feed; only a torn line reads on.
            let step = start == end ? 1 : min(start, 4_096)
            let bytes = try read(byteCount: step, at: start - step)
            if let lineFeed = bytes.lastIndex(of: 0x0A) {
                start = start - step + lineFeed + 1
                break
            }
            start -= step
        }
        if start < end { try truncate(to: start) }
        return start
    }
}
