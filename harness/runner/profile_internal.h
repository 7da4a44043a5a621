/* profile_internal.h - what the files of the profile share. Not for others. */
#ifndef ASSAY_RUNNER_PROFILE_INTERNAL_H
#define ASSAY_RUNNER_PROFILE_INTERNAL_H

#include "runner/arena.h"
#include "runner/profile.h"

#define ASSAY_PORTS_MAX 9 /* {port}, {port2} … {port9} */

/* struct assay_profile.strings */
struct assay_profile_private {
	struct assay_arena arena;
	const char *url; /* as it was given but without its secret, places not filled in */
	const char *second_portal; /* the same */
	const char *here; /* absolute path of the profile's folder; NULL: there is no file */
};

/* A URL taken apart; strings in the arena. */
struct assay_url {
	const char *user, *secret; /* NULL where there is none */
	const char *host;
	uint16_t port;
	const char *target; /* NULL: discovery only */
	uint32_t lun;
	const char *printable; /* without the secret */
};

/* 0 or ASSAY_E_SYNTAX in words that do not show the secret. A place such as {port} is a port that is not known yet (0). */
int assay_url_parse(
	struct assay_url *out, struct assay_arena *arena, const char *url, struct assay_error *err);

/* A new profile with its defaults. NULL: out of memory. */
struct assay_profile *assay_profile_new(void);
/* A profile to fill in places for another target, made while p's own are not filled in; it shares p's strings, so that p must outlive it. Freed by assay_profile_free.
 * NULL: out of memory. */
struct assay_profile *assay_profile_copy(const struct assay_profile *p);
/* Sets what a URL says: host, port, target, LUN, account. */
int assay_profile_take_url(struct assay_profile *p, const char *url, struct assay_error *err);

/* A file named in a profile, from the profile's own folder. In the arena; NULL: out of memory. */
const char *assay_beside(struct assay_arena *arena, const char *profile_path, const char *name);
/* A secret from exactly one of three: as it is, the first line of a file, a variable of the environment. NULL with words in err that do not show it. */
const char *assay_secret_find(struct assay_arena *arena, const char *profile_path, const char *direct,
	const char *file, const char *env, struct assay_error *err);

/* What stands for the places of a supervised target. */
struct assay_places {
	uint16_t port[ASSAY_PORTS_MAX]; /* 0: not used */
	char dir[256]; /* a temporary folder of this target */
	char self[4096]; /* this program */
	char here[4096]; /* the profile's folder */
};

/* Sets self and here, and clears the rest. 0 or a negative error. */
int assay_places_begin(
	struct assay_places *out, const struct assay_profile *profile, struct assay_error *err);

/* Is there a place in the text? Returns 1; 0; or ASSAY_E_SYNTAX naming one that there is not. used (may be NULL): bit n for port[n]. */
int assay_places_look(const char *text, unsigned *used, struct assay_error *err);
/* Can the line be split into words, and are its places places? 0, or ASSAY_E_SYNTAX in words that do not show the line. */
int assay_places_check_command(const char *line, struct assay_error *err);
/* The same for a line of [control], where {lun} is a place as well. */
int assay_places_check_verb(enum assay_verb verb, const char *line, struct assay_error *err);
/* Which ports does any text of the profile use? */
unsigned assay_profile_ports(const struct assay_profile *p);
/* Fills all places in. 0, ASSAY_E_SYNTAX or ASSAY_E_NOMEM. */
int assay_profile_expand(struct assay_profile *p, const struct assay_places *places, struct assay_error *err);

#endif
