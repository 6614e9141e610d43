// What Swift needs of libfuse 3, and nothing it could state itself.
//
// _FILE_OFFSET_BITS is deliberately not defined here: with it, the layouts of `struct stat` and
// `struct statvfs` clash with those of Swift's Glibc module. On the 64-bit machines we support off_t has
// 64 bits anyway, and the assertion below says so if that ever changes.

#ifndef ENVELOPEFS_CFUSE_SHIM_H
#define ENVELOPEFS_CFUSE_SHIM_H

#define FUSE_USE_VERSION 314

#include <fuse_lowlevel.h>
#include <stdarg.h>
#include <stdio.h>

_Static_assert(sizeof(off_t) == 8, "EnvelopeFS needs a 64-bit off_t");

// A function in libfuse 3.14, a macro that takes arguments in later versions; Swift sees only the former.
static inline struct fuse_session *cfuse_session_new(
    struct fuse_args *arguments, const struct fuse_lowlevel_ops *operations, void *user_data) {
    return fuse_session_new(arguments, operations, sizeof *operations, user_data);
}

// Serves requests from any descriptor instead of a mount: how the bridge is tested without a kernel.
static inline int cfuse_session_custom_io(
    struct fuse_session *session, const struct fuse_custom_io *calls, int descriptor) {
    return fuse_session_custom_io(session, calls, descriptor);
}

// Renders a message of libfuse; a va_list does not survive the way into Swift on every architecture.
static inline int cfuse_render(char *buffer, size_t byte_count, const char *format, va_list arguments) {
    return vsnprintf(buffer, byte_count, format, arguments);
}

#endif
