import Glibc
import SystemPackage

/// The mounts this process can see.
///
/// Source: proc(5), `/proc/pid/mountinfo`.
enum MountTable {
    /// One line of the table.
    struct Line: Equatable {
        /// Where it is mounted.
        var mountPoint: String
        /// The type, with its subtype: `fuse.envelopefs`.
        var type: String
    }

    /// Reads the table; later lines lie over earlier ones.
    static func read() throws(FuseBridgeError) -> [Line] {
        guard let text = TextFile.read("/proc/self/mountinfo") else {
            throw .systemCall("open /proc/self/mountinfo", Errno(rawValue: errno))
        }
        return text.split(separator: "\n").compactMap { parse($0) }
    }

    /// `36 35 98:0 /root /mount/point rw,noatime master:1 - type source options`: the fields after the sixth are
    /// of any number and end with a lone hyphen.
    static func parse(_ line: Substring) -> Line? {
        let fields = line.split(separator: " ")
        guard fields.count > 6, let hyphen = fields[6...].firstIndex(of: "-"), hyphen + 1 < fields.count
        else {
            return nil
        }
        return Line(mountPoint: unescape(fields[4]), type: unescape(fields[hyphen + 1]))
    }

    /// Space, tab, newline and backslash are written as a backslash and three octal digits.
    static func unescape(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest.removeFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Small files of the system, read whole.
enum TextFile {
    /// The text, up to a megabyte; `nil` with `errno` set when it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while text.count < 1_048_576 {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            text += chunk[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A program run to its end.
enum ChildProcess {
    /// Runs `program` with an empty environment; returns its exit code, or 128 and more when a signal ended it.
    static func run(_ program: String, _ arguments: [String]) throws(FuseBridgeError) -> Int32 {
        var vector: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        defer { for argument in vector { free(argument) } }
        vector.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var child = pid_t()
        let code = posix_spawn(&child, program, nil, nil, vector, &environment)
        guard code == 0 else { throw .systemCall("posix_spawn \(program)", Errno(rawValue: code)) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw .systemCall("waitpid", Errno(rawValue: errno)) }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
