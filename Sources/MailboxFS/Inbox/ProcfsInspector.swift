// What `/proc` says about writers. Sources: proc(5), fields of `/proc/PID/stat` and `fdinfo`; PF_EXITING is
// 0x4 in the kernel's include/linux/sched.h. Which of these signals can be trusted at a close was measured,
// see the inbox rules.

import Glibc
import SystemPackage

/// Reads the process file system.
public struct ProcfsInspector: ProcessInspector {
    private static let exitingFlag: UInt64 = 0x4
    private let directory: String
    private let ownUID: UInt32

    /// - Parameters:
    ///   - directory: Where the process file system is mounted.
    ///   - ownUID: The daemon's effective user. Only root, or the process's own user, is shown exit statuses.
    public init(directory: String = "/proc", ownUID: UInt32) {
        self.directory = directory
        self.ownUID = ownUID
    }

    /// How the process is doing, from its `stat` line: the exiting flag and the exit status.
    public func ending(of requester: Requester) -> ProcessEnding {
        guard requester.pid > 0, let line = readFile("\(requester.pid)/stat"),
            let stat = ProcessStat(parsing: line)
        else { return .running }
        guard stat.flags & Self.exitingFlag != 0 else { return .running }
        if ownUID != 0, requester.uid != ownUID {
            // Observed, not documented: the status of a foreign process reads 0, but one that was killed
            // waits for our answer in state D and one that exits in state S.
            return stat.schedulingState == UInt8(ascii: "D") ? .failed(status: SIGKILL) : .succeeded
        }
        return stat.exitStatus == 0 ? .succeeded : .failed(status: stat.exitStatus)
    }

    /// The thread group, from the line `Tgid:` of its `status`.
    public func process(ofThread thread: Int32) -> Int32? {
        guard thread > 0, let text = readFile("\(thread)/status") else { return nil }
        return field("Tgid", of: text).flatMap { Int32($0) }
    }

    /// Looks for a descriptor whose link ends in the path and whose `fdinfo` agrees on inode and mode.
    ///
    /// The link is only read, never followed: following it would be a request to our own mount.
    public func holdsForWriting(_ inode: InodeNumber, at path: String, process: Int32) -> Bool {
        guard process > 0 else { return false }
        return entries(of: "\(process)/fd").contains { descriptor in
            guard let target = linkTarget("\(process)/fd/\(descriptor)"), names(target, path),
                let info = readFile("\(process)/fdinfo/\(descriptor)")
            else { return false }
            if let number = field("ino", of: info), number != String(inode.rawValue) { return false }
            guard let flags = field("flags", of: info).flatMap({ Int32($0, radix: 8) }) else { return true }
            return OpenFlags(flags).canWrite
        }
    }

    private func names(_ target: String, _ path: String) -> Bool {
        target.hasSuffix("/" + path) || target.hasSuffix("/" + path + " (deleted)")
    }

    private func field(_ name: String, of text: String) -> String? {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) where line.starts(with: "\(name):".utf8) {
            let value = line.dropFirst(name.utf8.count + 1)
            return String(Substring(value)).filter { $0 != " " && $0 != "\t" }
        }
        return nil
    }

    private func readFile(_ name: String) -> String? {
        guard
            let descriptor = try? FileDescriptor.open(
                "\(directory)/\(name)", .readOnly, options: .closeOnExec)
        else { return nil }
        defer { try? descriptor.close() }
        var bytes = [UInt8](repeating: 0, count: 4096)
        guard let count = try? bytes.withUnsafeMutableBytes({ try descriptor.read(into: $0) }) else {
            return nil
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private func linkTarget(_ name: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("\(directory)/\(name)", &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func entries(of name: String) -> [String] {
        guard let stream = opendir("\(directory)/\(name)") else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}

/// The fields of a `/proc/PID/stat` line that tell how a process ends.
struct ProcessStat: Equatable {
    /// One letter, such as `S` or `D`.
    let schedulingState: UInt8
    /// The kernel's task flags.
    let flags: UInt64
    /// As `wait` reports it; 0 while it runs, and for readers who may not know.
    let exitStatus: Int32

    /// Reads the line; nil when it is none.
    ///
    /// The program's name, in parentheses, may hold blanks and parentheses.
    init?(parsing line: String) {
        guard let end = line.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line.utf8[line.utf8.index(after: end)...].split { $0 == UInt8(ascii: " ") || $0 == 10 }
        // Fields are numbered from 1, and the name is field 2: state is 3, flags 9, exit_code 52.
        guard fields.count >= 50, let state = fields[0].first, let flags = UInt64(Substring(fields[6])),
            let status = Int32(Substring(fields[49]))
        else { return nil }
        schedulingState = state
        self.flags = flags
        exitStatus = status
    }
}
