/// `name=value` on the command line.
enum Pairs {
    /// The pairs that an option was given, each name once.
    static func parse(_ texts: [String], option: String) throws -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw Failure(
                    sentence: "\(option) \(text) is no pair", hint: "\(option) name=value", status: .usage)
            }
            guard pairs.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                throw Failure(sentence: "\(option) \(parts[0]) stands twice", status: .usage)
            }
        }
        return pairs
    }
}
