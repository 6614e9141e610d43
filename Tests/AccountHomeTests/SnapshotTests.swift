import AccountHome
import Foundation
import GRDB
import Synchronization
import Testing

@Suite("A snapshot")
struct SnapshotTests {
    let temporary = TemporaryDirectory()

    private func counting(_ home: Home, _ loads: LoadCounter) -> Snapshot<String> {
        Snapshot(of: home) { database in
            loads.count()
            return try Settings.value(of: "value", in: database) ?? "none"
        }
    }

    @Test("reads once while nothing changes")
    func stable() throws {
        let home = try temporary.open()
        let loads = LoadCounter()
        let snapshot = counting(home, loads)
        for _ in 0..<100 { #expect(try snapshot.current() == "none") }
        #expect(loads.value == 1)
    }

    @Test("sees a change of its own home, and of another opening of the same directory, at the next call")
    func changes() throws {
        let home = try temporary.open()
        let other = try temporary.open()
        let snapshot = counting(home, LoadCounter())
        #expect(try snapshot.current() == "none")
        try home.write { try Settings.set("value", to: "own", in: $0) }
        #expect(try snapshot.current() == "own")
        try other.write { try Settings.set("value", to: "theirs", in: $0) }
        #expect(try snapshot.current() == "theirs")
    }

    @Test("is not disturbed by a transaction that was undone or has not been committed")
    func uncommitted() throws {
        let home = try temporary.open()
        let snapshot = counting(home, LoadCounter())
        _ = try? home.write { database in
            try Settings.set("value", to: "half", in: database)
            #expect(try snapshot.current() == "none")
            throw CancellationError()
        }
        #expect(try snapshot.current() == "none")
    }

    @Test("hands the loader the value it replaces")
    func incremental() throws {
        let home = try temporary.open()
        let snapshot = Snapshot<[String]>(of: home) { database, previous in
            (previous ?? []) + [try Settings.value(of: "value", in: database) ?? "none"]
        }
        _ = try snapshot.current()
        for value in ["a", "b"] {
            try home.write { try Settings.set("value", to: value, in: $0) }
            _ = try snapshot.current()
        }
        #expect(try snapshot.current() == ["none", "a", "b"])
    }

    @Test("is loaded once by many threads that find it stale together")
    func oneLoad() async throws {
        let home = try temporary.open()
        let loads = LoadCounter()
        let snapshot = counting(home, loads)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try snapshot.current() } }
            for try await value in group { #expect(value == "none") }
        }
        #expect(loads.value == 1)
    }

    @Test("never goes back, with writers in two openings and readers on one")
    func monotonic() async throws {
        let homes = [try temporary.open(), try temporary.open()]
        let snapshot = Snapshot<Int>(of: homes[0]) { database in
            try Int.fetchOne(database, sql: "SELECT value FROM counters WHERE name = 'revision'") ?? -1
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for home in homes {
                group.addTask { for _ in 0..<40 { try home.write { _ = try Revisions.next(in: $0) } } }
            }
            group.addTask {
                var last = -1
                for _ in 0..<200 {
                    let value = try snapshot.current()
                    #expect(value >= last)
                    last = value
                }
            }
            try await group.waitForAll()
        }
        #expect(try snapshot.current() == 80)
    }

    @Test("costs less than 100 microseconds where nothing changed")
    func cost() throws {
        let snapshot = counting(try temporary.open(), LoadCounter())
        _ = try snapshot.current()
        let count = 2_000
        let elapsed = try ContinuousClock().measure { for _ in 0..<count { _ = try snapshot.current() } }
        #expect(elapsed / count < .microseconds(100))
        print("snapshot: \(elapsed / count) a call")
    }
}

/// Counts loads from any thread.
final class LoadCounter: Sendable {
    private let number = Mutex(0)

    func count() { number.withLock { $0 += 1 } }
    var value: Int { number.withLock { $0 } }
}

@Suite("Revisions and settings")
struct RevisionTests {
    let temporary = TemporaryDirectory()

    @Test("grow by one, and removals are told from any revision on")
    func removals() throws {
        let home = try temporary.open()
        try home.write { database in
            #expect(try Revisions.current(in: database) == 0)
            let first = try Revisions.next(in: database)
            try Revisions.remove("a", kind: "key", at: first, in: database)
            let second = try Revisions.next(in: database)
            try Revisions.remove("b", kind: "key", at: second, in: database)
            try Revisions.remove("c", kind: "alias", at: second, in: database)
            #expect(try Revisions.removals(of: "key", since: 0, in: database) == ["a", "b"])
            #expect(try Revisions.removals(of: "key", since: first, in: database) == ["b"])
            #expect(try Revisions.removals(of: "alias", since: 0, in: database) == ["c"])
            #expect(try Revisions.removals(of: "key", since: second, in: database) == [])
        }
    }

    @Test("that are too old to be told say so")
    func horizon() throws {
        try temporary.open().write { database in
            try database.execute(sql: "UPDATE counters SET value = 11999 WHERE name = 'revision'")
            let revision = try Revisions.next(in: database)
            try Revisions.remove("late", kind: "key", at: revision, in: database)
            #expect(try Revisions.removals(of: "key", since: 1_999, in: database) == nil)
            #expect(try Revisions.removals(of: "key", since: 2_000, in: database) == ["late"])
        }
    }

    @Test("and settings can be set, replaced and removed; Unix users map to principals")
    func settings() throws {
        try temporary.open().write { database in
            try Settings.set("a", to: "1", in: database)
            try Settings.set("a", to: "2", in: database)
            #expect(try Settings.value(of: "a", in: database) == "2")
            try Settings.set("a", to: nil, in: database)
            #expect(try Settings.value(of: "a", in: database) == nil)
            try UserMap.set(1000, to: "arn:aws:iam::111122223333:user/alice", in: database)
            try UserMap.set(4_294_967_294, to: "arn:aws:iam::111122223333:root", in: database)
            try UserMap.set(1000, to: nil, in: database)
            #expect(try UserMap.entries(in: database) == [4_294_967_294: "arn:aws:iam::111122223333:root"])
        }
    }

    @Test("only one rule set is active, and its rules go with it")
    func ruleSets() throws {
        try temporary.open().write { database in
            try database.execute(
                sql: "INSERT INTO rule_sets (name, created, is_active) VALUES ('a', 0, 1), ('b', 0, 0)")
            #expect(throws: DatabaseError.self) {
                try database.execute(sql: "UPDATE rule_sets SET is_active = 1 WHERE name = 'b'")
            }
            try database.execute(
                sql: "INSERT INTO receipt_rules (rule_set, name, position, json) VALUES ('a', 'r', 0, '{}')")
            try database.execute(sql: "DELETE FROM rule_sets WHERE name = 'a'")
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM receipt_rules") == 0)
        }
    }
}
