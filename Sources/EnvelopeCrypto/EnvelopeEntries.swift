internal import AWSVocabulary
internal import Cryptography
internal import StrictJSON

/// The entries of one envelope while they are being judged: lower-case names, values still text.
///
/// The order of the checks is the order of `ObjectEnvelope.init`: which format, then each entry of it,
/// strictly.
struct EnvelopeEntries {
    /// The longest wrapped key KMS makes or takes.
    static let wrappedKeyLimit = 6144

    private let values: [String: String]

    /// Takes the envelope's part of user metadata.
    ///
    /// - Throws: `.notSealed`, `.conflictingEntries` for one name in two spellings.
    init(_ metadata: [String: String]) throws(EnvelopeError) {
        values = try Self.lowerCased(metadata)
        guard ObjectEnvelope.isSealed(values) else { throw .notSealed }
    }

    /// Takes the members of an instruction file, together with what the object itself keeps.
    init(instruction: [UInt8], beside objectMetadata: [String: String]) throws(EnvelopeError) {
        let own = try Self.lowerCased(objectMetadata)
        let file = try Self.lowerCased(Self.members(of: instruction))
        // A wrapped key or an IV in both places: nobody could say which one holds.
        let doubled = Set(own.keys).intersection(file.keys).subtracting([EnvelopeEntry.plaintextLength])
        guard doubled.isEmpty else { throw .conflictingEntries(doubled.sorted()) }
        let isCommitting = file[EnvelopeEntry.committingWrappedKey] != nil
        // V3 3.5: the commitment stays on the object, so that whoever swaps the file cannot swap it too.
        let marks = Set(EnvelopeEntry.committingMarks)
        let stray =
            own.keys.filter { EnvelopeEntry.all.contains($0) && !(isCommitting && marks.contains($0)) }
            + file.keys.filter { isCommitting && marks.contains($0) }
        guard stray.isEmpty else { throw .conflictingEntries(stray.sorted()) }
        values = file.merging(own) { fromFile, _ in fromFile }
        guard ObjectEnvelope.isSealed(values) else { throw .notSealed }
    }

    /// The envelope these entries describe.
    func envelope(allowingLegacyCBC: Bool) throws(EnvelopeError) -> ObjectEnvelope {
        switch try format() {
        case .v2: try secondVersion(allowingLegacyCBC: allowingLegacyCBC)
        case .committing: try committingVersion()
        }
    }

    // MARK: - Which format

    private func format() throws(EnvelopeError) -> ObjectEnvelope.Format {
        let keys = [EnvelopeEntry.localKey, EnvelopeEntry.wrappedKey, EnvelopeEntry.committingWrappedKey]
            .filter { values[$0] != nil }
        guard keys.count < 2 else { throw .conflictingEntries(keys) }
        let marks = EnvelopeEntry.committingMarks.filter { values[$0] != nil }
        if values[EnvelopeEntry.wrappedKey] != nil {
            guard marks.isEmpty else { throw .conflictingEntries([EnvelopeEntry.wrappedKey] + marks) }
            try refuseUnknownVersions()
            return .v2
        }
        try refuseUnknownVersions()
        if values[EnvelopeEntry.localKey] != nil { throw .localKey }
        if values[EnvelopeEntry.committingWrappedKey] != nil { return .committing }
        throw .missingEntry(marks.isEmpty ? EnvelopeEntry.wrappedKey : EnvelopeEntry.committingWrappedKey)
    }

    private func refuseUnknownVersions() throws(EnvelopeError) {
        let prefix = EnvelopeEntry.localKey + "-"
        let unknown = values.keys.filter { $0.hasPrefix(prefix) && $0 != EnvelopeEntry.wrappedKey }.min()
        if let unknown { throw .unknownVersion(unknown) }
    }

    // MARK: - V2

    private func secondVersion(allowingLegacyCBC: Bool) throws(EnvelopeError) -> ObjectEnvelope {
        let wrapping = try value(of: EnvelopeEntry.wrapAlgorithm)
        guard let wrapAlgorithm = ObjectEnvelope.WrapAlgorithm(rawValue: wrapping) else {
            throw .wrapAlgorithm(wrapping)
        }
        let contentAlgorithm = try value(of: EnvelopeEntry.contentAlgorithm)
        let content = try content(contentAlgorithm, allowingLegacyCBC: allowingLegacyCBC)
        let wrappedKey = try bytes(of: EnvelopeEntry.wrappedKey, 1...Self.wrappedKeyLimit)
        let context = try context(in: EnvelopeEntry.materialDescription)
        switch wrapAlgorithm {
        case .kms:
            // The materials description is the context; clients that wrap so refuse it without the key's
            // name.
            guard context[EnvelopeEntry.keyIDPair] != nil else { throw .contextPair(EnvelopeEntry.keyIDPair) }
        case .kmsContext:
            // KMS authenticates the pair, nothing authenticates the entry: they must say the same.
            guard context[EnvelopeEntry.contentAlgorithmPair] == contentAlgorithm else {
                throw .contextPair(EnvelopeEntry.contentAlgorithmPair)
            }
        }
        return ObjectEnvelope(
            format: .v2, wrapAlgorithm: wrapAlgorithm, content: content, wrappedKey: wrappedKey,
            context: context, metadata: ownEntries())
    }

    private func content(
        _ algorithm: String, allowingLegacyCBC: Bool
    ) throws(EnvelopeError) -> ObjectEnvelope.Content {
        switch algorithm {
        case ContentAlgorithmName.gcm:
            let tagLength = try value(of: EnvelopeEntry.tagLength)
            guard tagLength == "128" else { throw .tagLength(tagLength) }
            return .gcm(iv: try bytes(of: EnvelopeEntry.iv, 12...12))
        case ContentAlgorithmName.cbc, ContentAlgorithmName.cbcSynonym:
            // A tag length here is an authenticated object relabelled.
            if let tagLength = values[EnvelopeEntry.tagLength] { throw .tagLength(tagLength) }
            guard allowingLegacyCBC else { throw .legacyContentAlgorithm }
            return .cbc(iv: try bytes(of: EnvelopeEntry.iv, 16...16))
        default:
            throw .contentAlgorithm(algorithm)
        }
    }

    // MARK: - V3

    private func committingVersion() throws(EnvelopeError) -> ObjectEnvelope {
        let suite = try value(of: EnvelopeEntry.committingSuite)
        guard suite == ContentAlgorithmName.committing else { throw .contentAlgorithm(suite) }
        let wrapping = try value(of: EnvelopeEntry.committingWrapAlgorithm)
        // "12" is kms+context; "02" and "22" are local keys.
        guard wrapping == "12" else { throw .wrapAlgorithm(wrapping) }
        let content = ObjectEnvelope.Content.committingGCM(
            messageID: try bytes(of: EnvelopeEntry.committingMessageID, 28...28),
            commitment: try bytes(of: EnvelopeEntry.committingCommitment, 28...28))
        let wrappedKey = try bytes(of: EnvelopeEntry.committingWrappedKey, 1...Self.wrappedKeyLimit)
        let context = try context(in: EnvelopeEntry.committingContext)
        guard context[EnvelopeEntry.contentAlgorithmPair] == suite else {
            throw .contextPair(EnvelopeEntry.contentAlgorithmPair)
        }
        return ObjectEnvelope(
            format: .committing, wrapAlgorithm: .kmsContext, content: content, wrappedKey: wrappedKey,
            context: context, metadata: ownEntries())
    }

    // MARK: - Values

    private func value(of name: String) throws(EnvelopeError) -> String {
        guard let value = values[name] else { throw .missingEntry(name) }
        return value
    }

    private func bytes(of name: String, _ count: ClosedRange<Int>) throws(EnvelopeError) -> [UInt8] {
        let text = try value(of: name)
        guard let bytes = Base64.decode(strict: text), count.contains(bytes.count) else {
            throw .malformedEntry(name)
        }
        return bytes
    }

    private func context(in name: String) throws(EnvelopeError) -> EncryptionContext {
        let text = try value(of: name)
        let parsed: JSONValue
        do throws(JSONError) {
            parsed = try JSONValue(parsing: text)
        } catch {
            throw .materialDescription("\(error)")
        }
        guard let object = parsed.object else { throw .materialDescription("not a JSON object") }
        guard let pairs = object.stringMembers else { throw .materialDescription("a value is not a string") }
        return EncryptionContext(pairs)
    }

    private func ownEntries() -> [String: String] {
        values.filter { EnvelopeEntry.all.contains($0.key) || $0.key == EnvelopeEntry.plaintextLength }
    }

    private static func lowerCased(_ metadata: [String: String]) throws(EnvelopeError) -> [String: String] {
        var values: [String: String] = [:]
        for (name, value) in metadata {
            let name = name.lowercased()
            guard values.updateValue(value, forKey: name) == nil else { throw .conflictingEntries([name]) }
        }
        return values
    }

    /// The members of an instruction file as text.
    private static func members(of instruction: [UInt8]) throws(EnvelopeError) -> [String: String] {
        let parsed: JSONValue
        do throws(JSONError) {
            parsed = try JSONValue(parsing: instruction)
        } catch {
            throw .instructionFile("\(error)")
        }
        guard let object = parsed.object else { throw .instructionFile("not a JSON object") }
        var members: [String: String] = [:]
        for (name, value) in object.members {
            if let text = value.string {
                members[name] = text
            } else if case .number(let text) = value, numericMembers.contains(name) {
                // Some writers put lengths as numbers.
                members[name] = text
            } else {
                throw .instructionFile("the value of \(name) is not a string")
            }
        }
        return members
    }

    private static let numericMembers = [EnvelopeEntry.tagLength, EnvelopeEntry.plaintextLength]
}
