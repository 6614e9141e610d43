// Open files: from create or open to release.

extension MailboxFS {
    /// Makes and opens a file in the inbox.
    ///
    /// Anywhere else: `.readOnly`.
    public func create(
        _ name: String, in parent: InodeNumber, permissions: UInt16, flags: Int32, for requester: Requester
    ) throws(MailboxError) -> (Entry, OpenedFile) {
        try Self.check(name)
        let (entry, file) = try views[parent].create(
            name, in: parent, permissions: permissions, flags: OpenFlags(flags), for: requester)
        return (entry, opened(file))
    }

    /// Opens a file.
    ///
    /// For mail this fetches the object, asks KMS for its data key on behalf of `requester`, decrypts it and
    /// verifies the tag, all before it returns: what is open may be read.
    public func open(
        _ inode: InodeNumber, flags: Int32, for requester: Requester
    ) throws(MailboxError) -> OpenedFile {
        opened(try views[inode].open(inode, flags: OpenFlags(flags), for: requester))
    }

    /// Lends up to `count` bytes from `offset` to `body`; none at the end.
    ///
    /// The pointer is good until `body` returns.
    public func read<R>(
        _ handle: UInt64, from offset: UInt64, count: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(MailboxError) -> R {
        // An offset beyond Int is beyond every file.
        let start = Int(clamping: offset)
        switch try handles.file(handle) {
        case .content(let content): return try content.withBytes(from: start, count: count, body)
        case .staged(let staged): return try staged.read(from: start, count: count, body)
        }
    }

    /// Writes to a file of the inbox and answers how many bytes it took: all of them.
    ///
    /// - Throws: `.tooLarge` or `.spoolFull`; the file is then tainted and every close of it fails.
    public func write(
        _ handle: UInt64, _ bytes: UnsafeRawBufferPointer, at offset: UInt64, for requester: Requester
    ) throws(MailboxError) -> Int {
        switch try handles.file(handle) {
        case .content: throw .badHandle(handle)
        case .staged(let staged): return try staged.write(bytes, at: offset, for: requester)
        }
    }

    /// Answers a close.
    ///
    /// For a file of the inbox that was written this is receiving; the error is the verdict.
    ///
    /// - Parameter isInterrupted: Whether a signal has come for whoever waits. It is asked once, before
    ///   anything is received; the close then fails with `.interrupted`, and no later close or release
    ///   receives the file either.
    public func flush(
        _ handle: UInt64, for requester: Requester, unless isInterrupted: () -> Bool = { false }
    ) throws(MailboxError) {
        switch try handles.file(handle) {
        case .content: return
        case .staged(let staged): try staged.flush(for: requester, unless: isInterrupted)
        }
    }

    /// Answers `fsync`: succeeds; a message is made durable when it is received, not before.
    public func synchronize(_ handle: UInt64) throws(MailboxError) {
        _ = try handles.file(handle)
    }

    /// Ends a handle; plaintext is wiped.
    ///
    /// Mail that no flush has received is received now, and a refusal goes to the log only.
    public func release(_ handle: UInt64) {
        switch handles.removeFile(handle) {
        case .staged(let staged): staged.release()
        case .content, nil: return
        }
    }

    private func opened(_ file: OpenFile) -> OpenedFile {
        let handle = handles.add(file)
        switch file {
        case .staged:
            return OpenedFile(handle: handle, isDirectIO: true, keepsCache: false, skipsFlush: false)
        case .content(let content):
            return OpenedFile(
                handle: handle, isDirectIO: content.bypassesCache, keepsCache: false, skipsFlush: true)
        }
    }
}

// MARK: What may block

extension MailboxFS {
    /// Whether opening this inode waits for keys or disks.
    public func mayBlock(opening inode: InodeNumber) -> Bool { views[inode].mayBlock(opening: inode) }

    /// Whether this flush, or another request for a handle whose message is being received, waits.
    public func mayBlock(flushing handle: UInt64) -> Bool {
        switch try? handles.file(handle) {
        case .staged(let staged): staged.mayBlock
        case .content, nil: false
        }
    }

    /// Whether this release has to receive a message first.
    public func mayBlock(releasing handle: UInt64) -> Bool { mayBlock(flushing: handle) }

    /// Whether reading waits for a disk: stored objects are read piece by piece, everything else is in
    /// memory.
    public func mayBlock(reading handle: UInt64) -> Bool {
        switch try? handles.file(handle) {
        case .content(let content): !content.bypassesCache
        case .staged, nil: false
        }
    }

    /// Whether a rename or link to this place is receiving.
    public func mayBlock(arrivingIn parent: InodeNumber, as name: String) -> Bool {
        parent.territory == .inbox && views.inbox.isVisible(name, in: parent)
    }
}
