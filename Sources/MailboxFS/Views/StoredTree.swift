import EnvelopeCrypto
import FoundationEssentials
import ObjectStore

/// `mail/` and `sealed/`: the buckets as directories, one file an object.
///
/// The two differ in names, in sizes, in what an opening yields and in extended attributes; `Presentation`
/// says how.
struct StoredTree: View {
    let table = InodeTable()
    let buckets: any BucketSource
    let mail: MailPresentation
    let sealed = SealedPresentation()
    let fixtures: Fixtures
    let refusals: RefusalLog

    func presentation(_ area: StoredPlace.Area) -> any Presentation {
        switch area {
        case .mail: mail
        case .sealed: sealed
        }
    }

    func bucket(_ name: String) throws(MailboxError) -> any Bucket {
        do throws(ObjectStoreError) { return try buckets.bucket(named: name) } catch { throw .storage(error) }
    }

    // MARK: Finding

    func lookup(
        _ name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry {
        let parent = try table.place(parent)
        switch parent.kind {
        case .object: throw .notADirectory(name)
        case .top:
            do throws(ObjectStoreError) { _ = try buckets.bucket(named: name) } catch {
                throw Self.absence(error, of: name)
            }
            return counted(StoredPlace(area: parent.area, kind: .level(bucket: name, .root)), nil)
        case .level(let bucket, let prefix):
            return try find(name, in: try self.bucket(bucket), prefix, area: parent.area)
        }
    }

    private func find(
        _ name: String, in bucket: any Bucket, _ prefix: KeyPrefix, area: StoredPlace.Area
    ) throws(MailboxError) -> Entry {
        if let objectName = presentation(area).objectName(of: name),
            let head = try head(objectName, in: bucket, prefix)
        {
            let place = StoredPlace(area: area, kind: .object(bucket: bucket.name, head.info.key))
            return counted(place, head)
        }
        do throws(ObjectStoreError) {
            guard try bucket.entryKind(name, in: prefix) == .prefix else { throw .noSuchKey(name) }
            let level = StoredPlace(
                area: area, kind: .level(bucket: bucket.name, try prefix.appending(name)))
            return counted(level, nil)
        } catch {
            throw Self.absence(error, of: name)
        }
    }

    /// The object under a name on a level, or nil when there is none.
    private func head(
        _ name: String, in bucket: any Bucket, _ prefix: KeyPrefix
    ) throws(MailboxError) -> ObjectHead? {
        do throws(ObjectStoreError) {
            return try bucket.head(try prefix.key(name))
        } catch {
            switch error {
            case .noSuchKey, .invalidKey: return nil
            case .noSuchBucket, .bucketExists, .bucketNotEmpty, .invalidBucketName, .invalidMetadata,
                .keyConflict,
                .damagedInstruction, .storage, .accessDenied, .unavailable:
                throw .storage(error)
            }
        }
    }

    /// A name that cannot be an object's is one that is not there.
    private static func absence(_ error: ObjectStoreError, of name: String) -> MailboxError {
        switch error {
        case .noSuchKey, .noSuchBucket, .invalidKey, .invalidBucketName: .noSuchEntry(name)
        case .bucketExists, .bucketNotEmpty, .invalidMetadata, .keyConflict, .damagedInstruction, .storage,
            .accessDenied, .unavailable:
            .storage(error)
        }
    }

    /// Counts a lookup and describes the place.
    func counted(_ place: StoredPlace, _ head: ObjectHead?) -> Entry {
        let number = table.addLookup(of: place)
        let timeout = fixtures.options.storedTimeout
        return Entry(
            inode: number, attributes: attributes(number, place, head), entryTimeout: timeout,
            attributeTimeout: timeout)
    }

    func forget(_ inode: InodeNumber, count: UInt64) { table.forget(inode, count: count) }

    func attributes(of inode: InodeNumber, for requester: Requester) throws(MailboxError) -> TimedAttributes {
        let place = try table.place(inode)
        var found: ObjectHead?
        if case .object(let bucket, let key) = place.kind { found = try head(of: key, in: bucket) }
        return TimedAttributes(attributes(inode, place, found), timeout: fixtures.options.storedTimeout)
    }

    func head(of key: ObjectKey, in bucket: String) throws(MailboxError) -> ObjectHead {
        let bucket = try self.bucket(bucket)
        do throws(ObjectStoreError) { return try bucket.head(key) } catch { throw .storage(error) }
    }

    private func attributes(_ number: InodeNumber, _ place: StoredPlace, _ head: ObjectHead?)
        -> FileAttributes
    {
        guard let head else {
            let isChangeable = place.area == .mail && fixtures.options.allowsRemoval
            return fixtures.directory(number, permissions: isChangeable ? 0o755 : 0o555)
        }
        return fixtures.file(
            number, byteCount: presentation(place.area).shownByteCount(of: head), modified: head.info.modified
        )
    }

    // MARK: Opening

    func mayBlock(opening inode: InodeNumber) -> Bool { true }

    func open(
        _ inode: InodeNumber, flags: OpenFlags, for requester: Requester
    ) throws(MailboxError) -> OpenFile {
        let place = try table.place(inode)
        guard case .object(let bucketName, let key) = place.kind else {
            throw .isADirectory("inode \(inode.rawValue)")
        }
        let presentation = presentation(place.area)
        guard !flags.canWrite else { throw .readOnly(key.text) }
        let path =
            "\(presentation.directoryName)/\(bucketName)/\(presentation.fileName(of: key.text) ?? key.text)"
        do throws(MailboxError) {
            let bucket = try bucket(bucketName)
            return .content(
                try presentation.open(key, in: bucket, for: requester) { warning in
                    refusals.note(warning, path: path, operation: .opening, requester: requester)
                })
        } catch {
            refusals.note(error, path: path, operation: .opening, requester: requester)
            throw error
        }
    }

    // MARK: Extended attributes

    func extendedAttributes(
        of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> [(String, String)] {
        let place = try table.place(inode)
        guard case .object(let bucket, let key) = place.kind else { return [] }
        return presentation(place.area).extendedAttributes(of: try head(of: key, in: bucket), bucket: bucket)
    }

    // MARK: Removing

    /// Removes the object behind a mail, where the mount allows that; `sealed/` only shows.
    func remove(_ name: String, in parent: InodeNumber, for requester: Requester) throws(MailboxError) {
        let parent = try table.place(parent)
        guard parent.area == .mail else { throw .readOnly(name) }
        guard fixtures.options.allowsRemoval, !fixtures.options.isReadOnly else {
            throw .removalNotAllowed(name)
        }
        guard case .level(let bucketName, let prefix) = parent.kind else { throw .isADirectory(name) }
        guard let objectName = mail.objectName(of: name) else { throw .noSuchEntry(name) }
        let bucket = try bucket(bucketName)
        let isRemoved: Bool
        do throws(ObjectStoreError) {
            isRemoved = try bucket.delete(try prefix.key(objectName))
        } catch {
            let path = "mail/\(bucketName)/\(prefix.text)\(name)"
            refusals.note(.storage(error), path: path, operation: .removing, requester: requester)
            throw Self.absence(error, of: name)
        }
        guard isRemoved else { throw .noSuchEntry(name) }
    }

    /// A level goes with its last object; what is left to say is whether there is one.
    func removeDirectory(_ name: String, in parent: InodeNumber, for requester: Requester)
        throws(MailboxError)
    {
        let parent = try table.place(parent)
        guard parent.area == .mail else { throw .readOnly(name) }
        guard fixtures.options.allowsRemoval, case .level(let bucketName, let prefix) = parent.kind else {
            throw .removalNotAllowed(name)
        }
        let bucket = try bucket(bucketName)
        do throws(ObjectStoreError) {
            guard try bucket.entryKind(name, in: prefix) == nil else { throw .bucketNotEmpty(name) }
        } catch {
            throw .storage(error)
        }
    }
}
