import FoundationEssentials
import Glibc
import MailboxFS
import Testing

/// What real programs do with a file they put somewhere, as their system calls were recorded.
///
/// Each either ends well, and then the message is stored exactly once, or ends badly, and then nothing is
/// stored.
struct Writer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What must be there before, made by an earlier process.
    var setUp: @Sendable (FakeKernel) throws -> Void = { _ in }
    /// Runs the program; throwing is a failing exit status.
    let run: @Sendable (FakeKernel, [UInt8]) throws -> Void
    /// Names in the inbox that the program leaves behind.
    var leaves: Set<String> = []

    init(
        _ name: String, leaves: Set<String> = [],
        setUp: @escaping @Sendable (FakeKernel) throws -> Void = { _ in },
        run: @escaping @Sendable (FakeKernel, [UInt8]) throws -> Void
    ) {
        testDescription = name
        self.leaves = leaves
        self.setUp = setUp
        self.run = run
    }
}

extension Writer {
    private static let wxExclusive = O_WRONLY | O_CREAT | O_EXCL
    private static let wxTruncate = O_WRONLY | O_CREAT | O_TRUNC

    /// An empty file that somebody touched before.
    private static func touch(_ path: String) -> @Sendable (FakeKernel) throws -> Void {
        { kernel in
            let touch = kernel.process()
            let file = try touch.open(path, O_WRONLY | O_CREAT)
            try touch.close(file)
            touch.exit()
        }
    }

    static let copiers: [Writer] = [
        Writer("cp") { kernel, bytes in
            let cp = kernel.process()
            let file = try cp.open("inbox/note.eml", wxExclusive)
            try cp.write(file, bytes)
            try cp.close(file)
        },
        Writer("cp -p") { kernel, bytes in
            let cp = kernel.process()
            let file = try cp.open("inbox/note.eml", wxExclusive)
            try cp.write(file, bytes)
            try cp.change("inbox/note.eml", AttributeChanges(permissions: 0o600, modified: .distantPast))
            try cp.setxattr("inbox/note.eml", "system.posix_acl_access")
            try cp.close(file)
        },
        Writer("cp over a placeholder", setUp: touch("inbox/note.eml")) { kernel, bytes in
            let cp = kernel.process()
            let file = try cp.open("inbox/note.eml", wxTruncate)
            try cp.write(file, bytes)
            try cp.close(file)
        },
        Writer("mv across file systems") { kernel, bytes in
            let mv = kernel.process()
            let file = try mv.open("inbox/note.eml", wxExclusive)
            try mv.write(file, bytes)
            try mv.change("inbox/note.eml", AttributeChanges(uid: 7, gid: 7))
            try mv.change("inbox/note.eml", AttributeChanges(permissions: 0o644, accessed: .distantPast))
            try mv.close(file)
        },
        Writer("install -m 600") { kernel, bytes in
            let install = kernel.process()
            let file = try install.open("inbox/note.eml", wxExclusive)
            try install.write(file, bytes)
            try install.close(file)
            try install.change("inbox/note.eml", AttributeChanges(permissions: 0o600))
        },
        Writer("cp -r of a folder", leaves: ["folder"]) { kernel, bytes in
            let cp = kernel.process()
            try cp.mkdir("inbox/folder")
            let file = try cp.open("inbox/folder/note.eml", wxExclusive)
            try cp.write(file, bytes)
            try cp.close(file)
            try cp.change("inbox/folder", AttributeChanges(permissions: 0o755))
        },
        Writer("tar x") { kernel, bytes in
            let tar = kernel.process()
            let file = try tar.open("inbox/note.eml", wxExclusive)
            try tar.write(file, bytes, size: 10_240)
            try tar.change("inbox/note.eml", AttributeChanges(modified: .distantPast))
            try tar.close(file)
            try tar.stat("inbox/note.eml")
        },
        Writer("dd bs=4k conv=fsync") { kernel, bytes in
            let dd = kernel.process()
            let opened = try dd.open("inbox/note.eml", wxTruncate)
            let output = try dd.dup(opened)
            try dd.close(opened)
            try dd.write(output, bytes, size: 4096)
            try dd.fsync(output)
            try dd.close(output)
        },
        Writer("tee") { kernel, bytes in
            let tee = kernel.process()
            let file = try tee.open("inbox/note.eml", wxTruncate)
            try tee.write(file, bytes, size: 8192)
            try tee.close(file)
        },
        Writer("curl -o") { kernel, bytes in
            let curl = kernel.process()
            let file = try curl.open("inbox/note.eml", wxTruncate)
            try curl.write(file, bytes, size: 16_384)
            try curl.close(file)
        },
        Writer("scp and sftp") { kernel, bytes in
            let server = kernel.process()
            let file = try server.open("inbox/note.eml", wxTruncate)
            for start in stride(from: 0, to: bytes.count, by: 32_768) {
                try server.pwrite(file, Array(bytes[start...].prefix(32_768)), at: UInt64(start))
            }
            try server.change("inbox/note.eml", AttributeChanges(permissions: 0o644))
            try server.truncate(file, to: UInt64(bytes.count))
            try server.close(file)
        },
        Writer("Python open, write, close") { kernel, bytes in
            let python = kernel.process()
            let file = try python.open("inbox/note.eml", wxTruncate)
            try python.write(file, bytes, size: 8192)
            try python.close(file)
        },
        Writer("a program that writes backwards") { kernel, bytes in
            let program = kernel.process()
            let file = try program.open("inbox/note.eml", wxTruncate)
            for start in stride(from: 0, to: bytes.count, by: 1000).reversed() {
                try program.pwrite(file, Array(bytes[start...].prefix(1000)), at: UInt64(start))
            }
            try program.close(file)
        },
    ]

    static let shells: [Writer] = [
        Writer("cat > file") { kernel, bytes in
            let shell = kernel.process()
            let child = shell.fork()
            let opened = try child.open("inbox/note.eml", wxTruncate)
            let output = try child.dup(opened)
            // The shell's dup2 and close: the file is still empty.
            try child.close(opened)
            try child.write(output, bytes)
            try child.close(output)
            child.exit()
        },
        Writer("a program that leaves closing to exit(0)") { kernel, bytes in
            let child = kernel.process()
            let output = try child.open("inbox/note.eml", wxTruncate)
            try child.write(output, bytes)
            child.exit()
            // Nobody hears what that close answers.
            guard !kernel.intake.stored.isEmpty else { throw MailboxError.unsupported("not heard") }
        },
        Writer("{ a; b; } > file") { kernel, bytes in
            let shell = kernel.process()
            let output = try shell.open("inbox/note.eml", wxTruncate)
            let middle = bytes.count / 2
            for part in [bytes[..<middle], bytes[middle...]] {
                let child = shell.fork()
                try child.write(output, Array(part))
                try child.close(output)
                child.exit()
            }
            try shell.close(output)
        },
        Writer("( cat & ) > file, whose opener ends first") { kernel, bytes in
            let shell = kernel.process()
            let output = try shell.open("inbox/note.eml", wxTruncate)
            let child = shell.fork()
            try child.write(output, Array(bytes.prefix(10)))
            try shell.close(output)
            shell.exit()
            try child.write(output, Array(bytes.dropFirst(10)))
            try child.close(output)
        },
        Writer(">> on a new file") { kernel, bytes in
            let cat = kernel.process()
            let file = try cat.open("inbox/note.eml", O_WRONLY | O_CREAT | O_APPEND)
            try cat.write(file, bytes)
            try cat.close(file)
        },
        Writer(">> on a placeholder", setUp: touch("inbox/note.eml")) { kernel, bytes in
            let cat = kernel.process()
            let file = try cat.open("inbox/note.eml", O_WRONLY | O_CREAT | O_APPEND)
            try cat.write(file, bytes)
            try cat.close(file)
        },
        Writer("a script whose children inherit the file and fail") { kernel, bytes in
            let shell = kernel.process()
            let output = try shell.open("inbox/note.eml", wxTruncate)
            try shell.write(output, Array(bytes.prefix(30)))
            // `if grep -q pattern other; then …`: it wrote nothing, and its status means nothing to the
            // message.
            shell.fork().exit(1)
            try shell.write(output, Array(bytes.dropFirst(30)))
            try shell.close(output)
        },
    ]

    static let syncers: [Writer] = [
        Writer("rsync") { kernel, bytes in
            let rsync = kernel.process()
            let file = try rsync.open("inbox/.note.eml.Xa8f1b", O_RDWR | O_CREAT | O_EXCL)
            try rsync.write(file, bytes, size: 262_144)
            try rsync.close(file)
            try rsync.stat("inbox/.note.eml.Xa8f1b")
            try rsync.change("inbox/.note.eml.Xa8f1b", AttributeChanges(modified: .distantPast))
            let again = try rsync.open("inbox/.note.eml.Xa8f1b", O_RDONLY)
            try rsync.close(again)
            do { try rsync.rename("inbox/.note.eml.Xa8f1b", to: "inbox/note.eml") } catch {
                try rsync.unlink("inbox/.note.eml.Xa8f1b")
                throw error
            }
        },
        Writer("rsync --inplace") { kernel, bytes in
            let rsync = kernel.process()
            let file = try rsync.open("inbox/note.eml", O_WRONLY | O_CREAT)
            try rsync.write(file, bytes)
            try rsync.truncate(file, to: UInt64(bytes.count))
            try rsync.close(file)
            try rsync.stat("inbox/note.eml")
            try rsync.change("inbox/note.eml", AttributeChanges(modified: .distantPast))
            let again = try rsync.open("inbox/note.eml", O_RDONLY)
            try rsync.change("inbox/note.eml", AttributeChanges(permissions: 0o644))
            try rsync.close(again)
        },
        Writer("a temporary name that is not hidden, then rename") { kernel, bytes in
            let program = kernel.process()
            let file = try program.open("inbox/note.eml.tmp", wxExclusive)
            try program.write(file, bytes)
            try program.close(file)
            try program.rename("inbox/note.eml.tmp", to: "inbox/note.eml")
        },
    ]

    static let agents: [Writer] = [
        Writer("maildrop, which ignores the error of close") { kernel, bytes in
            let agent = kernel.process()
            let file = try agent.open("inbox/tmp/1.M1P1.host", wxExclusive)
            try agent.write(file, bytes)
            try agent.fsync(file)
            try? agent.close(file)
            defer { try? agent.unlink("inbox/tmp/1.M1P1.host") }
            try agent.link("inbox/tmp/1.M1P1.host", to: "inbox/new/1.M1P1.host")
        },
        Writer("procmail, which renames when it cannot link") { kernel, bytes in
            let agent = kernel.process()
            let file = try agent.open("inbox/tmp/2.host", wxExclusive)
            try agent.write(file, bytes)
            try agent.close(file)
            do { try agent.link("inbox/tmp/2.host", to: "inbox/new/2.host") } catch {
                do { try agent.rename("inbox/tmp/2.host", to: "inbox/new/2.host") } catch {
                    try agent.unlink("inbox/tmp/2.host")
                    throw error
                }
                return
            }
            try agent.unlink("inbox/tmp/2.host")
        },
        Writer("mutt, which sets the time after linking") { kernel, bytes in
            let mutt = kernel.process()
            let file = try mutt.open("inbox/tmp/3.host", wxExclusive)
            try mutt.write(file, bytes, size: 1024)
            try mutt.fsync(file)
            try mutt.close(file)
            defer { try? mutt.unlink("inbox/tmp/3.host") }
            try mutt.link("inbox/tmp/3.host", to: "inbox/new/3.host")
            guard try mutt.stat("inbox/tmp/3.host").linkCount == 2 else {
                throw MailboxError.unsupported("not linked")
            }
            try mutt.change("inbox/new/3.host", AttributeChanges(modified: .distantPast))
        },
        Writer("Python's mailbox.Maildir, which makes the file twice") { kernel, bytes in
            let python = kernel.process()
            let made = try python.open("inbox/tmp/4.host", O_RDWR | O_CREAT | O_EXCL)
            try python.close(made)
            let file = try python.open("inbox/tmp/4.host", O_RDWR)
            try python.write(file, bytes)
            try python.fsync(file)
            try python.close(file)
            defer { try? python.unlink("inbox/tmp/4.host") }
            try python.link("inbox/tmp/4.host", to: "inbox/new/4.host")
        },
        Writer("a delivery into cur, by rename") { kernel, bytes in
            let agent = kernel.process()
            let file = try agent.open("inbox/tmp/5.host", wxExclusive)
            try agent.write(file, bytes)
            try agent.close(file)
            defer { try? agent.unlink("inbox/tmp/5.host") }
            try agent.rename("inbox/tmp/5.host", to: "inbox/cur/5.host:2,S", flags: 1)
        },
    ]

    static let editors: [Writer] = [
        Writer("vim on a new file") { kernel, bytes in
            let vim = kernel.process()
            let swap = try vim.open("inbox/.note.eml.swp", O_RDWR | O_CREAT | O_EXCL)
            try vim.write(swap, Array("b0VIM 8.2".utf8))
            let file = try vim.open("inbox/note.eml", O_WRONLY | O_CREAT)
            try vim.truncate(file, to: 0)
            try vim.write(file, bytes, size: 8192)
            try vim.fsync(file)
            try vim.change("inbox/note.eml", AttributeChanges(permissions: 0o644))
            defer {
                try? vim.close(swap)
                try? vim.unlink("inbox/.note.eml.swp")
            }
            try vim.close(file)
            try vim.stat("inbox/note.eml")
        },
        Writer("vim with a backup, over a placeholder", setUp: touch("inbox/note.eml")) { kernel, bytes in
            let vim = kernel.process()
            try vim.rename("inbox/note.eml", to: "inbox/note.eml~")
            let file = try vim.open("inbox/note.eml", wxTruncate)
            try vim.write(file, bytes, size: 8192)
            defer { try? vim.unlink("inbox/note.eml~") }
            try vim.close(file)
            try vim.stat("inbox/note.eml")
        },
        Writer("emacs, which opens once more after saving") { kernel, bytes in
            let emacs = kernel.process()
            let lock = try emacs.open("inbox/.#lock1", wxExclusive)
            try emacs.close(lock)
            try emacs.rename("inbox/.#lock1", to: "inbox/.#note.eml", flags: 1)
            defer { try? emacs.unlink("inbox/.#note.eml") }
            let file = try emacs.open("inbox/note.eml", wxTruncate)
            try emacs.write(file, bytes)
            try emacs.fsync(file)
            try emacs.close(file)
            let before = try emacs.stat("inbox/note.eml")
            let again = try emacs.open("inbox/note.eml", O_WRONLY)
            try emacs.close(again)
            guard try emacs.stat("inbox/note.eml") == before else {
                throw MailboxError.unsupported("changed on disk")
            }
        },
        Writer("nano") { kernel, bytes in
            let nano = kernel.process()
            let file = try nano.open("inbox/note.eml", wxTruncate)
            try nano.write(file, bytes, size: 4096)
            try nano.close(file)
            try nano.stat("inbox/note.eml")
        },
        Writer("gedit, through a hidden temporary") { kernel, bytes in
            let gedit = kernel.process()
            let file = try gedit.open("inbox/.goutputstream-8ZTQ", wxExclusive)
            try gedit.write(file, bytes, size: 8192)
            try gedit.fsync(file)
            try gedit.close(file)
            do { try gedit.rename("inbox/.goutputstream-8ZTQ", to: "inbox/note.eml") } catch {
                try gedit.unlink("inbox/.goutputstream-8ZTQ")
                throw error
            }
        },
        Writer("sed -i, which renames a visible temporary", setUp: touch("inbox/note.eml")) { kernel, bytes in
            let sed = kernel.process()
            let source = try sed.open("inbox/note.eml", O_RDONLY)
            let file = try sed.open("inbox/sedA1b2c3", wxExclusive)
            try sed.write(file, bytes, size: 4096)
            try sed.change("inbox/sedA1b2c3", AttributeChanges(permissions: 0o644))
            defer { try? sed.close(source) }
            do { try sed.close(file) } catch {
                try sed.unlink("inbox/note.eml")
                throw error
            }
            try sed.rename("inbox/sedA1b2c3", to: "inbox/note.eml")
        },
    ]

    static let all = copiers + shells + syncers + agents + editors
}
