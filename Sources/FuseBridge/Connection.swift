import CFuse

/// What is agreed with the kernel when INIT arrives.
enum Connection {
    /// The largest write in one request; the receive buffers are made for it.
    private static let largestWrite = UInt32(ReceiveBuffer.payloadByteCount)

    /// Capabilities we refuse.
    ///
    /// With the write-back cache a failed WRITE surfaces in a later `utimes`, which mv only warns about before
    /// it deletes its source: a message was lost that way. Splicing would take requests past our locked
    /// buffers and through pipes.
    private static let refused =
        UInt32(FUSE_CAP_WRITEBACK_CACHE) | UInt32(FUSE_CAP_SPLICE_READ) | UInt32(FUSE_CAP_SPLICE_WRITE)
        | UInt32(FUSE_CAP_SPLICE_MOVE)

    /// Capabilities we ask for where the kernel has them: lookups and listings of one directory at the same
    /// time, O_TRUNC within OPEN, and attributes with listings when the program will want them.
    private static let wanted =
        UInt32(FUSE_CAP_PARALLEL_DIROPS) | UInt32(FUSE_CAP_ATOMIC_O_TRUNC) | UInt32(FUSE_CAP_READDIRPLUS)
        | UInt32(FUSE_CAP_READDIRPLUS_AUTO)

    /// Fills in our side of the agreement.
    static func configure(_ connection: inout fuse_conn_info) {
        connection.want |= wanted & connection.capable
        connection.want &= ~refused
        connection.max_write = min(connection.max_write, largestWrite)
    }
}
