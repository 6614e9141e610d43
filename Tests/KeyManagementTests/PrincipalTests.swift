import AWSVocabulary
import EnvelopeTesting
import Foundation
import Testing

@testable import KeyManagement

@Suite("Principals and access keys")
struct PrincipalTests {
    let world: World
    let alice: ARN

    init() throws {
        world = try World()
        alice = try ARN("arn:aws:iam::111122223333:user/alice")
    }

    private func secret(_ credential: Credential) -> String {
        credential.withSecretAccessKey { String(decoding: $0, as: UTF8.self) }
    }

    @Test("are made, listed and removed with all that is theirs")
    func life() throws {
        let made = try world.principals.create(alice, tags: [ResourceTag(key: "team", value: "mail")])
        #expect(made.uniqueID.hasPrefix("AIDA") && made.uniqueID.count == 20)
        let role = try world.principals.create(try ARN("arn:aws:iam::444455556666:role/app"))
        #expect(role.uniqueID.hasPrefix("AROA"))
        #expect(throws: PrincipalService.Failure.alreadyExists(alice.text)) {
            try world.principals.create(alice)
        }
        #expect(try world.principals.list() == [made, role])
        _ = try world.principals.putPolicy(allowing("kms:Decrypt"), named: "p", on: alice)
        let key = try world.principals.createAccessKey(for: .principal(alice), label: "laptop")
        #expect(try world.principals.describe(alice).policyNames == ["p"])
        #expect(try world.principals.policy(named: "p", on: alice) == allowing("kms:Decrypt"))
        try world.principals.delete(alice)
        #expect(try world.principals.list() == [role])
        #expect(try world.principals.accessKeys().isEmpty)
        #expect(throws: CredentialError.unknownAccessKey(key.description.id)) {
            try world.principals.credential(accessKeyID: key.description.id, sessionToken: nil)
        }
    }

    @Test(
        "have ARNs of users and roles only",
        arguments: [
            "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:group/g",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:sts::111122223333:assumed-role/a/b", "arn:aws:iam::1:user/x",
            "arn:aws:iam:us-east-1:111122223333:user/x",
        ])
    func arns(text: String) throws {
        #expect(throws: PrincipalService.Failure.notAUserOrRole(text)) {
            try world.principals.create(try ARN(text))
        }
    }

    @Test("take only policies that IAM would take")
    func policies() throws {
        _ = try world.principals.create(alice)
        let withPrincipal =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}"#
        #expect(throws: PrincipalService.Failure.self) {
            try world.principals.putPolicy(withPrincipal, named: "p", on: alice)
        }
        #expect(throws: PrincipalService.Failure.invalidName("")) {
            try world.principals.putPolicy(allowing("kms:*"), named: "", on: alice)
        }
        #expect(throws: PrincipalService.Failure.notFound("q")) {
            try world.principals.deletePolicy(named: "q", from: alice)
        }
        _ = try world.principals.putPolicy(allowing("kms:*"), named: "p", on: alice)
        try world.principals.deletePolicy(named: "p", from: alice)
        #expect(try world.principals.describe(alice).policyNames.isEmpty)
    }

    @Test("a key stands for the user it was issued to, with his tags")
    func userKey() throws {
        _ = try world.principals.create(alice, tags: [ResourceTag(key: "team", value: "mail")])
        let issued = try world.principals.createAccessKey(for: .principal(alice), label: "laptop")
        #expect(issued.description.id.hasPrefix("AKIA") && issued.description.id.count == 20)
        #expect(issued.secretAccessKey.count == 40)
        #expect(issued.sessionToken == nil)
        let credential = try world.principals.credential(
            accessKeyID: issued.description.id, sessionToken: nil)
        #expect(secret(credential) == issued.secretAccessKey)
        #expect(credential.caller.identity == .user(alice))
        #expect(credential.caller.tags == ["team": "mail"])
        #expect(credential.caller.accessKeyID == issued.description.id)
        #expect(!credential.mayNameSource)
        #expect(throws: CredentialError.invalidSessionToken) {
            try world.principals.credential(accessKeyID: issued.description.id, sessionToken: "x")
        }
    }

    @Test("a session's key needs its token and ends in time")
    func sessionKey() throws {
        _ = try world.principals.create(try ARN("arn:aws:iam::111122223333:role/app"))
        let session = try ARN("arn:aws:sts::111122223333:assumed-role/app/s1")
        let issued = try world.principals.createAccessKey(
            for: .principal(session), label: "app", validFor: 3600)
        let id = issued.description.id
        #expect(id.hasPrefix("ASIA"))
        let credential = try world.principals.credential(accessKeyID: id, sessionToken: issued.sessionToken)
        #expect(credential.caller.principalARN == "arn:aws:iam::111122223333:role/app")
        for token in [nil, "", String((issued.sessionToken ?? "").dropLast())] {
            #expect(throws: CredentialError.invalidSessionToken) {
                try world.principals.credential(accessKeyID: id, sessionToken: token)
            }
        }
        world.clock.advance(by: 3600)
        #expect(throws: CredentialError.expiredSessionToken) {
            try world.principals.credential(accessKeyID: id, sessionToken: issued.sessionToken)
        }
    }

    @Test("a service's key may name its source, a forwarded one carries its service")
    func serviceKeys() throws {
        let service = try world.principals.createAccessKey(
            for: .service("ses.amazonaws.com", sourceAccount: .default), label: "ses")
        let credential = try world.principals.credential(
            accessKeyID: service.description.id, sessionToken: nil)
        #expect(credential.caller.name == "ses.amazonaws.com" && credential.caller.sourceAccount == .default)
        #expect(credential.mayNameSource)
        _ = try world.principals.create(alice)
        let forwarded = try world.principals.createAccessKey(
            for: .forwarded(alice, via: "ses.us-east-1.amazonaws.com"), label: "f")
        let via = try world.principals.credential(
            accessKeyID: forwarded.description.id, sessionToken: forwarded.sessionToken)
        #expect(via.caller.identity == .user(alice) && via.caller.viaService == "ses.us-east-1.amazonaws.com")
        #expect(!via.mayNameSource)
    }

    @Test("keys are only issued to those who exist")
    func strangers() {
        #expect(throws: PrincipalService.Failure.notFound(alice.text)) {
            try world.principals.createAccessKey(for: .principal(alice), label: "x")
        }
        #expect(throws: Never.self) {
            try world.principals.createAccessKey(for: .principal(.accountRoot(.default)), label: "root")
        }
    }

    @Test("keys are switched off and on, exported, and survive a restart")
    func management() throws {
        let issued = try world.principals.createAccessKey(
            for: .principal(.accountRoot(.default)), label: "root")
        let id = issued.description.id
        try world.principals.setAccessKey(id, isActive: false)
        #expect(throws: CredentialError.unknownAccessKey(id)) {
            try world.principals.credential(accessKeyID: id, sessionToken: nil)
        }
        #expect(try world.principals.exportAccessKeys().isEmpty)
        try world.principals.setAccessKey(id, isActive: true)
        let later = PrincipalService(try world.another())
        #expect(try later.exportAccessKeys().map(\.secretAccessKey) == [issued.secretAccessKey])
        #expect(secret(try later.credential(accessKeyID: id, sessionToken: nil)) == issued.secretAccessKey)
        try later.deleteAccessKey(id)
        #expect(try world.principals.accessKeys().isEmpty)
        #expect(throws: PrincipalService.Failure.notFound(id)) { try world.principals.deleteAccessKey(id) }
    }
}
