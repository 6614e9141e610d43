internal import Glibc
internal import SystemPackage

/// A file that is open, and closes itself when it goes out of scope.
///
/// It cannot be copied, so a descriptor has one owner and is never closed twice.
public struct OpenFile: ~Copyable, Sendable {
    /// The kernel's number for it, valid as long as this value lives.
    public let descriptor: Int32
    /// Where it was opened, for messages.
    public let path: String
    let calls: FileCalls

    init(descriptor: Int32, path: String, calls: FileCalls) {
        self.descriptor = descriptor
        self.path = path
        self.calls = calls
    }

    deinit {
        calls.close(descriptor)
    }

    // MARK: Content

    /// Writes all of `bytes` at the current position, in as many calls as the kernel wants.
    ///
    /// On failure part of it may have been written.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(DurableFileError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = try naming(.write, path) { () throws(Errno) in try calls.write(descriptor, rest) }
            // POSIX allows 0 for a regular file nowhere, but a loop must not depend on it.
            guard count > 0 else { throw .failed(operation: "write", path: path, .ioError) }
            done += count
        }
    }

    /// Writes once; the caller looks at how much was taken.
    func writeOnce(_ bytes: UnsafeRawBufferPointer) throws(DurableFileError) -> Int {
        try naming(.write, path) { () throws(Errno) in try calls.write(descriptor, bytes) }
    }

    /// Fills `buffer` from `offset` on, as far as the file goes.
    ///
    /// - Returns: The number of bytes read; less than the buffer holds only at the end of the file.
    public func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DurableFileError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try naming(.read, path) { () throws(Errno) in
                try calls.read(descriptor, into: rest, at: offset + done)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// At most `byteCount` bytes from `offset` on.
    public func read(byteCount: Int, at offset: Int = 0) throws(DurableFileError) -> [UInt8] {
        guard byteCount > 0 else { return [] }
        // The array initialiser rethrows untyped; the error is carried out of the closure instead.
        var failure: DurableFileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            do throws(DurableFileError) {
                count = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Cuts or extends the file.
    public func truncate(to byteCount: Int) throws(DurableFileError) {
        try naming(.truncate, path) { () throws(Errno) in try calls.truncate(descriptor, to: byteCount) }
    }

    /// Returns once content and attributes survive a power cut.
    ///
    /// The name is another matter: `Directory.synchronize()`.
    public func synchronize() throws(DurableFileError) {
        try naming(.fsync, path) { () throws(Errno) in try calls.fsync(descriptor) }
    }

    /// Writes the content out and waits for it, without flushing the device.
    ///
    /// Not durability but order: a journaling file system that later makes a rename of this file durable
    /// has the content by then, so the name never leads to an empty file. Costs no flush.
    public func writeBack() throws(DurableFileError) {
        try naming(.writeBack, path) { () throws(Errno) in try calls.writeBack(descriptor) }
    }

    /// Kind, length, identity and time.
    public func status() throws(DurableFileError) -> FileStatus {
        try naming(.status, path) { () throws(Errno) in try calls.status(descriptor) }
    }

    // MARK: Locks

    /// Waits for an advisory lock (`flock`) that lasts until the file is closed or `unlock` is called.
    ///
    /// It belongs to this opening of the file, so it also holds between threads of one process.
    public func lock(_ kind: FileLock.Kind) throws(DurableFileError) {
        try naming(.lock, path) { () throws(Errno) in try calls.lock(descriptor, operation: kind.operation) }
    }

    /// Takes the lock if nobody is in the way.
    ///
    /// - Returns: Whether it was taken.
    public func tryLock(_ kind: FileLock.Kind) throws(DurableFileError) -> Bool {
        do {
            try calls.lock(descriptor, operation: kind.operation | LOCK_NB)
            return true
        } catch .wouldBlock {
            return false
        } catch {
            throw .failed(operation: FileCall.lock.rawValue, path: path, error)
        }
    }

    /// Gives the lock back before the file is closed.
    public func unlock() throws(DurableFileError) {
        try naming(.lock, path) { () throws(Errno) in try calls.lock(descriptor, operation: LOCK_UN) }
    }
}
