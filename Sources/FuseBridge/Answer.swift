import MailboxFS

/// What a request is answered with, besides an error; each case is one reply of libfuse.
enum Answer {
    /// Nothing but success.
    case done
    /// A name and its inode, which the kernel now knows once more.
    case entry(Entry)
    case attributes(TimedAttributes)
    /// An open file.
    case opened(OpenedFile)
    /// A new file, open.
    case created(Entry, OpenedFile)
    /// An open directory's handle.
    case openedDirectory(UInt64)
    /// The number of bytes taken.
    case written(Int)
    /// An extended attribute's value, or the list of their names, for a caller with room for `room` bytes; 0
    /// asks for the size.
    case attributeBytes([UInt8], room: Int)
    case statistics(FileSystemStatistics)
}
