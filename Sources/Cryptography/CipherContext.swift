internal import COpenSSL

/// One run of an OpenSSL cipher: made with its key, fed, finished, and wiped when it goes out of scope.
struct CipherContext: ~Copyable {
    enum Direction: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    let pointer: OpaquePointer

    /// Begins a run of `cipher`.
    ///
    /// - Throws: `.invalidKeySize` or `.invalidNonceSize` when key or `iv` do not fit; `.library`.
    init(
        direction: Direction, cipher: Fetched, key: borrowing SecretBytes, iv: [UInt8], ivByteCount: Int,
        flags: Int32 = 0
    ) throws(CryptographyError) {
        guard key.count == Int(EVP_CIPHER_get_key_length(cipher.pointer)) else {
            throw .invalidKeySize(key.count)
        }
        guard iv.count == ivByteCount else { throw .invalidNonceSize(iv.count) }
        let context = try check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        EVP_CIPHER_CTX_set_flags(context, flags)
        let code = key.withUnsafeBytes { key in
            iv.withRawBytes { iv in
                EVP_CipherInit_ex2(
                    context, cipher.pointer, key.bytePointer, iv.isEmpty ? nil : iv.bytePointer,
                    direction.rawValue, nil)
            }
        }
        guard code == 1 else {
            EVP_CIPHER_CTX_free(context)
            throw .library(OpenSSLError(draining: "EVP_CipherInit_ex2"))
        }
        pointer = context
    }

    deinit {
        // Wipes the key schedule.
        EVP_CIPHER_CTX_free(pointer)
    }

    /// Adds bytes that the tag covers and the ciphertext does not contain.
    func authenticate(_ bytes: [UInt8]) throws(CryptographyError) {
        guard !bytes.isEmpty else { return }
        guard let size = Int32(exactly: bytes.count) else { throw .inputTooLarge(bytes.count) }
        var written: Int32 = 0
        let context = pointer
        let code = bytes.withRawBytes { EVP_CipherUpdate(context, nil, &written, $0.bytePointer, size) }
        try check(code, "EVP_CipherUpdate")
    }

    /// Feeds all of `input`; `output` must have room for it and, in block modes, one block more.
    ///
    /// - Returns: How many bytes came out.
    func update(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(CryptographyError) -> Int {
        // OpenSSL counts in 32 bits; a multiple of the block size keeps the pieces independent of each other.
        let pieceLimit = 1 << 30
        var (consumed, produced) = (0, 0)
        while consumed < input.count {
            let size = min(pieceLimit, input.count - consumed)
            let piece = UnsafeRawBufferPointer(rebasing: input[consumed..<(consumed + size)])
            let room = UnsafeMutableRawBufferPointer(rebasing: output[produced...])
            var written: Int32 = 0
            let code = EVP_CipherUpdate(pointer, room.bytePointer, &written, piece.bytePointer, Int32(size))
            try check(code, "EVP_CipherUpdate")
            consumed += size
            produced += Int(written)
        }
        return produced
    }

    /// Ends the run, checking tag or padding.
    ///
    /// - Returns: How many bytes came out, at most one block; AEAD modes have none.
    @discardableResult
    func finish(into output: UnsafeMutableRawBufferPointer?) throws(CryptographyError) -> Int {
        var written: Int32 = 0
        // OpenSSL wants an address even from modes that write nothing.
        var spare: UInt8 = 0
        let code =
            if let address = output?.bytePointer {
                EVP_CipherFinal_ex(pointer, address, &written)
            } else {
                EVP_CipherFinal_ex(pointer, &spare, &written)
            }
        try check(code, "EVP_CipherFinal_ex")
        return Int(written)
    }
}
