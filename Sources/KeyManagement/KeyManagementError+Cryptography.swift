import Cryptography

extension KeyManagementError {
    /// The KMS error for cryptographic trouble that is not the caller's.
    init(_ error: CryptographyError) {
        self = .internalFailure("cryptography failed: \(error)")
    }
}

/// Runs `body`, turning cryptographic trouble that is not the caller's into an internal failure.
func translating<Value: ~Copyable>(
    _ body: () throws(CryptographyError) -> Value
) throws(KeyManagementError) -> Value {
    do throws(CryptographyError) {
        return try body()
    } catch {
        throw KeyManagementError(error)
    }
}
