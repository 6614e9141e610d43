import GRDB

/// The schema of the account database, version by version.
///
/// A released migration is never edited: homes of every age are brought up by running what they lack. Times are
/// seconds since 1970 as REAL; lists and optional structures that are only read whole are JSON text.
enum Migrations {
    /// The migrator that brings any home to the schema of this version of the program.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            for statement in general + keys + principals + receipt {
                try database.execute(sql: statement)
            }
        }
        return migrator
    }

    /// What belongs to no service: settings, counters, who a Unix user is, and what a Maildir remembers.
    private static let general = [
        "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO counters (name, value) VALUES ('revision', 0), ('removals', 0)",
        // Rows that are gone, for readers that bring themselves up to date by revision.
        """
        CREATE TABLE removals (
            revision INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
            PRIMARY KEY (revision, kind, name)) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE uid_principals (uid INTEGER PRIMARY KEY, principal TEXT NOT NULL) STRICT",
        """
        CREATE TABLE message_flags (
            bucket TEXT NOT NULL, object_key TEXT NOT NULL, flags TEXT NOT NULL, is_new INTEGER NOT NULL,
            PRIMARY KEY (bucket, object_key)) STRICT, WITHOUT ROWID
        """,
    ]

    /// KMS.
    ///
    /// A key is named by account, Region and ID, since the replicas of a multi-Region key share the ID.
    private static let keys = [
        """
        CREATE TABLE keys (
            account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL,
            spec TEXT NOT NULL, usage TEXT NOT NULL, origin TEXT NOT NULL, manager TEXT NOT NULL,
            state TEXT NOT NULL, description TEXT NOT NULL, created REAL NOT NULL,
            policy TEXT NOT NULL, tags TEXT NOT NULL,
            pending_window_days INTEGER, deletion_date REAL,
            rotation_period_days INTEGER, next_rotation REAL,
            primary_region TEXT,
            PRIMARY KEY (account, region, id)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX keys_by_revision ON keys (revision)",
        // `sealed` is NULL while imported material is absent.
        """
        CREATE TABLE materials (
            account TEXT NOT NULL, region TEXT NOT NULL, key_id TEXT NOT NULL, position INTEGER NOT NULL,
            material_id TEXT NOT NULL, sealed BLOB, state TEXT NOT NULL, created REAL NOT NULL,
            rotation_type TEXT, rotated REAL, description TEXT, expiration_model TEXT, valid_to REAL,
            PRIMARY KEY (account, region, key_id, position)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE aliases (
            account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL,
            key_id TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
            PRIMARY KEY (account, region, name)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX aliases_by_revision ON aliases (revision)",
        "CREATE INDEX aliases_by_key ON aliases (account, region, key_id)",
        """
        CREATE TABLE grants (
            id TEXT PRIMARY KEY, revision INTEGER NOT NULL,
            account TEXT NOT NULL, region TEXT NOT NULL, key_id TEXT NOT NULL,
            name TEXT, grantee TEXT NOT NULL, grantee_is_service INTEGER NOT NULL,
            retiring TEXT, retiring_is_service INTEGER NOT NULL, issuer TEXT NOT NULL,
            operations TEXT NOT NULL, constraints TEXT NOT NULL, created REAL NOT NULL) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX grants_by_revision ON grants (revision)",
        "CREATE INDEX grants_by_key ON grants (account, region, key_id)",
        "CREATE INDEX grants_by_retiring ON grants (retiring)",
    ]

    /// IAM: users and roles, their policies, and the access keys issued to them.
    private static let principals = [
        """
        CREATE TABLE principals (
            arn TEXT PRIMARY KEY, revision INTEGER NOT NULL, unique_id TEXT NOT NULL, tags TEXT NOT NULL,
            created REAL NOT NULL) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE identity_policies (
            principal TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
            PRIMARY KEY (principal, name)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE access_keys (
            id TEXT PRIMARY KEY, revision INTEGER NOT NULL, label TEXT NOT NULL, principal TEXT NOT NULL,
            is_service INTEGER NOT NULL, via_service TEXT, source_account TEXT,
            sealed_secret BLOB NOT NULL, sealed_token BLOB,
            is_active INTEGER NOT NULL, created REAL NOT NULL, expires REAL) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX principals_by_revision ON principals (revision)",
        "CREATE INDEX access_keys_by_revision ON access_keys (revision)",
        "CREATE INDEX access_keys_by_principal ON access_keys (principal)",
    ]

    /// SES receiving.
    ///
    /// Everything but name and order is one JSON document, which `ReceiptRules` alone reads.
    private static let receipt = [
        """
        CREATE TABLE rule_sets (
            name TEXT PRIMARY KEY, created REAL NOT NULL, is_active INTEGER NOT NULL DEFAULT 0,
            json TEXT NOT NULL DEFAULT '{}') STRICT, WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX one_active_rule_set ON rule_sets (is_active) WHERE is_active = 1",
        """
        CREATE TABLE receipt_rules (
            rule_set TEXT NOT NULL REFERENCES rule_sets (name) ON DELETE CASCADE, name TEXT NOT NULL,
            position INTEGER NOT NULL, json TEXT NOT NULL,
            PRIMARY KEY (rule_set, name)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX receipt_rules_in_order ON receipt_rules (rule_set, position)",
        """
        CREATE TABLE receipt_filters (
            name TEXT PRIMARY KEY, position INTEGER NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE identities (
            name TEXT PRIMARY KEY, position INTEGER NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID
        """,
    ]
}
