import FoundationEssentials

/// A name for a key that can be pointed at another one later.
struct Alias: Sendable, Equatable {
    /// What every alias name begins with.
    static let prefix = "alias/"
    /// What the names of AWS's own aliases begin with.
    static let reservedPrefix = "alias/aws/"
    /// The longest name, prefix included.
    static let nameLimit = 256

    let reference: AliasReference
    let keyID: KeyID
    let created: Date
    let updated: Date

    /// The key it points at.
    var target: KeyReference { KeyReference(place: reference.place, id: keyID) }

    /// Checks a name that a request gives.
    ///
    /// - Throws: `.validation` for a wrong prefix, a foreign character or too many of them, `.notAuthorized`
    ///   for AWS's own names.
    static func validate(name: String) throws(KeyManagementError) {
        guard name.hasPrefix(prefix) else {
            throw .validation(
                "Alias must start with the prefix \"alias/\". Please see "
                    + "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
        }
        guard name != prefix, name.utf8.allSatisfy(isNameByte) else {
            throw .validation(
                "1 validation error detected: Value '\(name)' at 'aliasName' failed to satisfy constraint: "
                    + "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$")
        }
        guard !name.hasPrefix(reservedPrefix) else { throw .notAuthorized }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
