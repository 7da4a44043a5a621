/*
 * chap_test.c - CHAP: responses against vectors made with openssl dgst over id | secret | challenge, both sides against one
 * another, and every way to cheat that sections 9.2.1 and 12.1.3 name.
 */
#include <stdio.h>
#include <string.h>

#include "proto/chap.h"
#include "test/unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OK       ASSAY_OK

static const char secret[] = "secretsecret"; /* 96 bits */
static const char other_secret[] = "othersecret1";
static const uint8_t challenge[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
	0xcc, 0xdd, 0xee, 0xff };

/* ---- vectors ---- */

static const struct {
	int algorithm;
	uint8_t id;
	const char *secret;
	size_t challenge_length; /* the first bytes of challenge */
	const char *response; /* hexadecimal */
} vectors[] = {
	{ 5, 0x01, "secretsecret", 16, "0x3d3d7f13199a65926f355637d73daf5c" },
	{ 6, 0xff, "secretsecret", 16, "0x4fc6c31c365a2cef44ec66841b61df45bb6e7d42" },
	{ 7, 0x00, "secretsecret", 16, "0xe4bc6a8c8d2bba4471074ff6611e416111fd50a3369dc9e5b165a4cf27d3cd41" },
	{ 8, 0x7f, "secretsecret", 16, "0x87efee7d8ed639b6ed32de52ef87429ab2833bc8b7a397bf6b7417dc30bc7586" },
	{ 7, 0x2a, "secretsecret", 1, "0xda4bcd1638118552fb819883ea445cc89b1a9bbca4b6aa6a584b7e11ddb8930b" },
};

static void compute(void)
{
	uint8_t response[ASSAY_CHAP_RESPONSE_MAX];
	char hex[2 + 2 * ASSAY_CHAP_RESPONSE_MAX + 1];

	for (size_t i = 0; i < COUNT(vectors); i++) {
		long n;

		if (!assay_chap_available(vectors[i].algorithm)) { /* FIPS */
			CU_ASSERT_EQUAL(
				assay_chap_compute(response, vectors[i].algorithm, 0, "", 0, challenge, 1),
				ASSAY_E_CRYPTO);
			continue;
		}
		n = assay_chap_compute(response, vectors[i].algorithm, vectors[i].id, vectors[i].secret,
			strlen(vectors[i].secret), challenge, vectors[i].challenge_length);
		CU_ASSERT_EQUAL_FATAL(n, (long)assay_chap_response_length(vectors[i].algorithm));
		assay_binary_to_hex(hex, sizeof(hex), response, (size_t)n);
		CU_ASSERT_STRING_EQUAL(hex, vectors[i].response);
	}
}

static void algorithms(void)
{
	uint8_t response[ASSAY_CHAP_RESPONSE_MAX];
	static const int unknown[] = { -1, 0, 4, 9, 255 };

	CU_ASSERT_EQUAL(assay_chap_response_length(5), 16);
	CU_ASSERT_EQUAL(assay_chap_response_length(6), 20);
	CU_ASSERT_EQUAL(assay_chap_response_length(7), 32);
	CU_ASSERT_EQUAL(assay_chap_response_length(8), 32);
	for (size_t i = 0; i < COUNT(unknown); i++) {
		CU_ASSERT_EQUAL(assay_chap_response_length(unknown[i]), 0);
		CU_ASSERT_FALSE(assay_chap_available(unknown[i]));
		CU_ASSERT_EQUAL(
			assay_chap_compute(response, unknown[i], 0, "", 0, challenge, 1), ASSAY_E_INVAL);
	}
}

/* ---- two sides ---- */

struct pair_of_sides {
	struct assay_chap i, t;
	char i_buf[8192], t_buf[8192];
	struct assay_text i_says, t_says;
	struct assay_error err;
};

static const char *lookup(void *payload, const char *name, size_t length)
{
	(void)payload;
	return length == 5 && !memcmp(name, "alice", 5) ? secret : NULL;
}

static void set_up(struct pair_of_sides *s, const char *offered, const char *accepted, bool mutual)
{
	memset(s, 0, sizeof(*s));
	s->i.algorithms = offered;
	s->t.algorithms = accepted;
	s->i.mine = (struct assay_chap_account){ "alice", secret };
	s->t.target = true;
	s->t.lookup = lookup;
	s->t.id = 1;
	memcpy(s->t.challenge, challenge, 16);
	s->t.challenge_length = 16;
	if (mutual) {
		s->i.theirs = s->t.mine = (struct assay_chap_account){ "target", other_secret };
		s->i.id = 200;
		memset(s->i.challenge, 0x5a, 24);
		s->i.challenge_length = 24;
	}
	assay_text_init(&s->i_says, s->i_buf, sizeof(s->i_buf));
	assay_text_init(&s->t_says, s->t_buf, sizeof(s->t_buf));
}

static int target_hears(struct pair_of_sides *s)
{
	assay_text_init(&s->t_says, s->t_buf, sizeof(s->t_buf));
	return assay_chap_take(&s->t, &s->t_says, s->i_buf, s->i_says.length, &s->err);
}

static int initiator_hears(struct pair_of_sides *s)
{
	assay_text_init(&s->i_says, s->i_buf, sizeof(s->i_buf));
	return assay_chap_take(&s->i, &s->i_says, s->t_buf, s->t_says.length, &s->err);
}

/* Up to the initiator's proof, which lies in i_says. */
static void until_proof(struct pair_of_sides *s)
{
	CU_ASSERT_EQUAL_FATAL(assay_chap_begin(&s->i, &s->i_says), OK);
	CU_ASSERT_EQUAL_FATAL(target_hears(s), OK);
	CU_ASSERT_EQUAL_FATAL(s->t.state, ASSAY_CHAP_CHALLENGE);
	CU_ASSERT_EQUAL_FATAL(initiator_hears(s), OK);
}

/* The text of ours that stands in for what a side said. */
static void say(struct assay_text *out, const char *text)
{
	out->length = 0;
	for (; *text; text++)
		out->buf[out->length++] = *text == ';' ? '\0' : *text;
}

static void agree(void)
{
	static const char *const lists[] = { "5", "6", "7", "8", "7,5", "8,7,6,5" };

	for (size_t k = 0; k < COUNT(lists) * 4; k++) {
		struct pair_of_sides s;
		bool mutual = k & 1;

		set_up(&s, lists[k / 4], "5,6,7,8", mutual);
		s.i.base64 = k & 2;
		s.t.base64 = !(k & 2);
		if (!assay_chap_available(lists[k / 4][0] - '0'))
			continue;
		until_proof(&s);
		CU_ASSERT_EQUAL(s.i.algorithm, lists[k / 4][0] - '0'); /* the first that was offered */
		CU_ASSERT_EQUAL(s.t.algorithm, s.i.algorithm);
		CU_ASSERT_EQUAL(s.i.state, mutual ? ASSAY_CHAP_RESPONSE : ASSAY_CHAP_DONE);
		CU_ASSERT_EQUAL(s.i.sent_challenge, mutual);
		CU_ASSERT_EQUAL(target_hears(&s), OK);
		CU_ASSERT_EQUAL(s.t.state, ASSAY_CHAP_DONE);
		CU_ASSERT_STRING_EQUAL(s.t.peer_name, "alice");
		CU_ASSERT_EQUAL(s.t_says.length != 0, mutual);
		if (mutual) {
			CU_ASSERT_EQUAL(initiator_hears(&s), OK);
			CU_ASSERT_STRING_EQUAL(s.i.peer_name, "target");
		}
		CU_ASSERT_EQUAL(s.i.state, ASSAY_CHAP_DONE);
		CU_ASSERT_EQUAL(s.i_says.length == 0, mutual);
	}
}

static void wire(void)
{
	static const char first[] = "CHAP_A=5\0CHAP_I=1\0CHAP_C=0x00112233445566778899aabbccddeeff";
	struct pair_of_sides s;
	struct assay_pair pair;

	if (!assay_chap_available(ASSAY_CHAP_MD5))
		return;
	set_up(&s, NULL, NULL, false);
	until_proof(&s);
	CU_ASSERT_EQUAL_FATAL(s.t_says.length, sizeof(first));
	CU_ASSERT_EQUAL(memcmp(s.t_buf, first, sizeof(first)), 0);
	CU_ASSERT_EQUAL(assay_text_find(&pair, s.i_buf, s.i_says.length, "CHAP_R"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, vectors[0].response));
	CU_ASSERT_EQUAL(assay_text_find(&pair, s.i_buf, s.i_says.length, "CHAP_N"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "alice"));
	CU_ASSERT_EQUAL(assay_text_count(s.i_buf, s.i_says.length, "CHAP_C"), 0);
}

/* ---- what a target must refuse ---- */

/* The response to the first vector's challenge. */
#define R      "CHAP_R=0xe4bc6a8c8d2bba4471074ff6611e416111fd50a3369dc9e5b165a4cf27d3cd41;"
#define LONG64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG1024                                                                                             \
	LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64    \
		LONG64 LONG64

static const struct {
	const char *first; /* the initiator's first text */
	const char *second; /* its second; NULL: the first one is the wrong one */
	int result;
	const char *missing;
} to_target[] = {
	{ "CHAP_A=7;", "CHAP_N=alice;" R, OK, NULL },
	{ "CHAP_A=99,7;", "CHAP_N=alice;" R, OK, NULL }, /* what it does not know it ignores */
	{ "CHAP_A=0x7;", "CHAP_N=alice;" R, OK, NULL },
	{ "CHAP_A=7;InitiatorAlias=x;", "CHAP_N=alice;X-a=1;" R, OK, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=9;CHAP_C=0x55;", OK, NULL },
	{ "CHAP_A=99;", NULL, ASSAY_E_AUTH, NULL },
	{ "CHAP_A=6;", NULL, ASSAY_E_AUTH, NULL }, /* not among those that it accepts */
	{ "CHAP_A=;", NULL, ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=MD5;", NULL, ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=18446744073709551616;", NULL, ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;CHAP_A=7;", NULL, ASSAY_E_PROTOCOL, NULL },
	{ "", NULL, ASSAY_E_PROTOCOL, "CHAP_A" },
	{ "CHAP_N=alice;" R, NULL, ASSAY_E_PROTOCOL, "CHAP_A" }, /* steps cannot be skipped */
	{ "CHAP_A=7;CHAP_N=alice;" R, NULL, ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7", NULL, ASSAY_E_SYNTAX, NULL },
	{ "CHAP_A;", NULL, ASSAY_E_SYNTAX, NULL },
	{ "CHAP_A=7;", "", ASSAY_E_PROTOCOL, "CHAP_N" },
	{ "CHAP_A=7;", "CHAP_A=7;", ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;", ASSAY_E_PROTOCOL, "CHAP_R" },
	{ "CHAP_A=7;", R, ASSAY_E_PROTOCOL, "CHAP_N" },
	{ "CHAP_A=7;", "CHAP_N=alice;CHAP_N=alice;" R, ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=9;", ASSAY_E_PROTOCOL, "CHAP_C" },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_C=0x55;", ASSAY_E_PROTOCOL, "CHAP_I" },
	{ "CHAP_A=7;", "CHAP_N=alice;CHAP_I=9;CHAP_C=0x55;", ASSAY_E_PROTOCOL,
		"CHAP_R" }, /* the reflection of section 9.2 */
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=256;CHAP_C=0x55;", ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=x;CHAP_C=0x55;", ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=9;CHAP_C=;", ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=9;CHAP_C=85;", ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=9;CHAP_C=0x" LONG1024 LONG1024 ";", OK, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=9;CHAP_C=0x" LONG1024 LONG1024 "00;", ASSAY_E_PROTOCOL,
		NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;" R "CHAP_I=9;CHAP_C=0x00112233445566778899aabbccddeeff;", ASSAY_E_AUTH,
		NULL },
	{ "CHAP_A=7;", "CHAP_N=;" R, ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=" LONG64 LONG64 LONG64 LONG64 ";" R, ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=bob;" R, ASSAY_E_AUTH, NULL },
	{ "CHAP_A=7;", "CHAP_N=alicia;" R, ASSAY_E_AUTH, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;CHAP_R=0x" LONG64 ";", ASSAY_E_AUTH, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;CHAP_R=0xe4bc;", ASSAY_E_AUTH, NULL },
	{ "CHAP_A=7;",
		"CHAP_N=alice;CHAP_R=0x00e4bc6a8c8d2bba4471074ff6611e416111fd50a3369dc9e5b165a4cf27d3cd41;",
		ASSAY_E_AUTH, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;CHAP_R=secret;", ASSAY_E_PROTOCOL, NULL },
	{ "CHAP_A=7;", "CHAP_N=alice;CHAP_R=0x;", ASSAY_E_PROTOCOL, NULL },
};

static void target_refuses(void)
{
	for (size_t k = 0; k < COUNT(to_target); k++) {
		struct pair_of_sides s;
		int r;

		set_up(&s, "7", "7,5", true);
		s.t.id = 0;
		say(&s.i_says, to_target[k].first);
		r = target_hears(&s);
		if (to_target[k].second) {
			CU_ASSERT_EQUAL(r, OK);
			say(&s.i_says, to_target[k].second);
			r = target_hears(&s);
		}
		if (r != to_target[k].result)
			printf("\nrow %zu: %d %s\n", k, r, s.err.message);
		CU_ASSERT_EQUAL(r, to_target[k].result);
		CU_ASSERT_EQUAL(s.t.state, r == OK ? ASSAY_CHAP_DONE : ASSAY_CHAP_FAILED);
		CU_ASSERT_EQUAL(!s.t.missing, !to_target[k].missing);
		if (s.t.missing && to_target[k].missing)
			CU_ASSERT_STRING_EQUAL(s.t.missing, to_target[k].missing);
		if (to_target[k].second && strstr(to_target[k].second, "CHAP_R=0xe4bc;"))
			CU_ASSERT_PTR_NOT_NULL(strstr(s.err.message, "2 bytes; algorithm 7 makes 32"));
		CU_ASSERT_PTR_NULL(strstr(s.err.message, "e4bc")); /* a proof never reaches a message */
		if (r < 0) /* and nothing follows */
			CU_ASSERT_TRUE(target_hears(&s) < 0);
	}
}

static void target_cannot_prove(void)
{
	struct pair_of_sides s;

	set_up(&s, "7", "7", true); /* asked for a proof that it has no account for */
	s.t.mine = (struct assay_chap_account){ NULL, NULL };
	until_proof(&s);
	CU_ASSERT_EQUAL(target_hears(&s), ASSAY_E_AUTH);

	set_up(&s, "7", "7", true); /* one secret both ways */
	s.t.mine.secret = s.i.theirs.secret = secret;
	until_proof(&s);
	CU_ASSERT_EQUAL(target_hears(&s), ASSAY_E_AUTH);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.err.message, "one secret"));

	set_up(&s, "7", "7", false); /* one account, no lookup */
	s.t.lookup = NULL;
	s.t.theirs = (struct assay_chap_account){ "alice", secret };
	until_proof(&s);
	CU_ASSERT_EQUAL(target_hears(&s), OK);
	say(&s.i_says, "InitiatorAlias=a;"); /* after the end: no more CHAP */
	CU_ASSERT_EQUAL(target_hears(&s), OK);
	say(&s.i_says, "CHAP_A=7;");
	CU_ASSERT_EQUAL(target_hears(&s), ASSAY_E_PROTOCOL);
}

/* ---- what an initiator must refuse ---- */

static const struct {
	const char *text; /* the target's answer to CHAP_A=7,5 */
	int result;
} challenges[] = {
	{ "CHAP_A=7;CHAP_I=0;CHAP_C=0x00;", OK },
	{ "CHAP_A=5;CHAP_I=255;CHAP_C=0bAA==;TargetAlias=x;", OK },
	{ "CHAP_A=6;CHAP_I=0;CHAP_C=0x00;", ASSAY_E_PROTOCOL }, /* not offered */
	{ "CHAP_A=7,5;CHAP_I=0;CHAP_C=0x00;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=;CHAP_I=0;CHAP_C=0x00;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=Reject;", ASSAY_E_PROTOCOL },
	{ "CHAP_I=0;CHAP_C=0x00;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_C=0x00;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_I=0;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_I=256;CHAP_C=0x00;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_I=-1;CHAP_C=0x00;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_I=0;CHAP_C=0x;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_I=0;CHAP_C=0x" LONG1024 LONG1024 ";", OK },
	{ "CHAP_A=7;CHAP_I=0;CHAP_C=0x" LONG1024 LONG1024 "00;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_I=0;CHAP_C=0x00;CHAP_N=t;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_A=7;CHAP_I=0;CHAP_C=0x00;", ASSAY_E_PROTOCOL },
	{ "CHAP_A=7;CHAP_I=0;CHAP_C=0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a;",
		ASSAY_E_AUTH }, /* ours */
	{ "", ASSAY_E_PROTOCOL },
	{ "CHAP_A", ASSAY_E_SYNTAX },
};

static void initiator_refuses(void)
{
	for (size_t k = 0; k < COUNT(challenges); k++) {
		struct pair_of_sides s;
		int r;

		set_up(&s, "7,5", "7,5", true);
		CU_ASSERT_EQUAL(assay_chap_begin(&s.i, &s.i_says), OK);
		say(&s.t_says, challenges[k].text);
		r = initiator_hears(&s);
		if (r != challenges[k].result)
			printf("\nrow %zu: %d %s\n", k, r, s.err.message);
		CU_ASSERT_EQUAL(r, challenges[k].result);
		CU_ASSERT_EQUAL(s.i.state, r == OK ? ASSAY_CHAP_RESPONSE : ASSAY_CHAP_FAILED);
		if (r < 0)
			CU_ASSERT_EQUAL(s.i_says.length, 0);
	}
}

static void false_target(void)
{
	static const struct {
		const char *text;
		int result;
	} proofs[] = {
		{ "", ASSAY_E_PROTOCOL },
		{ "CHAP_N=target;", ASSAY_E_PROTOCOL },
		{ "CHAP_R=0x" LONG64 ";", ASSAY_E_PROTOCOL },
		{ "CHAP_N=target;CHAP_R=0x" LONG64 ";", ASSAY_E_AUTH },
		{ "CHAP_N=target;CHAP_R=0x00;", ASSAY_E_AUTH },
		{ "CHAP_N=target;CHAP_R=0;", ASSAY_E_PROTOCOL },
	};
	struct pair_of_sides s;

	for (size_t k = 0; k < COUNT(proofs); k++) {
		set_up(&s, "7", "7", true);
		until_proof(&s);
		say(&s.t_says, proofs[k].text);
		CU_ASSERT_EQUAL(initiator_hears(&s), proofs[k].result);
		CU_ASSERT_EQUAL(s.i.state, ASSAY_CHAP_FAILED);
	}
	set_up(&s, "7", "7", true); /* another name with the right secret */
	s.t.mine.name = "targets";
	until_proof(&s);
	CU_ASSERT_EQUAL(target_hears(&s), OK);
	CU_ASSERT_EQUAL(initiator_hears(&s), ASSAY_E_AUTH);

	set_up(&s, "7", "7", true); /* the right name with another secret */
	s.t.mine.secret = "thirdsecret1";
	until_proof(&s);
	CU_ASSERT_EQUAL(target_hears(&s), OK);
	CU_ASSERT_EQUAL(initiator_hears(&s), ASSAY_E_AUTH);

	set_up(&s, "7", "7",
		true); /* it answers with the initiator's own secret, which the initiator was told to expect */
	s.i.theirs.secret = secret;
	until_proof(&s);
	CU_ASSERT_EQUAL(target_hears(&s), OK);
	say(&s.t_says, "");
	{
		uint8_t proof[ASSAY_CHAP_RESPONSE_MAX];
		char hex[2 + 2 * ASSAY_CHAP_RESPONSE_MAX + 1];

		assay_chap_compute(
			proof, 7, s.i.id, secret, strlen(secret), s.i.challenge, s.i.challenge_length);
		assay_binary_to_hex(hex, sizeof(hex), proof, 32);
		assay_text_append(&s.t_says, "CHAP_N", "target");
		assay_text_append(&s.t_says, "CHAP_R", hex);
	}
	CU_ASSERT_EQUAL(initiator_hears(&s), ASSAY_E_AUTH);
}

static void set_up_wrong(void)
{
	struct pair_of_sides s;

	set_up(&s, "7", "7", false);
	s.i.mine.secret = NULL;
	CU_ASSERT_EQUAL(assay_chap_begin(&s.i, &s.i_says), ASSAY_E_INVAL);
	set_up(&s, "7", "7", false);
	assay_text_init(&s.i_says, s.i_buf, 4);
	CU_ASSERT_EQUAL(assay_chap_begin(&s.i, &s.i_says), ASSAY_E_LIMIT);
	set_up(&s, "99,7", "7", false); /* we offered what we cannot do, and it was chosen */
	CU_ASSERT_EQUAL(assay_chap_begin(&s.i, &s.i_says), OK);
	say(&s.t_says, "CHAP_A=99;CHAP_I=0;CHAP_C=0x00;");
	CU_ASSERT_EQUAL(initiator_hears(&s), ASSAY_E_CRYPTO);
	set_up(&s, "7", "7", false);
	say(&s.i_says, "CHAP_A=7;");
	assay_text_init(&s.t_says, s.t_buf, 20);
	CU_ASSERT_EQUAL(assay_chap_take(&s.t, &s.t_says, s.i_buf, s.i_says.length, &s.err), ASSAY_E_LIMIT);
}

/* Every prefix of a proof, and every byte of it changed: only the right one is taken. */
static void garbage(void)
{
	static const char right[] = "CHAP_N=alice;" R "CHAP_I=9;CHAP_C=0x55;";
	const size_t length = strlen(right), one_way = strlen("CHAP_N=alice;" R);

	for (size_t at = 0; at < length; at++) {
		for (int byte = -1; byte < 256; byte++) {
			struct pair_of_sides s;
			int r;

			set_up(&s, "7", "7", true);
			s.t.id = 0;
			say(&s.i_says, "CHAP_A=7;");
			CU_ASSERT_EQUAL(target_hears(&s), OK);
			say(&s.i_says, right);
			if (byte < 0)
				s.i_says.length = at;
			else
				s.i_buf[at] = (char)byte;
			r = target_hears(&s);
			CU_ASSERT_EQUAL(s.t.state, r == OK ? ASSAY_CHAP_DONE : ASSAY_CHAP_FAILED);
			if (byte < 0) {
				CU_ASSERT_EQUAL(r == OK, at == one_way);
			} else if (at < one_way && r == OK) { /* upper-case digits, "0X" */
				CU_ASSERT_EQUAL(byte | 0x20, right[at] == ';' ? 0x20 : right[at] | 0x20);
			}
		}
	}
}

static CU_TestInfo tests[] = {
	{ "vectors", compute },
	UNIT_TEST(algorithms),
	{ "two sides", agree },
	{ "on the wire", wire },
	{ "what a target refuses", target_refuses },
	{ "what a target cannot prove", target_cannot_prove },
	{ "what an initiator refuses", initiator_refuses },
	{ "a false target", false_target },
	{ "set up wrong", set_up_wrong },
	UNIT_TEST(garbage),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("chap", tests);
}
