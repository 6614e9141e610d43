import AWSVocabulary
import AccountHome
import Cryptography
import DurableFiles
import Foundation
import GRDB
import SystemPackage
import Testing

@Suite("A home")
struct HomeTests {
    let temporary = TemporaryDirectory()

    @Test("is made with a directory of mode 0700 and files of mode 0600")
    func modes() throws {
        let home = try temporary.open()
        try home.write { try Settings.set("x", to: "1", in: $0) }
        #expect(try temporary.mode(of: "") == 0o700)
        for name in try FileManager.default.contentsOfDirectory(atPath: temporary.home) {
            #expect(try temporary.mode(of: name) == 0o600, "\(name)")
        }
        #expect(try temporary.mode(of: "root.key") == 0o600)
    }

    @Test("is not made when that was not asked for")
    func notInitialized() {
        #expect(throws: HomeError.notInitialized(directory: temporary.home)) {
            try temporary.open(creating: false)
        }
        #expect(!FileManager.default.fileExists(atPath: temporary.home))
    }

    @Test("takes the default account and Region unless told others")
    func defaults() throws {
        let home = try temporary.open()
        #expect(home.account == .default)
        #expect(home.region == .default)
        #expect(home.trailDirectory == "\(temporary.home)/trail")
    }

    @Test("keeps the account it was made with, and refuses to be another's")
    func contradiction() throws {
        let account = try AccountID("444455556666")
        _ = try temporary.open(options: Home.Options(account: account))
        #expect(try temporary.open().account == account)
        let expected = HomeError.contradiction(
            setting: "account", stored: "444455556666", requested: "111122223333")
        #expect(throws: expected) { try temporary.open(options: Home.Options(account: .default)) }
        let region = try Region("eu-west-1")
        #expect(
            throws: HomeError.contradiction(setting: "region", stored: "us-east-1", requested: "eu-west-1")
        ) {
            try temporary.open(options: Home.Options(region: region))
        }
    }

    @Test("shows what was written after it is opened again")
    func persistence() throws {
        try temporary.open().write { try Settings.set("colour", to: "blue", in: $0) }
        let value = try temporary.open(creating: false).read { try Settings.value(of: "colour", in: $0) }
        #expect(value == "blue")
    }

    @Test("undoes a transaction whose body throws, and passes the body's own error on")
    func rollback() throws {
        struct Refusal: Error, Equatable { var reason: String }
        let home = try temporary.open()
        #expect(throws: Refusal(reason: "no")) {
            try home.write(wrapping: { Refusal(reason: "home: \($0)") }) { database in
                try Settings.set("half", to: "done", in: database)
                throw Refusal(reason: "no")
            }
        }
        #expect(try home.read { try Settings.value(of: "half", in: $0) } == nil)
        #expect(throws: HomeError.refused("Refusal(reason: \"no\")")) {
            try home.write { _ in throw Refusal(reason: "no") }
        }
    }

    @Test("names SQLite's error, and tells a full disk from a busy database")
    func databaseErrors() throws {
        let home = try temporary.open()
        do {
            try home.write { try $0.execute(sql: "INSERT INTO nowhere VALUES (1)") }
            Issue.record("an unknown table was accepted")
        } catch {
            guard case .database(let code, let message) = error else { throw error }
            #expect(code == 1)
            #expect(message.contains("nowhere"))
            #expect(!error.isBusy && !error.isFull)
        }
        #expect(HomeError.database(code: 13, message: "").isFull)
        #expect(HomeError.database(code: 5, message: "").isBusy)
        #expect(HomeError.database(code: 517, message: "").isBusy)
    }

    @Test("commits durably: synchronous FULL on the connection that writes")
    func synchronous() throws {
        let level = try temporary.open().write { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
        #expect(level == 2)
    }

    @Test("of a later version is refused")
    func newerSchema() throws {
        let home = try temporary.open()
        try home.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9')") }
        #expect(throws: HomeError.newerSchema(directory: temporary.home)) { try temporary.open() }
    }

    @Test("is made once by twelve openers at the same time, all with the same root key")
    func concurrentCreation() async throws {
        let temporary = temporary
        let sealed = try await withThrowingTaskGroup(of: (Home, [UInt8]).self) { group in
            for _ in 0..<12 {
                group.addTask {
                    let home = try temporary.open()
                    let secret = try Array("secret".utf8).withUnsafeBytes {
                        try home.rootKey.seal($0, as: ["test"])
                    }
                    return (home, secret)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (home, _) in sealed {
            for (_, bytes) in sealed {
                #expect(try home.rootKey.open(bytes, as: ["test"]).count == 6)
            }
        }
    }

    @Test("leaves no half-made root key, whichever file operation fails", arguments: 1...12)
    func faultsWhileMaking(call: Int) throws {
        let failing = FileCalls.failing(on: call, with: .noSpace)
        do {
            _ = try temporary.open(calls: failing)
        } catch {
            guard case .file(let cause) = error else { throw error }
            #expect(cause.errno == .noSpace)
        }
        let path = "\(temporary.home)/root.key"
        if let content = FileManager.default.contents(atPath: path) { #expect(content.count == 32) }
        // A second try on the same directory succeeds and is consistent with whatever was left.
        let home = try temporary.open()
        let bytes = try Array("x".utf8).withUnsafeBytes { try home.rootKey.seal($0, as: ["a"]) }
        #expect(try temporary.open().rootKey.open(bytes, as: ["a"]).count == 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: temporary.home)
        #expect(!names.contains { $0.hasPrefix(".tmp-") })
    }
}
