import Foundation
import Mail
import MailReceiving
import Testing

/// The real mails of a corpus folder, which the variable ENVELOPEFS_CORPUS names.
///
/// It holds `eml/` with loose files and `spamassassin/` with an archive of thousands. Without the variable
/// these tests are skipped.
@Suite("Real mail", .enabled(if: Corpus.directory != nil, "ENVELOPEFS_CORPUS names no corpus"))
struct CorpusTests {
    /// Every refusal there may be among the loose files, each with its reason.
    private static let refused: [String: MailError.Reason] = [
        // Plain texts, kept by their projects to show what is no mail.
        "cpython/msg_19.txt": .noHeaderField, "enmime/erroneous.raw": .noHeaderField,
        "james-mime4j/malformedHeader-noheader.msg": .noHeaderField,
        // Mailboxes of 29, 3 and 2 messages.
        "mimekit/content-length.mbox.txt": .severalMessages(second: 1_889),
        "mimekit/simple.mbox.txt": .severalMessages(second: 526),
        "mimekit/unmunged.mbox.txt": .severalMessages(second: 245),
    ]

    /// Receives a file for a stated recipient, and compares what comes back.
    private func receive(_ file: URL, with fixture: Fixture) throws -> MailError.Reason? {
        let bytes = Array(try Data(contentsOf: file))
        do {
            let receipt = try fixture.receive(bytes, EnvelopeHints(recipients: ["reader@example.com"]))
            #expect(try fixture.contents(receipt.deliveries[0]) == bytes, "\(file.path)")
            return nil
        } catch ReceivingError.notAMessage(let reason) {
            return reason
        }
    }

    @Test("every loose mail is received and comes back byte for byte, but for what is no single mail")
    func looseFiles() throws {
        let root = try #require(Corpus.directory).appending(path: "eml")
        let fixture = try Fixture()
        let files = Corpus.files(in: root).filter {
            !["MANIFEST.tsv", "README.md"].contains($0.lastPathComponent)
        }
        #expect(files.count >= 392)
        for file in files {
            let name = file.pathComponents.suffix(2).joined(separator: "/")
            #expect(try receive(file, with: fixture) == Self.refused[name], "\(name)")
        }
    }

    @Test("every mail of the archive is received and comes back byte for byte; nearly all name a recipient")
    func archive() throws {
        let root = try #require(Corpus.directory).appending(path: "spamassassin")
        let unpacked = try Corpus.unpack(in: root)
        defer { try? FileManager.default.removeItem(at: unpacked) }
        let files = Corpus.files(in: unpacked)
        #expect(files.count >= 6_044)
        var resolved = 0
        for file in files {
            // A line of its own for each, lest thousands of messages pile up in memory.
            let fixture = try Fixture()
            #expect(try receive(file, with: fixture) == nil, "\(file.path)")
            let text = Array(try Data(contentsOf: file))
            if (try? fixture.receive(text)) != nil { resolved += 1 }
        }
        #expect(resolved * 100 >= files.count * 96)
    }
}

/// The folder of real mail.
enum Corpus {
    static var directory: URL? {
        ProcessInfo.processInfo.environment["ENVELOPEFS_CORPUS"].map { URL(filePath: $0) }
    }

    static func files(in root: URL) -> [URL] {
        let entries = FileManager.default.enumerator(
            at: root, includingPropertiesForKeys: [.isRegularFileKey])
        return (entries?.compactMap { $0 as? URL } ?? []).filter {
            (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
        }
    }

    /// Unpacks the archives in `root` into a temporary directory.
    static func unpack(in root: URL) throws -> URL {
        let target = FileManager.default.temporaryDirectory.appending(path: "corpus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for archive in files(in: root) where archive.lastPathComponent.hasSuffix(".tar.zst") {
            let tar = Process()
            tar.executableURL = URL(filePath: "/usr/bin/env")
            tar.arguments = ["tar", "-I", "zstd", "-xf", archive.path, "-C", target.path]
            try tar.run()
            tar.waitUntilExit()
            try #require(tar.terminationStatus == 0)
        }
        return target
    }
}
