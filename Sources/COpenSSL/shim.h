// The parts of OpenSSL 3's libcrypto that `Cryptography` uses; only that module imports this one.
//
// Everything is a function or a constant that Swift can see, so there is nothing to wrap. Whatever is a macro
// with arguments belongs here as a static inline function named `openssl_` plus the macro.

#ifndef ENVELOPEFS_COPENSSL_SHIM_H
#define ENVELOPEFS_COPENSSL_SHIM_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#endif
