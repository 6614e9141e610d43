import Foundation
import Testing

@Suite("Starting and ending", .serialized, .enabled(if: canMount, "needs /dev/fuse and fusermount3"))
struct LifeCycleTests {
    @Test("the daemon returns to the shell only once the mount answers, and goes when it is unmounted")
    func daemonised() throws {
        let mailbox = try MountedMailbox(mounting: false)
        let result = try mailbox.run(
            """
            set -e
            envelopefs "$BUCKET" "$MNT"
            cat mnt/.envelopefs/version
            pid=$(pgrep -f "envelopefs $BUCKET")
            fusermount3 -u mnt
            for i in $(seq 100); do kill -0 $pid 2>/dev/null || exit 0; sleep 0.1; done
            echo "the daemon lives on"; exit 1
            """)
        #expect(result.succeeded, "\(result)")
    }

    @Test(
        "a mount that fails is an exit code and a sentence",
        arguments: [
            ("envelopefs bucket nowhere", "nowhere"), ("envelopefs nobucket-file mnt", "nobucket-file"),
            ("envelopefs bucket mnt -o nonsense", "nonsense"), ("envelopefs bucket offer", "offer"),
        ])
    func failure(_ command: String, _ word: String) throws {
        let mailbox = try MountedMailbox(mounting: false)
        let result = try mailbox.run("touch nobucket-file offer; \(command)")
        #expect(!result.succeeded)
        #expect(result.errors.contains("envelopefs:"), "\(result)")
        #expect(result.errors.contains(word), "\(result)")
        #expect(try mailbox.run("! grep -q \"$MNT\" /proc/self/mounts").succeeded)
    }

    @Test("signals end the daemon cleanly, and the mail stays", arguments: [SIGTERM, SIGINT])
    func signals(_ number: Int32) throws {
        let mailbox = try MainJobTests.mailbox()
        #expect(try mailbox.run("cp offer.eml mnt/inbox/").succeeded)
        kill(mailbox.processID, number)
        #expect(mailbox.waitForDaemon() == 0, "\(mailbox.logText)")
        #expect(try mailbox.run("! grep -q \"$MNT\" /proc/self/mounts").succeeded)
        try mailbox.mount()
        #expect(try mailbox.run("cmp offer.eml mnt/mail/mailbox/*.eml").succeeded)
        #expect(try mailbox.unmount() == 0)
    }

    @Test("the daemon holds no descriptor more after work than before it")
    func descriptors() throws {
        let mailbox = try MainJobTests.mailbox()
        let work =
            "for i in $(seq 20); do cp offer.eml mnt/inbox/$i; done; cat mnt/mail/mailbox/* > /dev/null; ls -lR mnt > /dev/null"
        let count = "sleep 0.5; ls /proc/\(mailbox.processID)/fd | wc -l"
        #expect(try mailbox.run(work).succeeded)
        let before = try mailbox.run(count).output
        #expect(try mailbox.run(work).succeeded)
        #expect(try mailbox.run(count).output == before)
    }

    @Test("a mount left behind by a killed daemon is taken over")
    func staleMount() throws {
        let mailbox = try MainJobTests.mailbox()
        #expect(try mailbox.run("cp offer.eml mnt/inbox/").succeeded)
        kill(mailbox.processID, SIGKILL)
        _ = mailbox.waitForDaemon()
        try mailbox.mount()
        #expect(try mailbox.run("cmp offer.eml mnt/mail/mailbox/*.eml").succeeded)
    }
}
