import AWSVocabulary
import Cryptography
import EnvelopeCrypto
import EnvelopeTesting
import FoundationEssentials
import Glibc
import MailReceiving
import MailboxFS
import ObjectStore
import Synchronization

/// As much of a kernel as the mailbox ever sees: processes, descriptors shared by fork and dup, closing at
/// exit, and lookups that are all forgotten again.
final class FakeKernel: Sendable {
    struct ProcessRecord {
        var descriptors: [Int: Description] = [:]
        var ending = ProcessEnding.running
        /// The process a thread belongs to.
        var group: Int32
    }

    /// An open file description: what fork and dup share.
    final class Description: Sendable {
        let inode: InodeNumber
        let handle: UInt64
        let flags: Int32
        let position = Mutex<UInt64>(0)
        let references = Mutex(1)

        init(inode: InodeNumber, handle: UInt64, flags: Int32) {
            self.inode = inode
            self.handle = handle
            self.flags = flags
        }
    }

    struct State {
        var processes: [Int32: ProcessRecord] = [:]
        var nextPID: Int32 = 100
        /// A real kernel keeps what it looked up until it needs the memory, which may be never.
        var keepsLookups = false
    }

    let files: MailboxFS
    let intake: FakeIntake
    let buckets: MemoryBuckets
    let clock: TestClock
    let reported: ReportSink
    let state: Mutex<State>

    init(
        options: MailboxOptions = MailboxOptions(uid: 1000, gid: 1000),
        opener: any MessageOpener = NoOpener(),
        buckets: MemoryBuckets = MemoryBuckets()
    ) {
        let clock = TestClock()
        let intake = FakeIntake()
        let reported = ReportSink()
        let inspector = Inspector()
        files = MailboxFS(
            intake: intake, buckets: buckets, opener: opener,
            caller: { $0.uid == 9999 ? nil : .root(of: .default) },
            inspector: inspector, options: options, surroundings: clock.surroundings,
            report: { reported.add($0) })
        self.intake = intake
        self.buckets = buckets
        self.clock = clock
        self.reported = reported
        state = Mutex(State())
        inspector.kernel.withLock { $0 = Weak(self) }
    }

    /// Starts a process.
    func process(uid: UInt32 = 1000) -> Program {
        let pid = state.withLock { state in
            state.nextPID += 1
            state.processes[state.nextPID] = ProcessRecord(group: state.nextPID)
            return state.nextPID
        }
        return Program(kernel: self, requester: Requester(uid: uid, gid: uid, pid: pid))
    }

    /// Takes a lookup back, unless this kernel keeps them.
    func forget(_ inode: InodeNumber) {
        if !state.withLock({ $0.keepsLookups }) { files.forget(inode, count: 1) }
    }

    func keepLookups() { state.withLock { $0.keepsLookups = true } }

    /// Lets every process end well, youngest first, closing what it has open.
    func endAll() {
        let pids = state.withLock { $0.processes.keys.sorted(by: >) }
        for pid in pids { Program(kernel: self, requester: Requester(uid: 1000, gid: 1000, pid: pid)).exit() }
    }

    /// A text of `.envelopefs/`.
    func page(_ name: String, uid: UInt32 = 0) throws -> String {
        let reader = process(uid: uid)
        return String(decoding: try reader.contents(of: ".envelopefs/\(name)"), as: UTF8.self)
    }

    /// One number of the statistics page.
    func statistic(_ name: String) throws -> Int {
        let line = try page("statistics").split(separator: "\n").first { $0.hasPrefix(name + ": ") }
        return line.flatMap { Int($0.dropFirst(name.count + 2)) } ?? -1
    }
}

/// Collects what is reported to the log.
final class ReportSink: Sendable {
    private let refusals = Mutex<[Refusal]>([])

    var all: [Refusal] { refusals.withLock { $0 } }

    func add(_ refusal: Refusal) { refusals.withLock { $0.append(refusal) } }
}

/// Where no sealed message is opened.
struct NoOpener: MessageOpener {
    func open(
        _ body: UnsafeRawBufferPointer, envelope: ObjectEnvelope, for caller: Caller
    ) throws(EnvelopeError) -> SecretBuffer { throw .notSealed }
}

struct Weak: Sendable {
    weak let kernel: FakeKernel?

    init(_ kernel: FakeKernel) { self.kernel = kernel }
}

/// What the fake kernel's process file system says.
private final class Inspector: ProcessInspector {
    let kernel = Mutex<Weak?>(nil)

    private func record(_ pid: Int32) -> FakeKernel.ProcessRecord? {
        kernel.withLock { $0 }?.kernel?.state.withLock { $0.processes[pid] }
    }

    func ending(of requester: Requester) -> ProcessEnding { record(requester.pid)?.ending ?? .running }

    func process(ofThread thread: Int32) -> Int32? { record(thread)?.group }

    func holdsForWriting(_ inode: InodeNumber, at path: String, process: Int32) -> Bool {
        let table = record(process).flatMap { record($0.group) }
        return table?.descriptors.values.contains { $0.inode == inode && $0.flags & O_ACCMODE != O_RDONLY }
            ?? false
    }
}
