import Glibc
import StrictJSON

/// Where a command's answer goes: to people as text, to programs as JSON.
enum Terminal {
    /// Writes one line to standard output.
    static func say(_ text: String) { write(text + "\n", to: 1) }

    /// Writes one line to standard error.
    static func complain(_ text: String) { write(text + "\n", to: 2) }

    /// Writes `json` when programs are to read the answer, else what `text` makes.
    static func answer(_ json: JSONValue, asJSON: Bool, text: () -> String) {
        if asJSON {
            say(json.text(pretty: true))
        } else {
            let text = text()
            if !text.isEmpty { say(text) }
        }
    }

    /// A closed pipe (`envelopectl … | head`) ends the program quietly, as it ends cat.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                exit(errno == EPIPE ? 0 : ExitStatus.internalFailure.rawValue)
            }
            bytes = bytes.dropFirst(count)
        }
    }
}
