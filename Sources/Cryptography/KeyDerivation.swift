internal import COpenSSL

/// Keys from keys.
///
/// Source: RFC 5869, extract and expand in one step.
public enum HKDF {
    /// Derives `count` bytes from a secret that is already uniformly random.
    ///
    /// - Parameters:
    ///   - secret: The input keying material.
    ///   - salt: Public; may be empty.
    ///   - info: Binds the result to its purpose; may be empty.
    ///   - count: 1 to 255 times the digest's size.
    /// - Throws: `.invalidParameter` for any other count.
    public static func derive(
        from secret: borrowing SecretBytes, salt: [UInt8], info: [UInt8], count: Int,
        with algorithm: DigestAlgorithm
    ) throws(CryptographyError) -> SecretBytes {
        guard count > 0 && count <= 255 * algorithm.byteCount else {
            throw .invalidParameter("HKDF output of \(count) bytes")
        }
        return try secret.withUnsafeBytes { (secret) throws(CryptographyError) in
            try salt.withRawBytes { (salt) throws(CryptographyError) in
                try info.withRawBytes { (info) throws(CryptographyError) in
                    var parameters = ParameterList()
                    parameters.add("digest", text: algorithm.name)
                    parameters.add("key", octets: secret)
                    parameters.add("salt", octets: salt)
                    parameters.add("info", octets: info)
                    return try derivedKey(implementation, parameters, count: count)
                }
            }
        }
    }

    /// HKDF-SHA-256.
    public static func sha256(
        from secret: borrowing SecretBytes, salt: [UInt8], info: [UInt8], count: Int
    ) throws(CryptographyError) -> SecretBytes {
        try derive(from: secret, salt: salt, info: info, count: count, with: .sha256)
    }

    /// HKDF-SHA-512.
    public static func sha512(
        from secret: borrowing SecretBytes, salt: [UInt8], info: [UInt8], count: Int
    ) throws(CryptographyError) -> SecretBytes {
        try derive(from: secret, salt: salt, info: info, count: count, with: .sha512)
    }

    private static let implementation = Fetched(kdf: "HKDF")
}

/// Keys from passphrases, slowly and with much memory on purpose.
///
/// Source: RFC 7914.
public enum Scrypt {
    /// The price of one guess.
    public struct Cost: Sendable, Hashable {
        /// N, the number of iterations as a power of two; memory is 128 · N · `blockSize` bytes.
        public let iterationCountLog2: Int
        /// r, the block size factor.
        public let blockSize: Int
        /// p, how many independent mixings are made one after the other.
        public let parallelism: Int

        /// 2^17 iterations with r = 8 and p = 1: 128 MiB, and some 0.4 s on one core.
        public static let interactive = Cost(iterationCountLog2: 17, blockSize: 8, parallelism: 1)

        /// Names a cost; `derive` refuses one that is out of bounds.
        public init(iterationCountLog2: Int, blockSize: Int, parallelism: Int) {
            self.iterationCountLog2 = iterationCountLog2
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// Whether the numbers are legal and stay below 1 GiB: the cost may come from a foreign file.
        var isAcceptable: Bool {
            (1...24).contains(iterationCountLog2) && (1...64).contains(blockSize)
                && (1...64).contains(parallelism)
                && 128 * blockSize << iterationCountLog2 <= 1 << 30
        }
    }

    /// Derives `count` bytes from a passphrase.
    ///
    /// - Parameters:
    ///   - passphrase: As typed; which form of Unicode is the caller's choice.
    ///   - salt: 16 random bytes or more, stored beside what the key protects.
    ///   - cost: Stored with the salt, so that it can be raised later.
    ///   - count: 1 to 1,024.
    /// - Throws: `.invalidParameter` for a cost or count out of bounds, `.library` without memory.
    public static func derive(
        from passphrase: borrowing SecretBytes, salt: [UInt8], cost: Cost, count: Int
    ) throws(CryptographyError) -> SecretBytes {
        guard cost.isAcceptable else { throw .invalidParameter("scrypt cost \(cost)") }
        guard (1...1024).contains(count) else { throw .invalidParameter("scrypt output of \(count) bytes") }
        var iterations = UInt64(1) << UInt64(cost.iterationCountLog2)
        var blockSize = UInt64(cost.blockSize)
        var parallelism = UInt64(cost.parallelism)
        // What OpenSSL needs beside the main table is small; twice the table is a bound that never bites.
        var memory = 256 * blockSize * (iterations + parallelism + 2)
        return try passphrase.withUnsafeBytes { (passphrase) throws(CryptographyError) in
            try salt.withRawBytes { (salt) throws(CryptographyError) in
                try withNumbers(&iterations, &blockSize, &parallelism, &memory) {
                    (numbers) throws(CryptographyError) in
                    var parameters = ParameterList()
                    parameters.add("pass", octets: passphrase)
                    parameters.add("salt", octets: salt)
                    parameters.add("n", number: numbers.0)
                    parameters.add("r", number: numbers.1)
                    parameters.add("p", number: numbers.2)
                    parameters.add("maxmem_bytes", number: numbers.3)
                    return try derivedKey(implementation, parameters, count: count)
                }
            }
        }
    }

    private typealias Number = UnsafeMutablePointer<UInt64>

    /// Pins four numbers for the length of `body`.
    private static func withNumbers(
        _ first: Number, _ second: Number, _ third: Number, _ fourth: Number,
        _ body: ((Number, Number, Number, Number)) throws(CryptographyError) -> SecretBytes
    ) throws(CryptographyError) -> SecretBytes {
        try body((first, second, third, fourth))
    }

    private static let implementation = Fetched(kdf: "SCRYPT")
}

/// Runs one derivation into secret memory.
private func derivedKey(
    _ implementation: Fetched, _ parameters: ParameterList, count: Int
) throws(CryptographyError) -> SecretBytes {
    let context = try check(EVP_KDF_CTX_new(implementation.pointer), "EVP_KDF_CTX_new")
    // Freeing the context wipes the copies of key and passphrase that it holds.
    defer { EVP_KDF_CTX_free(context) }
    return try SecretBytes(count: count) { (output) throws(CryptographyError) in
        let code = parameters.withPointer { EVP_KDF_derive(context, output.bytePointer, count, $0) }
        try check(code, "EVP_KDF_derive")
    }
}
