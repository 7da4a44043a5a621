/* name.h - iSCSI names (RFC 7143 section 4.2.7), and target addresses "host:port,tpgt" (section 13.8). */
#ifndef ASSAY_CODEC_NAME_H
#define ASSAY_CODEC_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"

#define ASSAY_NAME_MAX 223 /* bytes of UTF-8, section 4.2.7.1 */
#define ASSAY_HOST_MAX 255 /* bytes of a host name or address, brackets not counted */

enum assay_name_type { ASSAY_NAME_IQN = 1, ASSAY_NAME_EUI, ASSAY_NAME_NAA };

/* Returns enum assay_name_type or ASSAY_E_SYNTAX; err (may be NULL) says which rule it breaks. */
int assay_name_check(const char *name, size_t length, struct assay_error *err);

/* A portal as TargetAddress names it. */
struct assay_address {
	char host[ASSAY_HOST_MAX + 1]; /* without brackets */
	uint16_t port; /* 3260 when not given */
	int tpgt; /* portal group tag, -1 when not given */
};

/* Parses "domainname[:port][,portal-group-tag]" with [IPv6]. 0 or ASSAY_E_SYNTAX. */
int assay_address_parse(struct assay_address *out, const char *text, size_t length, struct assay_error *err);

#endif
