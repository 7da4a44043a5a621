/* name_test.c - iSCSI names (RFC 7143 section 4.2.7) and target addresses (13.8). Inputs end at a forbidden page. */
#include "codec/name.h"

#include "guard_page.h"
#include "test/unit.h"

static struct guard_page page;

static int check(const char *name, struct assay_error *err)
{
	return assay_name_check((const char *)guard_page_copy(&page, name, strlen(name)), strlen(name), err);
}

static void good_names(void)
{
	static const struct {
		const char *name;
		int type;
	} cases[] = {
		{ "iqn.2001-04.com.example", ASSAY_NAME_IQN },
		{ "iqn.2001-04.com.example:storage:diskarrays-sn-a8675309", ASSAY_NAME_IQN },
		{ "iqn.1994-05.com.redhat:e6be277ca9f8", ASSAY_NAME_IQN },
		{ "iqn.2003-01.org.linux-iscsi.host.x8664:sn.123", ASSAY_NAME_IQN },
		{ "iqn.2026-12.org:", ASSAY_NAME_IQN },
		{ "iqn.2001-04.com.example:\xc3\xa9t\xc3\xa9", ASSAY_NAME_IQN },
		{ "eui.02004567A425678D", ASSAY_NAME_EUI },
		{ "eui.02004567a425678d", ASSAY_NAME_EUI },
		{ "naa.52004567BA64678D", ASSAY_NAME_NAA },
		{ "naa.62004567BA64678D0123456789ABCDEF", ASSAY_NAME_NAA },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_EQUAL(check(cases[i].name, NULL), cases[i].type);
}

static void bad_names(void)
{
	static const char *const names[] = {
		"",
		"iqn",
		"iqn.",
		"IQN.2001-04.com.example",
		"iqn.2001-4.com.example",
		"iqn.2001-00.com.example",
		"iqn.2001-13.com.example",
		"iqn.01-04.com.example",
		"iqn.2001/04.com.example",
		"iqn.2001-04",
		"iqn.2001-04.",
		"iqn.2001-04.:x",
		"iqn.2001-04..com",
		"iqn.2001-04.com..example",
		"iqn.2001-04.com.example.",
		"iqn.2001-04.com.example.:x",
		"iqn.2001-04.com.Example",
		"iqn.2001-04.com.example:Disk",
		"iqn.2001-04.com.example:a b",
		"iqn.2001-04.com.example:a_b",
		"iqn.2001-04.com.example:a,b",
		"iqn.2001-04.com.example:a\x7f",
		"iqn.2001-04.com.example:\x80", /* a continuation alone */
		"iqn.2001-04.com.example:\xc3", /* cut */
		"iqn.2001-04.com.example:\xc1\xa1", /* an 'a' not in its shortest form */
		"iqn.2001-04.com.example:\xe0\x83\xa9",
		"iqn.2001-04.com.example:\xed\xa0\x80", /* a surrogate */
		"iqn.2001-04.com.example:\xf4\x90\x80\x80", /* beyond U+10FFFF */
		"iqn.2001-04.com.example:\xff",
		"iqn.2001-04.com.example:\xc3\x89", /* U+00C9, upper case */
		"iqn.2001-04.com.example:\xe3\x80\x82", /* U+3002 */
		"iqn.2001-04.com.example:\xe2\x80\x8b", /* zero width space */
		"iqn.2001-04.com.example:\xef\xbf\xbf", /* U+FFFF */
		"iqn.2001-04.com.example:\xf0\x9f\xbf\xbf", /* U+1FFFF */
		"eui.02004567A425678",
		"eui.02004567A425678D0",
		"eui.02004567A425678G",
		"naa.52004567BA64678",
		"naa.52004567BA64678D01234567",
		"naa.52004567BA64678X",
		"nqn.2014-08.org.nvmexpress",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct assay_error err = { 0 };

		CU_ASSERT_EQUAL(check(names[i], &err), ASSAY_E_SYNTAX);
		CU_ASSERT_EQUAL(err.code, ASSAY_E_SYNTAX);
		CU_ASSERT_TRUE(strlen(err.message) > 10);
		CU_ASSERT_EQUAL(check(names[i], NULL), ASSAY_E_SYNTAX);
	}
	CU_ASSERT_EQUAL(assay_name_check("eui.0200456\0A425678D", 20, NULL), ASSAY_E_SYNTAX);
	CU_ASSERT_EQUAL(assay_name_check("iqn.2001-04.com\0a", 17, NULL), ASSAY_E_SYNTAX);
}

static void longest_name(void)
{
	char name[ASSAY_NAME_MAX + 2] = "iqn.2001-04.com.example:";

	memset(name + strlen(name), 'x', ASSAY_NAME_MAX - strlen(name));
	CU_ASSERT_EQUAL(check(name, NULL), ASSAY_NAME_IQN);
	name[ASSAY_NAME_MAX] = 'x';
	CU_ASSERT_EQUAL(check(name, NULL), ASSAY_E_SYNTAX);
}

static int parse(struct assay_address *out, const char *text, struct assay_error *err)
{
	return assay_address_parse(
		out, (const char *)guard_page_copy(&page, text, strlen(text)), strlen(text), err);
}

static void good_addresses(void)
{
	static const struct {
		const char *text, *host;
		int port, tpgt;
	} cases[] = {
		{ "10.0.0.1:5003,1", "10.0.0.1", 5003, 1 },
		{ "10.0.0.1", "10.0.0.1", 3260, -1 },
		{ "10.0.0.1:0x14d8", "10.0.0.1", 5336, -1 },
		{ "[1080:0:0:0:8:800:200C:417A],65", "1080:0:0:0:8:800:200C:417A", 3260, 65 },
		{ "[1080::8:800:200C:417A]:5003,1", "1080::8:800:200C:417A", 5003, 1 },
		{ "[::1]", "::1", 3260, -1 },
		{ "[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1, -1 },
		{ "computingcenter.example.com,23", "computingcenter.example.com", 3260, 23 },
		{ "host:65535,65535", "host", 65535, 65535 },
		{ "host,0", "host", 3260, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct assay_address address;

		CU_ASSERT_EQUAL_FATAL(parse(&address, cases[i].text, NULL), 0);
		CU_ASSERT_STRING_EQUAL(address.host, cases[i].host);
		CU_ASSERT_EQUAL(address.port, cases[i].port);
		CU_ASSERT_EQUAL(address.tpgt, cases[i].tpgt);
	}
}

static void bad_addresses(void)
{
	static const char *const texts[] = {
		"",
		",1",
		":3260",
		"host:",
		"host:0",
		"host:65536",
		"host:-1",
		"host:03260",
		"host:1x",
		"host:1:2",
		"host,",
		"host,65536",
		"host,x",
		"host,1,2",
		"host:1,",
		"[::1",
		"[]",
		"[]:1",
		"::1",
		"[::g]",
		"[::1]x",
		"[::1]x:1",
		"[10.0.0.1]",
		"[fe80::1%eth0]",
		"10.0.0.256",
		"10.0.0",
		"1",
		"a b",
		"a/b",
		".host",
		"a..b",
		"[host]",
		"a\nb",
		"h\xc3\xa9",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct assay_error err = { 0 };
		struct assay_address address;

		CU_ASSERT_EQUAL(parse(&address, texts[i], &err), ASSAY_E_SYNTAX);
		CU_ASSERT_TRUE(strlen(err.message) > 10);
		CU_ASSERT_PTR_NULL(strchr(err.message, '\n'));
	}
}

static void longest_host(void)
{
	char text[ASSAY_HOST_MAX + 2] = "";
	struct assay_address address;

	memset(text, 'h', ASSAY_HOST_MAX);
	CU_ASSERT_EQUAL(parse(&address, text, NULL), 0);
	CU_ASSERT_STRING_EQUAL(address.host, text);
	text[ASSAY_HOST_MAX] = 'h';
	CU_ASSERT_EQUAL(parse(&address, text, NULL), ASSAY_E_SYNTAX);
}

static CU_TestInfo tests[] = {
	{ "good names", good_names },
	{ "bad names", bad_names },
	{ "longest name", longest_name },
	{ "good addresses", good_addresses },
	{ "bad addresses", bad_addresses },
	{ "longest host", longest_host },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	page = guard_page_new(4096);
	failed = unit_run("name", tests);
	guard_page_free(&page);
	return failed;
}
