import EnvelopeTesting
import Glibc
import MailboxFS
import Testing

/// One step of a random history.
private enum Step: CaseIterable {
    case create, reopen, write, close, rename, link, unlink, kill, wait

    /// How often each is taken: deaths are rare, or nothing would ever be received.
    static let weighted: [Step] = allCases.flatMap { step in
        let weight =
            switch step {
            case .create: 6
            case .reopen, .rename: 4
            case .write, .close: 9
            case .link: 2
            case .unlink, .kill, .wait: 1
            }
        return Array(repeating: step, count: weight)
    }
}

/// The mailbox and its model, taken through the same history.
private final class History {
    static let paths = [
        "inbox/a", "inbox/b", "inbox/.h", "inbox/tmp/t", "inbox/d/x", "inbox/d/tmp/y", "inbox/new/n",
    ]

    let kernel: FakeKernel
    let model = InboxModel()
    var random: SeededGenerator
    var programs: [Program]
    /// Descriptors of a program, with the model's numbers.
    var descriptors: [Int32: [Int: Int]] = [:]
    var log: [String] = []

    init(seed: UInt64) throws {
        var options = MailboxOptions(uid: 1000, gid: 1000)
        options.placeholderLifetime = .infinity
        options.stagingLifetime = .infinity
        options.sweepInterval = 0
        kernel = FakeKernel(options: options)
        random = SeededGenerator(seed: seed)
        let kernel = kernel
        programs = (0..<3).map { _ in kernel.process() }
        try programs[0].mkdir("inbox/d")
        try programs[0].mkdir("inbox/d/tmp")
    }

    private func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }

    private func piece() -> [UInt8] {
        let head = Int.random(in: 0..<4, using: &random) == 0 ? "junk " : "From: "
        return Array(head.utf8)
            + (0..<Int.random(in: 0..<40, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
    }

    private func succeeds(_ body: () throws(MailboxError) -> Void) -> Bool {
        do throws(MailboxError) { try body() } catch {
            log.append("  \(error)")
            return false
        }
        return true
    }

    /// Takes one step on both sides.
    ///
    /// - Returns: Whether both answered the same.
    func step() -> Bool {
        let step = pick(Step.weighted)
        let program = pick(candidates(for: step))
        let pid = Int(program.requester.pid)
        let (path, other) = (pick(Self.paths), pick(Self.paths))
        let open = descriptors[program.requester.pid]?.sorted { $0.key < $1.key } ?? []
        log.append("\(step) \(pid) \(path) \(other)")
        switch step {
        case .create, .reopen:
            return self.open(path, truncating: step == .create, program)
        case .write:
            guard !open.isEmpty else { return true }
            let (descriptor, number) = pick(open)
            let bytes = piece()
            let real = succeeds { () throws(MailboxError) in try program.write(descriptor, bytes) }
            return real == model.write(bytes, to: number, by: pid)
        case .close:
            guard !open.isEmpty else { return true }
            let (descriptor, number) = pick(open)
            descriptors[program.requester.pid]?[descriptor] = nil
            let real = succeeds { () throws(MailboxError) in try program.close(descriptor) }
            return real == model.close(number, by: pid)
        case .rename:
            let real = succeeds { () throws(MailboxError) in try program.rename(path, to: other) }
            return real == model.rename(path, to: other, by: pid)
        case .link:
            let real = succeeds { () throws(MailboxError) in try program.link(path, to: other) }
            return real == model.link(path, to: other, by: pid)
        case .unlink:
            let real = succeeds { () throws(MailboxError) in try program.unlink(path) }
            return real == model.unlink(path, by: pid)
        case .kill:
            program.kill()
            model.kill(pid)
            descriptors[program.requester.pid] = nil
            programs.removeAll { $0.requester == program.requester }
            programs.append(kernel.process())
            return true
        case .wait:
            kernel.clock.advance(by: 31)
            model.expireReceipts()
            return true
        }
    }

    /// Programs that can take a step: only who has a file open writes and closes.
    private func candidates(for step: Step) -> [Program] {
        guard step == .write || step == .close else { return programs }
        let able = programs.filter { descriptors[$0.requester.pid]?.isEmpty == false }
        return able.isEmpty ? programs : able
    }

    private func open(_ path: String, truncating: Bool, _ program: Program) -> Bool {
        var descriptor: Int?
        let flags = O_WRONLY | O_CREAT | (truncating ? O_TRUNC : 0)
        let real = succeeds { () throws(MailboxError) in descriptor = try program.open(path, flags) }
        guard let descriptor else { return real }
        descriptors[program.requester.pid, default: [:]][descriptor] = model.open(
            path, truncating: truncating, by: Int(program.requester.pid))
        return true
    }

    var recentSteps: String { log.suffix(40).joined(separator: "\n") }

    /// Compares all that can be seen.
    func compare() throws -> [String] {
        var differences: [String] = []
        func expect<T: Equatable>(_ what: String, _ real: T, _ expected: T) {
            if real != expected { differences.append("\(what): \(real), expected \(expected)") }
        }
        for program in programs {
            for path in Self.paths {
                let real = try? program.stat(path).byteCount
                let file = model.resolve(path, by: Int(program.requester.pid))
                expect("\(program.requester.pid) \(path)", real, file.map { UInt64($0.shownByteCount) })
            }
        }
        for directory in ["inbox", "inbox/tmp", "inbox/new", "inbox/d", "inbox/d/tmp"] {
            let names = Self.paths.filter {
                $0.hasPrefix(directory + "/") && !$0.dropFirst(directory.count + 1).contains("/")
            }
            let expected = names.filter { model.plain($0) != nil }.map {
                String($0.dropFirst(directory.count + 1))
            }
            let fixed: Set = ["cur", "new", "tmp", "d"]
            expect(directory, Set(try programs[0].list(directory)).subtracting(fixed), Set(expected))
        }
        let real = kernel.intake.messages.map { String(describing: $0) }.sorted()
        expect("stored", real, model.stored.values.map { String(describing: $0) }.sorted())
        expect("spool", try kernel.statistic("spool bytes"), model.spoolByteCount)
        return differences
    }
}

@Suite("The inbox and its model")
struct ModelTests {
    @Test("behave alike through random histories", arguments: 0..<24)
    func random(_ seed: Int) throws {
        let history = try History(seed: UInt64(seed))
        for _ in 0..<150 {
            let isSame = history.step()
            let differences = try history.compare()
            guard isSame, differences.isEmpty else {
                Issue.record(
                    "seed \(seed): \(isSame) \(differences)\n\(history.recentSteps)"
                )
                return
            }
        }
        // A history in which nothing happens would prove nothing.
        #expect(history.kernel.intake.receiveCalls > 0)
        history.kernel.endAll()
        #expect(try history.kernel.statistic("open files") == 0)
    }
}
