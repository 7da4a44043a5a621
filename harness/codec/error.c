/* error.c - words for error codes. */
#include "codec/error.h"

#include <stdarg.h>
#include <stdio.h>

int assay_error_set(struct assay_error *err, int code, const char *format, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, format);
	vsnprintf(err->message, sizeof(err->message), format, ap);
	va_end(ap);
	return code;
}

const char *assay_err_name(int code)
{
	switch (code) {
	case ASSAY_OK: return "ok";
	case ASSAY_E_SHORT: return "short";
	case ASSAY_E_TIMEOUT: return "timeout";
	case ASSAY_E_CLOSED: return "closed";
	case ASSAY_E_RESET: return "reset";
	case ASSAY_E_CONNECT: return "no connection";
	case ASSAY_E_PROTOCOL: return "protocol error";
	case ASSAY_E_DIGEST: return "digest error";
	case ASSAY_E_TOO_LONG: return "too long";
	case ASSAY_E_LOGIN: return "login refused";
	case ASSAY_E_REJECT: return "rejected";
	case ASSAY_E_SYNTAX: return "syntax error";
	case ASSAY_E_AUTH: return "authentication failed";
	case ASSAY_E_NOMEM: return "out of memory";
	case ASSAY_E_IO: return "input/output error";
	case ASSAY_E_INVAL: return "invalid argument";
	case ASSAY_E_LIMIT: return "limit reached";
	case ASSAY_E_CRYPTO: return "crypto library error";
	case ASSAY_E_REFUSED: return "refused";
	default: return "unknown error";
	}
}
