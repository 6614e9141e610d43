// The S3 encryption client's instruction file: an envelope that lies beside the object instead of on it.
//
// Standard: the S3 part of awslabs/aws-encryption-sdk-specification, `data-format/metadata-strategy`. One
// JSON object, names and values as in object metadata. We write it so that a copy of a bucket made by a tool
// that drops extended attributes still opens; `x-amz-unencrypted-content-length` is left out, because the
// official Python client refuses a file that has it.

internal import StrictJSON

/// The instruction file of an object: what it says, and when it counts.
public enum InstructionFile {
    /// Added to the object key.
    ///
    /// Clients can be configured to another one; all use this by default.
    public static let suffix = ".instruction"

    private static let unencryptedLengthName = "x-amz-unencrypted-content-length"
    private static let partNames: Set<String> = ["x-amz-iv", "x-amz-cek-alg", "x-amz-wrap-alg"]

    /// The file for an object with this metadata: one JSON object, members in ascending order, no white
    /// space.
    public static func contents(for metadata: ObjectMetadata) -> [UInt8] {
        let members = metadata.entries
            .filter { $0.key != unencryptedLengthName }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { ($0.key, JSONValue.string($0.value)) }
        return Array(JSONValue.object(JSONObject(members)).text().utf8)
    }

    /// The entries of an instruction file, whoever wrote it.
    ///
    /// Values may be JSON strings or, as one client writes the tag length, numbers.
    ///
    /// - Throws: `.damagedInstruction` when it is anything but one JSON object of such values.
    public static func entries(
        decoding bytes: [UInt8], of key: String
    ) throws(ObjectStoreError) -> ObjectMetadata {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw .damagedInstruction(key: key, reason: "not JSON: \(error)")
        }
        guard let object = value.object else {
            throw .damagedInstruction(key: key, reason: "not a JSON object")
        }
        var entries: [String: String] = [:]
        for (name, value) in object.members {
            switch value {
            case .string(let text), .number(let text): entries[name] = text
            case .null, .bool, .array, .object:
                throw .damagedInstruction(key: key, reason: "the value of \(name) is not a string")
            }
        }
        do {
            return try ObjectMetadata(entries)
        } catch {
            throw .damagedInstruction(key: key, reason: "\(error)")
        }
    }

    /// Whether the instruction file is to be looked for beside an object that carries `own` metadata.
    ///
    /// The object's own envelope always wins. An object with a part of an envelope but no wrapped key was
    /// tampered with or cut, and must be refused rather than completed from elsewhere.
    public static func isConsulted(beside own: ObjectMetadata) -> Bool {
        !own.hasWrappedKey && partNames.isDisjoint(with: own.entries.keys)
    }

    /// The object's metadata with what the instruction file adds; its own entries win.
    public static func merging(_ own: ObjectMetadata, _ instruction: ObjectMetadata) -> ObjectMetadata {
        ObjectMetadata(unchecked: own.entries.merging(instruction.entries) { own, _ in own })
    }
}
