/*
 * error.h - the one error convention of the program.
 *
 * A function that can fail returns 0 (or a count) or a negative enum assay_err. Above ASSAY_E_FATAL it is the peer's
 * doing (a test that meets it FAILs); below it is ours (a test that meets it is an ERROR). There is no global last
 * error: who wants words passes a struct assay_error.
 */
#ifndef ASSAY_CODEC_ERROR_H
#define ASSAY_CODEC_ERROR_H

#include <stdint.h>

enum assay_err {
	ASSAY_OK = 0,
	ASSAY_E_SHORT = -1, /* more bytes are needed before anything can be said */
	ASSAY_E_TIMEOUT = -2, /* the peer did not answer within the deadline */
	ASSAY_E_CLOSED = -3, /* the peer closed the connection (FIN) */
	ASSAY_E_RESET = -4, /* the peer reset the connection (RST) */
	ASSAY_E_CONNECT = -5, /* no connection: refused, unreachable */
	ASSAY_E_PROTOCOL = -6, /* the peer sent what cannot be followed: garbage, or an answer to nothing */
	ASSAY_E_DIGEST = -7, /* a digest of the peer's is wrong */
	ASSAY_E_TOO_LONG = -8, /* a length of the peer's exceeds the limit that was set for it */
	ASSAY_E_LOGIN = -9, /* the peer refused the login; status class and detail are in the connection */
	ASSAY_E_REJECT = -10, /* the peer answered with a Reject PDU */
	ASSAY_E_SYNTAX = -11, /* a text key, number, name or file is malformed */
	ASSAY_E_AUTH = -12, /* the peer failed to prove who it is */

	ASSAY_E_FATAL = -100, /* the line: what follows is our own fault or our machine's */
	ASSAY_E_NOMEM = -101, /* out of memory */
	ASSAY_E_IO = -102, /* a local file or descriptor failed; errno in assay_error.code */
	ASSAY_E_INVAL = -103, /* a caller's mistake */
	ASSAY_E_LIMIT = -104, /* a buffer or table of ours is full */
	ASSAY_E_CRYPTO = -105, /* libcrypto failed */
	ASSAY_E_REFUSED =
		-106, /* we refuse: the user gave no leave (an address not named, a write not allowed) */
};

/* What went wrong, in words. Owned by the session or the caller; never freed, never global. */
struct assay_error {
	int code; /* enum assay_err */
	char message[256]; /* one line, no newline at its end: what, where, what is allowed */
	uint64_t place; /* byte offset, PDU number or line, as the message says; 0 where there is none */
};

/* Sets code and message (printf words) in err, which may be NULL; returns code. */
int assay_error_set(struct assay_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The name of a code: "ASSAY_E_TIMEOUT" is "timeout". Never NULL. */
const char *assay_err_name(int code);

static inline int assay_err_is_ours(int code)
{
	return code <= ASSAY_E_FATAL;
}

#endif
