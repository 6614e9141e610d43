internal import CLinux
internal import Glibc
public import SystemPackage

/// The system calls of this module, by the name an error message gives them.
public enum FileCall: String, Sendable, Hashable, CaseIterable {
    case open
    case read
    case write
    case truncate
    case fsync
    case writeBack = "sync_file_range"
    case rename
    case link
    case unlink
    case removeDirectory = "rmdir"
    case makeDirectory = "mkdir"
    case status = "stat"
    case setAttribute = "setxattr"
    case attribute = "getxattr"
    case attributeNames = "listxattr"
    case lock = "flock"
    case readDirectory = "getdents"
    case seekDirectory = "lseek"
    case space = "statvfs"
}

/// The one door to the kernel, so that a test can stand in it.
///
/// Every method is one system call, relative to a directory descriptor where the kernel allows it, with
/// `EINTR` retried here and nowhere else. Before the call the gate is asked, if there is one; a gate that
/// throws makes the call fail without having happened. `live` has no gate and costs nothing.
///
/// Errors are bare `Errno`; `Directory` and `OpenFile` add the place.
public struct FileCalls: Sendable {
    /// Asked before each call with what is about to happen and to which name (empty for a descriptor).
    public typealias Gate = @Sendable (FileCall, String) throws(Errno) -> Void

    private let gate: Gate?
    private let longestWrite: Int

    /// The kernel, directly.
    public static let live = FileCalls(gate: nil, longestWrite: .max)

    /// The kernel behind a gate.
    ///
    /// - Parameters:
    ///   - longestWrite: At most this many bytes are taken by one write, as a nearly full disk does.
    public init(gate: Gate?, longestWrite: Int = .max) {
        self.gate = gate
        self.longestWrite = longestWrite
    }

    /// The same gate, with writes that take at most so many bytes at a time.
    public func limitingWrites(to byteCount: Int) -> FileCalls {
        FileCalls(gate: gate, longestWrite: byteCount)
    }

    @inline(__always)
    private func pass(_ call: FileCall, _ name: String = "") throws(Errno) {
        if let gate { try gate(call, name) }
    }

    // MARK: Descriptors

    /// Opens `name` below `directory`; always close-on-exec.
    func open(
        _ name: String, in directory: Int32, flags: Int32, permissions: UInt32
    ) throws(Errno) -> Int32 {
        try pass(.open, name)
        return Int32(
            try onName(name) { openat(directory, $0, flags | O_CLOEXEC, mode_t(permissions)) })
    }

    /// Gives a descriptor back.
    ///
    /// Linux frees it even when it reports an error, so there is nothing to report.
    func close(_ descriptor: Int32) {
        _ = Glibc.close(descriptor)
    }

    /// Reads at `offset`; 0 at the end.
    func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(Errno) -> Int {
        try pass(.read)
        return try repeating { pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// Writes at the descriptor's position, perhaps not all of it.
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try pass(.write)
        let count = min(bytes.count, longestWrite)
        return try repeating { Glibc.write(descriptor, bytes.baseAddress, count) }
    }

    func truncate(_ descriptor: Int32, to byteCount: Int) throws(Errno) {
        try pass(.truncate)
        _ = try repeating { Int(ftruncate(descriptor, off_t(byteCount))) }
    }

    func fsync(_ descriptor: Int32) throws(Errno) {
        try pass(.fsync)
        _ = try repeating { Int(Glibc.fsync(descriptor)) }
    }

    /// Writes the dirty pages and waits for them, without flushing the device.
    func writeBack(_ descriptor: Int32) throws(Errno) {
        try pass(.writeBack)
        let flags =
            LINUX_SYNC_FILE_RANGE_WAIT_BEFORE | LINUX_SYNC_FILE_RANGE_WRITE
            | LINUX_SYNC_FILE_RANGE_WAIT_AFTER
        _ = try repeating { Int(sync_file_range(descriptor, 0, 0, flags)) }
    }

    func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
        try pass(.status)
        var raw = stat()
        _ = try repeating { Int(fstat(descriptor, &raw)) }
        return FileStatus(raw)
    }

    func space(_ descriptor: Int32) throws(Errno) -> FileSystemSpace {
        try pass(.space)
        var raw = statvfs()
        _ = try repeating { Int(fstatvfs(descriptor, &raw)) }
        return FileSystemSpace(raw)
    }

    func lock(_ descriptor: Int32, operation: Int32) throws(Errno) {
        try pass(.lock)
        _ = try repeating { Int(linux_flock(descriptor, operation)) }
    }
}

// MARK: - Names

extension FileCalls {
    func rename(
        _ name: String, in directory: Int32, to newName: String, in newDirectory: Int32, flags: UInt32
    ) throws(Errno) {
        try pass(.rename, newName)
        _ = try onName(name) { old in
            newName.withCString { new in
                // The plain call where no flag is asked for: some file systems know only that one.
                flags == 0
                    ? renameat(directory, old, newDirectory, new)
                    : linux_renameat2(directory, old, newDirectory, new, flags)
            }
        }
    }

    func link(_ name: String, to newName: String, in directory: Int32) throws(Errno) {
        try pass(.link, newName)
        _ = try onName(name) { old in newName.withCString { linkat(directory, old, directory, $0, 0) } }
    }

    func unlink(_ name: String, in directory: Int32) throws(Errno) {
        try pass(.unlink, name)
        _ = try onName(name) { unlinkat(directory, $0, 0) }
    }

    func removeDirectory(_ name: String, in directory: Int32) throws(Errno) {
        try pass(.removeDirectory, name)
        _ = try onName(name) { unlinkat(directory, $0, AT_REMOVEDIR) }
    }

    func makeDirectory(_ name: String, in directory: Int32, permissions: UInt32) throws(Errno) {
        try pass(.makeDirectory, name)
        _ = try onName(name) { mkdirat(directory, $0, mode_t(permissions)) }
    }

    /// The status of `name` itself, a symbolic link included.
    func status(of name: String, in directory: Int32) throws(Errno) -> FileStatus {
        try pass(.status, name)
        var raw = stat()
        _ = try onName(name) { fstatat(directory, $0, &raw, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(raw)
    }

    private func onName(_ name: String, _ body: (UnsafePointer<CChar>) -> Int32) throws(Errno) -> Int {
        // A NUL would cut the name and make the call about another file.
        guard !name.utf8.contains(0) else { throw .invalidArgument }
        return try repeating { name.withCString { Int(body($0)) } }
    }

    /// Repeats an interrupted call; reads `errno` before anything else can run.
    @inline(__always)
    private func repeating(_ body: () -> Int) throws(Errno) -> Int {
        while true {
            let result = body()
            if result >= 0 { return result }
            let failure = Errno(rawValue: errno)
            if failure != .interrupted { throw failure }
        }
    }
}

// MARK: - Extended attributes and directory records

extension FileCalls {
    func setAttribute(
        _ name: String, of descriptor: Int32, to value: UnsafeRawBufferPointer
    ) throws(Errno) {
        try pass(.setAttribute, name)
        _ = try onName(name) { fsetxattr(descriptor, $0, value.baseAddress, value.count, 0) }
    }

    /// The attribute's length, or its bytes when `buffer` is given; `.noData` when there is none.
    func attribute(
        _ name: String, of descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try pass(.attribute, name)
        return try onName(name) { Int32(fgetxattr(descriptor, $0, buffer.baseAddress, buffer.count)) }
    }

    func attributeNames(
        of descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try pass(.attributeNames)
        return try repeating {
            flistxattr(descriptor, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
    }

    func readDirectory(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try pass(.readDirectory)
        return try repeating { linux_getdents64(descriptor, buffer.baseAddress, buffer.count) }
    }

    func seekDirectory(_ descriptor: Int32, to offset: Int64) throws(Errno) {
        try pass(.seekDirectory)
        _ = try repeating { Int(lseek(descriptor, off_t(offset), SEEK_SET)) }
    }
}
