/* mask_test.c - masks keep the form and the length of what they stand for, are the same for the same and others for others, and leave none of it. */
#include <string.h>

#include "capture/mask.h"
#include "codec/name.h"
#include "proto/keys.h"
#include "test/unit.h"

static struct assay_mask mask;

/* The masked value of one pair. */
static const char *masked(char out[512], const char *key, const char *value)
{
	int length = snprintf(out, 512, "%s=%s", key, value);

	assay_mask_text(&mask, out, (size_t)length + 1, false);
	CU_ASSERT_EQUAL(strlen(out), (size_t)length);
	CU_ASSERT_EQUAL(out[strlen(key)], '=');
	return out + strlen(key) + 1;
}

static bool fits(const char *key, const char *value)
{
	const struct assay_key *k = assay_key_at(assay_key_find(key, strlen(key)));

	return assay_key_value_check(k, value, strlen(value), NULL) == ASSAY_OK;
}

/* What is a value of the key stays one, what is none stays none; no character is what it was but those of the form. */
static void test_form(void)
{
	static const struct {
		const char *key, *value;
	} rows[] = {
		{ "InitiatorName", "iqn.2001-04.com.example:storage.disk1" },
		{ "InitiatorName", "iqn.2001-13.com.example" },
		{ "InitiatorName", "iqn.2001-04.com.Example" },
		{ "InitiatorName", "iqn.2001-04.com..example" },
		{ "InitiatorName", "iqn.2001-04.com.ex\xc3\xa4mple" },
		{ "InitiatorName", "iqn.2001-04.com.ex\xc3mple" },
		{ "InitiatorName", "eui.02004567A425678D" },
		{ "InitiatorName", "eui.02004567A425678" },
		{ "TargetName", "naa.52004567BA64678D" },
		{ "TargetName", "someotherform" },
		{ "TargetAddress", "10.200.3.44:3260,1" },
		{ "TargetAddress", "10.300.3.44,1" },
		{ "TargetAddress", "010.30.3.44" },
		{ "TargetAddress", "[2001:db8::ff00:42:8329]:3260,17" },
		{ "TargetAddress", "[::ffff:192.0.2.128]" },
		{ "TargetAddress", "[2001:db8" },
		{ "TargetAddress", "storage-1.example.com:860,2" },
		{ "TargetAddress", "storage..example.com" },
		{ "TargetAddress", "host:port" },
		{ "CHAP_C", "0xa1B2c3" },
		{ "CHAP_C", "0xa1B2cg" },
		{ "CHAP_C", "0bYWJjZA==" },
		{ "CHAP_C", "0bYWJjZGU=" },
		{ "CHAP_R", "0bYWJjZGVm" },
		{ "CHAP_R", "0bYWJjZB==" },
		{ "TargetAlias", "My Disk No 5" },
		{ "MaxBurstLength", "hunter" },
		{ "InitialR2T", "yes" },
	};
	char out[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int round = 0; round < 50; round++) {
			const char *is;

			assay_mask_init(&mask);
			is = masked(out, rows[i].key, rows[i].value);
			if (fits(rows[i].key, is) != fits(rows[i].key, rows[i].value) ||
				strcmp(is, rows[i].value) == 0)
				CU_FAIL_FATAL(rows[i].value);
		}
}

static void test_kept(void)
{
	static const struct {
		const char *key, *value;
	} rows[] = {
		{ "SendTargets", "All" },
		{ "HeaderDigest", "CRC32C,None" },
		{ "AuthMethod", "CHAP,None" },
		{ "MaxBurstLength", "262144" },
		{ "OFMarkInt", "1~65535" },
		{ "InitialR2T", "Yes" },
		{ "SessionType", "Normal" },
		{ "InitiatorAlias", "NotUnderstood" },
		{ "CHAP_A", "5,7" },
		{ "CHAP_I", "0x1f" },
		{ "TargetPortalGroupTag", "17" },
	};
	char out[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_STRING_EQUAL(masked(out, rows[i].key, rows[i].value), rows[i].value);
}

static void test_same(void)
{
	char a[512], b[512], c[512];

	CU_ASSERT_STRING_EQUAL(masked(a, "InitiatorName", "iqn.2001-04.com.example:x"),
		masked(b, "TargetName", "iqn.2001-04.com.example:x"));
	CU_ASSERT_STRING_NOT_EQUAL(masked(a, "InitiatorName", "iqn.2001-04.com.example:x"),
		masked(b, "InitiatorName", "iqn.2001-04.com.example:y"));
	CU_ASSERT_STRING_EQUAL(masked(a, "CHAP_C", "0xa1b2"), masked(b, "CHAP_R", "0xa1b2"));
	CU_ASSERT_STRING_EQUAL(
		masked(a, "HeaderDigest", "None,secret") + 5, masked(b, "HeaderDigest", "secret"));
	memcpy(a, "X-com.acme=acme\0acmeword", 25);
	memcpy(b, a, 25);
	assay_mask_text(&mask, a, 25, false);
	assay_mask_text(&mask, b, 25, false);
	CU_ASSERT_EQUAL(memcmp(a, b, 25), 0);
	CU_ASSERT_PTR_NULL(memmem(a, 25, "acme", 4));
	CU_ASSERT_EQUAL(memcmp(a, "X-", 2), 0);
	memcpy(c, "acmerest\0CHAP_I=7", 18);
	assay_mask_text(&mask, c, 18, true);
	CU_ASSERT_STRING_EQUAL(c + 9, "CHAP_I=7");
	CU_ASSERT_PTR_NULL(strstr(c, "rest"));
}

static void test_bytes(void)
{
	uint8_t a[4] = { 10, 1, 2, 3 }, b[4] = { 10, 1, 2, 4 }, c[4] = { 10, 1, 2, 3 };
	uint8_t long_a[100], long_b[100];

	assay_mask_address(&mask, a, 4);
	assay_mask_address(&mask, b, 4);
	assay_mask_address(&mask, c, 4);
	CU_ASSERT_EQUAL(memcmp(a, c, 4), 0);
	CU_ASSERT_EQUAL(memcmp(a, b, 3), 0);
	CU_ASSERT_NOT_EQUAL(a[3], b[3]);
	memset(long_a, 'x', 100);
	memcpy(long_b, long_a, 100);
	long_b[99] = 'y';
	assay_mask_echo(&mask, long_a, 100);
	assay_mask_echo(&mask, long_b, 100);
	CU_ASSERT_NOT_EQUAL(memcmp(long_a, long_b, 100), 0);
	CU_ASSERT_PTR_NULL(memmem(long_a, 100, "xx", 2));
}

static CU_TestInfo tests[] = {
	{ "form", test_form },
	{ "kept", test_kept },
	{ "same", test_same },
	{ "bytes", test_bytes },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	assay_mask_init(&mask);
	return unit_run("mask", tests);
}
