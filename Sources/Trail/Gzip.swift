import CZlib

/// The gzip format of RFC 1952, as zlib writes it: no name, no time, so equal content gives equal bytes.
enum Gzip {
    /// Compresses `content` into one gzip member.
    ///
    /// - Throws: `.compression`, with zlib's return code.
    static func compress(_ content: [UInt8]) throws(TrailError) -> [UInt8] {
        var stream = z_stream()
        let began = czlib_gzip_begin(&stream, Z_DEFAULT_COMPRESSION)
        guard began == Z_OK else { throw .compression(code: began) }
        defer { deflateEnd(&stream) }
        // One call of deflate takes everything when the output has room for the worst case.
        let capacity = Int(deflateBound(&stream, UInt(content.count)))
        var input = content
        var result: Int32 = Z_OK
        let compressed = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            input.withUnsafeMutableBufferPointer { bytes in
                // SAFETY: both buffers outlive the call, and zlib keeps neither pointer in use after
                // deflateEnd.
                stream.next_in = bytes.baseAddress
                stream.avail_in = UInt32(clamping: bytes.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(clamping: output.count)
                result = deflate(&stream, Z_FINISH)
                count = Int(stream.total_out)
            }
        }
        guard result == Z_STREAM_END else { throw .compression(code: result) }
        return compressed
    }
}
