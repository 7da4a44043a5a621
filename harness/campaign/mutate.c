/*
 * mutate.c - the table of changes and how they are drawn: fields to values at their edges, lengths that are a little or far off, text keys where they should not be. It
 * changes no bytes: what a change does is encode.c's. RFC 7143 sections 6.1 (text), 11.2 (headers), 13 (keys).
 */
#include "campaign/mutate.h"

#include <string.h>

#include "codec/layout.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TRIES    32 /* to find a step and a kind of change that go together */

/* ---- what goes wrong in keys ---- */

static const char *const values[] = { "", "0", "1", "-1", "00", "0x", "0x0", "0xffffffffffffffffff",
	"0b====", "4294967295", "4294967296", "16777215", "16777216", "511", "512", "65536", "Yes", "No",
	"yes", "None", "CRC32C", "CRC32C,None", "None,CRC32C", ",", ",,,,", "CHAP", "CHAP,CHAP,CHAP",
	"KRB5,SRP", "Reject", "Irrelevant", "NotUnderstood", "?", "Normal", "Discovery", "All", "1~65535",
	"65535~1", "~", "%s%n%x", "\xff\xfe\xfd", "iqn.", "eui.0123456789abcdef", "naa.0", "../../etc", "=",
	"a=b", "[::1]:3260,1" };

static const char *const pairs[] = { "SendTargets=All", "SendTargets=", "TargetAlias=x", "InitiatorAlias=x",
	"TargetAddress=127.0.0.1:3260,1", "TargetPortalGroupTag=1", "SessionType=Discovery",
	"SessionType=Normal", "AuthMethod=CHAP", "AuthMethod=None", "AuthMethod=CHAP,None", "CHAP_A=5",
	"CHAP_A=5,6,7,8", "CHAP_I=1", "CHAP_C=0x00", "CHAP_N=x", "CHAP_R=0x00", "CHAP_R=0b", "SRP_U=x",
	"KRB_AP_REQ=0x00", "MaxConnections=65535", "InitialR2T=No", "ImmediateData=No", "MaxBurstLength=512",
	"FirstBurstLength=16777215", "MaxRecvDataSegmentLength=512", "MaxRecvDataSegmentLength=16777215",
	"MaxOutstandingR2T=65535", "DataPDUInOrder=No", "DataSequenceInOrder=No", "ErrorRecoveryLevel=2",
	"DefaultTime2Wait=3600", "DefaultTime2Retain=3600", "HeaderDigest=CRC32C", "DataDigest=CRC32C",
	"IFMarker=Yes", "OFMarker=Yes", "OFMarkInt=1~65535", "TaskReporting=FastAbort",
	"iSCSIProtocolLevel=2", "X-net.example.key=1", "X#NonsuchExtension=1", "RDMAExtensions=Yes",
	"TargetRecvDataSegmentLength=512", "=", "=x", "A", "" };

_Static_assert(COUNT(values) == ASSAY_NASTY_VALUES, "all of them, and no more");
_Static_assert(COUNT(pairs) == ASSAY_NASTY_PAIRS, "all of them, and no more");

const char *assay_nasty_value(uint64_t value)
{
	return values[value % ASSAY_NASTY_VALUES];
}

const char *assay_nasty_pair(uint64_t value)
{
	return pairs[value % ASSAY_NASTY_PAIRS];
}

/* ---- what applies to what ---- */

static bool sends(const struct assay_step *s)
{
	return s->kind == ASSAY_STEP_SEND;
}

static bool has_data(const struct assay_step *s)
{
	return sends(s) && s->pdu.data_length > 0;
}

static bool has_text(const struct assay_step *s)
{
	return has_data(s) && (s->live & ASSAY_LIVE_TEXT);
}

static bool sends_or_awaits(const struct assay_step *s)
{
	return sends(s) || s->kind == ASSAY_STEP_AWAIT;
}

/* ---- draws ---- */

/* A number at an edge, or near one, or any. */
static uint64_t edge(struct assay_random *r)
{
	static const uint64_t edges[] = { 0, 1, 2, 3, 4, 7, 8, 15, 16, 0x1f, 0x3f, 0x7f, 0x80, 0xff, 0x100,
		0x1ff, 0x200, 0x201, 0x7ff, 0x1fff, 0x2000, 0x2001, 0x7fff, 0x8000, 0xffff, 0x10000, 0x3ffff,
		0x40000, 0x40001, 0xfffff, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xfffffffe,
		0xffffffff, UINT64_C(0x100000000), UINT64_C(0x7fffffffffffffff), UINT64_MAX };

	if (assay_random_below(r, 4) == 0)
		return assay_random_next(r) >> assay_random_below(r, 64);
	return edges[assay_random_below(r, COUNT(edges))];
}

/* A little up or down, or half-way round. */
static uint64_t difference(struct assay_random *r)
{
	static const int64_t steps[] = { 1, -1, 2, -2, 4, -4, 16, -16, 48, 64, -64, 256, 512, -512,
		0x7fffffff, 0x80000000 };

	return (uint64_t)steps[assay_random_below(r, COUNT(steps))];
}

static void draw_place(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	(void)step;
	out->where = (uint32_t)assay_random_next(r);
	out->value = assay_random_next(r);
}

/* Lengths and the opcode have changes of their own, and the CDB is bytes. */
static bool is_plain(const struct assay_layout_entry *e)
{
	const struct assay_field *f = assay_field_at(e->field);

	return f->size <= 8 && strcmp(f->member, "opcode") && strcmp(f->member, "total_ahs_length") &&
	       strcmp(f->member, "data_segment_length");
}

static void draw_which(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	const struct assay_layout *layout = assay_layout_of(step->pdu.opcode);

	do
		out->field = (uint8_t)assay_random_below(r, (uint32_t)layout->count);
	while (!is_plain(&layout->entries[out->field]));
}

static void draw_field(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	const struct assay_layout_entry *e;

	draw_which(out, step, r);
	e = &assay_layout_of(step->pdu.opcode)->entries[out->field];
	/* Where there are few values, another one; else edges. */
	if (e->bits < 8)
		out->value = assay_field_get(&step->pdu, assay_field_at(e->field)) + 1 +
			     assay_random_below(r, (1u << e->bits) - 1);
	else
		out->value = edge(r);
	if (e->bits < 64)
		out->value &= (UINT64_C(1) << e->bits) - 1;
}

static void draw_field_add(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	draw_which(out, step, r);
	out->value = difference(r);
}

/* Half of what changes in a SCSI Command is in the CDB. */
static void draw_header(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	out->where = assay_random_below(r, 8 * ASSAY_BHS_LENGTH);
	if (step->pdu.opcode == ASSAY_SCSI_COMMAND && assay_random_below(r, 2))
		out->where = 8 * 32 + out->where % (8 * 16);
	out->value = assay_random_below(r, 2) ? edge(r) & 0xff : assay_random_below(r, 256);
}

static void draw_opcode(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	do
		out->value = assay_random_below(r, 4)
				     ? assay_opcodes[assay_random_below(r, COUNT(assay_opcodes))]
				     : assay_random_below(r, 64);
	while (out->value == step->pdu.opcode);
}

/* field: 1 for a difference. */
static void draw_length(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	(void)step;
	out->field = assay_random_below(r, 2) != 0;
	out->value = out->field ? difference(r) : edge(r);
}

static void draw_edge(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	(void)step;
	out->where = (uint32_t)assay_random_next(r);
	out->value = edge(r);
}

/* A few bytes more mostly, up to what no target will take. */
static void draw_growth(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	static const uint16_t sizes[] = { 1, 3, 4, 255, 256, 512, 1024, 4096, 7700, 8192, 16384, 40000 };

	(void)step;
	out->where = (uint32_t)assay_random_next(r);
	out->value = sizes[assay_random_below(r, COUNT(sizes))];
}

static void draw_times(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	(void)step;
	out->value = 1 + (assay_random_below(r, 4) ? 0 : assay_random_below(r, 4));
}

static void draw_nothing(struct assay_change *out, const struct assay_step *step, struct assay_random *r)
{
	(void)out, (void)step, (void)r;
}

/* The columns of what is simpler, to be read. */
enum {
	NONE = ASSAY_SIMPLER_NONE,
	LOW = ASSAY_SIMPLER_LOW,
	ONE = ASSAY_SIMPLER_ONE,
	NEAR = ASSAY_SIMPLER_NEAR,
	LENGTH = ASSAY_SIMPLER_LENGTH,
	VALUE = ASSAY_SIMPLER_VALUE,
	PAIR = ASSAY_SIMPLER_PAIR,
	BYTES = ASSAY_SIMPLER_BYTES
};

const struct assay_change_type assay_change_types[ASSAY_CHANGE_KINDS] = {
	[ASSAY_CHANGE_FIELD] = { "field", 14, sends, draw_field, NONE, LOW },
	[ASSAY_CHANGE_FIELD_ADD] = { "field-add", 8, sends, draw_field_add, NONE, NEAR },
	[ASSAY_CHANGE_BIT] = { "bit", 8, sends, draw_header, NONE, NONE },
	[ASSAY_CHANGE_BYTE] = { "byte", 8, sends, draw_header, NONE, LOW },
	[ASSAY_CHANGE_OPCODE] = { "opcode", 3, sends, draw_opcode, NONE, NONE },
	[ASSAY_CHANGE_DATA_LENGTH] = { "data-length", 4, sends, draw_length, NONE, LENGTH },
	[ASSAY_CHANGE_AHS_LENGTH] = { "ahs-length", 2, sends, draw_length, NONE, LENGTH },
	[ASSAY_CHANGE_AHS_ADD] = { "ahs-add", 2, sends, draw_edge, LOW, LOW },
	[ASSAY_CHANGE_AHS_CUT] = { "ahs-cut", 2, sends, draw_edge, LOW, LOW },
	[ASSAY_CHANGE_AHS_MANY] = { "ahs-many", 1, sends, draw_edge, LOW, LOW },
	[ASSAY_CHANGE_DATA_BYTES] = { "data-bytes", 4, has_data, draw_place, LOW, BYTES },
	[ASSAY_CHANGE_DATA_CUT] = { "data-cut", 3, has_data, draw_place, LOW, NONE },
	[ASSAY_CHANGE_DATA_GROW] = { "data-grow", 3, sends, draw_growth, LOW, ONE },
	[ASSAY_CHANGE_KEY_TWICE] = { "key-twice", 4, has_text, draw_place, LOW, NONE },
	[ASSAY_CHANGE_KEY_CUT] = { "key-cut", 3, has_text, draw_place, LOW, LOW },
	[ASSAY_CHANGE_KEY_NUL] = { "key-nul", 3, has_text, draw_place, LOW, LOW },
	[ASSAY_CHANGE_KEY_HUGE] = { "key-huge", 3, has_text, draw_growth, LOW, ONE },
	[ASSAY_CHANGE_KEY_VALUE] = { "key-value", 8, has_text, draw_place, LOW, VALUE },
	[ASSAY_CHANGE_KEY_GONE] = { "key-gone", 3, has_text, draw_place, LOW, NONE },
	[ASSAY_CHANGE_KEY_ADD] = { "key-add", 8, has_text, draw_place, LOW, PAIR },
	[ASSAY_CHANGE_HEADER_DIGEST] = { "header-digest", 1, sends, draw_nothing, NONE, NONE },
	[ASSAY_CHANGE_DATA_DIGEST] = { "data-digest", 1, has_data, draw_nothing, NONE, NONE },
	[ASSAY_CHANGE_REPEAT] = { "repeat", 5, sends, draw_times, NONE, ONE },
	[ASSAY_CHANGE_SWAP] = { "swap", 5, sends, draw_nothing, NONE, NONE },
	[ASSAY_CHANGE_DROP] = { "drop", 5, sends_or_awaits, draw_nothing, NONE, NONE },
	[ASSAY_CHANGE_SPLIT] = { "split", 2, sends, draw_place, LOW, NONE },
	[ASSAY_CHANGE_HALF_CLOSE] = { "half-close", 1, sends, draw_place, LOW, NONE },
	[ASSAY_CHANGE_RESET] = { "reset", 1, sends, draw_place, LOW, NONE },
};

static unsigned draw_kind(struct assay_random *r)
{
	unsigned total = 0, kind = 0, at;

	for (unsigned n = 0; n < ASSAY_CHANGE_KINDS; n++)
		total += assay_change_types[n].weight;
	for (at = assay_random_below(r, total); at >= assay_change_types[kind].weight; kind++)
		at -= assay_change_types[kind].weight;
	return kind;
}

bool assay_change_draw(
	struct assay_change *out, const struct assay_step *steps, unsigned count, struct assay_random *r)
{
	for (int tries = 0; tries < TRIES && count > 0; tries++) {
		unsigned kind = draw_kind(r), step = assay_random_below(r, count);

		if (!assay_change_types[kind].applies(&steps[step]))
			continue;
		*out = (struct assay_change){ .kind = (uint8_t)kind, .step = (uint8_t)step };
		assay_change_types[kind].draw(out, &steps[step], r);
		return true;
	}
	return false;
}
