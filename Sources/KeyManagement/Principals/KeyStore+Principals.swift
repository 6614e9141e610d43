import AWSVocabulary
import FoundationEssentials
import GRDB

extension KeyStore {
    /// Inserts a principal, or gives the existing one a new revision; its policies have rows of their own.
    func save(_ principal: Principal) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO principals (arn, revision, unique_id, tags, created) VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                principal.arn.text, revision, principal.uniqueID, Self.tagsText(principal.tags),
                principal.created.timeIntervalSince1970,
            ])
    }

    func deletePrincipal(_ arn: String) throws {
        try database.execute(sql: "DELETE FROM identity_policies WHERE principal = ?", arguments: [arn])
        try database.execute(sql: "DELETE FROM principals WHERE arn = ?", arguments: [arn])
        try removed(arn, .principal)
    }

    func savePolicy(_ document: String, named name: String, on principal: String) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO identity_policies (principal, name, document) VALUES (?, ?, ?)",
            arguments: [principal, name, document])
    }

    func deletePolicy(named name: String, from principal: String) throws {
        try database.execute(
            sql: "DELETE FROM identity_policies WHERE principal = ? AND name = ?",
            arguments: [principal, name])
    }

    func save(_ key: AccessKeyDescription, sealedSecret: [UInt8], sealedToken: [UInt8]?) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO access_keys (
                    id, revision, label, principal, is_service, via_service, source_account, sealed_secret,
                    sealed_token, is_active, created, expires)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                key.id, revision, key.label, key.principal, key.isService, key.viaService,
                key.sourceAccount?.text,
                Data(sealedSecret), sealedToken.map { Data($0) }, key.isActive,
                key.created.timeIntervalSince1970, key.expires?.timeIntervalSince1970,
            ])
    }

    func setAccessKey(_ id: String, isActive: Bool) throws {
        try database.execute(
            sql: "UPDATE access_keys SET is_active = ?, revision = ? WHERE id = ?",
            arguments: [isActive, revision, id])
    }

    func deleteAccessKey(_ id: String) throws {
        try database.execute(sql: "DELETE FROM access_keys WHERE id = ?", arguments: [id])
        try removed(id, .accessKey)
    }
}
