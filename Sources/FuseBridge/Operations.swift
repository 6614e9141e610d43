import CFuse
import Glibc
import MailboxFS
import SystemPackage

/// The table of callbacks libfuse is given: decode, call, reply.
///
/// INVARIANT: the closures capture nothing and belong to no actor. Written in `main.swift` or under
/// `@MainActor` they would compile, and trap on the first request that another thread receives.
///
/// What is missing here libfuse answers with `ENOSYS`, which the kernel remembers for the life of the mount:
/// READLINK, COPY_FILE_RANGE, FALLOCATE, LSEEK, POLL, BMAP and the locks. Programs then copy, seek and poll by
/// themselves, and the kernel keeps the locks. OPEN and FLUSH must never be answered so: without OPEN there is
/// no authorisation, without FLUSH no commit.
///
/// Source: fuse_lowlevel.h of libfuse 3.14; which tool sends what was observed, not documented.
enum Operations {
    /// All callbacks.
    static func makeTable() -> fuse_lowlevel_ops {
        var operations = fuse_lowlevel_ops()
        addSession(to: &operations)
        addInodes(to: &operations)
        addNames(to: &operations)
        addNewNames(to: &operations)
        addOpenFiles(to: &operations)
        addContents(to: &operations)
        addDirectories(to: &operations)
        addExtendedAttributes(to: &operations)
        return operations
    }

    private static func addSession(to operations: inout fuse_lowlevel_ops) {
        operations.`init` = { userData, connection in
            Mount.of(userData).initialise()
            if let connection { Connection.configure(&connection.pointee) }
        }
        operations.statfs = { raw, _ in
            Request(raw).answer { files, _ throws(MailboxError) in .statistics(try files.statistics()) }
        }
        // ENOTTY is what any file says that has no such control; ENOSYS would say that the call is unknown.
        operations.ioctl = { raw, _, _, _, _, _, _, _, _ in
            Request(raw).fail(.inappropriateIOCTLForDevice)
        }
    }

    private static func addInodes(to operations: inout fuse_lowlevel_ops) {
        operations.forget = { raw, inode, count in
            Request(raw).forget([fuse_forget_data(ino: inode, nlookup: count)])
        }
        operations.forget_multi = { raw, count, first in
            Request(raw).forget(UnsafeBufferPointer(start: first, count: count))
        }
        operations.getattr = { raw, inode, info in
            let open = info?.pointee.fh
            Request(raw).answer { files, request throws(MailboxError) in
                .attributes(
                    try files.attributes(of: InodeNumber(inode), handle: open, for: request.requester))
            }
        }
        operations.setattr = { raw, inode, status, set, info in
            let open = info?.pointee.fh
            guard let status, let changes = Presentation.changes(status.pointee, set: set) else {
                return Request(raw).fail(.invalidArgument)
            }
            Request(raw).answer { files, request throws(MailboxError) in
                .attributes(
                    try files.setAttributes(
                        of: InodeNumber(inode), handle: open, to: changes, for: request.requester))
            }
        }
        operations.access = { raw, inode, mask in
            Request(raw).answer { files, request throws(MailboxError) in
                try files.access(InodeNumber(inode), mask: mask, for: request.requester)
                return .done
            }
        }
    }

    private static func addNames(to operations: inout fuse_lowlevel_ops) {
        operations.lookup = { raw, parent, name in
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                .entry(try files.lookup(name, in: InodeNumber(parent), for: requester))
            }
        }
        operations.rmdir = { raw, parent, name in
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                try files.removeDirectory(name, in: InodeNumber(parent), for: requester)
                return .done
            }
        }
        operations.unlink = { raw, parent, name in
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                try files.remove(name, in: InodeNumber(parent), for: requester)
                return .done
            }
        }
        operations.rename = { raw, parent, name, newParent, newName, flags in
            Request(raw).rename(name, in: parent, to: newName, in: newParent, flags: flags)
        }
    }

    private static func addNewNames(to operations: inout fuse_lowlevel_ops) {
        operations.mkdir = { raw, parent, name, mode in
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                .entry(
                    try files.makeDirectory(
                        name, in: InodeNumber(parent), permissions: UInt16(mode & 0o7777), for: requester))
            }
        }
        operations.link = { raw, inode, parent, name in
            let parent = InodeNumber(parent)
            Request(raw).answer(named: name, mayBlock: { $0.mayBlock(arrivingIn: parent, as: $1) }) {
                files, requester, name throws(MailboxError) in
                .entry(try files.link(InodeNumber(inode), as: name, in: parent, for: requester))
            }
        }
        // Nothing in the tree is a link, a device, a pipe or a socket. "Operation not permitted" is what the
        // manual of symlink(2) and mknod(2) says for that, and what Emacs expects of its lock files.
        operations.symlink = { raw, _, _, _ in Request(raw).fail(.notPermitted) }
        operations.mknod = { raw, parent, name, mode, _ in
            guard mode & S_IFMT == S_IFREG else { return Request(raw).fail(.notPermitted) }
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                let (entry, file) = try files.create(
                    name, in: InodeNumber(parent), permissions: UInt16(mode & 0o7777),
                    flags: O_WRONLY | O_EXCL, for: requester)
                files.release(file.handle)
                return .entry(entry)
            }
        }
    }

    private static func addOpenFiles(to operations: inout fuse_lowlevel_ops) {
        operations.create = { raw, parent, name, mode, info in
            let flags = info?.pointee.flags ?? 0
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                let (entry, file) = try files.create(
                    name, in: InodeNumber(parent), permissions: UInt16(mode & 0o7777), flags: flags,
                    for: requester)
                return .created(entry, file)
            }
        }
        operations.open = { raw, inode, info in
            let inode = InodeNumber(inode)
            let flags = info?.pointee.flags ?? 0
            Request(raw).answer(mayBlock: { $0.mayBlock(opening: inode) }) {
                files, request throws(MailboxError) in
                .opened(try files.open(inode, flags: flags, for: request.requester))
            }
        }
        operations.release = { raw, _, info in
            let open = handle(info)
            Request(raw).answer(mayBlock: { $0.mayBlock(releasing: open) }, isAbandonable: false) {
                files, _ throws(MailboxError) in
                files.release(open)
                return .done
            }
        }
    }

    private static func addContents(to operations: inout fuse_lowlevel_ops) {
        operations.read = { raw, _, count, offset, info in
            Request(raw).answerRead(handle: handle(info), at: offset, count: count)
        }
        operations.write = { raw, _, bytes, count, offset, info in
            Request(raw).write(
                UnsafeRawBufferPointer(start: bytes, count: count), to: handle(info), at: offset)
        }
        operations.flush = { raw, _, info in
            let open = handle(info)
            Request(raw).answer(mayBlock: { $0.mayBlock(flushing: open) }, isAbandonable: false) {
                files, request throws(MailboxError) in
                try files.flush(open, for: request.requester, unless: { request.isInterrupted })
                return .done
            }
        }
        operations.fsync = { raw, _, _, info in
            let open = handle(info)
            Request(raw).answer { files, _ throws(MailboxError) in
                try files.synchronize(open)
                return .done
            }
        }
    }

    private static func addDirectories(to operations: inout fuse_lowlevel_ops) {
        operations.opendir = { raw, inode, _ in
            Request(raw).answer { files, request throws(MailboxError) in
                .openedDirectory(try files.openDirectory(InodeNumber(inode), for: request.requester))
            }
        }
        operations.readdir = { raw, _, count, offset, info in
            Request(raw).answerListing(
                handle: handle(info), from: offset, byteCount: count, withEntries: false)
        }
        operations.readdirplus = { raw, _, count, offset, info in
            Request(raw).answerListing(
                handle: handle(info), from: offset, byteCount: count, withEntries: true)
        }
        operations.releasedir = { raw, _, info in
            let open = handle(info)
            Request(raw).answer { files, _ throws(MailboxError) in
                files.releaseDirectory(open)
                return .done
            }
        }
        // Every change of a name is as durable as it gets when its own request has been answered.
        operations.fsyncdir = { raw, _, _, _ in Request(raw).answer { _, _ throws(MailboxError) in .done } }
    }

    private static func addExtendedAttributes(to operations: inout fuse_lowlevel_ops) {
        operations.getxattr = { raw, inode, name, room in
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                let value = try files.extendedAttribute(name, of: InodeNumber(inode), for: requester)
                return .attributeBytes(value, room: room)
            }
        }
        operations.listxattr = { raw, inode, room in
            Request(raw).answer { files, request throws(MailboxError) in
                let names = try files.extendedAttributeNames(of: InodeNumber(inode), for: request.requester)
                return .attributeBytes(names.flatMap { Array($0.utf8) + [0] }, room: room)
            }
        }
        operations.setxattr = { raw, inode, name, value, count, _ in
            let value = [UInt8](UnsafeRawBufferPointer(start: value, count: count))
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                try files.setExtendedAttribute(name, of: InodeNumber(inode), to: value, for: requester)
                return .done
            }
        }
        operations.removexattr = { raw, inode, name in
            Request(raw).answer(named: name) { files, requester, name throws(MailboxError) in
                try files.removeExtendedAttribute(name, of: InodeNumber(inode), for: requester)
                return .done
            }
        }
    }
}

/// The handle of an open file; 0, which is never one, where the kernel sent none.
///
/// A function of the file's: a callback that mentions `Self` captures it, and is no C function any more.
private func handle(_ info: UnsafeMutablePointer<fuse_file_info>?) -> UInt64 {
    info?.pointee.fh ?? 0
}
