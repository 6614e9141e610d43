/* Linux calls and constants that Swift's Glibc module does not carry.
 *
 * Swift builds its Glibc module without _GNU_SOURCE, so everything glibc guards with it is missing, and
 * so are a few headers (sys/xattr.h, sys/eventfd.h, sys/prctl.h, sys/signalfd.h) and every variadic
 * function. Defining _GNU_SOURCE here would not help, because the headers are already part of that other
 * module; so the constants are restated from the kernel's user interface, and the calls are small inline
 * functions named `linux_` plus the call. The module needs no library: libc has all of it.
 *
 * Sources: Linux include/uapi/{linux/fs.h, linux/prctl.h, asm-generic/fcntl.h, asm-generic/mman-common.h};
 * man pages xattr(7), renameat2(2), getdents(2), sync_file_range(2), prctl(2), eventfd(2), signalfd(2).
 */
#ifndef ENVELOPEFS_CLINUX_SHIM_H
#define ENVELOPEFS_CLINUX_SHIM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

/* No header that defines `struct stat` or `struct timespec` may be included, not even <sys/types.h>: Swift
 * would then count their members as this module's, and demand its import wherever they are used. Hence the
 * declarations of libc's own functions below. */
extern long syscall(long number, ...);
extern int flock(int descriptor, int operation);

/* xattr(7). Names carry their name space, for example "user.x-amz-iv". */
extern int setxattr(const char *path, const char *name, const void *value, size_t size, int flags);
extern int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags);
extern int fsetxattr(int descriptor, const char *name, const void *value, size_t size, int flags);
extern long getxattr(const char *path, const char *name, void *value, size_t size);
extern long lgetxattr(const char *path, const char *name, void *value, size_t size);
extern long fgetxattr(int descriptor, const char *name, void *value, size_t size);
extern long listxattr(const char *path, char *list, size_t size);
extern long llistxattr(const char *path, char *list, size_t size);
extern long flistxattr(int descriptor, char *list, size_t size);
extern int removexattr(const char *path, const char *name);
extern int lremovexattr(const char *path, const char *name);
extern int fremovexattr(int descriptor, const char *name);
static const int32_t LINUX_XATTR_CREATE = 1;
static const int32_t LINUX_XATTR_REPLACE = 2;

/* open(2). O_TMPFILE contains O_DIRECTORY, whose value differs between architectures. */
#if defined(__aarch64__) || defined(__arm__)
static const int32_t LINUX_O_TMPFILE = 020000000 | 040000;
static const int32_t LINUX_O_DIRECT = 0200000;
#else
static const int32_t LINUX_O_TMPFILE = 020000000 | 0200000;
static const int32_t LINUX_O_DIRECT = 040000;
#endif
static const int32_t LINUX_O_PATH = 010000000;

/* *at(2) */
static const int32_t LINUX_AT_EMPTY_PATH = 0x1000;

/* renameat2(2) */
static const uint32_t LINUX_RENAME_NOREPLACE = 1u << 0;
static const uint32_t LINUX_RENAME_EXCHANGE = 1u << 1;
static const uint32_t LINUX_RENAME_WHITEOUT = 1u << 2;

/* madvise(2), mremap(2), mlock2(2) */
static const int32_t LINUX_MADV_DONTFORK = 10;
static const int32_t LINUX_MADV_DONTDUMP = 16;
static const int32_t LINUX_MADV_DODUMP = 17;
static const int32_t LINUX_MADV_WIPEONFORK = 18;
static const int32_t LINUX_MREMAP_MAYMOVE = 1;
static const int32_t LINUX_MREMAP_FIXED = 2;
static const uint32_t LINUX_MLOCK_ONFAULT = 1;
static const int32_t LINUX_MCL_ONFAULT = 4;
static const int32_t LINUX_MAP_POPULATE = 0x8000;

/* sync_file_range(2) */
static const uint32_t LINUX_SYNC_FILE_RANGE_WAIT_BEFORE = 1;
static const uint32_t LINUX_SYNC_FILE_RANGE_WRITE = 2;
static const uint32_t LINUX_SYNC_FILE_RANGE_WAIT_AFTER = 4;

/* d_type of getdents64(2) */
static const uint8_t LINUX_DT_UNKNOWN = 0;
static const uint8_t LINUX_DT_DIR = 4;
static const uint8_t LINUX_DT_REG = 8;
static const uint8_t LINUX_DT_LNK = 10;

/* clone and unshare */
static const int32_t LINUX_CLONE_NEWNS = 0x00020000;

/* Renames without following either last component; flags as LINUX_RENAME_*. */
static inline int linux_renameat2(int old_directory, const char *old_name, int new_directory,
                                  const char *new_name, uint32_t flags) {
    return (int)syscall(SYS_renameat2, old_directory, old_name, new_directory, new_name, flags);
}

/* One block of directory records; each is inode (8 bytes), next offset (8), record length (2), type (1),
 * name ending in NUL. Returns the number of bytes, 0 at the end. */
static inline long linux_getdents64(int directory, void *buffer, size_t byte_count) {
    return syscall(SYS_getdents64, directory, buffer, byte_count);
}

/* Starts, and waits for, the write-back of a file's dirty pages. No flush of the device. */
extern int sync_file_range(int file, int64_t offset, int64_t byte_count, unsigned int flags);

static inline int linux_syncfs(int file) { return (int)syscall(SYS_syncfs, file); }

/* flock(2) under another name: Swift sees `struct flock` first. */
static inline int linux_flock(int file, int operation) { return flock(file, operation); }

static inline int linux_pipe2(int descriptors[2], int flags) {
    return (int)syscall(SYS_pipe2, descriptors, flags);
}

static inline int32_t linux_gettid(void) { return (int32_t)syscall(SYS_gettid); }

static inline int linux_mlock2(const void *address, size_t byte_count, uint32_t flags) {
    return (int)syscall(SYS_mlock2, address, byte_count, flags);
}

/* Returns MAP_FAILED, as a null pointer, on failure. */
static inline void *linux_mremap(void *address, size_t old_byte_count, size_t new_byte_count, int flags) {
    long result = syscall(SYS_mremap, address, old_byte_count, new_byte_count, flags, (void *)0);
    return result == -1 ? (void *)0 : (void *)result;
}

static inline int linux_unshare(int flags) { return (int)syscall(SYS_unshare, flags); }

/* prctl(2) is variadic; these are the requests the project makes. */
static inline int linux_set_dumpable(int is_dumpable) { return prctl(PR_SET_DUMPABLE, is_dumpable, 0, 0, 0); }
static inline int linux_get_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }
static inline int linux_set_parent_death_signal(int signal_number) {
    return prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0);
}
/* Names the calling thread, 15 bytes at most; longer names are cut by the kernel. */
static inline int linux_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }
static inline int linux_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

/* setpriority(2) takes an enum that C++ and Swift type differently; this is for the calling thread. */
static inline int linux_set_thread_nice(int nice_value) {
    return (int)syscall(SYS_setpriority, 0 /* PRIO_PROCESS */, 0, nice_value);
}

#endif
