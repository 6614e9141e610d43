// libcurl's easy interface for Swift.
//
// `curl_easy_setopt` and `curl_easy_getinfo` are variadic, which Swift cannot call: one wrapper for each type of
// value stands for them here. Passing a value of the wrong type is undefined behaviour in C, so each wrapper says
// which options it is for.

#ifndef ENVELOPEFS_CCURL_SHIM_H
#define ENVELOPEFS_CCURL_SHIM_H

#include <curl/curl.h>

/// Receives body bytes or one header line; returning less than `size * count` ends the transfer.
typedef size_t (*envelope_curl_sink)(char *bytes, size_t size, size_t count, void *context);

/// Is asked about once a second, and more often while bytes move; returning non-zero ends the transfer.
typedef int (*envelope_curl_progress)(void *context, curl_off_t download_total, curl_off_t downloaded,
                                      curl_off_t upload_total, curl_off_t uploaded);

/// For options that take a C string, which libcurl copies: `CURLOPT_URL`, `CURLOPT_CUSTOMREQUEST`, …
static inline CURLcode envelope_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// For options that take a `long`: `CURLOPT_TIMEOUT_MS`, `CURLOPT_NOSIGNAL`, …
static inline CURLcode envelope_curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/// For options that take a `curl_off_t`: `CURLOPT_POSTFIELDSIZE_LARGE`, …
static inline CURLcode envelope_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// For options that take a pointer libcurl keeps but does not copy: `CURLOPT_POSTFIELDS`, `CURLOPT_WRITEDATA`, …
static inline CURLcode envelope_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}

/// For `CURLOPT_HTTPHEADER`; the list must outlive the transfer.
static inline CURLcode envelope_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

/// For `CURLOPT_WRITEFUNCTION` and `CURLOPT_HEADERFUNCTION`.
static inline CURLcode envelope_curl_set_sink(CURL *handle, CURLoption option, envelope_curl_sink value) {
    return curl_easy_setopt(handle, option, value);
}

/// For `CURLOPT_XFERINFOFUNCTION`.
static inline CURLcode envelope_curl_set_progress(CURL *handle, CURLoption option, envelope_curl_progress value) {
    return curl_easy_setopt(handle, option, value);
}

/// For information of type `long`: `CURLINFO_RESPONSE_CODE`, `CURLINFO_NUM_CONNECTS`, …
static inline CURLcode envelope_curl_get_number(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

#endif
