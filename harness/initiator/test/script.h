/*
 * script.h - a target for tests of the initiator: cuts what it is sent into PDUs and lets the test answer each, in memory
 * and virtual time. It knows no rules: it says what the test tells it to say, and can stop at any byte.
 */
#ifndef ASSAY_INITIATOR_TEST_SCRIPT_H
#define ASSAY_INITIATOR_TEST_SCRIPT_H

#include "initiator/initiator.h"
#include "transport/memory.h"

#define SCRIPT_OUT  (1 << 17)
#define SCRIPT_KEPT 256

/* What happens once cut bytes are out. */
enum script_end { SCRIPT_GOES_ON, SCRIPT_CLOSES, SCRIPT_STALLS };

struct script {
	struct assay_dialer dialer; /* first: the initiator's way here */
	struct assay_memory_clock clock;
	struct assay_framer framer;
	unsigned digests; /* of what it says; framer.digests of what it hears */
	uint8_t in[1 << 16], out[SCRIPT_OUT];
	size_t out_start, out_end;
	size_t said; /* bytes given out */
	size_t cut; /* how many may be, before end happens */
	enum script_end end;
	bool closing; /* closes once its output is taken */
	uint64_t timer; /* when on_timer is called */
	void (*on_timer)(struct script *s);
	void (*answer)(struct script *s, const struct assay_pdu *request);
	uint32_t stat_sn, exp_cmd_sn, max_cmd_sn;
	size_t count; /* requests heard */
	struct assay_pdu heard[SCRIPT_KEPT]; /* the first of them; views into texts */
	uint8_t texts[1 << 17];
	size_t texts_used;
	unsigned step; /* the test's own */
	int closed, resets;
	unsigned blamed; /* findings of the rules against the initiator */
};

/* A target that answers with fn. The caller frees it (free), after the initiator. */
struct script *script_new(void (*fn)(struct script *s, const struct assay_pdu *request));

/* A configuration that reaches it. */
struct assay_initiator_config script_config(struct script *s);

/* A tap whose rules watch what is said; what they find against the initiator is counted in blamed, and printed. */
struct assay_tap *script_watch(struct script *s);

/* A response to request, with right numbers: ITT, StatSN (moved on where the type carries a status), ExpCmdSN, MaxCmdSN. */
void script_make(struct script *s, struct assay_pdu *out, uint8_t opcode, const struct assay_pdu *request);
void script_say(struct script *s, const struct assay_pdu *pdu);
void script_say_bytes(struct script *s, const void *bytes, size_t length);

/* Answers a Login Request: goes where it wants to go, with text (its NULs included). */
void script_login(struct script *s, const struct assay_pdu *request, const char *text, size_t length);
#define SCRIPT_LOGIN(s, request, text) script_login((s), (request), (text), sizeof(text) - 1)

/* Login with no text, NOP, text (an empty answer), task management and logout in the affirmative, GOOD for every SCSI command. */
void script_agree(struct script *s, const struct assay_pdu *request);

/* A connection to it; NULL never. */
struct assay_initiator *script_open(const struct assay_initiator_config *config);

/* The text of a request as the script heard it holds key=value. */
bool script_heard(const struct script *s, size_t request, const char *key, const char *value);

#endif
