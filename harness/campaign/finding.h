/*
 * finding.h - findings by key: what is the same fault, how often was it seen, and the folder that one leaves. Findings are grouped by the sanitizer's stack, else by what the target
 * was doing: outcome (with the signal that ended it), phase, what it answered last (where it still lives), the last PDU sent; a broken rule by rule and phase. Details such as status
 * codes are left out: they part one fault into many.
 */
#ifndef ASSAY_CAMPAIGN_FINDING_H
#define ASSAY_CAMPAIGN_FINDING_H

#include "campaign/rig.h"

#define ASSAY_KEY_MAX      160
#define ASSAY_FINDINGS_MAX 512 /* keys that are kept apart */
#define ASSAY_REPEATS      10
#define ASSAY_TARGET_MAX   2048 /* what a target is called, its end included */

struct assay_found {
	char key[ASSAY_KEY_MAX]; /* a slug: the folder's name too */
	struct assay_case_name name; /* the first case that showed it */
	struct assay_judged judged;
	const struct assay_rule *rule; /* RULE: which; else NULL */
	unsigned repeats, tried; /* how often it came again of how many tries */
	uint64_t count; /* cases that showed it */
	uint64_t at; /* cases that had been played when it was found, it included */
};

struct assay_findings {
	struct assay_found *found; /* ASSAY_FINDINGS_MAX */
	unsigned count;
	uint64_t more; /* cases with a key that there was no room for */
};

int assay_findings_init(struct assay_findings *f); /* 0 or ASSAY_E_NOMEM */
void assay_findings_free(struct assay_findings *f);
struct assay_found *assay_findings_get(struct assay_findings *f, const char *key); /* NULL: not known */
/* NULL: there is no room. */
struct assay_found *assay_findings_add(struct assay_findings *f, const struct assay_found *found);

/* Is it one that assay_finding_key makes: small letters, digits and dashes? What a file says may be anything, and a key is a folder's name. */
bool assay_finding_key_good(const char *key);
/* How many keys a judged case has: a rule each, one for any other outcome, none for OK. */
unsigned assay_finding_keys(const struct assay_judged *judged);
/* The nth of them, and its rule (NULL: none). Returns out. */
const char *assay_finding_key(char out[ASSAY_KEY_MAX], const struct assay_rule **rule,
	const struct assay_judged *judged, unsigned nth);
/* Takes over what a judged case shows of its nth key: the key, its rule, and words about it. */
void assay_finding_take(struct assay_found *found, const struct assay_judged *judged, unsigned nth);
/* Which of the case's keys is that one? -1: none. */
int assay_finding_nth(const struct assay_judged *judged, const char *key);
/* Does the case show that key? */
bool assay_finding_shows(const struct assay_judged *judged, const char *key);
/* The outcome of that name (assay_outcome_name); ASSAY_OUTCOME_OK: there is none. */
enum assay_outcome assay_outcome_find(const char *name);
/* Is it one to act upon? Not what only time told and no repetition did. */
bool assay_finding_sure(const struct assay_found *found);

/* What the folder of a finding says beside the finding itself. */
struct assay_finding_context {
	const char *version, *target; /* of iscsi-assay; its URL without secrets, or "built-in": UTF-8 */
	const char *again; /* "iscsi-assay fuzz -t …", without the case; no secrets */
	bool random;
};

/* Writes DIR/FOLDER/: finding.json, case.txt, pdus.txt, trace.pcapng, sent.json, target.log, from the case that the rig has played last. 0 or a negative error with words. */
int assay_finding_write(const char *dir, const char *folder, const struct assay_found *found,
	const struct assay_rig *rig, const struct assay_finding_context *context, struct assay_error *err);
/* finding.json alone, again: what the repetitions or a minimiser brought. minimized may be NULL. */
int assay_finding_update(const char *dir, const char *folder, const struct assay_found *found,
	const struct assay_case_name *minimized, const struct assay_finding_context *context,
	struct assay_error *err);

/* A folder's finding.json: key and case, minimised where it is, and whose target it was. 0 or ASSAY_E_SYNTAX with words. */
struct assay_finding_said {
	char version[96]; /* of the iscsi-assay that found it: an id is another case in another one */
	char key[ASSAY_KEY_MAX];
	char target[ASSAY_TARGET_MAX];
	struct assay_case_name name; /* as found */
	struct assay_case_name minimized; /* or the same */
	enum assay_outcome outcome;
	char words[160];
	bool random;
	unsigned repeats, tried;
};
int assay_finding_read(struct assay_finding_said *out, const char *folder, struct assay_error *err);
bool assay_finding_in_initiator(const struct assay_finding_said *said);

#endif
