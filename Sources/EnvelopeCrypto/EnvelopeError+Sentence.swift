extension EnvelopeError: CustomStringConvertible {
    /// A sentence fragment for people; never key bytes or plaintext.
    public var description: String {
        switch self {
        case .notSealed: "the object has no envelope"
        case .conflictingEntries(let names):
            "the envelope has entries that exclude each other: \(names.joined(separator: ", "))"
        case .missingEntry(let name): "the envelope lacks its entry \(name)"
        case .malformedEntry(let name): "the envelope's entry \(name) is malformed"
        case .localKey: "the data key is under a local key, which no KMS can open"
        case .unknownVersion(let name): "the envelope is of an unknown version: \(name)"
        case .wrapAlgorithm(let name): "the data key is wrapped by '\(name)', which is not KMS's way"
        case .contentAlgorithm(let name): "the content algorithm '\(name)' is unknown"
        case .tagLength(let text): "the tag length '\(text)' is not 128 bits"
        case .materialDescription(let reason): "the stored encryption context is unreadable: \(reason)"
        case .contextPair(let name): "the stored encryption context has no right pair \(name)"
        case .instructionFile(let reason): "the instruction file is unreadable: \(reason)"
        case .legacyContentAlgorithm:
            "the object is under AES-CBC, which authenticates nothing (see legacy_cbc)"
        case .bodyByteCount(let count): "no sealed object has a body of \(count) bytes"
        case .messageTooLarge(let count): "\(count) bytes are more than one key may seal"
        case .key(let error): "\(error)"
        case .dataKeyByteCount(let count): "KMS gave a data key of \(count) bytes instead of 32"
        case .wrappedKeyByteCount(let count): "KMS gave a wrapped key of \(count) bytes"
        case .authenticationFailed: "the sealed bytes were changed, or are another object's"
        case .cipher(let error): "the cipher failed: \(error)"
        }
    }
}

extension DataKeyError: CustomStringConvertible {
    /// A sentence fragment for people: KMS's own words where it has some.
    public var description: String {
        switch self {
        case .accessDenied(let text), .keyDisabled(let text), .keyPendingDeletion(let text),
            .keyNotFound(let text),
            .invalidKeyState(let text), .invalidKeyUsage(let text):
            text
        case .invalidCiphertext: "KMS rejects the wrapped key or its encryption context"
        case .incorrectKey: "the data key was wrapped under another KMS key"
        case .unavailable(let text): "KMS does not answer: \(text)"
        case .trail(let text): "the call could not be recorded: \(text)"
        case .internalFailure(let text): "KMS failed: \(text)"
        }
    }
}
