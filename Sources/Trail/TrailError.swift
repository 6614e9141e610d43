public import DurableFiles

/// Why the trail could not be written or read.
public enum TrailError: Error, Equatable, Sendable {
    /// A file operation failed; the kernel's error number is inside.
    case storage(DurableFileError)
    /// zlib refused to compress, with its return code.
    case compression(code: Int32)
    /// The file that remembers what was delivered cannot be understood.
    case damagedDeliveryState(path: String)
}

extension TrailError: CustomStringConvertible {
    /// A sentence fragment for people.
    public var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .compression(let code): "cannot compress trail records: zlib error \(code)"
        case .damagedDeliveryState(let path):
            "\(path) does not say what was delivered; remove it to deliver all again"
        }
    }
}

/// Runs a file operation, wrapping its error.
func storing<Result: ~Copyable>(_ body: () throws(DurableFileError) -> Result) throws(TrailError) -> Result {
    do throws(DurableFileError) {
        return try body()
    } catch {
        throw .storage(error)
    }
}
