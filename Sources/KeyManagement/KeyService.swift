public import AWSVocabulary
public import AccountHome
import FoundationEssentials
import GRDB
import StrictJSON
public import Trail

/// AWS KMS: keys, aliases, key policies and grants of a home, and every operation on them.
///
/// Each operation is one method in a file of its own under `Operations/`, and each runs the same line: check
/// the request's shape; resolve the key; check grant tokens; decide permission; check the key's state; check
/// usage and algorithm; act; write the trail's record; answer. A refused caller therefore learns nothing but
/// the refusal, and a call whose record cannot be written fails, undoing what it changed.
///
/// Requests and responses are plain values with AWS's own names for everything; turning them into JSON is the
/// endpoint's business. Where an answer holds a secret it is a ``SecretBytes``, so that a caller in the same
/// process never has it in ordinary memory.
///
/// Operations that use a key read an in-memory keyring and touch no disk but the trail's. Operations that
/// change something run whole inside one write transaction, on the keyring as of that transaction: two
/// processes cannot both decide on the same old state.
///
/// Source: KMS API Reference, version 2014-11-01.
public final class KeyService: Sendable {
    let home: Home
    let trail: any RecordSink
    let surroundings: Surroundings
    let snapshot: Snapshot<Keyring>

    /// Makes the service of a home.
    ///
    /// - Parameters:
    ///   - home: Where keys are kept.
    ///   - trail: Where each call leaves its record.
    ///   - surroundings: The clock that decides what is due, and the source of new IDs.
    public convenience init(home: Home, trail: Trail, surroundings: Surroundings) {
        self.init(home: home, sink: trail, surroundings: surroundings)
    }

    init(home: Home, sink: any RecordSink, surroundings: Surroundings) {
        self.home = home
        trail = sink
        self.surroundings = surroundings
        snapshot = Snapshot(of: home) { database, previous in
            try KeyringLoader.load(database, replacing: previous)
        }
    }

    /// The keyring as of the last commit of any process, after what time has made due.
    func keyring(at now: Date) throws(KeyManagementError) -> Keyring {
        let keyring = try currentKeyring()
        guard let due = keyring.nextDue, due <= now else { return keyring }
        try performDueChanges(at: now)
        return try currentKeyring()
    }

    func currentKeyring() throws(KeyManagementError) -> Keyring {
        do throws(HomeError) {
            return try snapshot.current()
        } catch {
            throw KeyManagementError(error)
        }
    }
}

// MARK: - The line every call runs

extension KeyService {
    /// Runs a call that changes nothing, and records it before answering.
    ///
    /// - Parameters:
    ///   - parameters: What the record says of the request; evaluated once.
    ///   - body: Judges and acts. What it throws is recorded and passed on.
    func answer<Response: ~Copyable>(
        _ operation: Operation, by call: Call, _ parameters: @autoclosure () -> JSONObject,
        _ body: (inout Invocation) throws(KeyManagementError) -> Response
    ) throws(KeyManagementError) -> Response {
        var invocation = try begin(operation, by: call, parameters())
        let response: Response
        do throws(KeyManagementError) {
            invocation.keyring = try keyring(at: invocation.now)
            response = try body(&invocation)
        } catch {
            try record(invocation, failure: error)
            throw error
        }
        try record(invocation, failure: nil)
        return response
    }

    /// Runs a call that changes something, in one transaction.
    ///
    /// ORDER: act, record, commit. If the record cannot be written nothing has changed; if the commit fails a
    /// second record says so.
    func change<Response>(
        _ operation: Operation, by call: Call, _ parameters: @autoclosure () -> JSONObject,
        _ body: (inout Invocation, KeyStore) throws -> Response
    ) throws(KeyManagementError) -> Response {
        var invocation = try begin(operation, by: call, parameters())
        do throws(KeyManagementError) {
            let known = try keyring(at: invocation.now)
            return try home.write(wrapping: { KeyManagementError($0) }) { database in
                invocation.keyring = try KeyringLoader.load(database, replacing: known)
                let response = try body(&invocation, try KeyStore(database))
                try record(invocation, failure: nil)
                return response
            }
        } catch {
            try record(invocation, failure: error)
            throw error
        }
    }

    /// Judges a call ahead of the transaction that will carry it out, for work too long to do inside.
    ///
    /// A refusal is recorded; success is not, since the call is judged again.
    func prepare<Response>(
        _ operation: Operation, by call: Call, _ parameters: @autoclosure () -> JSONObject,
        _ body: (inout Invocation) throws(KeyManagementError) -> Response
    ) throws(KeyManagementError) -> Response {
        var invocation = try begin(operation, by: call, parameters())
        do throws(KeyManagementError) {
            invocation.keyring = try keyring(at: invocation.now)
            return try body(&invocation)
        } catch {
            try record(invocation, failure: error)
            throw error
        }
    }

    private func begin(
        _ operation: Operation, by call: Call, _ parameters: JSONObject
    ) throws(KeyManagementError) -> Invocation {
        var invocation = Invocation(
            service: self, operation: operation, call: call, now: surroundings.now(),
            requestID: call.requestID ?? surroundings.uuid())
        invocation.record.parameters = parameters
        return invocation
    }
}

extension KeyManagementError {
    /// The KMS error for trouble with the home.
    init(_ error: HomeError) {
        self = error.isBusy || error.isFull ? .keyUnavailable("\(error)") : .internalFailure("\(error)")
    }
}
