import ObjectStore

/// How one of the two stored views shows an object.
protocol Presentation: Sendable {
    /// The view's directory in the root of the mount.
    var directoryName: String { get }
    /// The file name of an object's last segment, or of its whole key; nil when it is not shown.
    func fileName(of objectName: String) -> String?
    /// The reverse; nil for a name that no object has here.
    func objectName(of fileName: String) -> String?
    /// The length `stat` shows.
    ///
    /// Known without a key, never negative.
    func shownByteCount(of head: ObjectHead) -> Int
    func extendedAttributes(of head: ObjectHead, bucket: String) -> [(String, String)]
    /// - Parameter warn: Takes what does not stand in the way of opening and is worth knowing.
    func open(
        _ key: ObjectKey, in bucket: any Bucket, for requester: Requester, warn: (MailboxError) -> Void
    ) throws(MailboxError) -> any Content
}

/// The stored objects, byte for byte, their metadata as `user.` attributes.
struct SealedPresentation: Presentation {
    var directoryName: String { "sealed" }

    func fileName(of objectName: String) -> String? { objectName }

    func objectName(of fileName: String) -> String? { fileName }

    func shownByteCount(of head: ObjectHead) -> Int { max(head.info.byteCount, 0) }

    /// Named as rclone's local backend names them.
    func extendedAttributes(of head: ObjectHead, bucket: String) -> [(String, String)] {
        head.metadata.entries.sorted { $0.key < $1.key }.map { ("user." + $0.key, $0.value) }
    }

    func open(
        _ key: ObjectKey, in bucket: any Bucket, for requester: Requester, warn: (MailboxError) -> Void
    ) throws(MailboxError) -> any Content {
        do throws(ObjectStoreError) {
            return ObjectContent(object: try bucket.open(key))
        } catch {
            throw .storage(error)
        }
    }
}

/// A stored body, read piece by piece from the version that was opened.
struct ObjectContent: Content {
    let object: any OpenedObject

    /// Ciphertext may lie in the page cache.
    var bypassesCache: Bool { false }

    func withBytes<R>(
        from offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(MailboxError) -> R {
        let bytes: [UInt8]
        do throws(ObjectStoreError) {
            guard offset < object.info.byteCount else {
                return body(UnsafeRawBufferPointer(start: nil, count: 0))
            }
            bytes = try object.read(byteCount: max(count, 0), at: offset)
        } catch {
            throw .storage(error)
        }
        return bytes.withUnsafeBytes(body)
    }
}
