import Glibc
import Testing

@testable import FuseBridge

/// The bridge under a real kernel, with real programs.
@Suite(
    .enabled(if: MountedProbe.isMountingPossible, "/dev/fuse or fusermount3 is missing"),
    .timeLimit(.minutes(2)))
struct MountTests {
    typealias Outcome = MountedProbe.Outcome

    @Test("what programs write they read back, under every name they give it")
    func files() throws {
        let probe = try MountedProbe()
        let script = """
            set -e
            dd if=/dev/urandom of=/tmp/$$ bs=70001 count=30 status=none
            cp /tmp/$$ a; cmp /tmp/$$ a; mv a b; ln b c; cmp b c; [ "$(stat -c %h b)" = 2 ]; rm b
            mkdir d; mv c d/e; cmp /tmp/$$ d/e; tail -c 100 /tmp/$$ | cmp - <(tail -c 100 d/e)
            truncate -s 70000 d/e; [ "$(stat -c %s d/e)" = 70000 ]; cmp -n 70000 d/e /tmp/$$
            echo more >> d/e; [ "$(tail -1 d/e | tail -c 5)" = more ]
            chmod 640 d/e; touch -d '2001-02-03 04:05:06 UTC' d/e; [ "$(stat -c '%a %Y' d/e)" = '640 981173106' ]
            dd if=/tmp/$$ of=f bs=1M status=none; cmp f /tmp/$$
            : > f; [ ! -s f ]; rm /tmp/$$ f d/e; rmdir d; ls
            """
        #expect(try probe.run(script) == Outcome(code: 0, output: "counters\nmany\nodd\n"))
    }

    @Test("10,000 names are listed once each, with and without attributes")
    func listing() throws {
        let probe = try MountedProbe()
        let script = "ls many | sort -u | wc -l; ls -l many | grep -c ^-rw-r--r--; find many -type f | wc -l"
        #expect(try probe.run(script) == Outcome(code: 0, output: "10000\n10000\n10000\n"))
    }

    @Test("names that the kernel refuses do not spoil a listing")
    func oddNames() throws {
        let probe = try MountedProbe()
        #expect(
            try probe.run("ls -f odd; ls -f odd")
                == Outcome(code: 0, output: ".\n..\nfirst\nlast\n.\n..\nfirst\nlast\n"))
        #expect(probe.messages.split(separator: "\n").count { $0.contains("leaves out names") } == 1)
    }

    @Test("the error of open, and that of close, reach the program")
    func errors() throws {
        let probe = try MountedProbe()
        let script = "cp /etc/passwd refuse; echo $?; cat /etc/passwd > deny; cat deny; echo $?"
        let expected = """
            cp: failed to close 'refuse': File too large
            1
            cat: deny: Permission denied
            1

            """
        #expect(try probe.run(script).output == expected)
    }

    @Test("what the mount has not is refused in the words of each program")
    func refusals() throws {
        let probe = try MountedProbe()
        let script = """
            touch f; ln -s x y; mkfifo p; fallocate -l 10 f; touch $'\\xff'; ls $'a\\xc3'; stty -F f
            getfattr -n user.none f; cp --reflink=always f g; ln /etc/passwd h; mknod dev c 1 3
            """
        let output = try probe.run(script).output
        for line in [
            "ln: failed to create symbolic link 'y': Operation not permitted",
            "mkfifo: cannot create fifo 'p': Operation not permitted",
            "fallocate: fallocate failed: Operation not supported",
            "touch: cannot touch ''$'\\377': Invalid or incomplete multibyte or wide character",
            "ls: cannot access 'a'$'\\303': Invalid or incomplete multibyte or wide character",
            "stty: f: Inappropriate ioctl for device",
            "f: user.none: No such attribute", "Invalid cross-device link",
            "mknod: dev: Operation not permitted",
        ] { #expect(output.contains(line), "missing: \(line)\nin: \(output)") }
        #expect(try probe.run("cp f g && cat f | cmp - g").code == 0)
    }

    @Test("extended attributes and the space of the file system are shown")
    func attributesAndSpace() throws {
        let probe = try MountedProbe()
        let script = """
            touch f; setfattr -n user.a -v 1 f; setfattr -n user.b -v 22 f; getfattr -d f; setfattr -x user.a f
            getfattr -d f; stat -f -c '%b %f %a %c %d %l %S' .
            """
        let expected = """
            # file: f
            user.a="1"
            user.b="22"

            # file: f
            user.b="22"

            1000 500 400 100 50 255 4096

            """
        #expect(try probe.run(script) == Outcome(code: 0, output: expected))
    }

    @Test("uid, gid and umask change what is shown; ro refuses every change; the source and type have names")
    func options() throws {
        let probe = try MountedProbe(
            "ro,uid=1234,gid=5678,umask=077,fsname=my\\,mail,subtype=probe,max_threads=3")
        let script = "stat -c '%u %g %a' counters; touch x; findmnt -no SOURCE,FSTYPE,OPTIONS ."
        let lines = try probe.run(script).output.split(separator: "\n")
        try #require(lines.count == 3)
        #expect(lines[0] == "1234 5678 400")
        #expect(lines[1] == "touch: cannot touch 'x': Read-only file system")
        #expect(lines[2].hasPrefix("my,mail fuse.probe ro,"))
    }

    @Test("an open that waits does not hold up the mount")
    func heldOpen() throws {
        let probe = try MountedProbe()
        let script = """
            echo x > held; for i in 1 2 3 4 5 6 7 8; do cat held & done
            for i in $(seq 50); do stat -c '' counters > /dev/null; done; ls; jobs -r | grep -c .
            echo > gate; wait
            """
        let expected = "counters\nheld\nmany\nodd\n8\n" + String(repeating: "x\n", count: 8)
        #expect(try probe.run(script) == Outcome(code: 0, output: expected))
    }

    @Test("an interrupted close hears of it")
    func interrupt() throws {
        let probe = try MountedProbe()
        let script = """
            timeout -s INT 1 cp /etc/passwd patient; echo $?; timeout 1 tee patient2 < /etc/passwd
            """
        let start = ContinuousClock().now
        #expect(try probe.run(script, seconds: 8).output.hasPrefix("124\n"))
        #expect(ContinuousClock().now - start < .seconds(8), "close did not hear of the signal")
    }

    /// What `counters` says when only the root and its three entries are known.
    private static let nothingOpen = "handles 0 directories 0 nodes 4\n"

    @Test("no handle, lookup or descriptor is left behind")
    func leaks() throws {
        let probe = try MountedProbe()
        #expect(try probe.run("cat counters").output == Self.nothingOpen)
        let descriptors = probe.descriptors
        let script = """
            for i in $(seq 40); do echo $i > f$i; mv f$i g$i; ln g$i h$i; cat g$i h$i > /dev/null; done
            cp /etc/passwd refuse; ls -l > /dev/null; rm g* h* refuse; mkdir a; rmdir a
            cat nothing deny 2> /dev/null; (head -c 10 /dev/urandom; kill -9 $BASHPID) > k; rm k; true
            """
        #expect(try probe.run(script).code == 0)
        var after = ""
        let isBack = Wait.until {
            after = (try? probe.run("cat counters").output) ?? ""
            return after == Self.nothingOpen
        }
        #expect(isBack, "\(after)")
        #expect(probe.descriptors == descriptors)
    }

    @Test("a name removed behind the kernel's back is gone when the kernel is told")
    func invalidation() throws {
        let probe = try MountedProbe()
        // The name may be cached for 1,000 seconds; without the notification it would still be there.
        #expect(try probe.run("echo x > stale; stat -c %n stale").output == "stale\n")
        #expect(try probe.run("echo > invalidate").code == 0)
        #expect(Wait.until { (try? probe.run("stat stale").code) == 1 })
    }

    @Test(
        "the mail that passes through the bridge leaves no trace in its memory",
        .disabled(if: Sanitizer.isActive, "the sanitizer's shadow memory is too large to search"))
    func noTrace() throws {
        let probe = try MountedProbe()
        // The marker is put together in the shell, so that it is nowhere but in the writes.
        let script = """
            a=plaintext; for i in $(seq 2000); do echo $a-of-a-letter-$i; done | dd of=sink bs=64K iflag=fullblock status=none
            cat counters > /dev/null; cat counters > /dev/null; cat counters > /dev/null; ls > /dev/null
            """
        #expect(try probe.run(script).code == 0)
        #expect(try Memory.contains("plaintext-of-a-letter", process: probe.process) == false)
        #expect(try Memory.contains("FuseBridgeProbe", process: probe.process), "the search itself works")
    }
}

/// The memory of another process.
enum Memory {
    /// Whether any writable page holds `text`.
    static func contains(_ text: String, process: pid_t) throws -> Bool {
        let script = """
            while read range perms _; do
                case $perms in rw*) ;; *) continue ;; esac
                start=$((16#${range%-*})) end=$((16#${range#*-}))
                dd if=/proc/\(process)/mem bs=4096 skip=$((start / 4096)) count=$(((end - start) / 4096)) status=none 2> /dev/null
            done < <(grep -v vvar /proc/\(process)/maps) | grep -qaF '\(text)'
            """
        let code = try Program.run(script, seconds: 60).code
        try #require(code == 0 || code == 1)
        return code == 0
    }
}
