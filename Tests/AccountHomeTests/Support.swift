import AccountHome
import Cryptography
import DurableFiles
import Foundation
import GRDB

/// A directory that is gone after the test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "envelopefs-home-\(UUID().uuidString)"
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var home: String { "\(path)/home" }

    func open(
        creating: Bool = true, options: Home.Options = Home.Options(), rootKey: RootKey.Source = .file,
        calls: FileCalls = .live
    ) throws(HomeError) -> Home {
        try Home.open(at: home, creating: creating, options: options, rootKey: rootKey, calls: calls)
    }

    func mode(of name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(
            atPath: name.isEmpty ? home : "\(home)/\(name)")
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    func passphrase(_ text: String) -> RootKey.Source {
        .passphrase(RootKey.Passphrase(SecretBytes(copying: Array(text.utf8))))
    }
}
