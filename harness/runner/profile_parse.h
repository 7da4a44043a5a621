/* profile_parse.h - what the files that read a profile share while they do. Not for others. */
#ifndef ASSAY_RUNNER_PROFILE_PARSE_H
#define ASSAY_RUNNER_PROFILE_PARSE_H

#include <stdio.h>

#include "runner/profile_internal.h"

/* The account being read: secrets from one of three places. */
struct assay_profile_account {
	const char *target, *user;
	const char *secret, *secret_file, *secret_env;
	const char *target_user, *target_secret, *target_secret_file, *target_secret_env; /* mutual */
};

struct assay_profile_parse {
	struct assay_profile *profile;
	struct assay_arena *arena;
	FILE *file;
	const char *path;
	unsigned line;
	bool too_long;
	bool failed;
	struct assay_error *err;
	struct assay_profile_account chap, mutual;
	const char *acl_target, *acl_initiator;
	uint64_t seen; /* bit a row of the table */
};

/* The first mistake stays. Returns 0, which is failure to inih. */
int assay_profile_complain(struct assay_profile_parse *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* After the last line: [chap] and [mutual] with their secrets, [acl] and [acl-address], into the setup. */
void assay_profile_accounts(struct assay_profile_parse *p);

/* A line of [control]: 1, or 0 when it is complained of. */
int assay_profile_take_control(struct assay_profile_parse *p, const char *name, const char *value);

#endif
