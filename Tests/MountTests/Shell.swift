import Foundation

/// What a shell command did.
struct ShellResult: CustomStringConvertible {
    let status: Int32
    let output: String
    let errors: String

    var description: String { "exit \(status)\n\(output)\(errors.isEmpty ? "" : "--- stderr\n" + errors)" }
    var succeeded: Bool { status == 0 }
}

/// Runs `script` with bash under a deadline; a command that does not end by then counts as failed (124).
func shell(
    _ script: String, in directory: String? = nil, environment: [String: String] = [:], deadline: Int = 60
) throws -> ShellResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = ["-k", "5", "\(deadline)", "bash", "-c", script]
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    // Files, not pipes: a command that leaves a child behind must not keep us waiting for an end of file.
    let scratch = NSTemporaryDirectory() + "envelopefs-shell-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    for name in ["out", "err"] {
        _ = FileManager.default.createFile(atPath: "\(scratch)/\(name)", contents: nil)
    }
    process.standardOutput = FileHandle(forWritingAtPath: "\(scratch)/out")
    process.standardError = FileHandle(forWritingAtPath: "\(scratch)/err")
    process.standardInput = FileHandle(forReadingAtPath: "/dev/null")
    try process.run()
    process.waitUntilExit()
    func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(scratch)/\(name)") ?? Data(), as: UTF8.self)
    }
    return ShellResult(status: process.terminationStatus, output: text("out"), errors: text("err"))
}
