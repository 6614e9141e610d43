internal import COpenSSL

/// Bytes nobody can guess, for nonces and identifiers; keys come from `SecretBytes.random`.
public enum RandomBytes {
    /// `count` bytes from OpenSSL's public generator.
    ///
    /// A generator that cannot be seeded is no state to go on in, so failure traps.
    public static func make(count: Int) -> [UInt8] {
        precondition(count >= 0, "a number of random bytes cannot be negative")
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            let code = count == 0 ? 1 : RAND_bytes_ex(nil, buffer.baseAddress, count, 256)
            precondition(code == 1, "the random generator of OpenSSL failed")
            used = count
        }
    }
}
