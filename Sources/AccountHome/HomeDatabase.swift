import AWSVocabulary
import GRDB

/// How the account database is opened.
enum HomeDatabase {
    /// Opens the pool: one writer, several readers, WAL.
    static func openPool(at path: String, options: Home.Options) throws(HomeError) -> DatabasePool {
        do {
            let pool = try DatabasePool(path: path, configuration: configuration(options))
            // INVARIANT: a commit survives a power cut. WAL mode alone comes with NORMAL, under which the last
            // commits may be lost, and with the key material in them all that was sealed since.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            return pool
        } catch {
            throw HomeError(error)
        }
    }

    /// Brings the schema up to this version's, and refuses a later one.
    static func migrate(_ pool: DatabasePool, directory: String) throws(HomeError) {
        do {
            let migrator = Migrations.migrator
            if try pool.read(migrator.hasBeenSuperseded) { throw HomeError.newerSchema(directory: directory) }
            if try pool.read(migrator.hasCompletedMigrations) { return }
            try migrator.migrate(pool)
        } catch {
            throw HomeError(error)
        }
    }

    static func configuration(_ options: Home.Options) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(options.busyTimeoutSeconds)
        configuration.label = "account"
        return configuration
    }
}

/// The account and Region a home was made with.
struct HomeIdentity: Sendable {
    var account: AccountID
    var region: Region

    /// Reads the stored identity, or stores the one asked for.
    static func settle(in pool: DatabasePool, options: Home.Options) throws(HomeError) -> HomeIdentity {
        do {
            let account = try settle("account", options.account?.text, AccountID.default.text, in: pool)
            let region = try settle("region", options.region?.text, Region.default.text, in: pool)
            return HomeIdentity(account: try AccountID(account), region: try Region(region))
        } catch let error as VocabularyError {
            throw .corrupted(what: error.description)
        } catch {
            throw HomeError(error)
        }
    }

    private static func settle(
        _ name: String, _ requested: String?, _ fallback: String, in pool: DatabasePool
    ) throws -> String {
        if let stored = try pool.read({ try Settings.value(of: name, in: $0) }) {
            guard requested == nil || requested == stored else {
                throw HomeError.contradiction(setting: name, stored: stored, requested: requested ?? "")
            }
            return stored
        }
        let chosen = requested ?? fallback
        try pool.write { try Settings.set(name, to: chosen, in: $0) }
        return chosen
    }
}

/// A connection that only ever asks whether others have committed.
///
/// `PRAGMA data_version` counts the commits of all connections but its own, so the one that asks must not be the
/// one that writes.
///
/// Source: SQLite, "PRAGMA data_version".
final class VersionProbe: Sendable {
    private let queue: DatabaseQueue

    init(path: String, options: Home.Options) throws(HomeError) {
        do {
            var configuration = HomeDatabase.configuration(options)
            configuration.readonly = true
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw HomeError(error)
        }
    }

    func version() throws(HomeError) -> Int64 {
        do {
            return try queue.unsafeRead { database in
                let statement = try database.cachedStatement(sql: "PRAGMA data_version")
                return try Int64.fetchOne(statement) ?? 0
            }
        } catch {
            throw HomeError(error)
        }
    }
}
