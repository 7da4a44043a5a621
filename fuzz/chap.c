/*
 * chap.c - the fuzz entry of CHAP on each side, RFC 7143 section 12.1.3 and 9.2.1. Input: a byte of flags, then what the peer says in rounds
 * (rounds.h). Nobody is believed without the right response in his text, and no secret is ever said. Challenges are fixed here, so that a
 * corpus can hold right responses.
 */
#include <string.h>

#include "fuzz/formats.h"
#include "fuzz/fuzz.h"
#include "fuzz/rounds.h"
#include "proto/chap.h"

#define SECRET        "assay-secret-1" /* the initiator's */
#define TARGET_SECRET "assay-secret-2"
#define USER          "assay-user"
#define TARGET_USER   "assay-target"
#define OUR_ID        7

static const char *const algorithms[] = { "5", "7,5", "6", "8,7,6,5" };

static void start(struct assay_chap *c, uint8_t flags)
{
	static const struct assay_chap_account initiator = { USER, SECRET },
					       target = { TARGET_USER, TARGET_SECRET },
					       nobody = { NULL, NULL };
	bool mutual = flags & ASSAY_FUZZ_MUTUAL;

	memset(c, 0, sizeof(*c));
	c->target = flags & ASSAY_FUZZ_TARGET;
	c->algorithms = algorithms[(flags & ASSAY_FUZZ_ALGORITHMS) / 8];
	c->base64 = flags & ASSAY_FUZZ_BASE64;
	c->id = OUR_ID;
	c->challenge_length = 16;
	for (size_t i = 0; i < c->challenge_length; i++)
		c->challenge[i] = (uint8_t)i;
	c->mine = !c->target ? initiator : mutual ? target : nobody;
	c->theirs = c->target ? initiator : mutual ? target : nobody;
}

/* Does the text hold the response that the peer's secret makes of our challenge, by any of the algorithms? */
static bool holds_proof(const struct assay_chap *c, const uint8_t *text, size_t size)
{
	const char *secret = c->target ? SECRET : TARGET_SECRET;
	uint8_t right[ASSAY_CHAP_RESPONSE_MAX], said[ASSAY_CHAP_RESPONSE_MAX];
	long length = assay_chap_compute(
		right, c->algorithm, OUR_ID, secret, strlen(secret), c->challenge, c->challenge_length);
	struct assay_fuzz_round round;
	struct assay_pair pair;

	for (size_t at = 0; assay_fuzz_round_next(&round, &at, text, size);)
		for (size_t offset = 0; assay_text_next(&pair, &offset, round.text, round.length) == 1;)
			if (assay_pair_is(&pair, "CHAP_R") &&
				assay_value_binary(said, sizeof(said), pair.value, pair.value_length) ==
					length &&
				!memcmp(said, right, (size_t)length))
				return true;
	return false;
}

static void check_said(const struct assay_text *out)
{
	struct assay_pair pair;
	size_t offset = 0;
	int r;

	while ((r = assay_text_next(&pair, &offset, out->buf, out->length)) == 1)
		if (pair.key_length != 6 || memcmp(pair.key, "CHAP_", 5) != 0)
			assay_fuzz_fail("we say a key that is none of CHAP");
	if (r < 0)
		assay_fuzz_fail("what we say is not made of pairs");
	if (memmem(out->buf, out->length, SECRET, strlen(SECRET)) ||
		memmem(out->buf, out->length, TARGET_SECRET, strlen(TARGET_SECRET)))
		assay_fuzz_fail("we say a secret");
}

static void one(const uint8_t *data, size_t size)
{
	static struct assay_chap c;
	static char room[8192];
	struct assay_text out;
	struct assay_error err = { 0 };
	struct assay_fuzz_round round;
	int r = 0;

	if (size < 1)
		return;
	start(&c, data[0]);
	assay_text_init(&out, room, sizeof(room));
	if (!c.target && assay_chap_begin(&c, &out) < 0)
		assay_fuzz_fail("an initiator with an account cannot begin");
	for (size_t at = 0; r == 0 && assay_fuzz_round_next(&round, &at, data + 1, size - 1);) {
		assay_text_init(&out, room, data[0] & ASSAY_FUZZ_SMALL ? 64 : sizeof(room));
		r = assay_chap_take(&c, &out, round.text, round.length, &err);
		if ((r < 0) != (c.state == ASSAY_CHAP_FAILED) || (r < 0 && !err.message[0]))
			assay_fuzz_fail("%d in state %d, in words: '%s'", r, c.state, err.message);
		check_said(&out);
		if (c.state == ASSAY_CHAP_DONE && (c.target || c.theirs.name) &&
			!holds_proof(&c, data + 1, size - 1))
			assay_fuzz_fail("the peer is believed without a proof");
	}
}

const struct assay_fuzz_entry assay_fuzz_entry_chap = {
	.name = "chap",
	.desc = "on each side: nobody is believed without a proof, and no secret is said",
	.one = one,
	.max_len = ASSAY_FUZZ_TEXT_MAX,
	.shape = ASSAY_FUZZ_TEXT,
	.prefix = 1,
};
