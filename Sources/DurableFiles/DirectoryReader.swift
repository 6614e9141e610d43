internal import CLinux
internal import Glibc
internal import SystemPackage

/// One name in a directory.
public struct DirectoryEntry: Sendable, Hashable {
    /// The name, without a path; never `.` or `..`.
    public let name: String
    /// What it is; nil where the file system does not say, and `Directory.status(of:)` must be asked.
    public let kind: FileKind?
    /// The inode number.
    public let inode: UInt64
    /// Where reading goes on after this entry; opaque, given back to `DirectoryReader.seek(to:)`.
    public let nextOffset: Int64
}

/// Reads a directory as a stream, in the order the file system keeps it and in constant memory.
///
/// A reader has a position of its own, so any number of them may read one directory. Names that are not
/// UTF-8 are passed over.
public struct DirectoryReader: ~Copyable, Sendable {
    private let file: OpenFile
    private var block: [UInt8] = []
    private var position = 0

    /// The kernel fills at most this many bytes a call; about a thousand names of 40 bytes in 64 KiB.
    private let blockByteCount: Int

    /// Starts at the beginning of `directory`.
    public init(_ directory: Directory, blockByteCount: Int = 65_536) throws(DurableFileError) {
        let descriptor = try naming(.open, directory.path) { () throws(Errno) in
            try directory.calls.open(
                ".", in: directory.descriptor, flags: O_RDONLY | O_DIRECTORY, permissions: 0)
        }
        file = OpenFile(descriptor: descriptor, path: directory.path, calls: directory.calls)
        self.blockByteCount = max(blockByteCount, 512)
    }

    /// Goes on at an offset an entry carried; 0 is the beginning.
    public mutating func seek(to offset: Int64) throws(DurableFileError) {
        block = []
        position = 0
        try naming(.seekDirectory, file.path) { () throws(Errno) in
            try file.calls.seekDirectory(file.descriptor, to: offset)
        }
    }

    /// The next entry, or nil at the end.
    public mutating func next() throws(DurableFileError) -> DirectoryEntry? {
        while true {
            if position >= block.count {
                try fill()
                if block.isEmpty { return nil }
            }
            if let entry = decode() { return entry }
        }
    }

    private mutating func fill() throws(DurableFileError) {
        var failure: Errno?
        position = 0
        block = [UInt8](unsafeUninitializedCapacity: blockByteCount) { buffer, count in
            do throws(Errno) {
                count = try file.calls.readDirectory(
                    file.descriptor, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure {
            throw .failed(operation: FileCall.readDirectory.rawValue, path: file.path, failure)
        }
    }

    /// Decodes the record at `position` and steps over it; nil for a name that is to be passed over.
    private mutating func decode() -> DirectoryEntry? {
        // struct linux_dirent64: d_ino 8, d_off 8, d_reclen 2, d_type 1, d_name with its NUL.
        let start = position
        let nameStart = start + 19
        guard nameStart < block.count else {
            position = block.count
            return nil
        }
        let (inode, nextOffset, length) = block.withUnsafeBytes { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: start + 8, as: Int64.self),
                Int(bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt16.self))
            )
        }
        let kind = Self.kind(block[start + 18])
        position = start + max(length, 20)
        let nameBytes = block[nameStart..<min(position, block.count)].prefix { $0 != 0 }
        guard let name = String(validating: nameBytes, as: UTF8.self), name != ".", name != ".." else {
            return nil
        }
        return DirectoryEntry(name: name, kind: kind, inode: inode, nextOffset: nextOffset)
    }

    private static func kind(_ type: UInt8) -> FileKind? {
        switch type {
        case LINUX_DT_REG: .regularFile
        case LINUX_DT_DIR: .directory
        case LINUX_DT_LNK: .symbolicLink
        case LINUX_DT_UNKNOWN: nil
        default: .other
        }
    }
}
