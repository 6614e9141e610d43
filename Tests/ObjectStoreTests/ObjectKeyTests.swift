import ObjectStore
import Testing

@Suite("ObjectKey")
struct ObjectKeyTests {
    @Test(
        "refuses what a local file cannot be named",
        arguments: [
            ("", "empty"), ("/a", "empty segment"), ("a/", "empty segment"), ("a//b", "empty segment"),
            (".", ". or .."), ("..", ". or .."), ("a/../b", ". or .."), ("a/.", ". or .."),
            ("a\0b", "NUL"), (String(repeating: "x", count: 256) + "/a", "255"),
            (String(repeating: "x", count: 244), "243"), (String(repeating: "a/", count: 512) + "a", "1024"),
            ("x.instruction", ".instruction"), ("a/.instruction", ".instruction"), (".tmp-1-2", ".tmp-"),
            (".tmp-x/a", ".tmp-"),
        ])
    func refuses(text: String, reason: String) {
        do {
            _ = try ObjectKey(text)
            Issue.record("accepted \(text)")
        } catch {
            guard case .invalidKey(text, reason: let said) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(said.contains(reason))
        }
    }

    @Test(
        "accepts what a local file can be named",
        arguments: [
            "a", "d6iitobk75ur44p8kdnnp7g2n800", "mail/2026/a.eml", ".hidden", "...", "a b", "instruction",
            "a.instruction/b", "-", "*?[", "größe", "a\\b", "tmp-1", String(repeating: "x", count: 243),
            String(repeating: "x", count: 255) + "/a",
        ])
    func accepts(text: String) throws {
        #expect(try ObjectKey(text).text == text)
    }

    @Test("two spellings of one character are two keys, as on disk and in S3")
    func bytesDecide() throws {
        let composed = try ObjectKey("\u{E9}")
        let decomposed = try ObjectKey("e\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("a combining mark after a slash does not hide the slash")
    func combiningMark() throws {
        let key = try ObjectKey("a/\u{301}b")
        #expect(key.prefix.text == "a/")
        #expect(key.prefix.segments == ["a"])
        #expect(Array(key.lastComponent.utf8) == Array("\u{301}b".utf8))
    }

    @Test("keys are ordered by bytes")
    func order() throws {
        let keys = try ["b", "a/b", "a-b", "a", "Z", "é"].map { try ObjectKey($0) }
        #expect(keys.sorted().map(\.text) == ["Z", "a", "a-b", "a/b", "b", "é"])
    }

    @Test("a key splits into level and last segment")
    func parts() throws {
        let key = try ObjectKey("mail/2026/id")
        #expect(key.lastComponent == "id")
        #expect(key.prefix.text == "mail/2026/")
        #expect(try ObjectKey("id").prefix == .root)
        #expect(try key.prefix.key("id") == key)
        #expect(try KeyPrefix.root.appending("mail").appending("2026") == key.prefix)
    }

    @Test("refuses a level that is none", arguments: ["a", "/", "a//", "../", "a/./", ".tmp-1/"])
    func levels(text: String) {
        #expect(throws: ObjectStoreError.self) { try KeyPrefix(text) }
    }

    @Test("refuses a slash in a name on a level")
    func slashInName() {
        #expect(throws: ObjectStoreError.self) { try KeyPrefix.root.key("a/b") }
    }
}

@Suite("BucketName")
struct BucketNameTests {
    @Test("accepts S3's names", arguments: ["mailbox", "a.b-c", "123", String(repeating: "a", count: 63)])
    func accepts(name: String) {
        #expect(throws: Never.self) { try BucketName.check(name) }
    }

    @Test(
        "refuses other names",
        arguments: [
            "", "ab", "Mailbox", "a_b", "-ab", "ab-", ".ab", "a..b", "192.168.5.4", "lost+found", "a/b",
            "größe",
            String(repeating: "a", count: 64),
        ])
    func refuses(name: String) {
        #expect(throws: ObjectStoreError.self) { try BucketName.check(name) }
    }
}

@Suite("ObjectMetadata")
struct ObjectMetadataTests {
    @Test("names become lower case, as in S3")
    func lowerCase() throws {
        let metadata = try ObjectMetadata(["X-Amz-IV": "Value"])
        #expect(metadata["x-amz-iv"] == "Value")
        #expect(metadata.count == 1)
    }

    @Test("refuses names that differ in case only")
    func twice() {
        #expect(throws: ObjectStoreError.self) { try ObjectMetadata(["a": "1", "A": "2"]) }
    }

    @Test("refuses names that are no tokens", arguments: ["", "a b", "a:b", "a/b", "ä", "a\0", "a=b"])
    func names(name: String) {
        #expect(throws: ObjectStoreError.self) { try ObjectMetadata([name: "value"]) }
    }

    @Test("refuses control characters in values", arguments: ["a\nb", "a\rb", "a\0", "\u{7F}"])
    func values(value: String) {
        #expect(throws: ObjectStoreError.self) { try ObjectMetadata(["name": value]) }
    }

    @Test(
        "knows the wrapped key of every version of the format",
        arguments: [
            "x-amz-key": true, "x-amz-key-v2": true, "x-amz-3": true, "x-amz-iv": false, "key": false,
        ])
    func wrappedKey(name: String, isWrappedKey: Bool) throws {
        #expect(try ObjectMetadata([name: "x"]).hasWrappedKey == isWrappedKey)
    }
}
