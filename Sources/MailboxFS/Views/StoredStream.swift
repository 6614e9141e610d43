import ObjectStore

/// A listing of one level of a bucket, streamed from the store.
///
/// Offsets are the store's own, which it can resume from at any time; the two directory entries have offsets
/// that no store uses, near the end of the range the kernel accepts.
struct StoredStream: DirectoryStream {
    private static let afterSelf = UInt64(Int64.max) - 16
    private static let afterParent = UInt64(Int64.max) - 15

    let tree: StoredTree
    let area: StoredPlace.Area
    let bucket: any Bucket
    let prefix: KeyPrefix
    let level: any BucketLevel
    let number: InodeNumber
    let parent: InodeNumber

    func list(
        from offset: UInt64, withEntries: Bool, for requester: Requester, emit: (DirectoryRecord) -> Bool
    ) throws(MailboxError) {
        if offset == 0 {
            let record = DirectoryRecord(
                name: ".", inode: number, kind: .directory, nextOffset: Self.afterSelf)
            guard emit(record) else { return }
        }
        if offset == 0 || offset == Self.afterSelf {
            let record = DirectoryRecord(
                name: "..", inode: parent, kind: .directory, nextOffset: Self.afterParent)
            guard emit(record) else { return }
        }
        let start = offset == Self.afterSelf || offset == Self.afterParent ? 0 : offset
        do throws(ObjectStoreError) {
            try level.read(from: start) { entry in
                guard let record = record(of: entry, withEntries: withEntries) else { return true }
                if emit(record) { return true }
                if let entry = record.entry { tree.forget(entry.inode, count: 1) }
                return false
            }
        } catch {
            throw .storage(error)
        }
    }

    /// The record of a name; nil when this view does not show it.
    private func record(of entry: BucketEntry, withEntries: Bool) -> DirectoryRecord? {
        let name: String
        let place: StoredPlace?
        switch entry.kind {
        case .prefix:
            name = entry.name
            place = (try? prefix.appending(entry.name)).map {
                StoredPlace(area: area, kind: .level(bucket: bucket.name, $0))
            }
        case .object:
            guard let shown = tree.presentation(area).fileName(of: entry.name) else { return nil }
            name = shown
            place = (try? prefix.key(entry.name)).map {
                StoredPlace(area: area, kind: .object(bucket: bucket.name, $0))
            }
        }
        guard let place else { return nil }
        var record = DirectoryRecord(
            name: name, inode: tree.table.number(of: place),
            kind: entry.kind == .object ? .regularFile : .directory,
            nextOffset: entry.nextOffset)
        if withEntries { record.entry = self.entry(of: place) }
        return record
    }

    /// The entry of a place, which counts as a lookup; nil when the object went while it was listed.
    private func entry(of place: StoredPlace) -> Entry? {
        switch place.kind {
        case .top: return nil
        case .level: return tree.counted(place, nil)
        case .object(_, let key):
            guard let head = try? bucket.head(key) else { return nil }
            return tree.counted(place, head)
        }
    }
}

extension StoredTree {
    func openDirectory(_ inode: InodeNumber, for requester: Requester) throws(MailboxError)
        -> any DirectoryStream
    {
        let place = try table.place(inode)
        switch place.kind {
        case .object: throw .notADirectory("inode \(inode.rawValue)")
        case .top: return try bucketStream(inode, place.area)
        case .level(let name, let prefix):
            let bucket = try bucket(name)
            let level: any BucketLevel
            do throws(ObjectStoreError) { level = try bucket.level(prefix) } catch { throw .storage(error) }
            return StoredStream(
                tree: self, area: place.area, bucket: bucket, prefix: prefix, level: level, number: inode,
                parent: table.number(of: place.parent))
        }
    }

    private func bucketStream(_ inode: InodeNumber, _ area: StoredPlace.Area) throws(MailboxError)
        -> FixedStream
    {
        let names: [String]
        do throws(ObjectStoreError) { names = try buckets.bucketNames() } catch { throw .storage(error) }
        let records = names.map { name in
            let place = StoredPlace(area: area, kind: .level(bucket: name, .root))
            return (name, table.number(of: place), FileKind.directory)
        }
        return FixedStream(
            of: inode, in: .root, records, entry: { try? lookup($0, in: inode, for: $1) },
            forget: { forget($0, count: 1) })
    }
}

extension StoredPlace {
    /// The directory above.
    var parent: StoredPlace {
        switch kind {
        case .top: return self
        case .object(let bucket, let key):
            return StoredPlace(area: area, kind: .level(bucket: bucket, key.prefix))
        case .level(let bucket, let prefix):
            let segments = prefix.segments
            guard !segments.isEmpty else { return StoredPlace(area: area, kind: .top) }
            let above = segments.dropLast().map { $0 + "/" }.joined()
            return StoredPlace(area: area, kind: .level(bucket: bucket, (try? KeyPrefix(above)) ?? .root))
        }
    }
}
