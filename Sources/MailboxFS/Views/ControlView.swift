import FoundationEssentials

/// `.envelopefs/`: how the mount is doing, as plain text.
struct ControlView: View {
    /// One file: its name, and its text as a user sees it now.
    struct File: Sendable {
        let name: String
        let text: @Sendable (Requester) -> String
    }

    let fixtures: Fixtures
    let files: [File]
    let clock: @Sendable () -> Date

    private func inode(_ index: Int) -> InodeNumber {
        InodeNumber(rawValue: InodeNumber.firstControlFile.rawValue + UInt64(index))
    }

    private func file(_ inode: InodeNumber) throws(MailboxError) -> File {
        let index = Int(inode.rawValue) - Int(InodeNumber.firstControlFile.rawValue)
        guard files.indices.contains(index) else { throw .noSuchEntry("inode \(inode.rawValue)") }
        return files[index]
    }

    func lookup(
        _ name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry {
        guard parent == .control else { throw .notADirectory(name) }
        guard let index = files.firstIndex(where: { $0.name == name }) else { throw .noSuchEntry(name) }
        let attributes = try attributes(of: inode(index), for: requester).attributes
        return Entry(
            inode: inode(index), attributes: attributes, entryTimeout: fixtures.options.storedTimeout,
            attributeTimeout: 0)
    }

    func attributes(of inode: InodeNumber, for requester: Requester) throws(MailboxError) -> TimedAttributes {
        if inode == .control {
            return TimedAttributes(fixtures.directory(.control, permissions: 0o555), timeout: 1)
        }
        let text = try file(inode).text(requester)
        return TimedAttributes(
            fixtures.file(inode, byteCount: text.utf8.count, modified: clock()), timeout: 0)
    }

    func openDirectory(_ inode: InodeNumber, for requester: Requester) throws(MailboxError)
        -> any DirectoryStream
    {
        guard inode == .control else { throw .notADirectory("inode \(inode.rawValue)") }
        let records = files.indices.map { (files[$0].name, self.inode($0), FileKind.regularFile) }
        return FixedStream(
            of: .control, in: .root, records, entry: { try? lookup($0, in: .control, for: $1) },
            forget: { _ in })
    }

    func open(
        _ inode: InodeNumber, flags: OpenFlags, for requester: Requester
    ) throws(MailboxError) -> OpenFile {
        guard inode != .control else { throw .isADirectory(".envelopefs") }
        let file = try file(inode)
        guard !flags.canWrite else { throw .readOnly(file.name) }
        return .content(TextContent(file.text(requester)))
    }
}

/// A text as it was when the file was opened.
struct TextContent: Content {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The length changes from one opening to the next.
    var bypassesCache: Bool { true }

    func withBytes<R>(
        from offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(MailboxError) -> R {
        bytes.withUnsafeBytes { body($0.part(from: offset, count: count)) }
    }
}

extension UnsafeRawBufferPointer {
    /// Up to `count` bytes from `offset`, none past the end.
    func part(from offset: Int, count: Int) -> UnsafeRawBufferPointer {
        let start = Swift.min(Swift.max(offset, 0), self.count)
        let end = start + Swift.min(Swift.max(count, 0), self.count - start)
        return UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}
