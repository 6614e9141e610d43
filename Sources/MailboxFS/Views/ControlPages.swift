import AWSVocabulary
import FoundationEssentials
import Synchronization
import SystemPackage

/// The texts of `.envelopefs/`.
struct ControlPages: Sendable {
    let options: MailboxOptions
    let mounted: Date
    let clock: @Sendable () -> Date
    let inbox: Inbox
    let stored: StoredTree
    let handles: HandleTable
    let refusals: RefusalLog

    var files: [ControlView.File] {
        [
            ControlView.File(name: "version") { _ in options.version + "\n" },
            ControlView.File(name: "statistics") { _ in statistics() },
            ControlView.File(name: "refusals") { refusalText(for: $0) },
        ]
    }

    /// One number a line, name first.
    private func statistics() -> String {
        let received = inbox.counters.values
        let places = stored.table.counts
        let open = handles.counts
        let inodes = inbox.tree.withLock { tree in (tree.nodes.count, tree.receiptCount) }
        let lines: [(String, String)] = [
            ("mounted", Timestamps.iso8601(mounted)),
            ("now", Timestamps.iso8601(clock())),
            ("received messages", String(received.received)),
            ("received bytes", String(received.receivedByteCount)),
            ("replaced messages", String(received.replaced)),
            ("refused messages", String(received.refused)),
            ("refusals", String(refusals.count)),
            ("inbox inodes", String(inodes.0)),
            ("inbox receipts", String(inodes.1)),
            ("spool bytes", String(inbox.budget.usedByteCount)),
            ("spool limit", String(inbox.budget.limit)),
            ("known objects and levels", String(places.places)),
            ("lookups of those", String(places.lookups)),
            ("open files", String(open.files)),
            ("open directories", String(open.directories)),
        ]
        return lines.map { "\($0.0): \($0.1)\n" }.joined()
    }

    /// Oldest first, one line each: time, what, file, the kernel's words, the sentence.
    private func refusalText(for requester: Requester) -> String {
        refusals.recent(for: requester.uid).map { refusal in
            let parts = [
                Timestamps.iso8601(refusal.date), refusal.operation.rawValue, refusal.path.printable,
                refusal.error.errno.description, refusal.sentence.printable,
            ]
            return parts.joined(separator: "  ") + "\n"
        }.joined()
    }
}

extension String {
    /// Without control characters, so that a file name cannot forge a line or drive a terminal.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : $0 }))
    }
}
