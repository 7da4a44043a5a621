/*
 * test.h - how a test is written: a record and a short function that reads like the paragraph that it stands for.
 * The runner gives it a context with fresh connections, closes what it opened, and watches every PDU with the rule engine.
 *
 * EXPECT_* is the claim. Each ends in a CUnit assertion. A test that sends nothing or claims nothing is an ERROR.
 * REQUIRE_* is a precondition: when it does not hold the test ends. What the target does not do of what the standard demands is a failure like a broken claim;
 * a fault of ours is an ERROR. What a target need not offer is asked for before, and ends in assay_skip.
 */
#ifndef ASSAY_RUNNER_TEST_H
#define ASSAY_RUNNER_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "initiator/initiator.h"
#include "proto/role.h"

#define MUST   ASSAY_MUST
#define SHOULD ASSAY_SHOULD
#define MAY    ASSAY_MAY

struct assay_t;

/* What a test needs; what is not there makes it a SKIP with the reason of the fixed list. */
enum assay_need {
	ASSAY_NEED_WRITE = 1, /* needs-write-lun: writes to a logical unit that the user gave */
	ASSAY_NEED_SECOND_LUN = 2, /* needs-second-lun */
	ASSAY_NEED_SECOND_PORTAL = 4, /* needs-second-portal */
	ASSAY_NEED_CHAP = 8, /* needs-chap: a target with an account and its secret */
	ASSAY_NEED_MUTUAL = 16, /* needs-chap: and the target's own */
	ASSAY_NEED_RESTART = 32, /* needs-control: the verb restart */
	ASSAY_NEED_DISRUPTIVE =
		64, /* excluded: a reset or reservation that others would feel, without --disruptive */
	ASSAY_NEED_EXCLUSIVE = 128, /* no other test at the same time: not a skip, the runner waits */
	ASSAY_NEED_HEADER_DIGEST = 256, /* not-offered: the target must agree to it (probed once) */
	ASSAY_NEED_DATA_DIGEST = 512,
	ASSAY_NEED_MULTI_CONNECTION = 1024, /* not-offered: MaxConnections > 1 */
	ASSAY_NEED_ACL = 2048, /* not-declared: a target that this initiator name may not log in to */
	ASSAY_NEED_SECOND_TARGET = 4096, /* not-declared: another target of the same server */
	ASSAY_NEED_IET_IDS = 8192, /* not-declared: the target's SCSI ids follow tgt's scheme */
	ASSAY_NEED_DISK =
		16384, /* not-offered: the logical unit under test is a direct access block device */
	ASSAY_NEED_LUN_CHANGE = 131072, /* needs-control: the verbs add-lun and remove-lun */
	ASSAY_NEED_PERSISTENT = 32768, /* not-declared: what was written outlives a restart */
	ASSAY_NEED_ACL_ADDRESS = 65536, /* not-declared: a target that only one address may log in from */
};

/* The record. */
struct assay_test {
	const char *id; /* slug "area.what-is-claimed": never a number, never changes */
	const char *aliases; /* old ids, space separated; NULL */
	const char *reqs; /* requirement ids, space separated */
	const char *section; /* of RFC 7143, or "SPC-4 6.4", "RFC 7144 7.1.1" */
	enum assay_level level;
	const char *
		desc; /* completes "the target …": "answers HeaderDigest=CRC32C with CRC32C or Reject, never None" */
	unsigned needs; /* enum assay_need */
	const char *tags; /* space separated, selected by @tag; NULL */
	const char
		*defects; /* of the built-in target that this test catches, space separated: at least one */
	unsigned deadline_ms; /* 0: the run's default */
	void (*run)(struct assay_t *t);
};

/* One area's tests. */
struct assay_suite {
	const char *name; /* "login" */
	const char *desc;
	const struct assay_test *tests;
	size_t count;
};

/* --- what a test can ask its context for --- */

/* A fresh connection to the target under test, not logged in. Those whose login the test has left half-way are closed first, but for what assay_keep was asked for. NULL never: a failure ends the test as it should. Freed by the runner. */
struct assay_initiator *assay_connect(struct assay_t *t);
/* This one's login may stay half-way while the test opens others: only where that is what the test is about, for a target may serve one login at a time. */
void assay_keep(struct assay_t *t, const struct assay_initiator *i);
/* The same, logged in to a normal session with the logical unit ready (its unit attentions taken). */
struct assay_initiator *assay_connect_full_feature(struct assay_t *t);
/* The same with operational keys to offer in the login: "ImmediateData", "No", "InitialR2T", "Yes", NULL. */
struct assay_initiator *assay_connect_with(struct assay_t *t, ...) __attribute__((sentinel));
/* Logged in to a discovery session. */
struct assay_initiator *assay_connect_discovery(struct assay_t *t);
/* Another connection of i's session; not logged in. */
struct assay_initiator *assay_connect_into(struct assay_t *t, struct assay_initiator *i, uint16_t cid);

/* The configuration that connections of this test are made from: a copy for this test, change it before assay_connect. */
struct assay_initiator_config *assay_config(struct assay_t *t);

/* Has connections made from now on log in to another target, with the account that the profile has for it; NULL: to a discovery session. */
void assay_aim(struct assay_t *t, const char *target_name);

/* What the user or profile named. */
struct assay_setup {
	const char *host;
	uint16_t port;
	const char *target_name;
	uint32_t lun; /* the logical unit under test */
	bool write_lun_given; /* writes allowed, to write_lun */
	uint32_t write_lun;
	bool second_lun_given;
	uint32_t second_lun;
	const char *second_host; /* second portal; NULL: none */
	uint16_t second_port;
	const char *second_target; /* another target's name; NULL: none */
	const char *chap_target; /* target that asks for CHAP; may be target_name; NULL: none */
	struct assay_chap_account chap_account;
	const char *mutual_target; /* target that proves itself too; NULL: none */
	struct assay_chap_account mutual_account; /* what we prove there */
	struct assay_chap_account mutual_target_account; /* what it proves */
	const char *acl_target; /* target that refuses our usual name; NULL: none */
	const char *acl_initiator; /* a name that it lets in; NULL: not known */
	const char *acl_address_target; /* target that lets in from one address only; NULL: none */
	const char *acl_address; /* that address, one of ours */
	unsigned target_id; /* tgt's tid of target_name, for the id scheme; 0: not declared */
	bool disruptive;
	bool persistent; /* what was written and synchronised outlives a restart */
	bool started; /* we started the target: nothing forwards ports between it and us */
	double timing_factor;
};
const struct assay_setup *assay_setup(const struct assay_t *t);
/* The LUN under test on the wire; and the one that may be written. */
uint64_t assay_lun(const struct assay_t *t);
uint64_t assay_write_lun(const struct assay_t *t);
/* A region of the write LUN for this test alone while jobs run side by side: first block and count (at least 2048 blocks). */
uint64_t assay_region(const struct assay_t *t, uint32_t *blocks, uint32_t *block_size);
/* Repeatable pseudo-random bytes: same seed and test, same bytes. */
void assay_fill(struct assay_t *t, void *out, size_t length);
/* A buffer that lives as long as the test. */
void *assay_alloc(struct assay_t *t, size_t length);
/* Has the target's administrator do something, and comes back when it is done: "restart", "add-lun", "remove-lun" (profile.h, enum assay_verb). What cannot
 * be done ends the test: SKIP where there is no such verb, else ERROR. A unit that was added is removed at the end of the test at the latest. */
void assay_control(struct assay_t *t, const char *verb);
/* The unit that add-lun and remove-lun are about: its LUN on the wire. There was none with that number when the run began. */
uint64_t assay_control_unit(const struct assay_t *t);
/* Forgives the rule engine's findings against the target of that rule from now on: only for a test about just that rule, with the why beside it. */
void assay_ignore_rule(struct assay_t *t, const char *rule);

/* --- claims; each macro notes file and line --- */

/* The one function below all of them. expected lists every acceptable outcome; got is what came. */
void assay_check(struct assay_t *t, bool holds, bool require, const char *file, int line,
	const char *expected, const char *got_format, ...) __attribute__((format(printf, 7, 8)));
/* Ends the test here; what was claimed so far stands. */
void assay_stop(struct assay_t *t) __attribute__((noreturn));
/* Ends it as a SKIP: reason from the fixed list ("not-offered"). */
void assay_skip(struct assay_t *t, const char *reason) __attribute__((noreturn));
/* A call's result: 0 or more, or else the test ends: FAIL when it is the peer's doing, ERROR when ours. */
long assay_require_ok(struct assay_t *t, long result, struct assay_initiator *i, const char *what,
	const char *file, int line);

#define REQUIRE(t, i, call) assay_require_ok((t), (call), (i), #call, __FILE__, __LINE__)
#define EXPECT(t, condition, expected, ...)                                                                  \
	assay_check((t), (condition), false, __FILE__, __LINE__, (expected), __VA_ARGS__)
#define REQUIRE_THAT(t, condition, expected, ...)                                                            \
	assay_check((t), (condition), true, __FILE__, __LINE__, (expected), __VA_ARGS__)

#define EXPECT_EQ(t, field, value)                                                                           \
	assay_expect_number((t), #field, (uint64_t)(field), (uint64_t)(value), __FILE__, __LINE__)
void assay_expect_number(
	struct assay_t *t, const char *what, uint64_t got, uint64_t expected, const char *file, int line);

/* The last login answer gives key one of these values ("CRC32C", "Reject"); _OR_LOGIN_FAILURE: or the login was refused (non-zero status class 2, or a close). */
#define EXPECT_KEY(t, i, key, ...)                                                                           \
	assay_expect_key((t), (i), false, __FILE__, __LINE__, (key), __VA_ARGS__, (const char *)NULL)
#define EXPECT_KEY_OR_LOGIN_FAILURE(t, i, key, ...)                                                          \
	assay_expect_key((t), (i), true, __FILE__, __LINE__, (key), __VA_ARGS__, (const char *)NULL)
void assay_expect_key(struct assay_t *t, struct assay_initiator *i, bool or_failure, const char *file,
	int line, const char *key, ...) __attribute__((sentinel));
/* The login was refused with that status (0x020B …), by a Login Response. 0: any failure, a close included. */
#define EXPECT_LOGIN_STATUS(t, i, result, status)                                                            \
	assay_expect_login_status((t), (i), (result), (status), __FILE__, __LINE__)
void assay_expect_login_status(struct assay_t *t, struct assay_initiator *i, int result, unsigned status,
	const char *file, int line);
/* A Reject with one of these reasons (a list of values, ended by -1 by the macro) came, or comes next. */
#define EXPECT_REJECT(t, i, ...) assay_expect_reject((t), (i), __FILE__, __LINE__, __VA_ARGS__, -1)
void assay_expect_reject(struct assay_t *t, struct assay_initiator *i, const char *file, int line, ...);
/* The target closes the connection, and says nothing before but what was received already; pings of its own and Async Messages do not count. */
#define EXPECT_CLOSE(t, i) assay_expect_close((t), (i), __FILE__, __LINE__)
void assay_expect_close(struct assay_t *t, struct assay_initiator *i, const char *file, int line);
/* The target stayed silent: a barrier is answered next, nothing else. */
#define EXPECT_SILENCE(t, i) assay_expect_silence((t), (i), __FILE__, __LINE__)
void assay_expect_silence(struct assay_t *t, struct assay_initiator *i, const char *file, int line);
/* The session still works: a TEST UNIT READY or NOP ends well. */
#define EXPECT_ALIVE(t, i) assay_expect_alive((t), (i), __FILE__, __LINE__)
void assay_expect_alive(struct assay_t *t, struct assay_initiator *i, const char *file, int line);
/* A finished task ended GOOD; or CHECK CONDITION with that sense key and additional sense code (asc<<8|ascq; -1: any). */
#define EXPECT_GOOD(t, task) assay_expect_good((t), (task), __FILE__, __LINE__)
#define EXPECT_SENSE(t, task, key, asc_ascq)                                                                 \
	assay_expect_sense((t), (task), (key), (asc_ascq), __FILE__, __LINE__)
void assay_expect_good(struct assay_t *t, const struct assay_task *task, const char *file, int line);
void assay_expect_sense(
	struct assay_t *t, const struct assay_task *task, int key, int asc_ascq, const char *file, int line);

/* What the claims that follow stand for, when a test decides several requirements; NULL: the record's. */
void assay_about(struct assay_t *t, const char *reqs);
/* The level of the claims and preconditions that follow, where it is not the record's: which way a rule is kept may be a SHOULD where that it is kept is a MUST.
 * The record's own level is the highest of its claims. Returns the level until now. */
enum assay_level assay_at_level(struct assay_t *t, enum assay_level level);

#endif
