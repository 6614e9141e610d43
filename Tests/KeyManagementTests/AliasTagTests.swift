import AWSVocabulary
import EnvelopeTesting
import Foundation
import Testing

@testable import KeyManagement

@Suite("Aliases")
struct AliasTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey()
    }

    private func create(_ name: String, _ target: String) throws {
        try world.keys.createAlias(AliasRequest(aliasName: name, targetKeyID: target), by: world.root)
    }

    @Test(
        "are refused by name as AWS refuses them",
        arguments: [
            ("mail", "ValidationException"), ("ALIAS/x", "ValidationException"),
            ("alias/", "ValidationException"),
            ("alias/a b", "ValidationException"), ("alias/é", "ValidationException"),
            ("", "ValidationException"),
            ("alias/" + String(repeating: "a", count: 251), "ValidationException"),
            ("alias/aws/ses", "NotAuthorizedException"), ("alias/aws/x", "NotAuthorizedException"),
        ])
    func names(name: String, expected: String) {
        #expect(code { try create(name, key.keyID) } == expected)
        #expect(
            code {
                try world.keys.updateAlias(
                    AliasRequest(aliasName: name, targetKeyID: key.keyID), by: world.root)
            } == expected)
        #expect(
            code { try world.keys.deleteAlias(DeleteAliasRequest(aliasName: name), by: world.root) }
                == expected)
    }

    @Test("are accepted up to 256 characters")
    func longest() throws {
        let name = "alias/" + String(repeating: "a", count: 250)
        try create(name, key.keyID)
        #expect(try world.describe(name).keyID == key.keyID)
    }

    @Test("are unique, point at keys only, and are told when they are not there")
    func errors() throws {
        try create("alias/a", key.keyID)
        let arn = "arn:aws:kms:us-east-1:111122223333:alias/a"
        #expect(
            failure { try create("alias/a", key.keyID) }
                == .alreadyExists("An alias with the name \(arn) already exists"))
        for target in ["alias/a", arn] {
            #expect(
                failure { try create("alias/b", target) }
                    == .validation("Aliases must refer to keys. Not aliases"))
        }
        let unknown = KeyManagementError.notFound(
            "Alias arn:aws:kms:us-east-1:111122223333:alias/zzz is not found.")
        #expect(
            failure { try world.keys.deleteAlias(DeleteAliasRequest(aliasName: "alias/zzz"), by: world.root) }
                == unknown)
        #expect(
            failure {
                try world.keys.updateAlias(
                    AliasRequest(aliasName: "alias/zzz", targetKeyID: key.keyID), by: world.root)
            } == unknown)
        #expect(code { try create("alias/c", "1234abcd-12ab-34cd-56ef-1234567890ab") } == "NotFoundException")
    }

    @Test("move to another key, and old ciphertexts still open through them")
    func moving() throws {
        let other = try world.makeKey()
        try create("alias/mail", key.keyID)
        let blob = try world.keys.ciphertext("old", under: "alias/mail", by: world.root)
        world.clock.advance(by: 60)
        try world.keys.updateAlias(
            AliasRequest(aliasName: "alias/mail", targetKeyID: other.keyID), by: world.root)
        #expect(try world.describe("alias/mail").keyID == other.keyID)
        #expect(try world.keys.plaintext(blob, by: world.root) == Array("old".utf8))
        let entry = try #require(
            try world.keys.listAliases(ListAliasesRequest(keyID: other.keyID), by: world.root).items.first)
        #expect(entry.aliasName == "alias/mail")
        #expect(entry.targetKeyID == other.keyID)
        #expect(entry.creationDate.map { world.clock.now.timeIntervalSince($0) } == 60)
        #expect(entry.lastUpdatedDate == world.clock.now)
        #expect(
            try world.keys.listAliases(ListAliasesRequest(keyID: key.keyID), by: world.root).items.isEmpty)
    }

    @Test("do not move to a key of another kind")
    func otherKind() throws {
        let signing = try world.makeKey(CreateKeyRequest(keyUsage: "SIGN_VERIFY", keySpec: "ECC_NIST_P256"))
        try create("alias/a", key.keyID)
        #expect(
            code {
                try world.keys.updateAlias(
                    AliasRequest(aliasName: "alias/a", targetKeyID: signing.keyID), by: world.root)
            } == "ValidationException")
    }

    @Test("are 50 a key and no more")
    func limit() throws {
        for number in 0..<50 { try create("alias/n\(number)", key.keyID) }
        #expect(code { try create("alias/n50", key.keyID) } == "LimitExceededException")
        var names: [String] = []
        var marker: String?
        repeat {
            let page = try world.keys.listAliases(
                ListAliasesRequest(limit: 20, marker: marker), by: world.root)
            names += page.items.map(\.aliasName)
            marker = page.nextMarker
        } while marker != nil
        #expect(names.count == 51)
        #expect(names.first == "alias/aws/ses")
        #expect(Set(names).count == 51)
    }

    @Test(
        "need permission on the alias by IAM, and on every key involved",
        arguments: [
            ([allowing("kms:CreateAlias", on: "arn:aws:kms:us-east-1:111122223333:alias/*")], false),
            ([allowing("kms:CreateAlias", on: "arn:aws:kms:us-east-1:111122223333:key/*")], false),
            ([allowing("kms:CreateAlias")], true),
        ])
    func permissions(policies: [String], isAllowed: Bool) throws {
        var call = try world.user("alice")
        for policy in policies { call = try world.user("alice", policy) }
        let found = code {
            try world.keys.createAlias(
                AliasRequest(aliasName: "alias/alice", targetKeyID: key.keyID), by: call)
        }
        #expect(found == (isAllowed ? nil : "AccessDeniedException"))
    }
}

@Suite("Tags")
struct TagTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey()
    }

    private func tag(_ tags: [ResourceTag]) throws {
        try world.keys.tagResource(TagResourceRequest(keyID: key.keyID, tags: tags), by: world.root)
    }

    private var tags: [ResourceTag] {
        get throws { try world.keys.listResourceTags(KeyPageRequest(keyID: key.keyID), by: world.root).items }
    }

    @Test("are set, replaced and taken away")
    func life() throws {
        try tag([ResourceTag(key: "b", value: "1"), ResourceTag(key: "a", value: "")])
        try tag([ResourceTag(key: "b", value: "2")])
        #expect(try tags == [ResourceTag(key: "a", value: ""), ResourceTag(key: "b", value: "2")])
        try world.keys.untagResource(
            UntagResourceRequest(keyID: key.keyID, tagKeys: ["b", "never"]), by: world.root)
        #expect(try tags == [ResourceTag(key: "a", value: "")])
    }

    @Test(
        "are refused in AWS's words",
        arguments: [
            (
                [ResourceTag(key: "aws:x", value: "")],
                KeyManagementError.tag("Tags beginning with aws: are reserved")
            ),
            ([ResourceTag(key: "AWS:x", value: "")], .tag("Tags beginning with aws: are reserved")),
            (
                [ResourceTag(key: "a", value: "1"), ResourceTag(key: "a", value: "2")],
                .tag("Duplicate tag keys")
            ),
            ((0...50).map { ResourceTag(key: "k\($0)", value: "") }, .tag("Too many tags")),
        ])
    func refusals(tags: [ResourceTag], expected: KeyManagementError) {
        #expect(throws: expected) { try tag(tags) }
        #expect(throws: expected) { try world.makeKey(CreateKeyRequest(tags: tags)) }
    }

    @Test("are at most 50 in all, and bounded in length")
    func limits() throws {
        try tag((0..<50).map { ResourceTag(key: "k\($0)", value: "v") })
        #expect(throws: KeyManagementError.tag("Too many tags")) {
            try tag([ResourceTag(key: "one more", value: "")])
        }
        try tag([ResourceTag(key: "k0", value: "replaced")])
        let error = failure {
            try tag([
                ResourceTag(key: "ok", value: ""),
                ResourceTag(key: String(repeating: "k", count: 129), value: ""),
            ])
        }
        #expect(error?.code == "ValidationException")
        #expect(error?.message?.contains("'tags.2.member.tagKey'") == true)
    }
}
