public import GRDB

/// Numbers that order the changes of a home, so that a large state can be brought up to date by what changed.
///
/// A writer takes ``next(in:)`` and stores it in each row it touches; what it deletes it reports with
/// ``remove(_:kind:at:in:)``. A reader remembers the revision it has seen and asks for what is newer.
public enum Revisions {
    /// How many revisions a removal is remembered; a reader further behind reads everything again.
    static let rememberedCount: Int64 = 10_000

    /// The newest revision.
    public static func current(in database: Database) throws -> Int64 {
        try counter("revision", in: database)
    }

    /// A new revision, for the rows that this transaction writes.
    public static func next(in database: Database) throws -> Int64 {
        try database.execute(sql: "UPDATE counters SET value = value + 1 WHERE name = 'revision'")
        return try current(in: database)
    }

    /// Reports that the row `name` of `kind` is gone as of `revision`.
    public static func remove(_ name: String, kind: String, at revision: Int64, in database: Database) throws
    {
        try database.execute(
            sql: "INSERT OR REPLACE INTO removals (revision, kind, name) VALUES (?, ?, ?)",
            arguments: [revision, kind, name])
        let horizon = revision - rememberedCount
        guard horizon > 0, horizon.isMultiple(of: 1_000) else { return }
        try database.execute(sql: "DELETE FROM removals WHERE revision <= ?", arguments: [horizon])
        try database.execute(
            sql: "UPDATE counters SET value = ? WHERE name = 'removals'", arguments: [horizon])
    }

    /// The names of `kind` that were removed after `revision`, or `nil` when that is too long ago to know.
    public static func removals(of kind: String, since revision: Int64, in database: Database) throws
        -> [String]?
    {
        guard try counter("removals", in: database) <= revision else { return nil }
        return try String.fetchAll(
            database, sql: "SELECT name FROM removals WHERE revision > ? AND kind = ? ORDER BY revision",
            arguments: [revision, kind])
    }

    private static func counter(_ name: String, in database: Database) throws -> Int64 {
        guard
            let value = try Int64.fetchOne(
                database, sql: "SELECT value FROM counters WHERE name = ?", arguments: [name])
        else { throw HomeError.corrupted(what: "the counter \(name) is missing") }
        return value
    }
}
