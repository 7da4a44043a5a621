/* compare_test.c - pairs of PDUs of every type, with every field changed in turn: what must be told and what must not. Text, sense and data of every kind. */
#include <stdlib.h>
#include <string.h>

#include "codec/layout.h"
#include "replay/compare_private.h"
#include "test/unit.h"

static struct assay_replay_differences found;

static int compare(const struct assay_pdu *captured, const struct assay_pdu *live,
	const struct assay_replay_exchange *exchange)
{
	memset(&found, 0, sizeof(found));
	return assay_replay_compare(&found, captured, live, NULL, exchange);
}

/* As a target or an initiator could send it: tags, bits that make others say something. */
static struct assay_pdu example(uint8_t opcode)
{
	return (struct assay_pdu){ .opcode = opcode,
		.final = 1,
		.transit = opcode != ASSAY_SCSI_RESPONSE,
		.status_present = opcode == ASSAY_DATA_IN,
		.underflow = 1,
		.bidi_underflow = 1,
		.itt = 7,
		.ttt = 9,
		.rtt = 3 };
}

/* ---- fields ---- */

/* Fields of answers and requests that must be told when only they differ, as the requirement on replays has it. */
static const struct {
	uint8_t opcode;
	const char *members[12];
} told[] = {
	{ ASSAY_SCSI_RESPONSE, { "status", "response", "residual_count", "underflow", "overflow",
				       "bidi_residual_count", "bidi_overflow", "final", "snack_tag" } },
	{ ASSAY_DATA_IN, { "status", "residual_count", "underflow", "overflow" } },
	{ ASSAY_LOGIN_RESPONSE, { "transit", "csg", "nsg", "cont", "status_class", "status_detail",
					"version_max", "version_active", "tsih" } },
	{ ASSAY_TEXT_RESPONSE, { "final", "cont" } },
	{ ASSAY_TASK_MANAGEMENT_RESPONSE, { "response" } },
	{ ASSAY_LOGOUT_RESPONSE, { "response" } },
	{ ASSAY_REJECT, { "reason" } },
	{ ASSAY_ASYNC_MESSAGE, { "async_event", "async_vcode" } },
	{ ASSAY_SCSI_COMMAND, { "lun", "attr", "read", "write", "final", "immediate",
				      "expected_data_transfer_length", "total_ahs_length" } },
	{ ASSAY_TASK_MANAGEMENT_REQUEST, { "function", "lun" } },
	{ ASSAY_LOGOUT_REQUEST, { "reason" } },
	{ ASSAY_LOGIN_REQUEST, { "transit", "csg", "nsg", "version_max", "version_min" } },
	{ ASSAY_SNACK_REQUEST, { "snack_type" } },
};

/* Those that never count. */
static const char *const ignored[] = { "stat_sn", "exp_cmd_sn", "max_cmd_sn", "cmd_sn", "exp_stat_sn",
	"exp_data_sn", "data_sn", "r2t_sn", "buffer_offset", "desired_data_transfer_length", "acknowledge",
	"time2wait", "time2retain", "parameter1", "ref_cmd_sn", "cid", "bit7", NULL };

static bool is_among(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

/* Only that field is another one. Returns what counts. */
static int change(uint8_t opcode, const struct assay_layout_entry *e)
{
	struct assay_pdu captured = example(opcode), live = captured;
	const struct assay_field *field = assay_field_at(e->field);

	if (field->size == 16)
		live.cdb[1] ^= 1;
	else
		assay_field_set(&live, field, assay_field_get(&live, field) ^ 1);
	return compare(&captured, &live, NULL);
}

static void the_same_twice(void)
{
	for (size_t i = 0; i < 18; i++) {
		struct assay_pdu captured = example(assay_opcodes[i]), live = captured;

		CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 0);
		CU_ASSERT_EQUAL(found.count, 0);
	}
}

static void fields_that_must_be_told(void)
{
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		for (const char *const *m = told[i].members; *m; m++) {
			const struct assay_layout_entry *e = assay_layout_find(told[i].opcode, *m);

			CU_ASSERT_PTR_NOT_NULL_FATAL(e);
			CU_ASSERT_EQUAL(change(told[i].opcode, e), 1);
			CU_ASSERT_EQUAL(found.count, 1);
			CU_ASSERT_STRING_EQUAL(found.difference[0].what, assay_field_at(e->field)->name);
			CU_ASSERT_STRING_NOT_EQUAL(found.difference[0].captured, found.difference[0].live);
		}
}

static void fields_that_may_differ(void)
{
	for (size_t i = 0; i < 18; i++) {
		const struct assay_layout *layout = assay_layout_of(assay_opcodes[i]);

		for (size_t k = 0; k < layout->count; k++) {
			const struct assay_field *field = assay_field_at(layout->entries[k].field);

			if (is_among(ignored, field->member))
				CU_ASSERT_EQUAL(change(assay_opcodes[i], &layout->entries[k]), 0);
		}
	}
}

/* Every field of every type stands in the table: one without a line would be looked at, or not, by accident. */
static void whole_table(void)
{
	for (size_t i = 0; i < 18; i++) {
		const struct assay_layout *layout = assay_layout_of(assay_opcodes[i]);

		for (size_t k = 0; k < layout->count; k++)
			CU_ASSERT_NOT_EQUAL(
				assay_replay_how(assay_opcodes[i], assay_field_at(layout->entries[k].field)),
				UNSAID);
	}
}

static void types_of_other_kinds(void)
{
	struct assay_pdu response = example(ASSAY_SCSI_RESPONSE), reject = example(ASSAY_REJECT);

	CU_ASSERT_EQUAL(compare(&response, &reject, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "type");
	CU_ASSERT_PTR_NOT_NULL(strstr(found.difference[0].captured, "SCSI Response"));
	CU_ASSERT_PTR_NOT_NULL(strstr(found.difference[0].live, "Reject"));
}

static void status_in_either(void)
{
	struct assay_pdu data = {
		.opcode = ASSAY_DATA_IN, .status_present = 1, .final = 1, .data_length = 4
	};
	struct assay_pdu response = { .opcode = ASSAY_SCSI_RESPONSE, .final = 1, .exp_data_sn = 1 };

	CU_ASSERT_EQUAL(compare(&data, &response, NULL), 0);
	CU_ASSERT_EQUAL(compare(&response, &data, NULL), 0);
	response.status = 2;
	CU_ASSERT_EQUAL(compare(&data, &response, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "Status");
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "0x2 (CHECK CONDITION)");
	data.status_present = 0;
	CU_ASSERT_EQUAL(compare(&response, &data, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "type");
}

static void echoes(void)
{
	struct assay_pdu request[2] = { { .opcode = ASSAY_SCSI_COMMAND, .itt = 5 },
		{ .opcode = ASSAY_SCSI_COMMAND, .itt = 900 } };
	struct assay_pdu captured = { .opcode = ASSAY_SCSI_RESPONSE, .itt = 5 }, live = captured;
	struct assay_replay_exchange exchange = { .captured_request = &request[0],
		.live_request = &request[1] };

	CU_ASSERT_EQUAL(compare(&captured, &live, &exchange), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "ITT");
	CU_ASSERT_PTR_NOT_NULL(strstr(found.difference[0].live, "not the request's"));
	live.itt = 900;
	CU_ASSERT_EQUAL(compare(&captured, &live, &exchange), 0);
	captured.itt = 6; /* wrong in the capture, right now */
	CU_ASSERT_EQUAL(compare(&captured, &live, &exchange), 1);
	live.itt = 901;
	CU_ASSERT_EQUAL(compare(&captured, &live, &exchange), 0);
}

static void tags_of_the_targets_choice(void)
{
	struct assay_pdu captured = { .opcode = ASSAY_NOP_IN, .itt = ASSAY_TAG_RESERVED, .ttt = 4 };
	struct assay_pdu live = { .opcode = ASSAY_NOP_IN, .itt = ASSAY_TAG_RESERVED, .ttt = 77, .lun = 1 };

	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 0);
	live.ttt = ASSAY_TAG_RESERVED;
	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "TTT");
}

/* Where the login fails, stages and versions say nothing; nor does NSG without T, or a count without its bit. */
static void fields_that_say_nothing(void)
{
	struct assay_pdu captured = { .opcode = ASSAY_LOGIN_RESPONSE, .status_class = 2 }, live = captured;
	struct assay_pdu good = { .opcode = ASSAY_SCSI_RESPONSE }, counted = good;

	live.csg = live.nsg = 1;
	live.version_active = live.transit = 1;
	live.tsih = 3;
	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 0);
	captured.status_class = live.status_class = 0;
	CU_ASSERT_TRUE(compare(&captured, &live, NULL) > 3);
	counted.residual_count = 9;
	CU_ASSERT_EQUAL(compare(&good, &counted, NULL), 0);
	counted.overflow = 1;
	CU_ASSERT_EQUAL(compare(&good, &counted, NULL), 2);
}

static void noted_only(void)
{
	struct assay_pdu captured = { .opcode = ASSAY_LOGOUT_RESPONSE, .time2wait = 2 }, live = captured;

	live.time2wait = 3;
	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 0);
	CU_ASSERT_EQUAL(found.count, 1);
	CU_ASSERT_FALSE(found.difference[0].counts);
}

static void what_the_user_ignores(void)
{
	static const char *const names[] = { "Status", "MaxBurstLength", NULL };
	const struct assay_replay_masks masks = { names };
	struct assay_pdu captured = { .opcode = ASSAY_SCSI_RESPONSE }, live = captured;

	live.status = 8;
	memset(&found, 0, sizeof(found));
	CU_ASSERT_EQUAL(assay_replay_compare(&found, &captured, &live, &masks, NULL), 0);
	live.response = 1;
	CU_ASSERT_EQUAL(assay_replay_compare(&found, &captured, &live, &masks, NULL), 1);
	CU_ASSERT_TRUE(assay_replay_can_ignore("Status") && assay_replay_can_ignore("HeaderDigest"));
	CU_ASSERT_TRUE(assay_replay_can_ignore("sense") && assay_replay_can_ignore("X-com.example.key"));
	CU_ASSERT_FALSE(assay_replay_can_ignore("stat") || assay_replay_can_ignore(""));
}

static void many_differences(void)
{
	memset(&found, 0, sizeof(found));
	for (int i = 0; i < ASSAY_REPLAY_DIFFERENCES + 3; i++)
		assay_replay_differ(&found, i % 2, "x\n\x1b[0m", "a", "b");
	CU_ASSERT_EQUAL(found.count, ASSAY_REPLAY_DIFFERENCES);
	CU_ASSERT_EQUAL(found.more, 3);
	CU_ASSERT_EQUAL(found.counting, 9);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "x??[0m");
}

/* ---- data segments ---- */

static int compare_text(const char *captured, size_t captured_length, const char *live, size_t live_length)
{
	struct assay_pdu a = { .opcode = ASSAY_LOGIN_RESPONSE,
		.data = (const uint8_t *)captured,
		.data_length = (uint32_t)captured_length };
	struct assay_pdu b = { .opcode = ASSAY_LOGIN_RESPONSE,
		.data = (const uint8_t *)live,
		.data_length = (uint32_t)live_length };

	return compare(&a, &b, NULL);
}

#define TEXT(a, b) compare_text(a, sizeof(a), b, sizeof(b))

static void text_keys(void)
{
	CU_ASSERT_EQUAL(TEXT("A=1\0B=2", "B=2\0A=1"), 0);
	CU_ASSERT_EQUAL(TEXT("HeaderDigest=None", "HeaderDigest=CRC32C"), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "key HeaderDigest");
	CU_ASSERT_STRING_EQUAL(found.difference[0].captured, "None");
	CU_ASSERT_EQUAL(TEXT("MaxBurstLength=512", "MaxBurstLength=0x200"), 0);
	CU_ASSERT_EQUAL(TEXT("MaxBurstLength=512", "MaxBurstLength=513"), 1);
	CU_ASSERT_EQUAL(TEXT("A=1\0B=2", "A=1"), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "none");
	CU_ASSERT_EQUAL(TEXT("A=1", "A=1\0B=2"), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].captured, "none");
	CU_ASSERT_EQUAL(TEXT("A=1\0A=2", "A=1\0A=3"), 1);
	CU_ASSERT_EQUAL(TEXT("A=1\0A=1", "A=1"), 1);
}

static void keys_that_may_differ(void)
{
	CU_ASSERT_EQUAL(
		TEXT("TargetPortalGroupTag=1\0TargetAlias=x\0TargetAddress=a", "TargetPortalGroupTag=2"), 0);
	CU_ASSERT_EQUAL(TEXT("CHAP_I=1\0CHAP_C=0x01", "CHAP_I=2\0CHAP_C=0x0203"), 0);
	CU_ASSERT_EQUAL(TEXT("CHAP_A=5", "CHAP_A=7"), 1);
	CU_ASSERT_EQUAL(TEXT("CHAP_N=a\0CHAP_R=0x1234", "CHAP_N=b"), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].captured, "there"); /* and not what it was */
	CU_ASSERT_EQUAL(TEXT("TargetName=a\0TargetName=b", "TargetName=c"), 0);
}

/* Keys of which the value is their sender's. */
static void keys_that_must_be_there(void)
{
	CU_ASSERT_EQUAL(TEXT("TargetPortalGroupTag=1", ""), 1);
	CU_ASSERT_EQUAL(TEXT("", "TargetPortalGroupTag=1"), 0);
	CU_ASSERT_EQUAL(TEXT("X#NodeArchitecture=a", "X#NodeArchitecture=b"), 0);
	CU_ASSERT_EQUAL(TEXT("X#NodeArchitecture=a", ""), 0);
	CU_ASSERT_EQUAL(TEXT("X#NodeArchitecture=a", "X#NodeArchitecture=Reject"), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "Reject");
	CU_ASSERT_EQUAL(TEXT("", "X#NodeArchitecture=Reject"), 1);
	CU_ASSERT_EQUAL(TEXT("CHAP_R=Reject", "CHAP_R=0x12"), 1);
	CU_ASSERT_EQUAL(TEXT("X#NodeArchitecture=Reject", "X#NodeArchitecture=Reject"), 0);
}

/* Text in several PDUs is compared when it is whole. */
static void joined_text(void)
{
	struct assay_pdu a = {
		.opcode = ASSAY_TEXT_RESPONSE, .cont = 1, .data = (const uint8_t *)"A=", .data_length = 2
	};
	struct assay_pdu b = {
		.opcode = ASSAY_TEXT_RESPONSE, .cont = 1, .data = (const uint8_t *)"B", .data_length = 1
	};
	struct assay_replay_exchange exchange = {
		.captured_text = "A=1", .captured_text_length = 4, .live_text = "A=2", .live_text_length = 4
	};

	CU_ASSERT_EQUAL(compare(&a, &b, NULL), 0);
	a.cont = b.cont = 0;
	CU_ASSERT_EQUAL(compare(&a, &b, &exchange), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "key A");
}

static void hostile_text(void)
{
	size_t length = 6 * 100000;
	char *many = malloc(length), *other = malloc(length);

	for (size_t i = 0; i < 100000; i++)
		memcpy(many + 6 * i, "Key=1", 6);
	memcpy(other, many, length);
	CU_ASSERT_EQUAL(compare_text(many, length, other, length), 0);
	other[length - 2] = '2';
	CU_ASSERT_EQUAL(compare_text(many, length, other, length), 1);
	free(many);
	free(other);
	CU_ASSERT_EQUAL(TEXT("no pair", "no pair"), 0);
	CU_ASSERT_EQUAL(TEXT("no pair", "nO pair"), 1);
	CU_ASSERT_EQUAL(compare_text("A=1", 3, "A=1", 4), 1); /* cut off */
	CU_ASSERT_EQUAL(compare_text("", 0, "", 0), 0);
}

static void sense(void)
{
	static const uint8_t illegal[] = { 0, 14, 0x70, 0, 5, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0x24, 0 };
	static const uint8_t other[] = { 0, 8, 0x72, 5, 0x20, 0, 0, 0, 0, 0 };
	struct assay_pdu captured = {
		.opcode = ASSAY_SCSI_RESPONSE, .status = 2, .data = illegal, .data_length = sizeof(illegal)
	};
	struct assay_pdu live = captured;

	live.data = other;
	live.data_length = sizeof(other);
	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "sense");
	CU_ASSERT_PTR_NOT_NULL(strstr(found.difference[0].captured, "0x24/0x00"));
	live.data_length = 0;
	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "none");
}

static void pings_and_rejects(void)
{
	static const uint8_t login = ASSAY_LOGIN_REQUEST | 0x40, text = ASSAY_TEXT_REQUEST;
	struct assay_pdu captured = {
		.opcode = ASSAY_NOP_IN, .itt = 1, .data = (const uint8_t *)"abcd", .data_length = 4
	};
	struct assay_pdu live = captured;

	live.data = (const uint8_t *)"abce";
	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "ping data");
	live.data_length = 3;
	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 1);
	captured = (struct assay_pdu){ .opcode = ASSAY_REJECT, .data = &login, .data_length = 1 };
	live = captured;
	live.data = &text;
	CU_ASSERT_EQUAL(compare(&captured, &live, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "Text Request");
}

/* ---- telling ---- */

static void told_with_both_listings(void)
{
	struct assay_pdu request = { .opcode = ASSAY_SCSI_COMMAND, .itt = 5 };
	struct assay_pdu captured = { .opcode = ASSAY_SCSI_RESPONSE, .itt = 5 }, live = captured;
	struct assay_replay_place place = { .number = 12,
		.frame = 31,
		.request_number = 11,
		.connection = 1,
		.request = &request,
		.captured = &captured,
		.live = &live };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	live.status = 2;
	compare(&captured, &live, NULL);
	assay_replay_tell(out, &place, &found);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "DIFFERS #12 (frame 31) on connection 1: SCSI Response\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "sent      #11 SCSI Command ITT=0x5"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "Status: 0x0 (GOOD) in the capture, 0x2 (CHECK CONDITION) live\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "     captured  SCSI Response"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "     live      SCSI Response"));
	free(text);
}

static CU_TestInfo tests[] = {
	{ "the same twice", the_same_twice },
	{ "fields that must be told", fields_that_must_be_told },
	{ "fields that may differ", fields_that_may_differ },
	{ "whole table", whole_table },
	{ "types of other kinds", types_of_other_kinds },
	{ "status in either", status_in_either },
	{ "echoes", echoes },
	{ "tags of the target's choice", tags_of_the_targets_choice },
	{ "fields that say nothing", fields_that_say_nothing },
	{ "noted only", noted_only },
	{ "what the user ignores", what_the_user_ignores },
	{ "many differences", many_differences },
	{ "text keys", text_keys },
	{ "keys that may differ", keys_that_may_differ },
	{ "keys that must be there", keys_that_must_be_there },
	{ "joined text", joined_text },
	{ "hostile text", hostile_text },
	{ "sense", sense },
	{ "pings and rejects", pings_and_rejects },
	{ "told with both listings", told_with_both_listings },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("compare", tests);
}
