import ObjectStore

/// The objects of one message on their way into buckets: all of them arrive, or none stays.
///
/// Sealed bodies wait here until every action has succeeded, so that a rule whose key refuses leaves nothing
/// behind, not even for a moment. Beyond ``byteBudget`` what waits is stored early, and removed again if need
/// be.
struct Delivery {
    struct PendingObject {
        let delivery: S3Delivery
        let bucket: any Bucket
        let key: ObjectKey
        let body: [UInt8]
        let metadata: ObjectMetadata
    }

    private struct StoredEntry {
        let object: PendingObject
        /// What the object replaced, where the message is received a second time under its identifier.
        let previous: StoredObject?
    }

    /// How many bytes may wait in memory.
    static let byteBudget = 128 << 20

    /// Whether objects of the same key belong to an earlier version of the message, to come back on failure.
    let replacesEarlier: Bool
    private var pending: [PendingObject] = []
    private var pendingByteCount = 0
    private var stored: [StoredEntry] = []

    init(replacesEarlier: Bool) { self.replacesEarlier = replacesEarlier }

    /// Takes one object.
    ///
    /// - Throws: `.storage`, when the budget made it store and that failed; call ``rollBack()`` then.
    mutating func add(_ object: PendingObject) throws(ReceivingError) {
        // Two rules that name one bucket and prefix write one object; the last one's is what stays.
        pending.removeAll { $0.delivery.location == object.delivery.location }
        pending.append(object)
        pendingByteCount += object.body.count
        if pendingByteCount > Self.byteBudget { try commit() }
    }

    /// Stores what waits.
    ///
    /// - Throws: `.storage`; call ``rollBack()`` then.
    mutating func commit() throws(ReceivingError) {
        for object in pending { try store(object) }
        pending = []
        pendingByteCount = 0
    }

    private mutating func store(_ object: PendingObject) throws(ReceivingError) {
        do throws(ObjectStoreError) {
            let previous = replacesEarlier ? try Self.existing(object) : nil
            // ORDER: noted before it is stored, since a remote store that answers with an error, or not at
            // all, may have stored it nevertheless.
            stored.append(StoredEntry(object: object, previous: previous))
            _ = try object.bucket.put(object.key, body: object.body, metadata: object.metadata)
        } catch {
            throw .storage(rule: object.delivery.ruleName, error)
        }
    }

    /// Removes everything that was stored, newest first, and brings back what it replaced.
    ///
    /// - Returns: Where that failed, as `BUCKET/KEY`.
    mutating func rollBack() -> [String] {
        var leftBehind: [String] = []
        for entry in stored.reversed() where !Self.undo(entry) {
            leftBehind.append(entry.object.delivery.location)
        }
        stored = []
        pending = []
        return leftBehind
    }

    private static func undo(_ entry: StoredEntry) -> Bool {
        let object = entry.object
        do throws(ObjectStoreError) {
            if let previous = entry.previous {
                _ = try object.bucket.put(object.key, body: previous.body, metadata: previous.metadata)
            } else {
                try object.bucket.delete(object.key)
            }
            return true
        } catch {
            return false
        }
    }

    private static func existing(_ object: PendingObject) throws(ObjectStoreError) -> StoredObject? {
        do throws(ObjectStoreError) {
            return try object.bucket.get(object.key)
        } catch {
            if case .noSuchKey = error { return nil }
            throw error
        }
    }
}
