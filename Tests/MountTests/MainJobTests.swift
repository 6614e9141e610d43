import Foundation
import Testing

/// The whole product through a real mount, with tools nobody here wrote.
@Suite("The main job", .serialized, .enabled(if: canMount, "needs /dev/fuse and fusermount3"))
struct MainJobTests {
    static let message = """
        From: Sender <sender@example.net>
        To: Invoices <invoices@example.com>
        Subject: invoice 4711
        Message-ID: <4711@example.net>

        Please pay marker-of-the-plaintext-4711.

        """

    /// A mailbox with one mail file at `$ROOT/offer.eml`.
    static func mailbox(options: [String] = []) throws -> MountedMailbox {
        let mailbox = try MountedMailbox(options: options)
        try message.write(toFile: "\(mailbox.root)/offer.eml", atomically: true, encoding: .utf8)
        return mailbox
    }

    @Test("what cp brings in, cat gives back, and the bucket holds ciphertext")
    func roundTrip() throws {
        let mailbox = try Self.mailbox()
        let result = try mailbox.run(
            """
            set -e
            cp offer.eml mnt/inbox/
            test -z "$(find mnt/inbox -type f)"
            test "$(ls mnt/mail/mailbox | wc -l)" = 1
            cmp offer.eml mnt/mail/mailbox/*.eml
            grep -rq invoices mnt/mail/
            cmp bucket/mailbox/$(ls mnt/sealed/mailbox) mnt/sealed/mailbox/*
            test $(stat -c %s mnt/sealed/mailbox/*) = $(( $(stat -c %s offer.eml) + 16 ))
            test $(stat -c %s mnt/mail/mailbox/*) = $(stat -c %s offer.eml)
            ! grep -r marker-of-the-plaintext bucket home
            ls mnt/mail/mailbox | grep -qE '^[0-9a-v]{40}\\.eml$'
            """)
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
    }

    @Test("attributes say who sealed a message, under which key, by which rule")
    func attributes() throws {
        let mailbox = try Self.mailbox()
        let result = try mailbox.run(
            "cp offer.eml mnt/inbox/ && getfattr -d mnt/mail/mailbox/*.eml && getfattr -d mnt/sealed/mailbox/*"
        )
        #expect(result.succeeded, "\(result)")
        #expect(result.output.contains("alias/aws/ses"))
        #expect(result.output.contains("user.x-amz-key-v2="))
        #expect(result.output.contains("user.x-amz-wrap-alg=\"kms\""))
        #expect(result.output.contains("user.x-amz-cek-alg=\"AES/GCM/NoPadding\""))
    }

    @Test("a disabled key stops the next reader, and enabling it lets him read on")
    func disabledKey() throws {
        let mailbox = try Self.mailbox()
        let result = try mailbox.run(
            """
            set -e
            envelopectl key create --alias alias/invoices --ses > /dev/null
            envelopectl rule update default --kms-key alias/invoices > /dev/null
            cp offer.eml mnt/inbox/
            cmp offer.eml mnt/mail/mailbox/*.eml
            envelopectl key disable alias/invoices
            if cat mnt/mail/mailbox/*.eml > out 2> err; then echo "was readable"; exit 1; fi
            grep -q 'Key has been revoked' err
            test ! -s out
            envelopectl key enable alias/invoices
            cmp offer.eml mnt/mail/mailbox/*.eml
            """)
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
    }

    @Test("a key policy without the SES statement refuses the mail, keeps the source and leaves a record")
    func policyWithoutSES() throws {
        let mailbox = try Self.mailbox()
        let result = try mailbox.run(
            """
            set -e
            envelopectl key create --alias alias/closed > /dev/null
            envelopectl rule update default --kms-key alias/closed > /dev/null
            cp offer.eml before.eml
            if cp offer.eml mnt/inbox/ 2> err; then echo "was accepted"; exit 1; fi
            cat err
            grep -q 'Permission denied' err
            cmp before.eml offer.eml
            test -z "$(find bucket -type f)"
            test -z "$(ls mnt/mail/mailbox)"
            test -z "$(find mnt/inbox -type f)"
            envelopectl trail search --event GenerateDataKey --error AccessDenied --json | grep -q ses.amazonaws.com
            grep 'rule default' mnt/.envelopefs/refusals | grep -q kms:GenerateDataKey
            """)
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
    }

    @Test("one changed character in the stored context, or one flipped bit anywhere, prints nothing")
    func tampering() throws {
        let mailbox = try Self.mailbox()
        let result = try mailbox.run(
            #"""
            set -e
            cp offer.eml mnt/inbox/
            id=$(ls bucket/mailbox | grep -v instruction); object=bucket/mailbox/$id; mail=mnt/mail/mailbox/$id.eml
            unreadable() {
                if cat "$mail" > out 2> err; then echo "readable after: $1"; exit 1; fi
                test ! -s out || { echo "bytes came out after: $1"; exit 1; }
            }
            cp --preserve=xattr "$object" saved
            restore() { cp --preserve=xattr saved "$object"; cmp offer.eml "$mail"; }
            for name in x-amz-matdesc x-amz-key-v2 x-amz-iv x-amz-wrap-alg x-amz-cek-alg x-amz-tag-len; do
                value=$(getfattr --only-values -n "user.$name" "$object")
                changed=$(printf %s "$value" | tr 'A-Za-z0-9' 'B-ZAb-za1-90')
                setfattr -n "user.$name" -v "$changed" "$object"
                unreadable "$name changed"
                setfattr -x "user.$name" "$object"
                rm -f "$object.instruction"
                unreadable "$name removed"
                setfattr -n "user.$name" -v "$value" "$object"
                cmp offer.eml "$mail"
            done
            context=$(getfattr --only-values -n user.x-amz-matdesc "$object")
            setfattr -n user.x-amz-matdesc -v "${context/default/defaulu}" "$object"
            unreadable "one character of the rule name"
            grep -q 'rejected' err
            setfattr -n user.x-amz-matdesc -v "$context" "$object"
            size=$(stat -c %s "$object")
            for at in 0 1 $((size / 2)) $((size - 17)) $((size - 16)) $((size - 1)); do
                python3 - "$object" $at <<'PY'
            import sys
            with open(sys.argv[1], 'r+b') as f:
                f.seek(int(sys.argv[2])); b = f.read(1)[0]; f.seek(int(sys.argv[2])); f.write(bytes([b ^ 1]))
            PY
                unreadable "bit flipped at $at"
                grep -q 'Bad message' err
                restore
            done
            truncate -s -1 "$object"; unreadable "one byte shorter"; restore
            : > "$object"; unreadable "emptied"; restore
            """#)
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
    }

    @Test("mail accepted before a crash is there after it", arguments: 1...3)
    func crash(round: Int) throws {
        let mailbox = try Self.mailbox()
        #expect(try mailbox.run("cp offer.eml mnt/inbox/").succeeded)
        try mailbox.crash()
        try mailbox.mount()
        let result = try mailbox.run(
            "test $(ls mnt/mail/mailbox | wc -l) = 1 && cmp offer.eml mnt/mail/mailbox/*.eml")
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
    }

    @Test("a large mail goes in and out, one over 40 MiB is refused and leaves nothing")
    func size() throws {
        let mailbox = try Self.mailbox()
        let result = try mailbox.run(
            """
            set -e
            large() { { cat offer.eml; head -c $(( $1 - $(stat -c %s offer.eml) )) /dev/zero | tr '\\0' 'x'; } > "$2"; }
            large 41943040 fits.eml; large $((41 * 1024 * 1024)) over.eml
            cp fits.eml mnt/inbox/
            cmp fits.eml mnt/mail/mailbox/*.eml
            if cp over.eml mnt/inbox/ 2> err; then echo "was accepted"; exit 1; fi
            cat err; grep -qE 'File too large|Message too long' err
            test $(stat -c %s over.eml) = $((41 * 1024 * 1024))
            test $(ls mnt/mail/mailbox | wc -l) = 1
            test -z "$(find mnt/inbox -type f)"
            test -z "$(find bucket -name '.tmp-*' -type f)"
            """, deadline: 120)
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
    }

    @Test(
        "what is no mail, or is for nobody, is refused with the reason",
        arguments: [
            ("head -c 5000 /dev/urandom | tr -d ':' > x", "Bad message"),
            ("printf 'Subject: x\\n\\nbody\\n' > x", "Destination address required"),
        ])
    func notMail(_ make: String, _ reason: String) throws {
        let mailbox = try Self.mailbox()
        let result = try mailbox.run(
            """
            set -e
            \(make)
            if cp x mnt/inbox/ 2> err; then echo "was accepted"; exit 1; fi
            cat err; grep -q '\(reason)' err
            test -z "$(find bucket -type f)"; test -z "$(find mnt/inbox -type f)"
            """)
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
    }

    @Test("an address directory says whom the mail is for")
    func addressDirectory() throws {
        let mailbox = try Self.mailbox()
        let result = try mailbox.run(
            """
            set -e
            printf 'Subject: for nobody by its header\\n\\nbody\\n' > x
            mkdir mnt/inbox/alice@example.com
            cp x mnt/inbox/alice@example.com/
            cmp x mnt/mail/mailbox/*.eml
            """)
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
    }

    @Test(
        "a full disk says so and leaves nothing behind",
        .enabled(if: getuid() == 0, "mounts a small file system"))
    func fullDisk() throws {
        let mailbox = try MountedMailbox(mounting: false)
        defer { _ = try? mailbox.run("fusermount3 -u -z mnt; umount -l bucket") }
        try Self.message.write(toFile: "\(mailbox.root)/offer.eml", atomically: true, encoding: .utf8)
        #expect(
            try mailbox.run("truncate -s 8M image && mkfs.ext4 -q image && mount -o loop image bucket")
                .succeeded)
        try mailbox.mount()
        let result = try mailbox.run(
            """
            set -e
            { cat offer.eml; head -c 12000000 /dev/zero | tr '\\0' 'x'; } > big.eml
            if cp big.eml mnt/inbox/ 2> err; then echo "was accepted"; exit 1; fi
            cat err; grep -q 'No space left on device' err
            test -z "$(ls mnt/mail/mailbox)"; test -z "$(find bucket -type f)"; test -z "$(find mnt/inbox -type f)"
            cp offer.eml mnt/inbox/ && cmp offer.eml mnt/mail/mailbox/*.eml
            """)
        #expect(result.succeeded, "\(result)\n\(mailbox.logText)")
        #expect(try mailbox.unmount() == 0)
    }
}
