/*
 * witness_test.c - the witness of a served target: what it sees of the built-in target's machine, told in pieces of any size, is judged, told, written
 * and bounded.
 */
#include "runner/witness.h"

#include <ftw.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/pdu.h"
#include "target/target.h"
#include "test.h"
#include "test/unit.h"

#define NAMES "InitiatorName=iqn.2026-01.net.example:host\0TargetName=" ASSAY_DEFAULT_NAME

/* A witness, its folder, and the built-in target whose one connection it sees. */
struct scene {
	char dir[32];
	struct assay_witness *witness;
	struct assay_server_observer see;
	FILE *live, *summary;
	char *told, *summed;
	size_t told_length, summed_length;
	struct assay_target *target;
	struct assay_target_conn *conn;
	void *seen;
	size_t step; /* bytes that are told at once */
	uint32_t cmd_sn, exp_stat_sn;
};

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static void begin(struct scene *s, const char *const *allowed, enum assay_defect defect)
{
	*s = (struct scene){ .dir = "witness.XXXXXX", .step = SIZE_MAX, .cmd_sn = 1 };
	if (!mkdtemp(s->dir))
		abort();
	s->live = open_memstream(&s->told, &s->told_length);
	s->summary = open_memstream(&s->summed, &s->summed_length);
	CU_ASSERT_EQUAL_FATAL(assay_witness_new(&s->witness, s->dir, allowed, false, s->live, NULL), 0);
	s->see = assay_witness_observer(s->witness);
	s->target = assay_target_new();
	if (!s->target || assay_target_add_defaults(s->target, NULL) < 0)
		abort();
	assay_target_set_seed(s->target, 1);
	if (defect != ASSAY_DEFECT_COUNT)
		assay_target_set_defect(s->target, defect);
}

/* In two vectors, the second one longer than what was sent, as after a send that took a part. */
static void tell(struct scene *s, enum assay_dir dir, const uint8_t *bytes, size_t length)
{
	size_t part;

	for (size_t at = 0; at < length; at += part) {
		size_t rest = length - at, half;
		struct iovec iov[2];

		part = rest < s->step ? rest : s->step;
		half = part / 2;
		iov[0] = (struct iovec){ (uint8_t *)bytes + at, half };
		iov[1] = (struct iovec){ (uint8_t *)bytes + at + half, rest - half };
		s->see.bytes(s->see.payload, s->seen, dir, iov, part);
	}
}

static void open_connection(struct scene *s)
{
	s->conn = assay_target_accept(s->target, 0, "peer", 0);
	s->seen = s->see.opened(s->see.payload, "peer");
}

static void close_connection(struct scene *s)
{
	if (s->seen)
		s->see.closed(s->see.payload, s->seen, ASSAY_INITIATOR);
	assay_target_conn_close(s->conn, 0);
}

/* Sends bytes to the target and tells all that was said; the answers are not looked at but for StatSN. */
static void say_bytes(struct scene *s, const uint8_t *bytes, size_t length)
{
	const uint8_t *out;
	struct assay_pdu answer;
	size_t n;

	tell(s, ASSAY_TO_TARGET, bytes, length);
	assay_target_input(s->conn, bytes, length, 0);
	while ((n = assay_target_output(s->conn, &out)) > 0) {
		if (assay_pdu_decode(&answer, out, n, 0) > 0)
			s->exp_stat_sn = answer.stat_sn + 1;
		tell(s, ASSAY_TO_INITIATOR, out, n);
		assay_target_output_sent(s->conn, n);
	}
}

static void say(struct scene *s, struct assay_pdu *pdu)
{
	uint8_t bytes[16384];
	long length;

	pdu->exp_stat_sn = s->exp_stat_sn;
	length = assay_pdu_encode(bytes, sizeof(bytes), pdu, 0);
	if (length < 0)
		abort();
	say_bytes(s, bytes, (size_t)length);
}

/* keys: "key=value" ended by zero bytes. */
static void login_with(struct scene *s, const char *keys, uint32_t length)
{
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = 1,
		.csg = ASSAY_STAGE_OPERATIONAL,
		.nsg = ASSAY_STAGE_FULL_FEATURE,
		.isid = 0x800000010000,
		.itt = 1,
		.cmd_sn = s->cmd_sn,
		.data = (const uint8_t *)keys,
		.data_length = length };

	open_connection(s);
	say(s, &pdu);
}

static void login(struct scene *s)
{
	login_with(s, NAMES, sizeof(NAMES));
}

/* A ping with that CmdSN. */
static void ping(struct scene *s, uint32_t cmd_sn, uint32_t length)
{
	static const uint8_t data[8192];
	struct assay_pdu pdu = { .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.itt = cmd_sn + 100,
		.ttt = ASSAY_TAG_RESERVED,
		.cmd_sn = cmd_sn,
		.data = data,
		.data_length = length };

	say(s, &pdu);
}

/* Ends the scene. Returns the findings that are held against somebody. */
static long end(struct scene *s)
{
	long found = assay_witness_end(s->witness, s->summary, NULL);

	fclose(s->live);
	fclose(s->summary);
	assay_target_free(s->target);
	return found;
}

static void forget(struct scene *s)
{
	free(s->told);
	free(s->summed);
	nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Line number line of findings.ndjson, the last one where there are less; all before it are whole. *lines is how many were read. */
static json_t *line_of(const struct scene *s, unsigned line, unsigned *lines)
{
	char path[64];
	FILE *file;
	json_t *o = NULL, *next;

	snprintf(path, sizeof(path), "%s/findings.ndjson", s->dir);
	file = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	for (*lines = 0; *lines <= line && (next = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL));
		++*lines) {
		json_decref(o);
		o = next;
	}
	fclose(file);
	return o;
}

static json_t *first_line(const struct scene *s)
{
	unsigned lines;

	return line_of(s, 0, &lines);
}

static long long number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *word_of(const json_t *o, const char *key)
{
	const char *word = json_string_value(json_object_get(o, key));

	return word ? word : "";
}

/* Bytes of connection 1's capture; -1: there is none. */
static long captured(const struct scene *s)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "%s/connection-1.pcapng", s->dir);
	return stat(path, &status) ? -1 : (long)status.st_size;
}

static void nothing_wrong(void)
{
	static const size_t steps[] = { SIZE_MAX, 1, 7, 50 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct scene s;
		json_t *o;

		begin(&s, NULL, ASSAY_DEFECT_COUNT);
		s.step = steps[i];
		login(&s);
		ping(&s, 1, 5000);
		ping(&s, 2, 0);
		close_connection(&s);
		CU_ASSERT_EQUAL(end(&s), 0);
		o = first_line(&s);
		CU_ASSERT_STRING_EQUAL(word_of(o, "type"), "summary");
		CU_ASSERT_EQUAL(number_of(o, "sessions"), 1);
		CU_ASSERT_EQUAL(number_of(o, "pdus_to_target"), 3);
		CU_ASSERT_EQUAL(number_of(o, "pdus_to_initiator"), 3);
		CU_ASSERT_EQUAL(number_of(o, "not_followed"), 0);
		CU_ASSERT_EQUAL(s.told_length, 0);
		CU_ASSERT_EQUAL(captured(&s), -1);
		json_decref(o);
		forget(&s);
	}
}

static void wrong_initiator(void)
{
	struct scene s;
	json_t *o;

	begin(&s, NULL, ASSAY_DEFECT_COUNT);
	login(&s);
	ping(&s, 1, 0);
	ping(&s, 1, 0); /* the same number again */
	close_connection(&s);
	CU_ASSERT_EQUAL(end(&s), 1);
	o = first_line(&s);
	CU_ASSERT_STRING_EQUAL(word_of(o, "rule"), "cmdsn-order");
	CU_ASSERT_STRING_EQUAL(word_of(o, "against"), "initiator");
	CU_ASSERT_EQUAL(number_of(o, "pdu"), 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(word_of(o, "listing"), "NOP-Out"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(s.told, "#5: finding: the initiator breaks cmdsn-order (MUST, section 4.2.2.1)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.summed, "initiator cmdsn-order"));
	CU_ASSERT(captured(&s) > 5 * 48);
	json_decref(o);
	forget(&s);
}

/* What is allowed is counted and written, and not held against the initiator. */
static void allowed_initiator(void)
{
	static const char *const allowed[] = { "cmdsn-order", NULL };
	struct scene s;
	json_t *o;

	begin(&s, allowed, ASSAY_DEFECT_COUNT);
	login(&s);
	ping(&s, 1, 0);
	ping(&s, 1, 0);
	close_connection(&s);
	CU_ASSERT_EQUAL(end(&s), 0);
	o = first_line(&s);
	CU_ASSERT_STRING_EQUAL(word_of(o, "rule"), "cmdsn-order");
	CU_ASSERT(json_is_true(json_object_get(o, "allowed")));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.summed, ", allowed"));
	CU_ASSERT_EQUAL(s.told_length, 0);
	CU_ASSERT_EQUAL(captured(&s), -1);
	json_decref(o);
	forget(&s);
}

static void wrong_target(void)
{
	struct scene s;
	json_t *o;

	begin(&s, NULL, ASSAY_DEFECT_STATSN_STUCK);
	login(&s);
	ping(&s, 1, 0);
	ping(&s, 2, 0);
	close_connection(&s);
	CU_ASSERT(end(&s) > 0);
	o = first_line(&s);
	CU_ASSERT_STRING_EQUAL(word_of(o, "against"), "target");
	CU_ASSERT_PTR_NOT_NULL(strstr(s.told, "the target breaks statsn-"));
	CU_ASSERT(captured(&s) > 0);
	json_decref(o);
	forget(&s);
}

/* A rule that either side can break is allowed to the initiator only. */
static void not_for_the_target(void)
{
	static const char *const allowed[] = { "answer-list", NULL };
	static const char keys[] = NAMES "\0HeaderDigest=CRC32C";
	struct scene s;

	begin(&s, allowed, ASSAY_DEFECT_DIGEST_NONE_UNOFFERED);
	login_with(&s, keys, sizeof(keys));
	close_connection(&s);
	CU_ASSERT_EQUAL(end(&s), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.told, "the target breaks answer-list"));
	forget(&s);
}

/* A rule that is none, or that only a target can break, cannot be allowed. */
static void allowed_badly(void)
{
	static const char *const bad[] = { "no-such-rule", "statsn-step" };

	for (size_t i = 0; i < 2; i++) {
		const char *const list[] = { bad[i], NULL };
		struct assay_witness *w;
		struct assay_error err = { 0 };

		CU_ASSERT_EQUAL(
			assay_witness_new(&w, "/nonexistent", list, false, stderr, &err), ASSAY_E_SYNTAX);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.message, bad[i]));
	}
}

/* A header that announces more than is held: said in the summary, and nobody is blamed for what follows. */
static void too_long(void)
{
	uint8_t header[48] = { 0x40, 0x80, [5] = 0xff, [6] = 0xff, [7] = 0xff };
	struct scene s;
	json_t *o;

	begin(&s, NULL, ASSAY_DEFECT_COUNT);
	login(&s);
	for (int i = 0; i < 100; i++)
		tell(&s, ASSAY_TO_TARGET, header, sizeof(header));
	close_connection(&s);
	CU_ASSERT_EQUAL(end(&s), 0);
	o = first_line(&s);
	CU_ASSERT_EQUAL(number_of(o, "not_followed"), 1);
	json_decref(o);
	forget(&s);
}

/* A header that announces more than the target takes, and none of its data yet: the target's Reject is right. */
static void rejected_early(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.itt = 7,
		.ttt = ASSAY_TAG_RESERVED,
		.cmd_sn = 1,
		.data_segment_length = 1u << 19,
		.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH };
	uint8_t header[ASSAY_BHS_LENGTH];
	struct scene s;
	json_t *o;

	begin(&s, NULL, ASSAY_DEFECT_COUNT);
	login(&s);
	pdu.exp_stat_sn = s.exp_stat_sn;
	assay_pdu_encode_bhs(header, &pdu);
	say_bytes(&s, header, sizeof(header));
	close_connection(&s);
	CU_ASSERT_EQUAL(end(&s), 0);
	o = first_line(&s);
	CU_ASSERT_EQUAL(number_of(o, "pdus_to_target"), 1);
	CU_ASSERT_EQUAL(number_of(o, "pdus_to_initiator"), 2); /* the Reject is one of them */
	json_decref(o);
	forget(&s);
}

/* However long it goes on, a capture has the login, the last PDUs and not much more than is allowed. */
static void bounded(void)
{
	struct scene s;
	unsigned count = 0, lines;
	json_t *o;

	begin(&s, NULL, ASSAY_DEFECT_COUNT);
	login(&s);
	for (; count < 400; count++)
		ping(&s, count + 1, 8192);
	for (unsigned i = 0; i < 400; i++)
		ping(&s, count, 8192); /* a number that was used, again and again */
	close_connection(&s);
	CU_ASSERT(end(&s) >= 1);
	CU_ASSERT(captured(&s) > (long)ASSAY_WITNESS_HELD / 2);
	CU_ASSERT(captured(&s) < (long)(ASSAY_WITNESS_CAPTURE + ASSAY_WITNESS_CAPTURE / 16));
	o = line_of(&s, UINT_MAX, &lines);
	CU_ASSERT_EQUAL(number_of(o, "sessions"), 1);
	CU_ASSERT(lines < ASSAY_WITNESS_TOLD + 10);
	json_decref(o);
	forget(&s);
}

/* Whatever either side says, in pieces of any size: nothing of ours falls over, and what is written stays whole. */
static void garbage(void)
{
	uint32_t seed = 1;
	unsigned lines;
	struct scene s;
	json_t *o;

	begin(&s, NULL, ASSAY_DEFECT_COUNT);
	for (unsigned round = 0; round < 300; round++) {
		uint8_t bytes[700];
		enum assay_dir dir = round & 1 ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET;

		if (round % 3)
			login(&s);
		else
			open_connection(&s);
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
		for (size_t i = 0; round % 5 && i + 8 < sizeof(bytes); i += 48 + round % 4 * 4)
			memset(bytes + i + 4, 0, 3); /* PDUs that end soon, so that many are judged */
		s.step = 1 + round * 7 % 200;
		tell(&s, dir, bytes, sizeof(bytes));
		s.step = SIZE_MAX;
		close_connection(&s);
	}
	CU_ASSERT(end(&s) > 100);
	o = line_of(&s, UINT_MAX, &lines);
	CU_ASSERT_EQUAL(number_of(o, "connections"), 300);
	json_decref(o);
	forget(&s);
}

/* More connections than a watch can follow: they are counted. */
static void too_many(void)
{
	struct scene s;
	void *seen[80];
	unsigned none = 0;

	begin(&s, NULL, ASSAY_DEFECT_COUNT);
	for (unsigned i = 0; i < 80; i++) {
		seen[i] = s.see.opened(s.see.payload, "peer");
		none += !seen[i];
	}
	CU_ASSERT_EQUAL(none, 16);
	for (unsigned i = 0; i < 80; i++)
		if (seen[i])
			s.see.closed(s.see.payload, seen[i], ASSAY_TARGET);
	CU_ASSERT_EQUAL(end(&s), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.summed, "16 connections were not followed"));
	forget(&s);
}

static CU_TestInfo tests[] = {
	{ "nothing wrong, in pieces of any size", nothing_wrong },
	{ "a wrong initiator", wrong_initiator },
	{ "what is allowed", allowed_initiator },
	{ "a wrong target", wrong_target },
	{ "what is allowed to the initiator only", not_for_the_target },
	{ "what cannot be allowed", allowed_badly },
	{ "a PDU that is too long", too_long },
	{ "a PDU that is rejected before it is whole", rejected_early },
	UNIT_TEST(bounded),
	UNIT_TEST(garbage),
	{ "too many connections", too_many },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run_in_folder("witness", tests);
}
