import ObjectStore
import Testing

@Suite("InstructionFile")
struct InstructionFileTests {
    @Test("holds the envelope in ascending order, without the length the Python client refuses")
    func contents() throws {
        let text = String(decoding: InstructionFile.contents(for: try envelope("m")), as: UTF8.self)
        #expect(
            text
                == #"{"x-amz-cek-alg":"AES/GCM/NoPadding","x-amz-iv":"oKGio6Slpqeoqaqr","x-amz-key-v2":"#
                + #""d3JhcHBlZCBrZXkgm","x-amz-matdesc":"{\"aws:ses:message-id\":\"m\",\"kms_cmk_id\":"#
                + #"\"arn:aws:kms:us-east-1:1:alias/a\"}","x-amz-tag-len":"128","x-amz-wrap-alg":"kms"}"#)
    }

    @Test("what was written is read back")
    func roundTrip() throws {
        let metadata = try envelope("mark")
        let read = try InstructionFile.entries(decoding: InstructionFile.contents(for: metadata), of: "k")
        #expect(try read == withoutLength(metadata))
    }

    @Test("reads other clients' files: spaces, other order, numbers")
    func otherClients() throws {
        let text = #"""
            { "x-amz-tag-len" : 128 , "x-amz-unencrypted-content-length": 13,
              "x-amz-matdesc": "{\"a\":\"b\"}", "x-amz-iv":"iv" }
            """#
        let read = try InstructionFile.entries(decoding: bytes(text), of: "k")
        #expect(read["x-amz-tag-len"] == "128")
        #expect(read["x-amz-unencrypted-content-length"] == "13")
        #expect(read["x-amz-matdesc"] == #"{"a":"b"}"#)
    }

    @Test(
        "refuses a damaged file, and names the object",
        arguments: [
            "", "{", "[]", "null", #"{"a":"1","a":"2"}"#, #"{"a":{}}"#, #"{"a":true}"#, #"{"a":"1"}x"#,
            #"{"a b":"1"}"#, "\u{0}\u{0}\u{0}",
        ])
    func damaged(text: String) {
        do {
            _ = try InstructionFile.entries(decoding: bytes(text), of: "the/key")
            Issue.record("accepted")
        } catch {
            guard case .damagedInstruction(key: "the/key", reason: _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test(
        "is asked only when the object carries no part of an envelope",
        arguments: [
            ([:], true), (["colour": "blue"], true), (["x-amz-unencrypted-content-length": "1"], true),
            (["x-amz-c": "115", "x-amz-d": "d", "x-amz-i": "i"], true), (["x-amz-key-v2": "k"], false),
            (["x-amz-iv": "iv"], false), (["x-amz-cek-alg": "c"], false), (["x-amz-wrap-alg": "kms"], false),
            (["x-amz-3": "k"], false), (["x-amz-key": "k"], false),
        ] as [([String: String], Bool)])
    func consulted(own: [String: String], isConsulted: Bool) throws {
        #expect(try InstructionFile.isConsulted(beside: ObjectMetadata(own)) == isConsulted)
    }

    @Test("the object's own entries win over the file's")
    func merging() throws {
        let merged = InstructionFile.merging(
            try ObjectMetadata(["a": "own", "b": "own"]), try ObjectMetadata(["b": "file", "c": "file"]))
        #expect(merged.entries == ["a": "own", "b": "own", "c": "file"])
    }
}
