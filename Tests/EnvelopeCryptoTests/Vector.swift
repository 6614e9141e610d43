import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import Foundation
import StrictJSON
import Testing

/// One object of the vector files: what is stored, what KMS would answer, and what must come of it.
struct Vector: Sendable, CustomTestStringConvertible {
    let id: String
    let about: String
    let format: String
    let metadata: [String: String]
    let body: [UInt8]?
    let bodyDigest: String?
    let instruction: [UInt8]?
    let plaintext: [UInt8]?
    let plaintextDigest: String?
    let iv: [UInt8]?
    let keys: StubKeys

    var testDescription: String { "\(id): \(about)" }
    var isCBC: Bool { format.hasSuffix("cbc") }
    var isRefused: Bool { id.hasPrefix("refuse-") || id.hasPrefix("differ-") }

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let format = json["format"]?.string, let object = json["object"]
        else {
            return nil
        }
        self.id = id
        self.format = format
        about = json["about"]?.string ?? ""
        metadata = object["metadata"]?.object?.stringMembers ?? [:]
        body = object["body_b64"]?.string.flatMap(Base64.decode(strict:))
        bodyDigest = json["body_sha256"]?.string
        instruction = json["instruction_file"]?["body"]?.string.map { Array($0.utf8) }
        plaintextDigest = json["plaintext_sha256"]?.string
        iv = json["iv_hex"]?.string.flatMap(Hex.decode)
        if json["plaintext_generator"] != nil, let count = json["plaintext_len"]?.int {
            plaintext = (0..<count).map { UInt8($0 % 251) }
        } else {
            plaintext = json["plaintext_b64"]?.string.flatMap(Base64.decode(strict:))
        }
        keys = StubKeys(json["kms"])
    }

    /// The envelope, from the instruction file where the vector has one.
    func envelope() throws(EnvelopeError) -> ObjectEnvelope {
        if let instruction {
            return try ObjectEnvelope(
                decodingInstruction: instruction, objectMetadata: metadata, allowingLegacyCBC: isCBC)
        }
        return try ObjectEnvelope(decoding: metadata, allowingLegacyCBC: isCBC)
    }

    /// Opens the object; the result is compared by its bytes.
    func opened() throws(EnvelopeError) -> [UInt8] {
        let cipher = ContentCipher(keys: keys)
        let envelope = try envelope()
        return try (body ?? []).withBytes { (bytes) throws(EnvelopeError) in
            try cipher.open(bytes, envelope: envelope, for: .tester).array
        }
    }

    /// All vectors of one file in `Fixtures`.
    static func all(in file: String) throws -> [Vector] {
        let json = try fixture(file)
        let vectors = json["vectors"]?.array ?? []
        return vectors.compactMap(Vector.init)
    }

    static func fixture(_ file: String) throws -> JSONValue {
        let url = try #require(
            Bundle.module.url(forResource: file, withExtension: "json", subdirectory: "Fixtures"))
        return try JSONValue(parsing: [UInt8](Data(contentsOf: url)))
    }
}

extension Caller {
    static let tester = Caller.root(of: .default)
}

extension SecretBuffer {
    /// A copy of the bytes, for comparing in tests only.
    var array: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension [UInt8] {
    /// The elements as raw bytes, with the type of the error kept.
    func withBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try span.withUnsafeBytes(body)
    }
}

/// A KMS that knows one data key and gives it out for exactly one blob under exactly one context.
struct StubKeys: DataKeyProvider {
    let blob: [UInt8]
    let context: EncryptionContext
    let key: [UInt8]
    let keyNames: [String]

    init(_ json: JSONValue?) {
        blob = json?["ciphertext_blob_b64"]?.string.flatMap(Base64.decode(strict:)) ?? []
        context = EncryptionContext(json?["encryption_context"]?.object?.stringMembers ?? [:])
        key = json?["plaintext_data_key_hex"]?.string.flatMap(Hex.decode) ?? []
        let names = [json?["key_id"]] + (json?["also_answers_to"]?.array ?? [])
        keyNames = names.compactMap { $0?.string }
    }

    func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> DataKey {
        guard keyNames.contains(keyID), context == self.context else {
            throw .accessDenied("not the recorded call")
        }
        return DataKey(plaintext: SecretBytes(copying: key), ciphertextBlob: blob)
    }

    func decrypt(
        _ ciphertextBlob: [UInt8], keyID: String?, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> SecretBytes {
        guard ciphertextBlob == blob, context == self.context else { throw .invalidCiphertext }
        if let keyID, !keyNames.contains(keyID) { throw .incorrectKey }
        return SecretBytes(copying: key)
    }
}
