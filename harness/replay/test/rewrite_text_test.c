/* rewrite_text_test.c - names, addresses and proofs of CHAP for a live peer; what was wrong stays wrong; text that is no text. The vectors of CHAP are reckoned by proto/chap. */
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "replay/rewrite_text.h"
#include "test/unit.h"

static char out[2048];
static enum assay_replay_proof proof;

static long rewrite(const struct assay_replay_names *names, enum assay_role sender,
	const struct assay_replay_chap *captured, const struct assay_replay_chap *live, const char *text,
	size_t length)
{
	memset(out, '#', sizeof(out));
	return assay_replay_rewrite_text(
		out, sizeof(out), names, sender, captured, live, text, length, &proof);
}

/* text with its NUL becomes expected with its own */
static void check(const struct assay_replay_names *names, enum assay_role sender, const char *text,
	size_t length, const char *expected, size_t expected_length)
{
	CU_ASSERT_EQUAL(rewrite(names, sender, NULL, NULL, text, length), (long)expected_length);
	CU_ASSERT_EQUAL(memcmp(out, expected, expected_length), 0);
}

#define CHECK(names, sender, text, expected)                                                                 \
	check(names, sender, text, sizeof(text), expected, sizeof(expected))

static void names(void)
{
	static const struct assay_replay_names n = {
		.initiator_name = "iqn.new", .captured_target = "iqn.t1", .target_name = "iqn.longer.t2"
	};
	static const struct assay_replay_names none;

	CHECK(&n, ASSAY_INITIATOR, "InitiatorName=iqn.old\0TargetName=iqn.t1\0A=b",
		"InitiatorName=iqn.new\0TargetName=iqn.longer.t2\0A=b");
	CHECK(&n, ASSAY_INITIATOR, "TargetName=iqn.nobody", "TargetName=iqn.nobody");
	CHECK(&n, ASSAY_INITIATOR, "SendTargets=iqn.t1", "SendTargets=iqn.longer.t2");
	CHECK(&n, ASSAY_INITIATOR, "SendTargets=All", "SendTargets=All");
	CHECK(&n, ASSAY_INITIATOR, "SendTargets=", "SendTargets=");
	CHECK(&none, ASSAY_INITIATOR, "InitiatorName=a\0TargetName=b", "InitiatorName=a\0TargetName=b");
}

static void addresses(void)
{
	static const struct assay_replay_names n = { .target_address = "127.0.0.1:4711" };

	CHECK(&n, ASSAY_TARGET, "TargetName=t\0TargetAddress=192.0.2.1:3260,1\0TargetAddress=[::1]",
		"TargetName=t\0TargetAddress=127.0.0.1:4711,1\0TargetAddress=127.0.0.1:4711");
	CHECK(&n, ASSAY_TARGET, "TargetAddress=a,0123456789", "TargetAddress=127.0.0.1:4711");
	CHECK(&n, ASSAY_TARGET, "TargetAddress=", "TargetAddress=127.0.0.1:4711");
}

/* Bytes that are no pair, lone NULs and a pair without its end pass as they are. */
static void what_is_no_pair(void)
{
	static const struct assay_replay_names n = { .initiator_name = "x" };

	CHECK(&n, ASSAY_INITIATOR, "\0\0junk\0InitiatorName=y\0\0", "\0\0junk\0InitiatorName=x\0\0");
	check(&n, ASSAY_INITIATOR, "InitiatorName=y", 15, "InitiatorName=y", 15);
	check(&n, ASSAY_INITIATOR, "", 0, "", 0);
	check(&n, ASSAY_INITIATOR, "\0\0\0", 3, "\0\0\0", 3);
	CHECK(&n, ASSAY_INITIATOR, "=\0==\0InitiatorName", "=\0==\0InitiatorName");
}

static void too_small(void)
{
	static const struct assay_replay_names n = { .initiator_name = "longer" };

	for (size_t capacity = 0; capacity < 21; capacity++)
		CU_ASSERT_EQUAL(assay_replay_rewrite_text(out, capacity, &n, ASSAY_INITIATOR, NULL, NULL,
					"InitiatorName=y", 16, NULL),
			ASSAY_E_LIMIT);
	CU_ASSERT_EQUAL(assay_replay_rewrite_text(
				out, 21, &n, ASSAY_INITIATOR, NULL, NULL, "InitiatorName=y", 16, NULL),
		21);
}

/* ---- CHAP ---- */

static struct assay_replay_chap challenged(const char *text, size_t length)
{
	struct assay_replay_chap c = { 0 };

	assay_replay_chap_note(&c, ASSAY_TARGET, text, length);
	return c;
}

#define CHALLENGED(text) challenged(text, sizeof(text))

/* "CHAP_N=user" and the proof of that secret, with its NULs. */
static size_t proof_text(char *to, size_t capacity, int algorithm, uint8_t id, const char *secret,
	const char *challenge, size_t length, bool base64)
{
	uint8_t bytes[ASSAY_CHAP_RESPONSE_MAX];
	char value[80];
	struct assay_text t;
	long n = assay_chap_compute(
		bytes, algorithm, id, secret, strlen(secret), (const uint8_t *)challenge, length);

	CU_ASSERT_FATAL(n > 0);
	if (base64)
		assay_binary_to_base64(value, sizeof(value), bytes, (size_t)n);
	else
		assay_binary_to_hex(value, sizeof(value), bytes, (size_t)n);
	assay_text_init(&t, to, capacity);
	assay_text_append(&t, "CHAP_N", "user");
	assay_text_append(&t, "CHAP_R", value);
	return t.length;
}

static void challenges(void)
{
	struct assay_replay_chap c = CHALLENGED("CHAP_A=7\0CHAP_I=0x21\0CHAP_C=0x010203");

	CU_ASSERT_EQUAL(c.algorithm, 7);
	CU_ASSERT_TRUE(c.by_target.id_known && c.by_target.id == 0x21);
	CU_ASSERT_TRUE(c.by_target.known && c.by_target.length == 3 && c.by_target.bytes[2] == 3);
	CU_ASSERT_FALSE(c.by_initiator.known);
	assay_replay_chap_note(&c, ASSAY_INITIATOR, "CHAP_A=5\0CHAP_C=0bAQI=", 23);
	CU_ASSERT_EQUAL(c.algorithm, 7); /* an initiator's list is an offer */
	CU_ASSERT_TRUE(c.by_initiator.known && c.by_initiator.length == 2);
	assay_replay_chap_note(&c, ASSAY_TARGET, "CHAP_I=256\0CHAP_C=0xzz", 23);
	CU_ASSERT_EQUAL(c.by_target.id, 0x21);
	CU_ASSERT_FALSE(c.by_target.known);
}

static void right_proof(void)
{
	static const char *const secrets[] = { "secret of the capture", "another one" };
	struct assay_replay_chap captured = CHALLENGED("CHAP_A=5\0CHAP_I=1\0CHAP_C=0x616263");
	struct assay_replay_chap live = CHALLENGED("CHAP_A=7\0CHAP_I=9\0CHAP_C=0x78797a30");
	struct assay_replay_names n = {
		.initiator = { .secret = secrets[1], .captured_secret = secrets[0], .name = "somebody" }
	};

	for (int base64 = 0; base64 < 2; base64++) {
		char text[256];
		size_t length = proof_text(text, sizeof(text), 5, 1, secrets[0], "abc", 3, base64);
		long r = rewrite(&n, ASSAY_INITIATOR, &captured, &live, text, length);

		CU_ASSERT_EQUAL(proof, ASSAY_REPLAY_PROOF_RIGHT);
		CU_ASSERT_FATAL(r > 0);
		CU_ASSERT_EQUAL(assay_replay_proof_of(&live, ASSAY_INITIATOR, secrets[1], out, (size_t)r),
			ASSAY_REPLAY_PROOF_RIGHT);
		CU_ASSERT_STRING_EQUAL(out, "CHAP_N=somebody");
		CU_ASSERT_EQUAL(out[strlen(out) + 1 + strlen("CHAP_R=0")], base64 ? 'b' : 'x');
	}
}

static void wrong_proof_stays(void)
{
	struct assay_replay_chap captured = CHALLENGED("CHAP_A=5\0CHAP_I=1\0CHAP_C=0x616263");
	struct assay_replay_chap live = CHALLENGED("CHAP_A=5\0CHAP_I=9\0CHAP_C=0x78797a30");
	struct assay_replay_names n = { .initiator = { .secret = "right", .name = "somebody" } };
	char text[256];
	size_t length = proof_text(text, sizeof(text), 5, 1, "wrong", "abc", 3, false);

	CU_ASSERT_EQUAL(rewrite(&n, ASSAY_INITIATOR, &captured, &live, text, length), (long)length);
	CU_ASSERT_EQUAL(proof, ASSAY_REPLAY_PROOF_WRONG);
	CU_ASSERT_EQUAL(memcmp(out, text, length), 0);
	n.initiator.secret = NULL;
	CU_ASSERT_EQUAL(rewrite(&n, ASSAY_INITIATOR, &captured, &live, text, length), (long)length);
	CU_ASSERT_EQUAL(proof, ASSAY_REPLAY_PROOF_UNKNOWN);
	n.initiator.secret = "wrong"; /* it was right for that secret, and there is nothing to prove it for */
	memset(&live, 0, sizeof(live));
	CU_ASSERT_EQUAL(rewrite(&n, ASSAY_INITIATOR, &captured, &live, text, length), (long)length);
	CU_ASSERT_EQUAL(proof, ASSAY_REPLAY_PROOF_RIGHT);
	CU_ASSERT_EQUAL(memcmp(out, text, length), 0);
}

/* The target's own proof, for the challenge of a live initiator. */
static void mutual(void)
{
	struct assay_replay_chap captured = CHALLENGED("CHAP_A=5"), live = captured;
	struct assay_replay_names n = { .target = { .secret = "of the target" } };
	char text[256];
	size_t length = proof_text(text, sizeof(text), 5, 3, "of the target", "abc", 3, false);
	long r;

	assay_replay_chap_note(&captured, ASSAY_INITIATOR, "CHAP_I=3\0CHAP_C=0x616263", 25);
	assay_replay_chap_note(&live, ASSAY_INITIATOR, "CHAP_I=4\0CHAP_C=0x616264", 25);
	r = rewrite(&n, ASSAY_TARGET, &captured, &live, text, length);
	CU_ASSERT_FATAL(r > 0);
	CU_ASSERT_EQUAL(assay_replay_proof_of(&live, ASSAY_TARGET, "of the target", out, (size_t)r),
		ASSAY_REPLAY_PROOF_RIGHT);
	CU_ASSERT_STRING_EQUAL(out, "CHAP_N=user");
}

static void hostile_proofs(void)
{
	static const char *const values[] = { "", "0", "0x", "0b", "0x123", "0xzz", "0b!!!!", "b", "17" };
	struct assay_replay_chap c = CHALLENGED("CHAP_A=5\0CHAP_I=1\0CHAP_C=0x616263");
	struct assay_replay_chap odd = CHALLENGED("CHAP_A=99\0CHAP_I=1\0CHAP_C=0x616263");
	char text[8192] = "CHAP_R=0x";

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct assay_text t;

		assay_text_init(&t, out, sizeof(out));
		assay_text_append(&t, "CHAP_R", values[i]);
		CU_ASSERT_EQUAL(assay_replay_proof_of(&c, ASSAY_INITIATOR, "s", out, t.length),
			ASSAY_REPLAY_PROOF_WRONG);
		CU_ASSERT_EQUAL(assay_replay_proof_of(&odd, ASSAY_INITIATOR, "s", out, t.length),
			ASSAY_REPLAY_PROOF_UNKNOWN);
	}
	memset(text + 9, '1', sizeof(text) - 10);
	CU_ASSERT_EQUAL(assay_replay_proof_of(&c, ASSAY_INITIATOR, "s", text, sizeof(text)),
		ASSAY_REPLAY_PROOF_WRONG);
	memcpy(text, "CHAP_C", 6);
	assay_replay_chap_note(&c, ASSAY_TARGET, text, sizeof(text));
	CU_ASSERT_FALSE(c.by_target.known);
}

static CU_TestInfo tests[] = {
	{ "names", names },
	{ "addresses", addresses },
	{ "what is no pair", what_is_no_pair },
	{ "too small", too_small },
	{ "challenges", challenges },
	{ "right proof", right_proof },
	{ "wrong proof stays", wrong_proof_stays },
	{ "mutual", mutual },
	{ "hostile proofs", hostile_proofs },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("rewrite_text", tests);
}
