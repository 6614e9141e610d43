internal import COpenSSL

/// What OpenSSL had in its error queue when a call failed.
///
/// The queue belongs to the thread and is emptied on reading, so an error never shows up at a later call.
public struct OpenSSLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call that failed, as OpenSSL names it, for example `EVP_PKEY_sign`.
    public let operation: String
    /// OpenSSL's own sentences, oldest first; empty when it gave none.
    public let reasons: [String]

    /// Reads and empties the error queue of this thread after `operation` failed.
    init(draining operation: String) {
        var reasons: [String] = []
        // The queue holds at most 16 entries; the loop still ends by itself, because reading removes.
        while true {
            let code = ERR_get_error()
            guard code != 0 else { break }
            reasons.append(Self.text(of: code))
        }
        self.operation = operation
        self.reasons = reasons
    }

    /// One line: the call and the oldest reason, which is the nearest to the cause.
    public var description: String {
        "\(operation): \(reasons.first ?? "no reason given")"
    }

    private static func text(of code: UInt) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            ERR_error_string_n(code, base, buffer.count)
            return String(cString: base)
        }
    }
}

/// Turns OpenSSL's return code into an error: 1 is success, everything else is not.
func check(_ code: Int32, _ operation: String) throws(CryptographyError) {
    guard code == 1 else { throw .library(OpenSSLError(draining: operation)) }
}

/// Turns OpenSSL's null into an error.
func check(_ pointer: OpaquePointer?, _ operation: String) throws(CryptographyError) -> OpaquePointer {
    guard let pointer else { throw .library(OpenSSLError(draining: operation)) }
    return pointer
}
