import DurableFiles
import Foundation
import ObjectStore
import Testing

@Suite("A copy of the bucket made with plain tools")
struct CopyTests {
    private let temporary: TemporaryDirectory
    private let names = ["id-1", "mail/2026/id-2", "mail/id-3"]

    init() throws {
        temporary = try TemporaryDirectory()
        let store = try LocalStore(directory: temporary.file("from"), creating: true)
        let bucket = try store.createBucket(named: "mailbox")
        for name in names { _ = try bucket.put(key(name), body: bytes(name), metadata: envelope("m")) }
        _ = try bucket.put(key("plain"), body: bytes("plain"))
        store.stop()
    }

    /// Command lines of tools that drop extended attributes, unless asked to keep them.
    static let tools = [
        ["cp", "-r", "$1", "$2"], ["cp", "-rp", "$1", "$2"], ["rsync", "-a", "$1/", "$2/"],
        ["tar", "-C", "$1", "-cf", "-", ".", "|", "tar", "-C", "$2", "-xf", "-"],
    ]

    @Test("still opens: bodies and envelopes, without any attribute", arguments: tools)
    func opens(tool: [String]) throws {
        guard isInstalled(tool[0]) else { return }
        let copy = temporary.file("copy")
        if tool.contains("tar") {
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        }
        let command = tool.joined(separator: " ")
        let result = try run("sh", "-c", command, "sh", temporary.file("from"), copy)
        #expect(result.status == 0, "\(result.errors)")
        let file = try Directory(opening: copy + "/mailbox").open("id-1")
        #expect(try file.attributeNames().allSatisfy { !$0.hasPrefix("user.") }, "the tool kept attributes")
        let store = try LocalStore(directory: copy)
        let bucket = try store.localBucket(named: "mailbox")
        for name in names {
            let object = try bucket.get(key(name))
            #expect(object.body == bytes(name))
            #expect(try object.metadata == withoutLength(envelope("m")))
        }
        #expect(try bucket.get(key("plain")).metadata.isEmpty)
        #expect(try bucket.list().objects.map(\.key.text) == names.sorted() + ["plain"])
        // The copy is a bucket like any other: objects in it are replaced and deleted.
        _ = try bucket.put(key("id-1"), body: bytes("new"), metadata: envelope("n"))
        #expect(try bucket.get(key("id-1")).metadata == envelope("n"))
        for name in names + ["plain"] { #expect(try bucket.delete(key(name))) }
        store.drain(includingSweeps: true)
        #expect(try bucket.list().objects.isEmpty)
    }

    @Test("that keeps attributes opens by them", arguments: [["cp", "-a"], ["rsync", "-aX"]])
    func withAttributes(tool: [String]) throws {
        guard isInstalled(tool[0]) else { return }
        let copy = temporary.file("copy")
        let result = try run(
            "sh", "-c", "\(tool.joined(separator: " ")) $1/. $2/", "sh", temporary.file("from"), copy)
        #expect(result.status == 0, "\(result.errors)")
        let bucket = try LocalStore(directory: copy).localBucket(named: "mailbox")
        #expect(try bucket.head(key("id-1")).metadata == envelope("m"))
    }
}
