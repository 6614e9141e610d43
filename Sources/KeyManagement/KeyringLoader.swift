import AWSVocabulary
import AccountHome
import FoundationEssentials
import GRDB
import PolicyEngine
import StrictJSON

/// Reads the keyring from the database, or brings one up to date by the revisions it lacks.
enum KeyringLoader {
    /// The kinds under which removals are reported.
    enum Kind: String {
        case key, alias, grant, principal
        case accessKey = "access-key"
    }

    /// The keyring as of this read.
    ///
    /// - Parameters:
    ///   - database: Inside a transaction, so that all that is read belongs together.
    ///   - previous: An older keyring; only what changed since is read. `nil` reads everything.
    static func load(_ database: Database, replacing previous: Keyring?) throws -> Keyring {
        let revision = try Revisions.current(in: database)
        if let previous, previous.revision == revision { return previous }
        var keyring = Keyring()
        if let previous, try applyRemovals(to: &keyring, startingFrom: previous, in: database) == false {
            keyring = Keyring()
        }
        let since = keyring.revision
        for row in try rows("SELECT * FROM keys WHERE revision > ?", since, database) {
            keyring.insert(try key(row, database))
        }
        for row in try rows("SELECT * FROM aliases WHERE revision > ?", since, database) {
            keyring.insert(try alias(row))
        }
        for row in try rows("SELECT * FROM grants WHERE revision > ?", since, database) {
            keyring.insert(try grant(row))
        }
        for row in try rows("SELECT * FROM principals WHERE revision > ?", since, database) {
            keyring.insert(try principal(row, database))
        }
        for row in try rows("SELECT * FROM access_keys WHERE revision > ?", since, database) {
            keyring.insert(AccessKey(row: row))
        }
        keyring.settle(at: revision)
        return keyring
    }

    private static func rows(_ sql: String, _ since: Int64, _ database: Database) throws -> [Row] {
        try Row.fetchAll(database, sql: sql, arguments: [since])
    }

    /// Takes `previous` over without what was removed since; `false` when that is no longer known.
    private static func applyRemovals(
        to keyring: inout Keyring, startingFrom previous: Keyring, in database: Database
    ) throws -> Bool {
        keyring = previous
        for kind in [Kind.key, .alias, .grant, .principal, .accessKey] {
            guard
                let names = try Revisions.removals(of: kind.rawValue, since: previous.revision, in: database)
            else { return false }
            for name in names { try remove(name, kind, from: &keyring) }
        }
        return true
    }

    private static func remove(_ name: String, _ kind: Kind, from keyring: inout Keyring) throws {
        switch kind {
        case .grant: keyring.removeGrant(name)
        case .principal: keyring.removePrincipal(name)
        case .accessKey: keyring.removeAccessKey(name)
        case .key, .alias:
            let arn = try ARN(name)
            let place = KeyPlace(account: try AccountID(arn.account), region: try Region(arn.region))
            if kind == .alias {
                keyring.removeAlias(AliasReference(place: place, name: arn.resource))
            } else if let id = KeyID(String(arn.resource.dropFirst("key/".count))) {
                keyring.removeKey(KeyReference(place: place, id: id))
            }
        }
    }
}

// MARK: - Rows

extension KeyringLoader {
    /// A key of its row, with its materials.
    static func key(_ row: Row, _ database: Database) throws -> Key {
        let reference = try keyReference(row, id: "id")
        let attributes = KeyAttributes(
            spec: try value(row, "spec"), usage: try value(row, "usage"), origin: try value(row, "origin"),
            manager: try value(row, "manager"), state: try value(row, "state"),
            description: row["description"],
            created: date(row["created"]), tags: try tags(row["tags"]),
            pendingWindowDays: row["pending_window_days"], deletionDate: optionalDate(row["deletion_date"]),
            rotationPeriodDays: row["rotation_period_days"], nextRotation: optionalDate(row["next_rotation"]),
            primaryRegion: try (row["primary_region"] as String?).map { try Region($0) })
        let policy: PolicyDocument
        do throws(PolicyError) {
            policy = try PolicyDocument(parsing: row["policy"], kind: .keyPolicy)
        } catch {
            // INVARIANT: every policy is checked when it is put, so one that does not parse was changed
            // behind us.
            throw HomeError.corrupted(what: "the policy of \(reference.arn)")
        }
        let materials = try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM materials WHERE account = ? AND region = ? AND key_id = ? ORDER BY position
                """,
            arguments: [reference.place.account.text, reference.place.region.text, reference.id.text])
        return Key(
            reference: reference, attributes: attributes, policy: policy,
            materials: try materials.map { KeyMaterial(row: try material($0), of: reference) })
    }

    static func material(_ row: Row) throws -> MaterialRow {
        guard let id = MaterialID(text: row["material_id"]) else {
            throw HomeError.corrupted(what: "a key material ID")
        }
        return MaterialRow(
            position: row["position"], id: id, sealed: (row["sealed"] as Data?).map { [UInt8]($0) },
            state: try value(row, "state"),
            created: date(row["created"]), rotationType: try optionalValue(row, "rotation_type"),
            rotated: optionalDate(row["rotated"]), description: row["description"],
            expirationModel: try optionalValue(row, "expiration_model"),
            validTo: optionalDate(row["valid_to"]))
    }

    static func alias(_ row: Row) throws -> Alias {
        let place = try self.place(row)
        guard let keyID = KeyID(row["key_id"]) else { throw HomeError.corrupted(what: "an alias's key ID") }
        return Alias(
            reference: AliasReference(place: place, name: row["name"]), keyID: keyID,
            created: date(row["created"]), updated: date(row["updated"]))
    }

    static func grant(_ row: Row) throws -> Grant {
        let names = try JSONValue(parsing: row["operations"] as String).array?.compactMap(\.string) ?? []
        let retiring = (row["retiring"] as String?).map {
            Grant.Party(name: $0, isService: row["retiring_is_service"])
        }
        return Grant(
            id: row["id"], key: try keyReference(row, id: "key_id"), name: row["name"],
            grantee: Grant.Party(name: row["grantee"], isService: row["grantee_is_service"]),
            retiring: retiring,
            issuer: row["issuer"], operations: Set(names.compactMap(GrantOperation.init(rawValue:))),
            constraints: GrantConstraints(json: try JSONValue(parsing: row["constraints"] as String)),
            created: date(row["created"]))
    }

    static func principal(_ row: Row, _ database: Database) throws -> Principal {
        let arn = try ARN(row["arn"])
        let rows = try Row.fetchAll(
            database, sql: "SELECT name, document FROM identity_policies WHERE principal = ? ORDER BY name",
            arguments: [arn.text])
        let policies = try rows.map { row in
            do throws(PolicyError) {
                return NamedPolicy(
                    name: row["name"],
                    document: try PolicyDocument(parsing: row["document"], kind: .identityPolicy))
            } catch {
                throw HomeError.corrupted(what: "the policy \(row["name"] as String) of \(arn)")
            }
        }
        return Principal(
            arn: arn, uniqueID: row["unique_id"], tags: try tags(row["tags"]), created: date(row["created"]),
            policies: policies)
    }

    private static func place(_ row: Row) throws -> KeyPlace {
        KeyPlace(account: try AccountID(row["account"]), region: try Region(row["region"]))
    }

    private static func keyReference(_ row: Row, id column: String) throws -> KeyReference {
        guard let id = KeyID(row[column]) else { throw HomeError.corrupted(what: "a key ID") }
        return KeyReference(place: try place(row), id: id)
    }

    private static func value<Value: RawRepresentable<String>>(_ row: Row, _ column: String) throws -> Value {
        guard let value = try optionalValue(row, column) as Value? else {
            throw HomeError.corrupted(what: "the column \(column)")
        }
        return value
    }

    private static func optionalValue<Value: RawRepresentable<String>>(
        _ row: Row, _ column: String
    ) throws -> Value? {
        guard let text = row[column] as String? else { return nil }
        guard let value = Value(rawValue: text) else {
            throw HomeError.corrupted(what: "the column \(column)")
        }
        return value
    }

    private static func date(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }

    private static func optionalDate(_ seconds: Double?) -> Date? { seconds.map(date) }

    private static func tags(_ text: String) throws -> [ResourceTag] {
        guard let members = try JSONValue(parsing: text).object?.members else {
            throw HomeError.corrupted(what: "a list of tags")
        }
        return members.map { ResourceTag(key: $0.name, value: $0.value.string ?? "") }
    }
}
