import Mail
import MailReceiving

/// What a place in the inbox means for a message.
struct Destination: Sendable, Equatable {
    /// The path below the root of the mount.
    let path: String
    /// Nothing is received here: a file on its way to its real name.
    let isStaging: Bool
    /// The envelope recipient that a directory states.
    let recipient: String?

    /// Reads a place: the directories from the inbox down, then the name.
    ///
    /// Hidden names and whatever lies in a directory `tmp` or in a hidden one are staging. Of several
    /// directories named as addresses the innermost counts.
    init(directories: [String], name: String) {
        path = (["inbox"] + directories + [name]).joined(separator: "/")
        isStaging =
            (directories + [name]).contains { $0.utf8.first == UInt8(ascii: ".") }
            || directories.contains("tmp")
        recipient = directories.last { Self.isAddress($0) }
    }

    var hints: EnvelopeHints { EnvelopeHints(recipients: recipient.map { [$0] } ?? []) }

    /// Whether a directory's name is a mail address.
    static func isAddress(_ name: String) -> Bool {
        name.utf8.contains(UInt8(ascii: "@")) && (try? EmailAddress(parsing: name)) != nil
    }
}
