/*
 * session.h - what the tests of the full feature phase begin and end with: one target and one connection to it, in file-scope variables, because a CUnit test takes
 * no arguments. Included once by a test program.
 */
#ifndef ASSAY_TARGET_TEST_SESSION_H
#define ASSAY_TARGET_TEST_SESSION_H

#include <CUnit/Basic.h>
#include <string.h>

#include "peer.h"

static struct assay_target *t;
static struct peer p;

static inline void session_begin(const char *keys)
{
	t = peer_target();
	peer_open(&p, t, 0);
	CU_ASSERT_TRUE_FATAL(peer_login(&p, ASSAY_DEFAULT_NAME, keys));
	if (strstr(keys, "HeaderDigest=CRC32C"))
		p.digests |= ASSAY_HEADER_DIGEST;
	if (strstr(keys, "DataDigest=CRC32C"))
		p.digests |= ASSAY_DATA_DIGEST;
	peer_clear_attentions(&p, 0);
	peer_clear_attentions(&p, 1);
}

static inline void session_begin_discovery(void)
{
	t = peer_target();
	peer_open(&p, t, 0);
	CU_ASSERT_TRUE_FATAL(peer_discovery(&p));
}

static inline void session_end(void)
{
	peer_close(&p);
	assay_target_free(t);
}

static inline void session_expect_reject(uint8_t reason)
{
	struct assay_pdu pdu;

	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_REJECT));
	CU_ASSERT_EQUAL(pdu.reason, reason);
}

static inline struct assay_pdu session_test_unit_ready(void)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_SCSI_COMMAND);

	pdu.attr = ASSAY_ATTR_SIMPLE;
	return pdu;
}

static inline void session_expect_response(uint32_t itt)
{
	struct assay_pdu pdu;

	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.itt, itt);
}

#endif
