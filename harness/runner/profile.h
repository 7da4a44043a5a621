/*
 * profile.h - what is tested and how it is reached: from an INI file (--profile) or from a URL (-t). The built-in target is a profile too.
 *
 *   [target]      name = tgt            url = iscsi://127.0.0.1:{port}/iqn.2026-01.net.example:t1/1
 *                 write-lun = 1         second-lun = 22    second-portal = 127.0.0.1:{port2}   second-target = iqn…   target-id = 1
 *                 initiator-name = iqn… timing-factor = 1  answer-timeout = 5   implementation = tgt   persistent = yes
 *   [chap]        target = iqn…  user = …  secret = … | secret-file = … | secret-env = …   [mutual] the same and target-user, target-secret
 *   [acl]         target = iqn…  initiator = iqn…    [acl-address]  target = iqn…  address = 127.0.0.2
 *   [features]    header-digest = yes|no|required|probe …
 *   [exec]        command = tgtd -f …   setup = … (a line each)   stop = … (a line each)   ready-timeout = 5   for-each-job = no   version = …
 *   [control]     restart = …   add-lun = … {lun} …   remove-lun = … {lun} …   alive = …   logs = …
 *   [run]         baseline = tgt.baseline   disruptive = yes   jobs = 1   fresh = @beyond (a selector a line)
 * {port}, {port2} are free loopback ports (a number that serves as tgtd's control port too), {dir} a temporary folder, {self} this program, {here} the
 * profile's folder; every line is split into words as a shell would with quotes, no shell runs.
 */
#ifndef ASSAY_RUNNER_PROFILE_H
#define ASSAY_RUNNER_PROFILE_H

#include <stdio.h>

#include "runner/test.h"

#define ASSAY_PROFILE_COMMANDS_MAX 64

/*
 * The control verbs: what a test or the runner may ask of a target's administrator. A line of [control] each, run without a shell; exit status 0: it is done.
 * Where [exec] supervises, restart, alive and logs need no line.
 */
enum assay_verb {
	ASSAY_VERB_RESTART, /* ends the target and starts it again at the same addresses, with what it had stored; then it is waited for until it answers */
	ASSAY_VERB_ADD_LUN, /* adds a unit with the number {lun}, which the target had none at, to [target]'s target */
	ASSAY_VERB_REMOVE_LUN, /* takes it away again */
	ASSAY_VERB_ALIVE, /* 0: the target is there; another exit status: it is gone, which makes a CRASH of a test that did not pass */
	ASSAY_VERB_LOGS, /* prints the target's log; what is new since it was asked last goes to the evidence */
	ASSAY_VERB_COUNT
};

struct assay_profile {
	char name[64];
	char implementation[64]; /* "" when not said: the profile's name stands for it */
	bool builtin; /* the built-in target through memory streams, a fresh one for each test */
	const unsigned char *defects; /* built-in: bit set, or NULL */
	struct assay_setup setup; /* strings belong to the profile */
	char initiator_name[224];
	char url[1024]; /* without secrets, to print */
	bool follow_portals;
	int header_digest, data_digest; /* 2 the target insists, 1 declared, 0 declared not, -1 probe */
	char baseline[4096]; /* path, "" for none; relative to the profile's folder */
	unsigned jobs; /* 0: not said */
	unsigned answer_timeout_ms; /* for one answer, before the timing factor */
	const char
		*fresh[ASSAY_PROFILE_COMMANDS_MAX +
			1]; /* selectors, NULL-terminated: such a test gets a supervised target that no test has used */
	size_t fresh_count;
	struct { /* supervised */
		char *command; /* NULL: not supervised */
		char *setup[ASSAY_PROFILE_COMMANDS_MAX];
		size_t setup_count;
		char *stop[ASSAY_PROFILE_COMMANDS_MAX];
		size_t stop_count;
		unsigned ready_timeout_ms;
		bool for_each_job; /* not one for all jobs together */
		char *version; /* its first line of output is the version of the implementation; NULL: not known; also without a command */
	} exec;
	char *control[ASSAY_VERB_COUNT]; /* NULL: no line */
	void *strings; /* private: everything that it owns */
};

/* Reads a profile file; one line of words in err for a mistake: file, line, what is allowed. *out is freed by assay_profile_free. */
int assay_profile_read(struct assay_profile **out, const char *path, struct assay_error *err);
/* The same of a file that is open, which stays open; path: for words, and for what stands beside the profile. */
int assay_profile_parse(struct assay_profile **out, FILE *file, const char *path, struct assay_error *err);
/* From a libiscsi URL, iscsi://[user[%secret]@]host[:port]/target-iqn/lun; the target part may be missing for discovery. */
int assay_profile_from_url(struct assay_profile **out, const char *url, struct assay_error *err);
int assay_profile_builtin(struct assay_profile **out, struct assay_error *err);
void assay_profile_free(struct assay_profile *p);

/* What a command line adds: the command that starts the target, and another portal, host[:port]. 0, or ASSAY_E_SYNTAX in words that do not show the command. */
int assay_profile_take_exec(struct assay_profile *p, const char *command, struct assay_error *err);
int assay_profile_take_second_portal(struct assay_profile *p, const char *text, struct assay_error *err);
/* When all is said: {port} and {dir} stand for something only where a command starts the target. 0 or ASSAY_E_SYNTAX. */
int assay_profile_check_places(const struct assay_profile *p, struct assay_error *err);

/* Puts stars over each secret that the profile, the URLs in its command, or the environment knows. */
void assay_profile_redact(const struct assay_profile *p, char *text);

#endif
