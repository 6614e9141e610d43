import KeyManagement

extension Account {
    /// The key ID that `key` stands for; KMS's management operations take no alias, people do.
    func keyID(_ key: String, _ call: Call) throws -> String {
        guard key.hasPrefix("alias/") || key.contains(":alias/") else { return key }
        return try attempt("find key \(key)") { () throws(KeyManagementError) in
            try keys.describeKey(DescribeKeyRequest(keyID: key), by: call).arn
        }
    }

    /// The names of all aliases by the ID of the key they stand for.
    func aliasesByKey(_ call: Call) throws -> [String: [String]] {
        let aliases = try allPages("list the aliases") { marker throws(KeyManagementError) in
            try keys.listAliases(ListAliasesRequest(marker: marker), by: call)
        }
        return Dictionary(grouping: aliases.filter { $0.targetKeyID != nil }) { $0.targetKeyID ?? "" }
            .mapValues { $0.map(\.aliasName) }
    }
}

/// The items of all pages of a list.
func allPages<Item>(
    _ action: String, _ page: (_ marker: String?) throws(KeyManagementError) -> Page<Item>
) throws -> [Item] {
    var items: [Item] = []
    var marker: String?
    repeat {
        let next: Page<Item>
        do throws(KeyManagementError) {
            next = try page(marker)
        } catch {
            throw Failure(action, error)
        }
        items += next.items
        marker = next.nextMarker
    } while marker != nil
    return items
}
