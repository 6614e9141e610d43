internal import DurableFiles
internal import Synchronization
internal import SystemPackage

/// One directory of a bucket, read as a stream.
///
/// The offsets are the file system's own positions, so a reader may come back with any of them; memory is
/// one block of names however many objects there are.
final class LocalLevel: BucketLevel {
    private let directory: Directory

    /// A reader that stopped, and where; the next call usually goes on from there.
    private struct Parked: ~Copyable {
        var reader: DirectoryReader
        var offset: UInt64
        /// Read already, but refused by the caller.
        var refused: BucketEntry?
    }

    private let parked = Mutex<Parked?>(nil)

    init(_ directory: Directory) {
        self.directory = directory
    }

    func read(
        from offset: UInt64, _ body: (BucketEntry) -> Bool
    ) throws(ObjectStoreError) {
        var current = try storing { () throws(DurableFileError) in try takeReader(at: offset) }
        if let refused = current.refused.take() {
            guard body(refused) else {
                current.refused = refused
                return park(current)
            }
            current.offset = refused.nextOffset
        }
        while let entry = try storing({ () throws(DurableFileError) in try next(&current.reader) }) {
            guard body(entry) else {
                current.refused = entry
                break
            }
            current.offset = entry.nextOffset
        }
        park(current)
    }

    /// The parked reader if it stands at `offset`, else a new one.
    ///
    /// No lock is held while reading, so two calls at once simply have a reader each.
    private func takeReader(at offset: UInt64) throws(DurableFileError) -> Parked {
        if let taken = parked.withLock({ $0.take() }) {
            if taken.offset == offset { return taken }
        }
        var reader = try DirectoryReader(directory)
        if offset != 0 { try reader.seek(to: Int64(bitPattern: offset)) }
        return Parked(reader: reader, offset: offset, refused: nil)
    }

    private func park(_ current: consuming Parked) {
        var current: Parked? = consume current
        parked.withLock { $0 = current.take() }
    }

    private func next(_ reader: inout DirectoryReader) throws(DurableFileError) -> BucketEntry? {
        while let entry = try reader.next() {
            guard let fileKind = try directory.kind(of: entry),
                let kind = Self.kind(of: entry.name, fileKind)
            else { continue }
            return BucketEntry(
                name: entry.name, kind: kind, nextOffset: UInt64(bitPattern: entry.nextOffset))
        }
        return nil
    }

    /// What a directory entry is to a bucket; nil for what is hidden.
    static func kind(of name: String, _ kind: FileKind) -> BucketEntry.Kind? {
        switch kind {
        case .regularFile: ObjectKey.isName(name, ofObject: true) ? .object : nil
        case .directory: ObjectKey.isName(name, ofObject: false) ? .prefix : nil
        case .symbolicLink, .other: nil
        }
    }
}

extension LocalBucket {
    /// Opens a level to read its names as a stream.
    public func level(_ prefix: KeyPrefix) throws(ObjectStoreError) -> any BucketLevel {
        do throws(DurableFileError) {
            return LocalLevel(try findDirectory(prefix))
        } catch {
            if error.errno.meansNoSuchPath { throw .noSuchKey(prefix.text) }
            throw ObjectStoreError(error)
        }
    }

    /// What `name` stands for on a level: one `stat`.
    public func entryKind(_ name: String, in prefix: KeyPrefix) throws(ObjectStoreError) -> BucketEntry.Kind?
    {
        guard !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
        do throws(DurableFileError) {
            guard let status = try findDirectory(prefix).status(of: name) else { return nil }
            return LocalLevel.kind(of: name, status.kind)
        } catch {
            if error.errno.meansNoSuchPath { return nil }
            throw ObjectStoreError(error)
        }
    }
}
