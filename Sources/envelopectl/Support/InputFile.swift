import Foundation
import StrictJSON

/// Documents that a command reads from a file, or from standard input as `-`.
enum InputFile {
    /// The whole text; at most 1 MiB, which is more than any document may have.
    static func text(at path: String) throws -> String {
        guard let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path) else {
            throw Failure(sentence: "cannot read \(path)", status: .notFound)
        }
        let data: Data
        do {
            data = try handle.read(upToCount: 1 << 20) ?? Data()
        } catch {
            throw Failure(sentence: "cannot read \(path): \(error.localizedDescription)", status: .notFound)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(sentence: "\(path) is not UTF-8 text", status: .data)
        }
        return text
    }

    /// The JSON value in the file.
    static func json(at path: String) throws -> JSONValue {
        let text = try text(at: path)
        do throws(JSONError) {
            return try JSONValue(parsing: text)
        } catch {
            throw Failure(sentence: "\(path): \(error)", status: .data)
        }
    }
}
