#ifndef ENVELOPEFS_CZLIB_SHIM_H
#define ENVELOPEFS_CZLIB_SHIM_H

#include <zlib.h>

/* zlib.h offers the initialisers as macros that pass its version and the size of z_stream; Swift cannot see
   macros that take arguments. 15 window bits and 16 more select the gzip wrapper of RFC 1952. */

static inline int czlib_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int czlib_gunzip_begin(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}

#endif
