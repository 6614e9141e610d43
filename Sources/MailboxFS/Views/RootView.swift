/// The root of the mount: four directories, always there.
struct RootView: View {
    let fixtures: Fixtures
    let inboxAttributes: @Sendable (Requester) -> FileAttributes?

    private static let names: [(String, InodeNumber, FileKind)] = [
        ("inbox", .inbox, .directory), ("mail", .mail, .directory), ("sealed", .sealed, .directory),
        (".envelopefs", .control, .directory),
    ]

    func lookup(
        _ name: String, in parent: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> Entry {
        guard let entry = entry(name, for: requester) else { throw .noSuchEntry(name) }
        return entry
    }

    private func entry(_ name: String, for requester: Requester) -> Entry? {
        guard let (_, inode, _) = Self.names.first(where: { $0.0 == name }) else { return nil }
        let timeout = fixtures.options.storedTimeout
        if inode == .inbox {
            return inboxAttributes(requester).map {
                Entry(inode: inode, attributes: $0, entryTimeout: timeout, attributeTimeout: 0)
            }
        }
        let permissions: UInt16 = inode == .mail && fixtures.options.allowsRemoval ? 0o755 : 0o555
        return Entry(
            inode: inode, attributes: fixtures.directory(inode, permissions: permissions),
            entryTimeout: timeout,
            attributeTimeout: timeout)
    }

    func attributes(of inode: InodeNumber, for requester: Requester) throws(MailboxError) -> TimedAttributes {
        TimedAttributes(
            fixtures.directory(.root, permissions: 0o555), timeout: fixtures.options.storedTimeout)
    }

    func openDirectory(_ inode: InodeNumber, for requester: Requester) throws(MailboxError)
        -> any DirectoryStream
    {
        FixedStream(of: .root, in: .root, Self.names, entry: { entry($0, for: $1) }, forget: { _ in })
    }

    func open(
        _ inode: InodeNumber, flags: OpenFlags, for requester: Requester
    ) throws(MailboxError) -> OpenFile { throw .isADirectory("the root") }
}
