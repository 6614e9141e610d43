public import MailboxFS
import SystemPackage

// What the kernel has cached and we know to be out of date: objects that another process, another mount or a
// sync tool stored or removed.
//
// INVARIANT: never called by a thread that answers a request. The kernel takes the lock of the directory, which
// a request under way may hold, and would wait for the very thread that is waiting for it.
//
// Source: fuse_lowlevel.h of libfuse 3.14, `fuse_lowlevel_notify_*`.

extension Session {
    /// The attributes of a file, and its cached pages, are out of date.
    ///
    /// - Returns: Whether the kernel knew the inode; it is not a fault when it did not.
    @discardableResult
    public func invalidate(_ inode: InodeNumber) -> Bool {
        notify { $0.invalidateInode(inode.rawValue, from: 0, count: 0) }
    }

    /// A name may have appeared, changed or gone: the next use asks again.
    ///
    /// - Returns: Whether the kernel knew the name.
    @discardableResult
    public func invalidate(_ name: String, in parent: InodeNumber) -> Bool {
        notify { $0.invalidateEntry(name, in: parent.rawValue) }
    }

    /// A name is gone; programs that watch the directory hear of it.
    ///
    /// - Returns: Whether the kernel knew the name.
    @discardableResult
    public func announceRemoval(of name: String, inode: InodeNumber, in parent: InodeNumber) -> Bool {
        notify { $0.announceRemoval(name, of: inode.rawValue, in: parent.rawValue) }
    }

    private func notify(_ call: (LibfuseSession) -> Int32) -> Bool {
        let isServing = state.withLock { state in
            guard state.phase == .running else { return false }
            state.notifierCount += 1
            return true
        }
        guard isServing else { return false }
        let code = call(libfuse)
        state.withLock { $0.notifierCount -= 1 }
        changed.broadcast()
        return code == 0
    }
}
