internal import AWSWire

/// AWS's shared credentials and config files.
///
/// Sections hold `name = value` lines; nested settings (indented lines) are skipped. In the config file a section
/// is `[profile NAME]`, or `[default]`; in the credentials file it is `[NAME]`. Secret access keys go from the
/// file's bytes straight into wiped memory and are never text.
///
/// Source: AWS SDKs and Tools reference guide, "Shared config and credentials files: format".
struct ProfileFile {
    /// One section.
    struct Profile {
        var settings: [String: String] = [:]
        var secret: SecretAccessKey?
    }

    private(set) var profiles: [String: Profile] = [:]

    /// - Parameter isConfig: Whether sections are written `[profile NAME]`.
    init(parsing bytes: [UInt8], isConfig: Bool) {
        var current: String?
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let first = line.first, !Self.isSpace(first), first != UInt8(ascii: "#"),
                first != UInt8(ascii: ";")
            else { continue }
            if first == UInt8(ascii: "[") {
                current = Self.sectionName(line, isConfig: isConfig)
                if let current, profiles[current] == nil { profiles[current] = Profile() }
                continue
            }
            guard let current, let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = Self.text(line[..<equals]).lowercased()
            let value = Self.trimmed(line[line.index(after: equals)...])
            if name == "aws_secret_access_key" {
                var copy = Array(value)
                profiles[current]?.secret = copy.isEmpty ? nil : SecretAccessKey(copy)
                for index in copy.indices { copy[index] = 0 }
            } else {
                profiles[current]?.settings[name] = Self.text(value)
            }
        }
    }

    private static func sectionName(_ line: ArraySlice<UInt8>, isConfig: Bool) -> String? {
        guard let end = line.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        let name = text(line[line.index(after: line.startIndex)..<end])
        guard isConfig, name != "default" else { return name }
        guard name.hasPrefix("profile"), let space = name.firstIndex(where: { $0 == " " || $0 == "\t" })
        else {
            return nil
        }
        return text(ArraySlice(Array(name[space...].utf8)))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = bytes.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: trimmed(bytes), as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}
