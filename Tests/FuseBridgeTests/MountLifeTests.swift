import Glibc
import Testing

@testable import FuseBridge

/// How mounts begin and end.
@Suite(
    .enabled(if: MountedProbe.isMountingPossible, "/dev/fuse or fusermount3 is missing"),
    .timeLimit(.minutes(2)))
struct MountLifeTests {
    @Test("a signal ends the mount cleanly", arguments: [SIGTERM, SIGINT])
    func signal(_ signal: Int32) throws {
        let probe = try MountedProbe()
        #expect(try probe.run("echo x > f && cat f").output == "x\n")
        #expect(try probe.end(with: signal) == 0)
        #expect(probe.messages == "ready\nended\n")
        #expect(!probe.isMounted)
    }

    @Test(
        "unmounting from outside ends the process",
        arguments: ["fusermount3 -u", "umount", "fusermount3 -u -z"])
    func unmount(_ command: String) throws {
        let probe = try MountedProbe()
        #expect(try Program.run("\(command) '\(probe.mountPoint)'").code == 0)
        #expect(try probe.waitForEnd() == 0)
        #expect(probe.messages == "ready\nended\n")
    }

    @Test("a close under way when the stop comes is answered, and truly")
    func stopDuringFlush() throws {
        let probe = try MountedProbe()
        let child = try Program.start("exec cp /etc/passwd '\(probe.mountPoint)/slow' 2> /dev/null")
        // The flush takes 400 ms; the stop comes in its middle.
        usleep(200_000)
        #expect(try probe.end(with: SIGTERM) == 0)
        var status: Int32 = -1
        #expect(waitpid(child, &status, 0) == child)
        #expect(status == 0)
    }

    @Test("a mount that is busy ends all the same")
    func busy() throws {
        let probe = try MountedProbe()
        let child = try Program.start(
            "cd '\(probe.mountPoint)'; exec 9> open; echo x >&9; touch \(probe.directory.path)/go; exec sleep 60"
        )
        #expect(Wait.until { access(probe.directory.path + "/go", F_OK) == 0 })
        #expect(try probe.end(with: SIGTERM) == 0)
        #expect(!probe.isMounted)
        kill(child, SIGKILL)
        waitpid(child, nil, 0)
    }

    @Test("the dead mount of a killed process is taken away by the next one")
    func stale() throws {
        let directory = try TemporaryDirectory()
        let first = try MountedProbe(in: directory)
        #expect(try first.end(with: SIGKILL) == 137)
        #expect(
            try Program.run("stat '\(first.mountPoint)'").output.contains(
                "Transport endpoint is not connected"))
        let second = try MountedProbe(in: directory)
        #expect(second.messages.contains("took away the dead mount"))
        #expect(try second.run("ls").output == "counters\nmany\nodd\n")
        #expect(try second.end(with: SIGTERM) == 0)
        // Its end would take the dead mount away.
        withExtendedLifetime(first) {}
    }

    @Test("a dead mount of another kind is left alone")
    func foreign() throws {
        let directory = try TemporaryDirectory()
        let first = try MountedProbe("subtype=other", in: directory)
        #expect(try first.end(with: SIGKILL) == 137)
        let outcome = try Program.run("'\(MountedProbe.path)' '\(first.mountPoint)'")
        #expect(outcome.code == 1)
        #expect(outcome.output.contains("a dead fuse.other mount is in the way\nhint: "))
    }

    @Test("auto_unmount takes the mount away with a killed process")
    func autoUnmount() throws {
        let probe = try MountedProbe("auto_unmount")
        var watcher: Int32?
        #expect(
            Wait.until {
                watcher = Processes.named("fusermount3", about: probe.mountPoint).first
                return watcher != nil
            })
        let watching = try #require(watcher)
        // fusermount3 3.14 asks the mount once whether it is dead, and takes a process that is still dying for
        // alive; it then leaves for good. Here it asks when the process is gone.
        kill(watching, SIGSTOP)
        #expect(try probe.end(with: SIGKILL) == 137)
        kill(watching, SIGCONT)
        #expect(Wait.until { !probe.isMounted })
    }

    @Test(
        "a mount that cannot be made ends with a sentence",
        arguments: [
            (
                "/no/such/place", "rw",
                "cannot mount on /no/such/place: no such directory\nhint: make it first"
            ),
            ("/etc/passwd", "rw", "cannot mount on /etc/passwd: not a directory\n"),
            ("/tmp", "rw,allow_delte", "unknown mount option 'allow_delte'\nhint: list the options"),
            ("/tmp", "uid=root", "mount option 'uid' cannot be 'root': it needs a numeric user id\n"),
        ])
    func sentences(_ path: String, _ options: String, _ sentence: String) throws {
        let outcome = try Program.run("'\(MountedProbe.path)' '\(path)' -o '\(options)'")
        #expect(outcome.code == 1)
        #expect(outcome.output.hasPrefix("fuse-bridge-probe: " + sentence), "\(outcome.output)")
    }

    @Test("an ordinary user mounts through fusermount3, or is told why not", .enabled(if: geteuid() == 0))
    func unprivileged() throws {
        let probe = "cp '\(MountedProbe.path)' \"$dir/probe\"; chmod 755 \"$dir/probe\""
        let user = "setpriv --reuid 65534 --regid 65534 --clear-groups"
        // A device node that everybody may open, as udev makes it, in a mount namespace of the test's own.
        let script = """
            dir=$(mktemp -d); chmod 755 $dir; mkdir $dir/mnt; \(probe); chown 65534 $dir/mnt
            mknod $dir/closed c 10 229; chmod 600 $dir/closed; mount --bind $dir/closed /dev/fuse
            \(user) $dir/probe $dir/mnt; umount /dev/fuse
            mknod $dir/open c 10 229; chmod 666 $dir/open; mount --bind $dir/open /dev/fuse
            \(user) $dir/probe $dir/mnt -o allow_other; \(user) $dir/probe $dir
            \(user) $dir/probe $dir/mnt > $dir/out & until grep -q ready $dir/out; do sleep 0.05; done
            \(user) ls $dir/mnt; ls $dir/mnt; \(user) fusermount3 -u $dir/mnt; wait $!; cat $dir/out; rm -r $dir
            """
        let outcome = try Program.run("unshare -m bash <<'END'\n\(script)\nEND")
        for line in [
            "cannot mount: no permission to open /dev/fuse\nhint: mount as root",
            "cannot mount with 'allow_other': user_allow_other is not set in /etc/fuse.conf\n",
            ": you have no write permission there\n", "counters\nmany\nodd\n", ": Permission denied\n",
            "ready\nended\n",
        ] { #expect(outcome.output.contains(line), "missing: \(line)\nin: \(outcome.output)") }
    }
}
