/* describe.c - cases in words: what is sent in which order, and what is changed of it. For people; nothing reads it back. */
#include <string.h>

#include "campaign/case.h"
#include "campaign/mutate.h"
#include "codec/layout.h"

static const char *opcode_words(const struct assay_step *step)
{
	const char *name = assay_opcode_name(step->pdu.opcode);

	return step->kind == ASSAY_STEP_SEND && name ? name : "no PDU";
}

static void text_words(char *out, size_t capacity, const struct assay_change *change)
{
	unsigned long long value = change->value;
	unsigned pair = change->where;

	switch (change->kind) {
	case ASSAY_CHANGE_KEY_TWICE: snprintf(out, capacity, "pair %u is there twice", pair); break;
	case ASSAY_CHANGE_KEY_CUT:
		snprintf(out, capacity, "pair %u ends at byte %llu, without its NUL", pair, value);
		break;
	case ASSAY_CHANGE_KEY_NUL:
		snprintf(out, capacity, "a NUL at byte %llu of pair %u", value, pair);
		break;
	case ASSAY_CHANGE_KEY_HUGE:
		snprintf(out, capacity, "%llu more bytes in the value of pair %u", value, pair);
		break;
	case ASSAY_CHANGE_KEY_VALUE:
		snprintf(out, capacity, "value of pair %u := \"%s\"", pair, assay_nasty_value(value));
		break;
	case ASSAY_CHANGE_KEY_GONE: snprintf(out, capacity, "pair %u is not there", pair); break;
	case ASSAY_CHANGE_KEY_ADD:
		snprintf(out, capacity, "\"%s\" before pair %u", assay_nasty_pair(value), pair);
		break;
	default: snprintf(out, capacity, "%s", assay_change_types[change->kind].name); break;
	}
}

/* The places and values that a change means are taken modulo what is there, which is known only when it is sent: they are said as they are drawn. */
static void change_words(
	char *out, size_t capacity, const struct assay_step *step, const struct assay_change *change)
{
	const struct assay_layout *layout = assay_layout_of(step->pdu.opcode);
	const struct assay_layout_entry *entry = &layout->entries[change->field % layout->count];
	const char *field = assay_field_at(entry->field)->name;
	unsigned long long value = change->value;
	unsigned place = change->where;

	switch (change->kind) {
	case ASSAY_CHANGE_FIELD: snprintf(out, capacity, "%s := 0x%llx", field, value); break;
	case ASSAY_CHANGE_FIELD_ADD: snprintf(out, capacity, "%s %+lld", field, (long long)value); break;
	case ASSAY_CHANGE_BIT:
		snprintf(out, capacity, "byte %u of the header, bit %u flipped", change->where / 8,
			change->where % 8);
		break;
	case ASSAY_CHANGE_BYTE:
		snprintf(out, capacity, "byte %u of the header := 0x%02llx", change->where / 8, value & 0xff);
		break;
	case ASSAY_CHANGE_OPCODE: snprintf(out, capacity, "opcode := 0x%02llx", value); break;
	case ASSAY_CHANGE_DATA_LENGTH:
	case ASSAY_CHANGE_AHS_LENGTH:
		snprintf(out, capacity, change->field ? "%s %+lld" : "%s := %lld",
			change->kind == ASSAY_CHANGE_DATA_LENGTH ? "DataSegmentLength" : "TotalAHSLength",
			(long long)value);
		break;
	case ASSAY_CHANGE_AHS_ADD:
		snprintf(out, capacity, "an AHS of type 0x%02llx with %u bytes", value & 0xff, place % 32);
		break;
	case ASSAY_CHANGE_AHS_CUT:
		snprintf(out, capacity, "an AHS of type %u that says it has 0x%04llx bytes", 1 + place % 2,
			(value | 0x20) & 0xffff);
		break;
	case ASSAY_CHANGE_AHS_MANY:
		snprintf(out, capacity, "as many AHSs of type 0x%02llx with %u bytes as fit", value & 0xff,
			place % 20);
		break;
	case ASSAY_CHANGE_DATA_BYTES:
		snprintf(out, capacity, "%u bytes of the data from %u on := 0x%llx, lowest first",
			assay_change_bytes(value), place, value);
		break;
	case ASSAY_CHANGE_DATA_CUT: snprintf(out, capacity, "the data ends at byte %u", place); break;
	case ASSAY_CHANGE_DATA_GROW:
		snprintf(out, capacity, "%llu more bytes of data, 0x%02x", value, place & 0xff);
		break;
	case ASSAY_CHANGE_REPEAT: snprintf(out, capacity, "%llu times more", value); break;
	case ASSAY_CHANGE_SPLIT: snprintf(out, capacity, "two segments, cut behind byte %u", place); break;
	case ASSAY_CHANGE_HALF_CLOSE:
	case ASSAY_CHANGE_RESET:
		snprintf(out, capacity, "%s after %u bytes", assay_change_types[change->kind].name, place);
		break;
	case ASSAY_CHANGE_HEADER_DIGEST:
	case ASSAY_CHANGE_DATA_DIGEST:
		snprintf(out, capacity, "wrong %s", assay_change_types[change->kind].name);
		break;
	case ASSAY_CHANGE_SWAP: snprintf(out, capacity, "changes places with the next one"); break;
	case ASSAY_CHANGE_DROP: snprintf(out, capacity, "is not there"); break;
	default: text_words(out, capacity, change); break;
	}
}

/* What is not for a terminal becomes '?'. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			*text = '?';
}

const char *assay_change_print(
	char *out, size_t capacity, const struct assay_case *c, const struct assay_change *change)
{
	const struct assay_step *step = &c->steps[change->step];
	char words[128];

	change_words(words, sizeof(words), step, change);
	snprintf(out, capacity, "step %u, %s: %s", change->step, opcode_words(step), words);
	if (capacity)
		clean(out);
	return out;
}

static void describe_step(FILE *out, const struct assay_step *step)
{
	static const char *const kinds[] = { "connect", "send", "await the answers", "half-close", "reset",
		"close" };

	fprintf(out, "connection %u: %s", step->connection, kinds[step->kind]);
	if (step->kind == ASSAY_STEP_OPEN && step->joins >= 0)
		fprintf(out, ", for the session of connection %d", step->joins);
	if (step->kind != ASSAY_STEP_SEND)
		return;
	fprintf(out, " %s ITT=0x%x", opcode_words(step), step->pdu.itt);
	if (step->pdu.opcode == ASSAY_SCSI_COMMAND)
		fprintf(out, " CDB 0x%02x", step->pdu.cdb[0]);
	if (step->pdu.data_length)
		fprintf(out, ", %u bytes of %s", step->pdu.data_length,
			step->live & ASSAY_LIVE_TEXT ? "text before names are filled in" : "data");
	if (step->only & ~ASSAY_ONLY_FULL)
		fprintf(out, ", where it applies");
}

void assay_case_describe(FILE *out, const struct assay_case *c)
{
	char id[ASSAY_CASE_TEXT], words[256];

	assay_case_id_print(id, sizeof(id), &c->id, &c->cut);
	fprintf(out, "case %s, from scenario %s\n\nsteps\n", id, c->scenario);
	for (unsigned n = 0; n < c->step_count; n++) {
		fprintf(out, "%s%2u  ", c->cut.steps >> n & 1 ? "  left out " : "  ", n);
		describe_step(out, &c->steps[n]);
		fputc('\n', out);
	}
	fprintf(out, "\nchanges\n");
	for (unsigned n = 0; n < c->change_count; n++)
		fprintf(out, "%s%2u  %s\n", c->cut.changes >> n & 1 ? "  left out " : "  ", n,
			assay_change_print(words, sizeof(words), c, &c->changes[n]));
	fprintf(out, "\nplayed in the order");
	for (unsigned n = 0; n < c->order_count; n++)
		fprintf(out, " %u", c->order[n]);
	fputc('\n', out);
}
