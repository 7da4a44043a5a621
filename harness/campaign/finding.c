/* finding.c - keys of findings, and the table of them; see finding.h. No file, no connection. */
#include "campaign/finding.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

int assay_findings_init(struct assay_findings *f)
{
	*f = (struct assay_findings){ .found = calloc(ASSAY_FINDINGS_MAX, sizeof(*f->found)) };
	return f->found ? 0 : ASSAY_E_NOMEM;
}

void assay_findings_free(struct assay_findings *f)
{
	free(f->found);
	*f = (struct assay_findings){ 0 };
}

struct assay_found *assay_findings_get(struct assay_findings *f, const char *key)
{
	for (unsigned i = 0; i < f->count; i++)
		if (!strcmp(f->found[i].key, key))
			return &f->found[i];
	return NULL;
}

struct assay_found *assay_findings_add(struct assay_findings *f, const struct assay_found *found)
{
	if (f->count == ASSAY_FINDINGS_MAX)
		return NULL;
	f->found[f->count] = *found;
	return &f->found[f->count++];
}

unsigned assay_finding_keys(const struct assay_judged *judged)
{
	if (judged->played.outcome == ASSAY_OUTCOME_OK)
		return 0;
	return judged->played.outcome == ASSAY_OUTCOME_RULE ? judged->played.rule_count : 1;
}

bool assay_finding_key_good(const char *key)
{
	size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length && length < ASSAY_KEY_MAX && !key[length];
}

/* Adds "-words" as a slug: small letters, digits and single dashes. */
static void add(char key[ASSAY_KEY_MAX], const char *words)
{
	size_t length = strlen(key);

	if (length && length < ASSAY_KEY_MAX - 1 && key[length - 1] != '-')
		key[length++] = '-';
	for (; *words && length < ASSAY_KEY_MAX - 1; words++) {
		if (isalnum((unsigned char)*words))
			key[length++] = (char)tolower((unsigned char)*words);
		else if (length && key[length - 1] != '-')
			key[length++] = '-';
	}
	while (length && key[length - 1] == '-')
		length--;
	key[length] = 0;
}

static void add_opcode(char key[ASSAY_KEY_MAX], uint8_t opcode)
{
	const char *name = opcode < 0x40 ? assay_opcode_name(opcode) : NULL;
	char number[16];

	snprintf(number, sizeof(number), "0x%02x", opcode);
	add(key, opcode == ASSAY_STATE_NOTHING  ? "nothing"
		 : opcode == ASSAY_STATE_CLOSED ? "closed"
		 : opcode == ASSAY_STATE_RESET  ? "reset"
		 : name                         ? name
						: number);
}

static const char *phase_name(uint8_t phase)
{
	static const char *const names[] = { "start", "security", "operational", "full", "discovery",
		"ended" };

	return phase < sizeof(names) / sizeof(names[0]) ? names[phase] : "unknown";
}

/* How the process ended: "signal-11", "exit-1". */
static void add_end(char key[ASSAY_KEY_MAX], int status)
{
	char words[32];

	if (WIFSIGNALED(status))
		snprintf(words, sizeof(words), "signal-%d", WTERMSIG(status));
	else
		snprintf(words, sizeof(words), "exit-%d", WEXITSTATUS(status));
	add(key, words);
}

static const char *sanitizer_key(char out[ASSAY_KEY_MAX], const struct assay_sanitizer_report *report)
{
	add(out, report->kind);
	for (unsigned i = 0; i < ASSAY_SANITIZER_FRAMES; i++)
		add(out, report->frames[i]);
	return out;
}

const char *assay_finding_key(char out[ASSAY_KEY_MAX], const struct assay_rule **rule,
	const struct assay_judged *judged, unsigned nth)
{
	const struct assay_played *played = &judged->played;

	out[0] = 0;
	*rule = NULL;
	if (judged->report.kind[0])
		return sanitizer_key(out, &judged->report);
	add(out, judged->ended ? "crash" : assay_outcome_name(played->outcome));
	if (judged->ended)
		add_end(out, judged->status);
	if (played->outcome == ASSAY_OUTCOME_RULE && nth < played->rule_count) {
		*rule = played->rules[nth];
		add(out, (*rule)->id);
		add(out, phase_name(played->last.phase));
		return out;
	}
	add(out, phase_name(played->last.phase));
	if (!judged->ended) /* what was still heard of a process that ended is chance */
		add_opcode(out, played->last.answer);
	add(out, "then");
	add_opcode(out, played->last_opcode);
	return out;
}

int assay_finding_nth(const struct assay_judged *judged, const char *key)
{
	char other[ASSAY_KEY_MAX];
	const struct assay_rule *rule;

	for (unsigned n = 0; n < assay_finding_keys(judged); n++)
		if (!strcmp(assay_finding_key(other, &rule, judged, n), key))
			return (int)n;
	return -1;
}

bool assay_finding_shows(const struct assay_judged *judged, const char *key)
{
	return assay_finding_nth(judged, key) >= 0;
}

void assay_finding_take(struct assay_found *found, const struct assay_judged *judged, unsigned nth)
{
	found->judged = *judged;
	assay_finding_key(found->key, &found->rule, judged, nth);
	if (found->rule && nth) /* the player's words are about the first */
		snprintf(found->judged.played.words, sizeof(found->judged.played.words),
			"%s is broken, too: %.100s", found->rule->id, found->rule->desc);
}

enum assay_outcome assay_outcome_find(const char *name)
{
	for (int o = ASSAY_OUTCOME_OK; o <= ASSAY_OUTCOME_OUTPUT; o++)
		if (!strcmp(assay_outcome_name((enum assay_outcome)o), name))
			return (enum assay_outcome)o;
	return ASSAY_OUTCOME_OK;
}

bool assay_finding_sure(const struct assay_found *found)
{
	enum assay_outcome outcome = found->judged.played.outcome;
	bool time = outcome == ASSAY_OUTCOME_SLOW || outcome == ASSAY_OUTCOME_WEDGED;

	return !time || found->judged.ended || found->repeats || !found->tried;
}
