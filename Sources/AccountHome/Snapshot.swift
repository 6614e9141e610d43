public import GRDB
import Synchronization

/// A value read from the home's database and kept in memory until the database changes.
///
/// Every call asks SQLite's `data_version` on a connection that never writes, so a change by any thread or
/// process is seen by the first call after the commit; nothing else is read on the hot path. Threads that find
/// the value stale wait for one of them to load it.
public final class Snapshot<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var version: Int64
        var value: Value
    }

    private let home: Home
    private let load: @Sendable (Database, Value?) throws -> Value
    private let state = Mutex<State?>(nil)
    private let loading = Mutex(())

    /// Makes a snapshot of what `load` reads.
    ///
    /// - Parameters:
    ///   - home: The home to read.
    ///   - load: Runs in a read transaction. It gets the value it replaces, if any, so that a large state can be
    ///     brought up to date instead of being read again.
    public init(of home: Home, loading load: @escaping @Sendable (Database, Value?) throws -> Value) {
        self.home = home
        self.load = load
    }

    /// Makes a snapshot that is read whole each time.
    public convenience init(of home: Home, loading load: @escaping @Sendable (Database) throws -> Value) {
        self.init(of: home) { database, _ in try load(database) }
    }

    /// The value as of the last commit, this process's own and others'.
    ///
    /// - Throws: What ``Home/read(_:)`` throws; the value in memory stays for the next try.
    public func current() throws(HomeError) -> Value {
        let version = try home.dataVersion()
        if let state = state.withLock({ $0 }), state.version == version { return state.value }
        return try loading.withLock { (_: inout sending ()) throws(HomeError) in try reload() }
    }

    /// Loads the value, unless another thread did while this one waited.
    private func reload() throws(HomeError) -> Value {
        // ORDER: version first, value second. A commit in between makes the next call load once more; the other
        // way round it would be missed.
        let version = try home.dataVersion()
        let known = state.withLock { $0 }
        if let known, known.version == version { return known.value }
        let value = try home.read { database in try load(database, known?.value) }
        state.withLock { $0 = State(version: version, value: value) }
        return value
    }
}
