internal import Glibc

/// A small file that is read again when it has changed.
struct WatchedFile {
    /// What tells one state of a file from another.
    struct Stamp: Equatable {
        let device: UInt
        let inode: UInt
        let byteCount: Int
        let modifiedSeconds: Int
        let modifiedNanoseconds: Int
    }

    let path: String

    private static let byteLimit = 1 << 20

    /// The file's present state, or `nil` when there is no such file.
    func stamp() -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), byteCount: Int(status.st_size),
            modifiedSeconds: Int(status.st_mtim.tv_sec), modifiedNanoseconds: Int(status.st_mtim.tv_nsec))
    }

    /// Hands the bytes to `body` and wipes them afterwards.
    func read<R>(_ body: ([UInt8]) -> R) throws(ClientError) -> R {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.byteLimit)
        defer { for index in bytes.indices { bytes[index] = 0 } }
        var count = 0
        while count < bytes.count {
            let result = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw failure(errno) }
            if result == 0 { break }
            count += result
        }
        guard count < bytes.count else {
            throw .unreadableFile(path: path, reason: "it is larger than \(Self.byteLimit) bytes")
        }
        bytes.removeLast(bytes.count - count)
        return body(bytes)
    }

    private func failure(_ code: Int32) -> ClientError {
        .unreadableFile(path: path, reason: String(cString: strerror(code)))
    }
}
