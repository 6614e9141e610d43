public import AWSVocabulary
public import DurableFiles
public import GRDB

/// The durable state of one AWS account: keys, aliases, policies, grants, principals, rules and settings.
///
/// A home is a directory of mode 0700 with a SQLite database (`account.sqlite`, in WAL mode), the root key that
/// seals what is secret in it (`root.key`), and the trail. The mount daemon, the server and the companion may
/// have it open at the same time: each sees the others' commits with its next call.
public final class Home: Sendable {
    /// The home's directory.
    public let directory: String
    /// The account whose state this is.
    public let account: AccountID
    /// The Region in which the account's state lives unless a call names another.
    public let region: Region
    /// The key that seals secrets before they are written.
    public let rootKey: RootKey

    private let pool: DatabasePool
    private let probe: VersionProbe

    /// The directory of the trail's files.
    public var trailDirectory: String { "\(directory)/trail" }

    private init(
        directory: String, identity: HomeIdentity, rootKey: RootKey, pool: DatabasePool, probe: VersionProbe
    ) {
        self.directory = directory
        account = identity.account
        region = identity.region
        self.rootKey = rootKey
        self.pool = pool
        self.probe = probe
    }

    /// Opens the home in `directory`, and makes what of it is missing.
    ///
    /// Opening is safe while other processes open, make or use the same home: what must happen once happens
    /// under a lock on the file `lock`.
    ///
    /// - Parameters:
    ///   - directory: Where the home is; missing parents are made, mode 0700.
    ///   - creating: Whether a home may be made where there is none.
    ///   - options: Account, Region and how long to wait for a busy database.
    ///   - source: Where the root key comes from; the same for every opening of one home.
    ///   - calls: The system calls to use.
    /// - Throws: `.notInitialized`, `.newerSchema`, `.contradiction`, the root-key errors, or what the file
    ///   system and SQLite say.
    public static func open(
        at directory: String, creating: Bool, options: Options = Options(),
        rootKey source: RootKey.Source = .file,
        calls: FileCalls = .live
    ) throws(HomeError) -> Home {
        let files = HomeFiles(directory: directory, calls: calls)
        if creating {
            try files.makeDirectory()
        } else {
            guard try files.holdsDatabase() else { throw .notInitialized(directory: directory) }
        }
        return try files.whileLocked { () throws(HomeError) in
            try files.makeDatabaseFile()
            let pool = try HomeDatabase.openPool(at: files.databasePath, options: options)
            try HomeDatabase.migrate(pool, directory: directory)
            let identity = try HomeIdentity.settle(in: pool, options: options)
            let rootKey = try RootKeyKeeper(files: files, pool: pool).key(from: source)
            let probe = try VersionProbe(path: files.databasePath, options: options)
            return Home(directory: directory, identity: identity, rootKey: rootKey, pool: pool, probe: probe)
        }
    }

    /// What a home is made with, and how it is opened.
    public struct Options: Sendable {
        /// The account; a new home without one takes ``AccountID/default``, and an existing one keeps its own.
        public var account: AccountID?
        /// The Region, likewise.
        public var region: Region?
        /// How many seconds to wait for another process's transaction.
        public var busyTimeoutSeconds: Double

        /// Makes options.
        public init(account: AccountID? = nil, region: Region? = nil, busyTimeoutSeconds: Double = 10) {
            self.account = account
            self.region = region
            self.busyTimeoutSeconds = busyTimeoutSeconds
        }
    }
}

extension Home {
    /// Runs `body` on the state as of the last commit; what it reads belongs together.
    public func read<Value>(_ body: (Database) throws -> Value) throws(HomeError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw HomeError(error)
        }
    }

    /// Runs `body` in one transaction, which is durable when this returns and undone when `body` throws.
    public func write<Value>(_ body: (Database) throws -> Value) throws(HomeError) -> Value {
        do {
            return try pool.write(body)
        } catch {
            throw HomeError(error)
        }
    }

    /// Runs `body` in one transaction, for callers whose own errors may refuse the change.
    ///
    /// - Parameters:
    ///   - wrap: Makes the caller's error of the home's.
    ///   - body: What it throws of the caller's own error type passes unchanged; the transaction is undone.
    public func write<Value, Failure: Error>(
        wrapping wrap: (HomeError) -> Failure, _ body: (Database) throws -> Value
    ) throws(Failure) -> Value {
        do {
            return try pool.write(body)
        } catch let error as Failure {
            throw error
        } catch {
            throw wrap(HomeError(error))
        }
    }

    /// Runs `body` on the state as of the last commit, for callers whose own errors may stop it.
    public func read<Value, Failure: Error>(
        wrapping wrap: (HomeError) -> Failure, _ body: (Database) throws -> Value
    ) throws(Failure) -> Value {
        do {
            return try pool.read(body)
        } catch let error as Failure {
            throw error
        } catch {
            throw wrap(HomeError(error))
        }
    }

    /// A number that differs from an earlier one exactly when another connection has committed in between.
    func dataVersion() throws(HomeError) -> Int64 { try probe.version() }
}

extension HomeError {
    /// Sorts an error that came out of a database closure.
    init(_ error: any Error) {
        switch error {
        case let error as HomeError: self = error
        case let error as DatabaseError:
            self = .database(
                code: Int(error.extendedResultCode.rawValue), message: error.message ?? "unknown")
        default: self = .refused(String(describing: error))
        }
    }
}
