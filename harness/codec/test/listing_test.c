/* listing_test.c - the decoded listing: what it says, what it hides, and that no bytes of a peer's make it fail. */
#include "codec/listing.h"

#include <stdio.h>

#include "codec/ahs.h"
#include "codec/layout.h"
#include "guard_page.h"
#include "test/unit.h"

static struct guard_page page;
static char text[32768];

#define LISTED(needle)     CU_ASSERT_PTR_NOT_NULL(strstr(text, needle))
#define NOT_LISTED(needle) CU_ASSERT_PTR_NULL(strstr(text, needle))

static void brief_lines(void)
{
	struct assay_pdu nop = { .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.itt = 3,
		.ttt = 0xffffffff,
		.cmd_sn = 5,
		.exp_stat_sn = 7 };
	struct assay_pdu read = { .opcode = ASSAY_SCSI_COMMAND,
		.final = 1,
		.read = 1,
		.attr = ASSAY_ATTR_SIMPLE,
		.lun = UINT64_C(22) << 48,
		.expected_data_transfer_length = 4096,
		.cdb = { 0x28, 0, 0, 0, 1, 0, 0, 0, 8 } };
	struct assay_pdu login = { .opcode = ASSAY_LOGIN_RESPONSE, .status_class = 2, .status_detail = 11 };
	struct assay_pdu reject = { .opcode = ASSAY_REJECT, .final = 1, .itt = 0xffffffff, .reason = 4 };
	struct assay_pdu other = { .opcode = 0x1d, .itt = 1 };

	assay_listing_brief(text, sizeof(text), &nop);
	CU_ASSERT_STRING_EQUAL(text, "NOP-Out ITT=0x3 TTT=0xffffffff CmdSN=5 ExpStatSN=7");
	nop.immediate = 1;
	nop.final = 0;
	assay_listing_brief(text, sizeof(text), &nop);
	CU_ASSERT_STRING_EQUAL(text, "NOP-Out I F=0 ITT=0x3 TTT=0xffffffff CmdSN=5 ExpStatSN=7");
	assay_listing_brief(text, sizeof(text), &read);
	CU_ASSERT_STRING_EQUAL(text,
		"SCSI Command F R ATTR=1 (simple) LUN=22 ITT=0x0 ExpectedDataTransferLength=4096 "
		"CmdSN=0 ExpStatSN=0 READ(10) LBA=256 blocks=8");
	assay_listing_brief(text, sizeof(text), &login);
	LISTED("Status-Class=2 Status-Detail=11 (invalid during login)");
	assay_listing_brief(text, sizeof(text), &reject);
	LISTED("Reject Reason=0x4 (protocol error)");
	assay_listing_brief(text, sizeof(text), &other);
	LISTED("opcode 0x1d (not defined)");
}

static void sense_data(void)
{
	static const uint8_t fixed[] = { 0, 18, 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0, 0, 0 };
	static const uint8_t descriptor[] = { 0, 8, 0x72, 6, 0x29, 0, 0, 0, 0, 0 };
	struct assay_pdu pdu = { .opcode = ASSAY_SCSI_RESPONSE,
		.final = 1,
		.status = 2,
		.data = fixed,
		.data_length = sizeof(fixed) };

	assay_listing_brief(text, sizeof(text), &pdu);
	LISTED("Status=0x2 (CHECK CONDITION)");
	LISTED("sense=ILLEGAL REQUEST 0x24/0x00 (invalid field in CDB)");
	pdu.data = descriptor;
	pdu.data_length = sizeof(descriptor);
	assay_listing_full(text, sizeof(text), &pdu);
	LISTED("sense=UNIT ATTENTION 0x29/0x00 (power on, reset, or bus device reset occurred)");
	/* cut anywhere, read no further */
	for (uint32_t length = 0; length <= sizeof(fixed); length++) {
		pdu.data = guard_page_copy(&page, fixed, length);
		pdu.data_length = length;
		assay_listing_full(text, sizeof(text), &pdu);
	}
	LISTED("ILLEGAL REQUEST");
	pdu = (struct assay_pdu){
		.opcode = ASSAY_ASYNC_MESSAGE, .data = descriptor, .data_length = sizeof(descriptor)
	};
	assay_listing_brief(text, sizeof(text), &pdu);
	LISTED("UNIT ATTENTION");
	pdu.async_event = 1;
	assay_listing_brief(text, sizeof(text), &pdu);
	LISTED("logout request");
	NOT_LISTED("UNIT ATTENTION");
}

static void list_login(const char *data, size_t length, uint8_t cont)
{
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_REQUEST, .immediate = 1, .cont = cont };

	pdu.data = guard_page_copy(&page, data, length);
	pdu.data_length = (uint32_t)length;
	assay_listing_full(text, sizeof(text), &pdu);
}

static void text_keys(void)
{
	static const char data[] = "InitiatorName=iqn.2026-01.test:i\0X-odd=a\\\x1b[31m\xff\0nokey\0Last=cut";

	list_login(data, sizeof(data) - 1, 0);
	LISTED("\n    InitiatorName=iqn.2026-01.test:i\n");
	LISTED("\n    X-odd=a\\\\\\x1b[31m\\xff\n");
	LISTED("\n    nokey  (no '=')\n");
	LISTED("\n    Last=cut  (no NUL at the end)\n");
	LISTED("SecurityNegotiation");
}

/* The value of CHAP_R is never there, however the pair is cut over PDUs. */
static void secrets(void)
{
	static const char whole[] = "CHAP_N=user\0CHAP_R=0xdeadbeefdeadbeef";

	list_login(whole, sizeof(whole), 0);
	LISTED("CHAP_N=user");
	LISTED("CHAP_R=<18 bytes, not shown>");
	NOT_LISTED("dead");
	for (size_t cut = 1; cut < sizeof(whole); cut++) {
		list_login(whole, cut, 1);
		NOT_LISTED("dead");
		list_login(whole + cut, sizeof(whole) - cut, 0);
		NOT_LISTED("dead");
	}
	list_login("deadbeefAAA=", 13, 0);
	NOT_LISTED("dead");
	list_login("deadbeefAA==", 13, 0);
	NOT_LISTED("dead");
}

static void segments_and_digests(void)
{
	static const uint8_t cdb[20] = { 0x7f, [16] = 0xaa, 0xbb, 0xcc, 0xdd };
	struct assay_pdu pdu = {
		.opcode = ASSAY_SCSI_COMMAND, .final = 1, .overrides = ASSAY_OVERRIDE_DATA_DIGEST
	};
	uint8_t ahs[64], wire[512], data[100];
	long n, length;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	n = assay_ahs_append_cdb(ahs, sizeof(ahs), 0, cdb, sizeof(cdb));
	n = assay_ahs_append_bidi_read(ahs, sizeof(ahs), (size_t)n, 512);
	pdu.ahs = ahs;
	pdu.ahs_length = (uint32_t)n;
	pdu.data = data;
	pdu.data_length = sizeof(data);
	length = assay_pdu_encode(wire, sizeof(wire), &pdu, ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST);
	wire[2] = 0x80; /* reserved; it spoils the header digest as well */
	CU_ASSERT_EQUAL(
		assay_pdu_decode(&pdu, wire, sizeof(wire), ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST), length);
	CU_ASSERT_TRUE(assay_listing_full(text, sizeof(text), &pdu) < sizeof(text));
	LISTED("SCSI Command, 172 bytes\n");
	LISTED("AHS Extended CDB (type 1), AHSLength 5: 00 aa bb cc dd\n");
	LISTED("AHS Bidirectional Read Expected Data Transfer Length 512\n");
	LISTED("reserved bits 0x80 are set in byte 2\n");
	LISTED("    0000  00 01 02 03");
	LISTED("|0123456789:;<=>?|\n");
	LISTED("36 bytes more");
	LISTED("  wrong\n");
	assay_listing_brief(text, sizeof(text), &pdu);
	LISTED("header digest wrong data digest wrong");
	pdu.ahs_length = 4;
	assay_listing_full(text, sizeof(text), &pdu);
	LISTED("AHS runs past TotalAHSLength");
}

static void reject_names_the_header(void)
{
	struct assay_pdu bad = { .opcode = ASSAY_NOP_OUT, .final = 1, .itt = 0x77 },
			 pdu = { .opcode = ASSAY_REJECT };
	uint8_t header[ASSAY_BHS_LENGTH];

	assay_pdu_encode_bhs(header, &bad);
	for (uint32_t length = 0; length <= sizeof(header); length++) {
		pdu.data = guard_page_copy(&page, header, length);
		pdu.data_length = length;
		assay_listing_full(text, sizeof(text), &pdu);
	}
	LISTED("header of: NOP-Out ITT=0x77");
}

/* Every field that a type has is named in its full listing. */
static void every_field_is_listed(void)
{
	for (size_t t = 0; t < 18; t++) {
		const struct assay_layout *layout = assay_layout_of(assay_opcodes[t]);
		struct assay_pdu pdu = { .opcode = assay_opcodes[t] };

		assay_listing_full(text, sizeof(text), &pdu);
		for (size_t i = 0; i < layout->count; i++) {
			const struct assay_field *field = assay_field_at(layout->entries[i].field);
			char line[64];

			snprintf(line, sizeof(line), "\n  %s ", field->name);
			if (strcmp(field->member, "bit7"))
				LISTED(line);
		}
	}
}

/* snprintf's contract: the same length for every capacity, never a byte beyond it, always terminated. */
static void any_capacity(void)
{
	static const char data[] = "A=1\0B=\x01\x02\0";
	struct assay_pdu pdu = {
		.opcode = ASSAY_LOGIN_REQUEST, .data = (const uint8_t *)data, .data_length = sizeof(data) - 1
	};
	size_t length = assay_listing_full(text, sizeof(text), &pdu), brief;

	CU_ASSERT_EQUAL(strlen(text), length);
	CU_ASSERT_EQUAL(assay_listing_full(NULL, 0, &pdu), length);
	for (size_t capacity = 1; capacity <= length + 1; capacity++) {
		char *out = (char *)guard_page_at(&page, capacity);

		CU_ASSERT_EQUAL(assay_listing_full(out, capacity, &pdu), length);
		CU_ASSERT_EQUAL(strlen(out), capacity - 1);
		CU_ASSERT_EQUAL(memcmp(out, text, capacity - 1), 0);
	}
	brief = assay_listing_brief(NULL, 0, &pdu);
	for (size_t capacity = 1; capacity <= brief + 1; capacity++) {
		char *out = (char *)guard_page_at(&page, capacity);

		CU_ASSERT_EQUAL(assay_listing_brief(out, capacity, &pdu), brief);
		CU_ASSERT_EQUAL(strlen(out), capacity - 1);
	}
}

/* Random PDUs of every opcode: the listing ends, is terminated, and holds nothing that a terminal would act on. */
static void arbitrary_bytes(void)
{
	uint64_t state = 0x123456789abcdef1u;

	for (unsigned round = 0; round < 64 * 300; round++) {
		uint8_t bytes[300], *wire;
		struct assay_pdu pdu;
		size_t length;
		long used;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			bytes[i] = (uint8_t)(state >> 24);
		}
		bytes[0] = (uint8_t)((bytes[0] & 0xc0) | round % 64);
		bytes[4] %= 20;
		bytes[5] = bytes[6] = 0;
		bytes[7] %= 170;
		length = assay_pdu_wire_length(bytes, round % 4);
		CU_ASSERT_TRUE_FATAL(length <= sizeof(bytes));
		wire = guard_page_copy(&page, bytes, length);
		used = assay_pdu_decode(&pdu, wire, length, round % 4);
		CU_ASSERT_EQUAL(used, (long)length);
		length = assay_listing_full(text, sizeof(text), &pdu);
		CU_ASSERT_TRUE_FATAL(length < sizeof(text));
		CU_ASSERT_EQUAL(strlen(text), length);
		for (size_t i = 0; i < length; i++)
			if (text[i] == '\x1b' || text[i] == '\r' || text[i] == '\x7f')
				CU_FAIL("a control character is listed");
		length = assay_listing_brief(text, sizeof(text), &pdu);
		CU_ASSERT_PTR_NULL(memchr(text, '\n', length));
	}
}

/* Every code has a word; the defined ones have their own. */
static void meanings(void)
{
	for (unsigned code = 0; code < 256; code++) {
		uint8_t c = (uint8_t)code;

		CU_ASSERT_TRUE(assay_reject_reason_name(c) && assay_scsi_status_name(c) &&
			       assay_tmf_function_name(c));
		CU_ASSERT_TRUE(
			assay_tmf_response_name(c) && assay_async_event_name(c) && assay_stage_name(c));
		CU_ASSERT_TRUE(assay_cdb_name(c) && assay_sense_key_name(c) && assay_scsi_response_name(c));
		CU_ASSERT_TRUE(
			assay_logout_reason_name(c) && assay_logout_response_name(c) && assay_attr_name(c));
		CU_ASSERT_TRUE(assay_snack_type_name(c) && assay_additional_sense_name(c, c));
		CU_ASSERT_TRUE(assay_login_status_name(c, 0) && assay_login_status_name(2, c));
	}
	CU_ASSERT_STRING_EQUAL(assay_login_status_name(2, 3), "not found");
	CU_ASSERT_STRING_EQUAL(assay_login_status_name(2, 0x0c), "unknown");
	CU_ASSERT_STRING_EQUAL(assay_stage_name(2), "reserved");
	CU_ASSERT_STRING_EQUAL(assay_tmf_response_name(255), "function rejected");
	CU_ASSERT_STRING_EQUAL(assay_async_event_name(248), "vendor specific");
	CU_ASSERT_STRING_EQUAL(assay_cdb_name(0x12), "INQUIRY");
}

static CU_TestInfo tests[] = {
	{ "brief lines", brief_lines },
	{ "sense data", sense_data },
	{ "text keys", text_keys },
	{ "secrets", secrets },
	{ "segments and digests", segments_and_digests },
	{ "reject names the header", reject_names_the_header },
	{ "every field is listed", every_field_is_listed },
	{ "any capacity", any_capacity },
	{ "arbitrary bytes", arbitrary_bytes },
	{ "meanings", meanings },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	page = guard_page_new(8192);
	failed = unit_run("listing", tests);
	guard_page_free(&page);
	return failed;
}
