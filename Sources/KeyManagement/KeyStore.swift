import AWSVocabulary
import AccountHome
import FoundationEssentials
import GRDB
import PolicyEngine
import StrictJSON

/// Writes keys, materials, aliases and grants inside one transaction.
///
/// Every row written takes the transaction's revision, and every row deleted is reported, so that the
/// keyrings of all processes can follow. Rows of a key's materials have no revision of their own: whoever
/// touches one saves the key as well.
struct KeyStore {
    let database: Database
    let revision: Int64

    /// Takes a new revision for what is about to be written.
    init(_ database: Database) throws {
        self.database = database
        revision = try Revisions.next(in: database)
    }

    // MARK: Keys

    /// Inserts a key, or replaces what its row holds.
    func save(_ reference: KeyReference, _ attributes: KeyAttributes, policy: String) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO keys (
                    account, region, id, revision, spec, usage, origin, manager, state, description, created,
                    policy, tags, pending_window_days, deletion_date, rotation_period_days, next_rotation,
                    primary_region)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                reference.place.account.text, reference.place.region.text, reference.id.text, revision,
                attributes.spec.rawValue, attributes.usage.rawValue, attributes.origin.rawValue,
                attributes.manager.rawValue, attributes.state.rawValue, attributes.description,
                attributes.created.timeIntervalSince1970, policy, Self.tagsText(attributes.tags),
                attributes.pendingWindowDays, attributes.deletionDate?.timeIntervalSince1970,
                attributes.rotationPeriodDays, attributes.nextRotation?.timeIntervalSince1970,
                attributes.primaryRegion?.text,
            ])
    }

    /// Replaces the attributes of an existing key.
    func save(_ key: Key, _ attributes: KeyAttributes) throws {
        try save(key.reference, attributes, policy: key.policy.text)
    }

    /// Deletes a key with its materials, aliases and grants.
    func delete(_ key: Key, aliases: [Alias], grantIDs: [String]) throws {
        for alias in aliases { try delete(alias) }
        for id in grantIDs { try deleteGrant(id) }
        let name = Self.arguments(key.reference)
        try database.execute(
            sql: "DELETE FROM materials WHERE account = ? AND region = ? AND key_id = ?", arguments: name)
        try database.execute(
            sql: "DELETE FROM keys WHERE account = ? AND region = ? AND id = ?", arguments: name)
        try removed(key.arn, .key)
    }

    // MARK: Materials

    /// Inserts a material, or replaces the one at its position.
    func save(_ material: MaterialRow, of key: KeyReference) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO materials (
                    account, region, key_id, position, material_id, sealed, state, created, rotation_type, rotated,
                    description, expiration_model, valid_to)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                key.place.account.text, key.place.region.text, key.id.text, material.position,
                material.id.text,
                material.sealed.map { Data($0) }, material.state.rawValue,
                material.created.timeIntervalSince1970,
                material.rotationType?.rawValue, material.rotated?.timeIntervalSince1970,
                material.description,
                material.expirationModel?.rawValue, material.validTo?.timeIntervalSince1970,
            ])
    }

    // MARK: Aliases

    func save(_ alias: Alias) throws {
        let place = alias.reference.place
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO aliases (account, region, name, revision, key_id, created, updated)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                place.account.text, place.region.text, alias.reference.name, revision, alias.keyID.text,
                alias.created.timeIntervalSince1970, alias.updated.timeIntervalSince1970,
            ])
    }

    func delete(_ alias: Alias) throws {
        let place = alias.reference.place
        try database.execute(
            sql: "DELETE FROM aliases WHERE account = ? AND region = ? AND name = ?",
            arguments: [place.account.text, place.region.text, alias.reference.name])
        try removed(alias.reference.arn.text, .alias)
    }

    // MARK: Grants

    func save(_ grant: Grant) throws {
        let operations = JSONValue.array(grant.operationNames.map(JSONValue.string)).text()
        let constraints = JSONValue.object(grant.constraints.json()).text()
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO grants (
                    id, revision, account, region, key_id, name, grantee, grantee_is_service, retiring,
                    retiring_is_service, issuer, operations, constraints, created)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                grant.id, revision, grant.key.place.account.text, grant.key.place.region.text,
                grant.key.id.text,
                grant.name, grant.grantee.name, grant.grantee.isService, grant.retiring?.name,
                grant.retiring?.isService ?? false, grant.issuer, operations, constraints,
                grant.created.timeIntervalSince1970,
            ])
    }

    func deleteGrant(_ id: String) throws {
        try database.execute(sql: "DELETE FROM grants WHERE id = ?", arguments: [id])
        try removed(id, .grant)
    }

    // MARK: Pieces

    func removed(_ name: String, _ kind: KeyringLoader.Kind) throws {
        try Revisions.remove(name, kind: kind.rawValue, at: revision, in: database)
    }

    static func tagsText(_ tags: [ResourceTag]) -> String {
        JSONValue.object(JSONObject(tags.map { ($0.key, .string($0.value)) })).text()
    }

    static func arguments(_ key: KeyReference) -> StatementArguments {
        [key.place.account.text, key.place.region.text, key.id.text]
    }
}
