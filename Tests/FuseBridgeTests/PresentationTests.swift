import CFuse
import FoundationEssentials
import Glibc
import MailboxFS
import Testing

@testable import FuseBridge

/// The file system's values as the kernel gets them.
@Suite struct PresentationTests {
    static func attributes(byteCount: UInt64 = 0, permissions: UInt16 = 0o644, time: Double = 0)
        -> FileAttributes
    {
        let date = Date(timeIntervalSince1970: time)
        return FileAttributes(
            inode: .root, kind: .regularFile, permissions: permissions, byteCount: byteCount, linkCount: 1,
            uid: 7,
            gid: 8, accessed: date, modified: date, changed: date)
    }

    static func presentation(_ list: String) throws -> Presentation {
        Presentation(try MountOptions(parsing: [list]))
    }

    @Test("uid, gid and umask replace what the file system says")
    func ownership() throws {
        let shown = try Self.presentation("uid=1,gid=2,umask=027").status(Self.attributes(permissions: 0o666))
        #expect(shown.st_uid == 1 && shown.st_gid == 2)
        #expect(shown.st_mode == S_IFREG | 0o640)
        let plain = try Self.presentation("").status(Self.attributes(permissions: 0o666))
        #expect(plain.st_uid == 7 && plain.st_gid == 8 && plain.st_mode == S_IFREG | 0o666)
    }

    @Test(
        "a size is never negative, and blocks are counted up",
        arguments: [
            (0, 0, 0), (1, 1, 1), (512, 512, 1), (513, 513, 2), (UInt64.max, Int.max, 36_028_797_018_963_968),
        ])
    func sizes(_ byteCount: UInt64, _ size: Int, _ blocks: Int) throws {
        let shown = try Self.presentation("").status(Self.attributes(byteCount: byteCount))
        #expect(shown.st_size == size && shown.st_blocks == blocks)
    }

    @Test(
        "any date becomes a time without a trap",
        arguments: [
            (0, 0, 0), (1.5, 1, 500_000_000), (-0.25, -1, 750_000_000), (.nan, 0, 0), (.infinity, 0, 0),
            (1e300, 0, 0),
            (-1e300, 0, 0),
        ])
    func dates(_ seconds: Double, _ whole: Int, _ nanoseconds: Int) {
        let time = timespec(Date(timeIntervalSince1970: seconds))
        #expect(time.tv_sec == whole && time.tv_nsec == nanoseconds)
    }

    @Test(
        "a moment survives the way to the kernel and back",
        arguments: [0, 1_700_000_000, 1_700_000_000.5, -86_400.25])
    func roundTrip(_ seconds: Double) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(abs(Date(timespec(date)).timeIntervalSince(date)) < 1e-6)
    }

    @Test("only what is marked is changed, and a negative size is none")
    func changes() {
        var status = stat()
        status.st_mode = S_IFREG | 0o4755
        status.st_size = 5
        status.st_uid = 9
        #expect(Presentation.changes(status, set: 0) == AttributeChanges())
        #expect(
            Presentation.changes(status, set: FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_SIZE)
                == AttributeChanges(byteCount: 5, permissions: 0o4755))
        #expect(Presentation.changes(status, set: FUSE_SET_ATTR_UID) == AttributeChanges(uid: 9))
        #expect(
            Presentation.changes(status, set: FUSE_SET_ATTR_MTIME_NOW)
                == AttributeChanges(modified: Date(timeIntervalSince1970: 0)))
        status.st_size = -1
        #expect(Presentation.changes(status, set: FUSE_SET_ATTR_SIZE) == nil)
    }

    @Test("open flags arrive one by one")
    func openFlags() {
        let info = Presentation.fileInfo(
            OpenedFile(handle: 3, isDirectIO: true, keepsCache: false, skipsFlush: true))
        #expect(info.fh == 3 && info.direct_io == 1 && info.keep_cache == 0 && info.noflush == 1)
        let other = Presentation.fileInfo(
            OpenedFile(handle: 4, isDirectIO: false, keepsCache: true, skipsFlush: false))
        #expect(other.fh == 4 && other.direct_io == 0 && other.keep_cache == 1 && other.noflush == 0)
    }

    @Test("the write-back cache and splicing are refused, and a write fits the buffer")
    func connection() {
        var connection = fuse_conn_info()
        connection.capable = .max
        connection.want = .max
        connection.max_write = 1 << 30
        Connection.configure(&connection)
        #expect(connection.want & UInt32(FUSE_CAP_WRITEBACK_CACHE) == 0)
        #expect(connection.want & UInt32(FUSE_CAP_SPLICE_READ) == 0)
        #expect(connection.want & UInt32(FUSE_CAP_READDIRPLUS) != 0)
        #expect(Int(connection.max_write) == ReceiveBuffer.payloadByteCount)
        connection.capable = 0
        connection.want = 0
        Connection.configure(&connection)
        #expect(connection.want == 0)
    }
}
