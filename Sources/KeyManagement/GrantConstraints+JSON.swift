import AWSVocabulary
import StrictJSON

extension GrantConstraints {
    /// Reads the members that AWS names; what is not there constrains nothing.
    init(json: JSONValue) {
        self.init(
            encryptionContextEquals: Self.context(json["EncryptionContextEquals"]),
            encryptionContextSubset: Self.context(json["EncryptionContextSubset"]),
            sourceARN: json["SourceArn"]?.string)
    }

    private static func context(_ value: JSONValue?) -> EncryptionContext? {
        value?.object?.stringMembers.map { EncryptionContext($0) }
    }

    /// The constraints as stored and, with names in lower camel case, as recorded.
    func json(lowerCamelCase: Bool = false) -> JSONObject {
        var members = JSONObject()
        members[lowerCamelCase ? "encryptionContextEquals" : "EncryptionContextEquals"] =
            encryptionContextEquals?.jsonValue
        members[lowerCamelCase ? "encryptionContextSubset" : "EncryptionContextSubset"] =
            encryptionContextSubset?.jsonValue
        members[lowerCamelCase ? "sourceArn" : "SourceArn"] = sourceARN.map(JSONValue.string)
        return members
    }
}
