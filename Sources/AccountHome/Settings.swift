public import GRDB

/// Named values that belong to the home as a whole.
public enum Settings {
    /// The value of the setting, or `nil` when it was never set.
    public static func value(of name: String, in database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT value FROM settings WHERE name = ?", arguments: [name])
    }

    /// Sets a value, or removes the setting with `nil`.
    public static func set(_ name: String, to value: String?, in database: Database) throws {
        if let value {
            try database.execute(
                sql: "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", arguments: [name, value])
        } else {
            try database.execute(sql: "DELETE FROM settings WHERE name = ?", arguments: [name])
        }
    }
}

/// Which principal a Unix user is in the mount.
public enum UserMap {
    /// All entries: Unix user number to principal ARN.
    public static func entries(in database: Database) throws -> [UInt32: String] {
        let rows = try Row.fetchAll(database, sql: "SELECT uid, principal FROM uid_principals ORDER BY uid")
        var entries: [UInt32: String] = [:]
        for row in rows { entries[row["uid"]] = row["principal"] }
        return entries
    }

    /// Maps a user to a principal, or removes the entry with `nil`.
    public static func set(_ user: UInt32, to principal: String?, in database: Database) throws {
        if let principal {
            try database.execute(
                sql: "INSERT OR REPLACE INTO uid_principals (uid, principal) VALUES (?, ?)",
                arguments: [user, principal])
        } else {
            try database.execute(sql: "DELETE FROM uid_principals WHERE uid = ?", arguments: [user])
        }
    }
}
