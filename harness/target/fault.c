/* fault.c - the planted faults, and what each does where the machine calls it; see fault.h. Every function here returns at once unless its fault was asked for. */
#include "target/fault.h"

#include <stdlib.h>
#include <string.h>

#include "target/machine.h"

#define LEAK     65536 /* bytes */
#define TEXT_MAX 255u /* bytes: what the code with the fault has room for */

static const struct assay_fault_info faults[] = {
#define X(symbol, name, desc) { name, desc },
#include "target/fault.def"
#undef X
};

const struct assay_fault_info *assay_fault_at(enum assay_fault fault)
{
	return &faults[fault];
}

int assay_fault_find(const char *name)
{
	for (int i = 0; i < ASSAY_FAULT_COUNT; i++)
		if (strcmp(faults[i].name, name) == 0)
			return i;
	return -1;
}

static bool faulty(const struct assay_target *t, enum assay_fault fault)
{
	return t->faults >> fault & 1;
}

static bool has_bare_pair(const struct assay_tgt_buffer *text)
{
	struct assay_pair pair;
	size_t offset = 0;
	int rc;

	do
		rc = assay_text_next(&pair, &offset, text->bytes, text->length);
	while (rc == 1);
	return rc == ASSAY_E_SYNTAX;
}

void assay_tgt_fault_login(const struct assay_target_conn *c, const struct assay_pdu *last)
{
	const struct assay_tgt_login *l = c->login;

	if (faulty(c->target, ASSAY_FAULT_CRASH_IN_LOGIN) && l->stage == ASSAY_STAGE_OPERATIONAL &&
		l->text.length > last->data_length && has_bare_pair(&l->text))
		*(volatile int *)NULL = 0;
}

bool assay_tgt_fault_tmf(const struct assay_target_conn *c, bool there)
{
	struct assay_target *t = c->target;

	if (faulty(t, ASSAY_FAULT_WEDGE_AFTER_TMF) && !there && assay_tgt_waits_for_data(c->session))
		t->wedged = true;
	return t->wedged;
}

void assay_tgt_fault_refused(const struct assay_target_conn *c)
{
	struct assay_target *t = c->target;
	struct assay_tgt_leak *leak;

	if (!faulty(t, ASSAY_FAULT_LEAK) || !c->login->identified)
		return;
	leak = malloc(LEAK);
	if (!leak)
		return;
	memset(leak, 0xa5, LEAK); /* or the system would not count it */
	leak->next = t->leaks;
	t->leaks = leak;
}

/* What was leaked goes with the target all the same: a test that leaks would be red under a sanitizer for no other reason. */
void assay_tgt_fault_free(struct assay_target *t)
{
	while (t->leaks) {
		struct assay_tgt_leak *next = t->leaks->next;

		free(t->leaks);
		t->leaks = next;
	}
}

void assay_tgt_fault_number(struct assay_target_conn *c, struct assay_pdu *pdu)
{
	if (!faulty(c->target, ASSAY_FAULT_STALE_ANSWER))
		return;
	if (c->rejected && pdu->opcode == ASSAY_SCSI_RESPONSE)
		pdu->stat_sn--;
	c->rejected = pdu->opcode == ASSAY_REJECT;
}

void assay_tgt_fault_text(const struct assay_target_conn *c)
{
	const struct assay_tgt_buffer *text = &c->text->request;
	struct assay_pair first;
	volatile uint8_t *copy;
	size_t offset = 0;

	if (!faulty(c->target, ASSAY_FAULT_OVERFLOW_IN_TEXT) ||
		assay_text_next(&first, &offset, text->bytes, text->length) == 0 ||
		first.value_length <= TEXT_MAX)
		return;
	copy = malloc(TEXT_MAX);
	for (size_t i = 0; copy && i <= TEXT_MAX; i++) /* <= is the fault */
		copy[i] = (uint8_t)first.value[i];
	free((void *)copy);
}
