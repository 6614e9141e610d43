public import AWSVocabulary
public import Cryptography
public import EnvelopeCrypto
import Mail
import ObjectStore

/// What the mail view needs to open messages; `ContentCipher` is it, a test may be it.
public protocol MessageOpener: Sendable {
    /// Opens a body: asks for the key in the name of `caller`, decrypts, verifies the whole.
    func open(
        _ body: UnsafeRawBufferPointer, envelope: ObjectEnvelope, for caller: Caller
    ) throws(EnvelopeError) -> SecretBuffer
}

extension ContentCipher: MessageOpener {}

/// The decrypted view: `KEY.eml`, readable by whom KMS lets decrypt.
struct MailPresentation: Presentation {
    /// The name of the object SES writes to try a bucket out.
    ///
    /// It is no mail.
    static let setupObjectName = "AMAZON_SES_SETUP_NOTIFICATION"
    static let suffix = ".eml"
    /// Bytes of an AES-GCM tag at the end of a body.
    private static let tagByteCount = 16

    let opener: any MessageOpener
    let caller: @Sendable (Requester) -> Caller?
    let allowsLegacyCBC: Bool

    var directoryName: String { "mail" }

    func fileName(of objectName: String) -> String? {
        objectName == Self.setupObjectName ? nil : objectName + Self.suffix
    }

    func objectName(of fileName: String) -> String? {
        // By bytes: a character of Swift's may span the dot.
        let bytes = fileName.utf8
        guard bytes.suffix(Self.suffix.utf8.count).elementsEqual(Self.suffix.utf8) else { return nil }
        let name = String(decoding: bytes.dropLast(Self.suffix.utf8.count), as: UTF8.self)
        return name.isEmpty || name == Self.setupObjectName ? nil : name
    }

    /// A body too short to be one is shown empty: the kernel takes a negative size for a broken inode.
    func shownByteCount(of head: ObjectHead) -> Int {
        let stored = max(head.info.byteCount, 0)
        let metadata = head.metadata.entries
        guard ObjectEnvelope.isSealed(metadata) else { return stored }
        guard metadata["x-amz-cek-alg"]?.hasPrefix("AES/CBC") == true else {
            return max(stored - Self.tagByteCount, 0)
        }
        // CBC pads with 1 to 16 bytes; only the writer's claim says how many, and it counts if it is
        // possible.
        let claimed = metadata["x-amz-unencrypted-content-length"].flatMap { Int($0) } ?? 0
        return (max(stored - 16, 0)..<max(stored, 1)).contains(claimed) ? claimed : max(stored - 1, 0)
    }

    // MARK: Opening

    func open(
        _ key: ObjectKey, in bucket: any Bucket, for requester: Requester, warn: (MailboxError) -> Void
    ) throws(MailboxError) -> any Content {
        guard let caller = caller(requester) else { throw .noPrincipal(uid: requester.uid) }
        let object: StoredObject
        do throws(ObjectStoreError) { object = try bucket.get(key) } catch { throw .storage(error) }
        guard ObjectEnvelope.isSealed(object.metadata.entries) else { return try openPlain(object) }
        do throws(EnvelopeError) {
            let envelope = try ObjectEnvelope(
                decoding: object.metadata.entries, allowingLegacyCBC: allowsLegacyCBC)
            let plaintext = try object.body.withRawBytes { (body) throws(EnvelopeError) in
                try opener.open(body, envelope: envelope, for: caller)
            }
            if let warning = Self.warning(about: envelope.context, key) { warn(warning) }
            return OpenedMessage(plaintext)
        } catch {
            throw .opening(error)
        }
    }

    /// An object without an envelope passes as it is, if it is a message: a lost envelope must not turn
    /// ciphertext into somebody's mail.
    private func openPlain(_ object: StoredObject) throws(MailboxError) -> any Content {
        do throws(MailError) { _ = try Message(scanning: object.body) } catch {
            throw .neitherSealedNorMail(objectKey: object.info.key.text)
        }
        var copy = SecretBuffer()
        do throws(CryptographyError) { try copy.append(object.body) } catch { throw .outOfMemory }
        return OpenedMessage(copy)
    }

    /// KMS proves that context and key belong together, the tag that key and body do.
    ///
    /// Nothing proves that the object lies where it was put: whoever may write to the bucket can exchange two
    /// of them.
    private static func warning(about context: EncryptionContext, _ key: ObjectKey) -> MailboxError? {
        guard let messageID = context["aws:ses:message-id"], messageID != key.lastComponent else {
            return nil
        }
        return .misplaced(messageID: messageID, objectKey: key.text)
    }

    // MARK: Extended attributes

    func extendedAttributes(of head: ObjectHead, bucket: String) -> [(String, String)] {
        var attributes = [("bucket", bucket), ("object-key", head.info.key.text)]
        let metadata = head.metadata.entries
        if !ObjectEnvelope.isSealed(metadata) {
            attributes.append(("sealed", "no"))
        } else {
            do throws(EnvelopeError) {
                let envelope = try ObjectEnvelope(decoding: metadata, allowingLegacyCBC: true)
                attributes.append(("sealed", "yes"))
                attributes += Self.attributes(of: envelope)
                if let warning = Self.warning(about: envelope.context, head.info.key) {
                    attributes.append(("warning", warning.description))
                }
            } catch {
                attributes += [("sealed", "damaged"), ("warning", MailboxError.opening(error).description)]
            }
        }
        return attributes.map { ("user.envelopefs." + $0.0, $0.1) }
    }

    private static func attributes(of envelope: ObjectEnvelope) -> [(String, String)] {
        let context = envelope.context
        let known: [(String, String?)] = [
            ("message-id", context["aws:ses:message-id"]), ("rule", context["aws:ses:rule-name"]),
            ("source-account", context["aws:ses:source-account"]), ("key", envelope.keyID),
            ("algorithm", envelope.contentAlgorithm), ("wrap-algorithm", envelope.wrapAlgorithm.rawValue),
            ("context", context.jsonText),
        ]
        return known.compactMap { name, value in value.map { (name, $0) } }
    }
}

/// A message, decrypted and verified, wiped when its handle is released.
final class OpenedMessage: Content {
    private let plaintext: SecretBuffer

    init(_ plaintext: consuming SecretBuffer) { self.plaintext = plaintext }

    /// Plaintext must not stay in the page cache.
    var bypassesCache: Bool { true }

    func withBytes<R>(
        from offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(MailboxError) -> R {
        plaintext.withUnsafeBytes { body($0.part(from: offset, count: count)) }
    }
}
