// Attributes, extended attributes and the state of the file system.

import Glibc

extension MailboxFS {
    /// What `stat` shows.
    ///
    /// - Parameter handle: An open file of the inode, if the kernel named one.
    public func attributes(
        of inode: InodeNumber, handle: UInt64?, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes {
        try views[inode].attributes(of: inode, for: requester)
    }

    /// Changes attributes.
    ///
    /// In the inbox the length is changed and the rest is accepted without effect on the message; anywhere
    /// else: `.readOnly`.
    public func setAttributes(
        of inode: InodeNumber, handle: UInt64?, to changes: AttributeChanges, for requester: Requester
    ) throws(MailboxError) -> TimedAttributes {
        var file: OpenFile?
        if let handle { file = try handles.file(handle) }
        return try views[inode].setAttributes(of: inode, handle: file, to: changes, for: requester)
    }

    /// Answers `access(2)`.
    ///
    /// - Parameter mask: `R_OK`, `W_OK`, `X_OK` together, or `F_OK`.
    public func access(_ inode: InodeNumber, mask: Int32, for requester: Requester) throws(MailboxError) {
        let attributes = try views[inode].attributes(of: inode, for: requester).attributes
        guard mask & W_OK != 0, inode.territory != .inbox else { return }
        guard attributes.permissions & 0o222 == 0 else { return }
        throw .readOnly("inode \(inode.rawValue)")
    }

    /// The value of an extended attribute.
    public func extendedAttribute(
        _ name: String, of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> [UInt8] {
        // Programs ask for labels and access lists of every file; only `user.` names can be ours.
        guard name.hasPrefix("user.") else { throw .noSuchAttribute(name) }
        for (present, value) in try views[inode].extendedAttributes(of: inode, for: requester)
        where present == name { return Array(value.utf8) }
        throw .noSuchAttribute(name)
    }

    /// The names of the extended attributes.
    public func extendedAttributeNames(
        of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) -> [String] {
        try views[inode].extendedAttributes(of: inode, for: requester).map { $0.0 }
    }

    /// Accepts an extended attribute in the inbox, without effect; anywhere else: `.readOnly`.
    public func setExtendedAttribute(
        _ name: String, of inode: InodeNumber, to value: [UInt8], for requester: Requester
    ) throws(MailboxError) {
        try views[inode].setExtendedAttribute(name, of: inode, for: requester)
    }

    /// Accepts the removal of an extended attribute in the inbox, without effect; anywhere else: `.readOnly`.
    public func removeExtendedAttribute(
        _ name: String, of inode: InodeNumber, for requester: Requester
    ) throws(MailboxError) {
        try views[inode].setExtendedAttribute(name, of: inode, for: requester)
    }
}
