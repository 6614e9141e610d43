import AWSVocabulary
import AccountHome
import FoundationEssentials
import GRDB

/// What time alone does to keys: deletion at the due date, automatic rotation, expiry of imported material.
///
/// Nothing runs in the background. A call that finds something due settles it first, so that whoever looks
/// never sees an overdue key; a daemon may also ask from time to time, so that the trail's records are not
/// late.
extension KeyService {
    /// Settles whatever is due by now.
    ///
    /// - Throws: `.internalFailure`, `.keyUnavailable` or `.trail`; what was not settled stays due.
    public func performDueChanges() throws(KeyManagementError) {
        let now = surroundings.now()
        guard let due = try currentKeyring().nextDue, due <= now else { return }
        try performDueChanges(at: now)
    }

    func performDueChanges(at now: Date) throws(KeyManagementError) {
        let known = try currentKeyring()
        try home.write(wrapping: { KeyManagementError($0) }) { database in
            // Another process may have been faster: what is due is judged on the state of this transaction.
            let keyring = try KeyringLoader.load(database, replacing: known)
            let due = keyring.keys.values.filter { $0.isDue(at: now) }
            guard !due.isEmpty else { return }
            let settling = DueChanges(
                service: self, keyring: keyring, store: try KeyStore(database), now: now)
            for key in due.sorted(by: { $0.arn < $1.arn }) { try settling.settle(key) }
        }
    }
}

/// Settles due changes inside one transaction; each leaves its record before the commit.
struct DueChanges {
    let service: KeyService
    let keyring: Keyring
    let store: KeyStore
    let now: Date

    func settle(_ key: Key) throws {
        if key.state == .pendingDeletion, let date = key.attributes.deletionDate, date <= now {
            try delete(key)
            return
        }
        if key.materials.contains(where: { isExpired($0) }) {
            try expireMaterial(of: key)
        } else if key.state == .enabled, let date = key.attributes.nextRotation, date <= now {
            try rotate(key)
        }
    }

    private func isExpired(_ material: KeyMaterial) -> Bool {
        material.isPresent && material.validTo.map { $0 <= now } ?? false
    }

    private func delete(_ key: Key) throws {
        let grants = keyring.grants[key.reference]?.ids ?? []
        try store.delete(key, aliases: keyring.aliases(of: key.reference), grantIDs: grants)
        try service.recordEvent("DeleteKey", on: key.reference, at: now)
        try releasePrimary(of: key)
    }

    /// Starts the waiting time of a primary key when the last of its replicas is gone.
    private func releasePrimary(of replica: Key) throws {
        guard replica.id.isMultiRegion, !replica.isPrimary else { return }
        let others = keyring.relatives(of: replica).filter { $0.reference != replica.reference }
        guard others.count == 1, let primary = others.first, primary.state == .pendingReplicaDeletion else {
            return
        }
        var attributes = primary.attributes
        attributes.state = .pendingDeletion
        attributes.deletionDate = now.addingTimeInterval(Double(attributes.pendingWindowDays ?? 30) * 86_400)
        try store.save(primary, attributes)
    }

    /// Wipes expired material; the key then waits for it to be imported again.
    private func expireMaterial(of key: Key) throws {
        for material in key.materials where isExpired(material) {
            var row = material.row
            row.sealed = nil
            row.validTo = nil
            try store.save(row, of: key.reference)
        }
        var attributes = key.attributes
        if attributes.state != .pendingDeletion { attributes.state = .pendingImport }
        try store.save(key, attributes)
        try service.recordEvent("DeleteExpiredKeyMaterial", on: key.reference, at: now)
    }

    private func rotate(_ key: Key) throws {
        var attributes = key.attributes
        let period = Double(attributes.rotationPeriodDays ?? 365) * 86_400
        var next = (attributes.nextRotation ?? now).addingTimeInterval(period)
        // A home that was closed for years rotates once, not once for every year.
        while next <= now { next = next.addingTimeInterval(period) }
        attributes.nextRotation = next
        try rotate(key, attributes, .automatic)
        try service.recordEvent("RotateKey", on: key.reference, at: now)
    }

    /// Gives a key new material, which its replicas get as well; the old ones keep opening what they sealed.
    func rotate(_ key: Key, _ attributes: KeyAttributes, _ type: KeyMaterial.RotationType) throws {
        let secret = try key.spec.makeMaterial()
        for member in keyring.relatives(of: key) {
            try retireCurrentMaterial(of: member)
            let position = (member.materials.map(\.position).max() ?? -1) + 1
            let row = try service.newMaterial(
                secret, for: member.reference, at: now, position: position, rotation: type)
            try store.save(row, of: member.reference)
            try store.save(member, member.reference == key.reference ? attributes : member.attributes)
        }
    }

    /// Makes the current material an old one.
    func retireCurrentMaterial(of key: Key) throws {
        guard var row = key.currentMaterial?.row else { return }
        row.state = .nonCurrent
        try store.save(row, of: key.reference)
    }
}
