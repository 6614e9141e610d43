import AWSVocabulary

/// How a request names a key: by ID, key ARN, alias name or alias ARN.
///
/// Source: KMS Developer Guide, "Key identifiers (KeyId)".
enum KeyIdentifier: Equatable {
    case key(KeyReference)
    case alias(AliasReference)

    /// Reads `text` as it stands in a request.
    ///
    /// - Parameters:
    ///   - text: 1 to 2,048 characters; the shape has been checked.
    ///   - place: The account in which a bare ID or alias is looked up, and the Region of the call.
    /// - Throws: `.notFound` for what is no identifier or lies in another Region, `.invalidARN` for a broken
    ///   ARN.
    init(_ text: String, from place: KeyPlace) throws(KeyManagementError) {
        if text.hasPrefix("arn:") {
            self = try Self.parse(arn: text, from: place)
        } else if text.hasPrefix(Alias.prefix) {
            self = .alias(AliasReference(place: place, name: text))
        } else if let id = KeyID(text) {
            self = .key(KeyReference(place: place, id: id))
        } else {
            throw .notFound("Invalid keyId '\(text)'")
        }
    }

    private static func parse(arn text: String, from place: KeyPlace) throws(KeyManagementError)
        -> KeyIdentifier
    {
        guard let arn = try? ARN(text), arn.service == "kms", let account = arn.accountID,
            let region = try? Region(arn.region)
        else { throw .invalidARN("Invalid arn \(text)") }
        guard region == place.region else { throw .notFound("Invalid arn \(arn.region)") }
        let owner = KeyPlace(account: account, region: region)
        if arn.resource.hasPrefix(Alias.prefix) {
            return .alias(AliasReference(place: owner, name: arn.resource))
        }
        guard arn.resource.hasPrefix("key/") else { throw .invalidARN("Invalid arn \(text)") }
        let id = String(arn.resource.dropFirst("key/".count))
        guard let keyID = KeyID(id) else { throw .notFound("Invalid keyId '\(id)'") }
        return .key(KeyReference(place: owner, id: keyID))
    }
}
