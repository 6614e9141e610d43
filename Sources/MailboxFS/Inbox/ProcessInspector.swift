/// How the process that closes a file is doing.
///
/// At exit the kernel closes what a program left open, so a close alone does not say that the contents are
/// complete.
public enum ProcessEnding: Sendable, Equatable {
    /// It runs: the program itself closed the file.
    ///
    /// Also when nothing can be learnt of the process.
    case running
    /// It exits with status 0; the kernel closes for it.
    case succeeded
    /// It was killed or exits with another status (as `wait` reports it): what it wrote may be half.
    case failed(status: Int32)
}

/// What the inbox asks about the processes that write to it.
///
/// Calls are cheap file reads and never reach back into the mount.
public protocol ProcessInspector: Sendable {
    /// How the process of the thread that makes a request is doing.
    func ending(of requester: Requester) -> ProcessEnding
    /// The process a thread belongs to, or nil when there is no such thread.
    func process(ofThread thread: Int32) -> Int32?
    /// Whether the process still has this file of the mount open for writing.
    ///
    /// - Parameter path: The file's path below the root of the mount, such as `inbox/note.eml`.
    func holdsForWriting(_ inode: InodeNumber, at path: String, process: Int32) -> Bool
}
