import CFuse
import Glibc
import SystemPackage

/// libfuse's session: made with its options and callbacks, destroyed with the last reference.
///
/// The pointer never leaves this type.
final class LibfuseSession: @unchecked Sendable {
    // SAFETY: libfuse lets several threads receive, process, reply and notify on one session at a time.
    // Mounting, unmounting and destroying happen on one thread, when no other uses the session: `Session` sees
    // to that.
    private let pointer: OpaquePointer

    /// Callbacks reach it through a pointer, so it must outlive the session.
    private let mount: Mount

    /// Makes a session that is connected to nothing yet.
    ///
    /// - Throws: `.sessionRefused` with libfuse's words.
    init(_ mount: Mount, options: MountOptions) throws(FuseBridgeError) {
        LibfuseLog.startListening()
        var arguments = fuse_args(argc: 0, argv: nil, allocated: 0)
        defer { fuse_opt_free_args(&arguments) }
        let list = options.libfuseOptions.joined(separator: ",")
        for argument in ["envelopefs", "-o", list] where fuse_opt_add_arg(&arguments, argument) != 0 {
            throw .systemCall("fuse_opt_add_arg", .noMemory)
        }
        var operations = Operations.makeTable()
        let userData = Unmanaged.passUnretained(mount).toOpaque()
        guard let pointer = cfuse_session_new(&arguments, &operations, userData) else {
            throw .sessionRefused(reason: LibfuseLog.reason() ?? "no reason given")
        }
        self.pointer = pointer
        self.mount = mount
    }

    deinit {
        fuse_session_destroy(pointer)
    }

    /// Mounts; 0 on success.
    func mount(on path: String) -> Int32 {
        fuse_session_mount(pointer, path)
    }

    /// Unmounts, lazily, and closes the connection; does nothing where nothing is mounted any more.
    func unmount() {
        fuse_session_unmount(pointer)
    }

    /// Serves what arrives on a socket instead of a mount: for tests without a kernel.
    func attach(to descriptor: Int32) -> Int32 {
        var calls = fuse_custom_io()
        calls.read = { descriptor, buffer, count, _ in Glibc.read(descriptor, buffer, count) }
        calls.writev = { descriptor, parts, count, _ in Glibc.writev(descriptor, parts, count) }
        return cfuse_session_custom_io(pointer, &calls, descriptor)
    }

    /// Reads one request; its byte count, 0 at the end, or a negative error number.
    func receive(_ buffer: inout fuse_buf) -> Int32 {
        fuse_session_receive_buf(pointer, &buffer)
    }

    /// Calls us back with a request.
    func process(_ buffer: inout fuse_buf) {
        fuse_session_process_buf(pointer, &buffer)
    }

    /// Tells every receive loop to end at its next round.
    func exit() {
        fuse_session_exit(pointer)
    }

    var hasExited: Bool {
        fuse_session_exited(pointer) != 0
    }

    /// Tells the kernel that a file's attributes, and its pages from `offset` on, are out of date.
    func invalidateInode(_ inode: UInt64, from offset: Int64, count: Int64) -> Int32 {
        fuse_lowlevel_notify_inval_inode(pointer, fuse_ino_t(inode), off_t(offset), off_t(count))
    }

    /// Tells the kernel that a name may mean something else now.
    func invalidateEntry(_ name: String, in parent: UInt64) -> Int32 {
        fuse_lowlevel_notify_inval_entry(pointer, fuse_ino_t(parent), name, name.utf8.count)
    }

    /// Tells the kernel that a name is gone, so that watchers hear of it.
    func announceRemoval(_ name: String, of inode: UInt64, in parent: UInt64) -> Int32 {
        fuse_lowlevel_notify_delete(pointer, fuse_ino_t(parent), fuse_ino_t(inode), name, name.utf8.count)
    }
}
