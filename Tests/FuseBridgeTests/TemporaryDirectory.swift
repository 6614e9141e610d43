import Glibc
import SystemPackage

@testable import FuseBridge

/// A directory of the test's own, removed with everything in it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/fuse-bridge-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        // One file system only: were something still mounted below, it would not be emptied.
        _ = try? ChildProcess.run("/bin/rm", ["-rf", "--one-file-system", path])
    }
}

/// Whether the tests run under a sanitizer, which keeps memory of its own and does not lock any.
enum Sanitizer {
    static var isActive: Bool {
        dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil
    }
}
