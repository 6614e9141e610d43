import AWSVocabulary
import DurableFiles
import EnvelopeTesting
import FoundationEssentials
import Glibc
import MailboxFS
import ObjectStore
import Synchronization
import Testing

/// A bucket with more objects than anyone would keep in memory, made up as they are listed.
private final class EndlessBucket: Bucket, BucketSource, BucketLevel {
    let name = "mailbox"
    let objectCount: UInt64
    let produced = Mutex<UInt64>(0)

    init(objectCount: UInt64) { self.objectCount = objectCount }

    func bucket(named name: String) throws(ObjectStoreError) -> any Bucket { self }
    func bucketNames() throws(ObjectStoreError) -> [String] { [name] }
    func level(_ prefix: KeyPrefix) throws(ObjectStoreError) -> any BucketLevel { self }
    func space() throws(ObjectStoreError) -> FileSystemSpace? { nil }

    func read(from offset: UInt64, _ body: (BucketEntry) -> Bool) throws(ObjectStoreError) {
        for index in offset..<objectCount {
            produced.withLock { $0 += 1 }
            guard body(BucketEntry(name: "m\(index)", kind: .object, nextOffset: index + 1)) else { return }
        }
    }

    func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectHead {
        ObjectHead(info: try info(key), metadata: .none)
    }

    func info(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo {
        ObjectInfo(key: key, byteCount: 100, modified: .init(timeIntervalSince1970: 0))
    }

    func put(
        _ key: ObjectKey, body: UnsafeRawBufferPointer, metadata: ObjectMetadata
    ) throws(ObjectStoreError) -> ObjectInfo { throw .unavailable("no") }
    func open(_ key: ObjectKey) throws(ObjectStoreError) -> any OpenedObject { throw .unavailable("no") }
    func delete(_ key: ObjectKey) throws(ObjectStoreError) -> Bool { false }
    func list(_ request: ListRequest) throws(ObjectStoreError) -> Listing { throw .unavailable("no") }
    func entryKind(_ name: String, in prefix: KeyPrefix) throws(ObjectStoreError) -> BucketEntry.Kind? {
        .object
    }
}

@Suite("Listings stream")
struct StreamingTests {
    private func mount(_ bucket: EndlessBucket) -> MailboxFS {
        MailboxFS(
            intake: FakeIntake(), buckets: bucket, opener: NoOpener(), caller: { _ in nil },
            inspector: ProcfsInspector(ownUID: 0), options: MailboxOptions(uid: 0, gid: 0),
            surroundings: .fixed())
    }

    @Test(
        "100,000 names come in pages, each read from the store once and none kept", arguments: [false, true])
    func pages(_ withEntries: Bool) throws {
        let bucket = EndlessBucket(objectCount: 100_000)
        let files = mount(bucket)
        let requester = Requester(uid: 0, gid: 0, pid: 1)
        let mail = try files.lookup("mail", in: .root, for: requester).inode
        let mailbox = try files.lookup("mailbox", in: mail, for: requester).inode
        let handle = try files.openDirectory(mailbox, for: requester)
        var (offset, count, pages) = (UInt64(0), 0, 0)
        while true {
            var taken = 0
            try files.readDirectory(handle, from: offset, withEntries: withEntries, for: requester) {
                record in
                guard taken < 2000 else { return false }
                taken += 1
                offset = record.nextOffset
                if let entry = record.entry { files.forget(entry.inode, count: 1) }
                return true
            }
            guard taken > 0 else { break }
            count += taken
            pages += 1
        }
        #expect(count == 100_002)
        #expect(bucket.produced.withLock { $0 } <= 100_000 + UInt64(pages) + 1)
        files.releaseDirectory(handle)
    }

    @Test("a listing of a million names can be left after the first page")
    func firstPage() throws {
        let bucket = EndlessBucket(objectCount: 1_000_000)
        let files = mount(bucket)
        let requester = Requester(uid: 0, gid: 0, pid: 1)
        let mail = try files.lookup("mail", in: .root, for: requester).inode
        let mailbox = try files.lookup("mailbox", in: mail, for: requester).inode
        let handle = try files.openDirectory(mailbox, for: requester)
        var names: [String] = []
        try files.readDirectory(handle, from: 0, withEntries: false, for: requester) {
            names.append($0.name)
            return names.count < 10
        }
        #expect(names.prefix(3) == [".", "..", "m0.eml"])
        #expect(bucket.produced.withLock { $0 } < 20)
    }

    @Test("a listing can go back to any offset it gave")
    func seek() throws {
        let files = mount(EndlessBucket(objectCount: 100))
        let requester = Requester(uid: 0, gid: 0, pid: 1)
        let mail = try files.lookup("mail", in: .root, for: requester).inode
        let mailbox = try files.lookup("mailbox", in: mail, for: requester).inode
        let handle = try files.openDirectory(mailbox, for: requester)
        func list(from offset: UInt64) throws -> [DirectoryRecord] {
            var records: [DirectoryRecord] = []
            try files.readDirectory(handle, from: offset, withEntries: false, for: requester) {
                records.append($0)
                return true
            }
            return records
        }
        let all = try list(from: 0)
        #expect(all.count == 102)
        for index in [0, 1, 2, 50, 101] {
            #expect(try list(from: all[index].nextOffset) == Array(all[(index + 1)...]))
        }
    }

    @Test("ten thousand messages through one mount leave no handle, inode or byte behind")
    func noLeak() throws {
        let kernel = FakeKernel()
        for index in 0..<10_000 {
            let program = kernel.process()
            let file = try program.open("inbox/\(index % 10)")
            try program.write(file, index.isMultiple(of: 3) ? Samples.notMail : Samples.small)
            try? program.close(file)
            program.exit()
            if index.isMultiple(of: 1000) { kernel.clock.advance(by: 31) }
        }
        kernel.clock.advance(by: 60)
        _ = try kernel.process().list("inbox")
        #expect(try kernel.statistic("inbox inodes") == 4)
        #expect(try kernel.statistic("inbox receipts") == 0)
        #expect(try kernel.statistic("spool bytes") == 0)
        #expect(try kernel.statistic("open files") == 0)
    }

    @Test("a kernel that keeps what it looked up neither fills the inbox nor holds what was received")
    func keptLookups() throws {
        var options = MailboxOptions(uid: 1000, gid: 1000)
        options.inboxEntryLimit = 20
        let kernel = FakeKernel(options: options)
        kernel.keepLookups()
        for index in 0..<200 {
            let program = kernel.process()
            let file = try program.open("inbox/note-\(index).eml")
            try program.write(file, Samples.small)
            try program.close(file)
            try program.change("inbox/note-\(index).eml", AttributeChanges(permissions: 0o600))
            try program.close(try program.open("inbox/placeholder-\(index)"))
            try program.unlink("inbox/placeholder-\(index)")
            program.exit()
        }
        #expect(kernel.intake.stored.count == 200)
        kernel.clock.advance(by: 60)
        _ = try kernel.process().list("inbox")
        #expect(try kernel.statistic("inbox inodes") == 4)
    }
}
