/*
 * script.c - plays timelines that are written as text (script.h) to the rule engine: builds the PDUs, encodes and decodes them
 * as they would travel. A test tool; it trusts its scripts and gives up at the first statement that it cannot read.
 */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/layout.h"

#define CONNECTIONS 128
#define WIRE_MAX    400000
#define DATA_MAX    300000

struct side_numbers {
	int number; /* of the watch */
	uint32_t stat_sn; /* of the next response */
	uint8_t csg; /* of the last Login Request */
};

struct player {
	struct script_result *result;
	struct assay_watch *w;
	struct side_numbers c[CONNECTIONS];
	unsigned connections, at;
	uint32_t cmd_sn; /* of the next command */
	uint64_t number; /* of the next PDU */
	uint8_t *wire, *data;
	uint8_t last_request[ASSAY_BHS_LENGTH];
	const struct script_listener *listener; /* may be NULL */
};

/* What a statement asks for beside fields. */
struct extras {
	int from; /* enum assay_dir; -1: as the opcode says */
	int digests; /* -1: as in force */
	int bad; /* enum assay_digests to spoil */
	int byte, value; /* a byte of the wire to change; byte -1: none */
	int padding; /* value of the padding, 0 */
	uint8_t ahs[64];
	size_t ahs_length;
};

static const struct {
	const char *name;
	int opcode;
} names[] = {
	{ "nop-out", ASSAY_NOP_OUT },
	{ "command", ASSAY_SCSI_COMMAND },
	{ "tmf", ASSAY_TASK_MANAGEMENT_REQUEST },
	{ "login-request", ASSAY_LOGIN_REQUEST },
	{ "text-request", ASSAY_TEXT_REQUEST },
	{ "data-out", ASSAY_DATA_OUT },
	{ "logout", ASSAY_LOGOUT_REQUEST },
	{ "snack", ASSAY_SNACK_REQUEST },
	{ "nop-in", ASSAY_NOP_IN },
	{ "response", ASSAY_SCSI_RESPONSE },
	{ "tmf-response", ASSAY_TASK_MANAGEMENT_RESPONSE },
	{ "login-response", ASSAY_LOGIN_RESPONSE },
	{ "text-response", ASSAY_TEXT_RESPONSE },
	{ "data-in", ASSAY_DATA_IN },
	{ "logout-response", ASSAY_LOGOUT_RESPONSE },
	{ "r2t", ASSAY_R2T },
	{ "async", ASSAY_ASYNC_MESSAGE },
	{ "reject", ASSAY_REJECT },
};

/* Short names of long fields. */
static const struct {
	const char *name, *member;
} aliases[] = {
	{ "edtl", "expected_data_transfer_length" },
	{ "want", "desired_data_transfer_length" },
	{ "offset", "buffer_offset" },
	{ "residual", "residual_count" },
	{ "bidi_residual", "bidi_residual_count" },
	{ "t", "transit" },
	{ "c", "cont" },
	{ "f", "final" },
	{ "r", "read" },
	{ "w", "write" },
	{ "s", "status_present" },
	{ "i", "immediate" },
	{ "class", "status_class" },
	{ "detail", "status_detail" },
};

static void keep(void *payload, const struct assay_finding *finding)
{
	struct player *p = payload;

	if (p->result->count < SCRIPT_FINDINGS)
		p->result->finding[p->result->count] = *finding;
	p->result->count++;
}

static bool refuse(struct player *p, const char *what)
{
	if (!p->result->error[0])
		snprintf(p->result->error, sizeof(p->result->error), "cannot read: %.120s", what);
	return false;
}

/* ---- defaults ---- */

static bool counts(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_R2T: return false;
	case ASSAY_NOP_IN: return pdu->itt != ASSAY_TAG_RESERVED;
	case ASSAY_DATA_IN: return pdu->status_present;
	case ASSAY_LOGIN_RESPONSE: return !pdu->status_class;
	default: return true;
	}
}

static void defaults(struct player *p, struct assay_pdu *pdu, uint8_t opcode)
{
	const struct side_numbers *c = &p->c[p->at];

	memset(pdu, 0, sizeof(*pdu));
	pdu->opcode = opcode;
	pdu->final = opcode != ASSAY_LOGIN_REQUEST && opcode != ASSAY_LOGIN_RESPONSE;
	pdu->itt = opcode == ASSAY_REJECT || opcode == ASSAY_ASYNC_MESSAGE ? ASSAY_TAG_RESERVED : 1;
	pdu->ttt = opcode == ASSAY_R2T ? 0x10 : ASSAY_TAG_RESERVED;
	pdu->rtt = ASSAY_TAG_RESERVED;
	pdu->cmd_sn = p->cmd_sn;
	pdu->exp_stat_sn = c->stat_sn;
	pdu->exp_cmd_sn = p->cmd_sn;
	pdu->max_cmd_sn = p->cmd_sn + 31;
	pdu->isid = 0x023d00000001;
	pdu->reason = opcode == ASSAY_REJECT ? 4 : 0;
	if (opcode == ASSAY_LOGIN_REQUEST) {
		pdu->immediate = 1;
		pdu->csg = c->csg;
	} else if (opcode == ASSAY_LOGIN_RESPONSE) {
		pdu->csg = c->csg;
	} else if (opcode == ASSAY_TASK_MANAGEMENT_REQUEST) {
		pdu->immediate = 1;
		pdu->function = 1;
	}
}

/* ---- one statement ---- */

static const char *member_of(const char *name, size_t length)
{
	static char member[64];

	snprintf(member, sizeof(member), "%.*s", (int)length, name);
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(member, aliases[i].name))
			return aliases[i].member;
	return member;
}

static void put_text(struct player *p, struct assay_pdu *pdu, const char *text)
{
	size_t length = strlen(text);

	memcpy(p->data, text, length);
	for (size_t i = 0; i < length; i++)
		if (p->data[i] == '|')
			p->data[i] = '\0';
	if (length && text[length - 1] == '\\') /* no NUL at the end */
		length--;
	else
		p->data[length++] = '\0';
	pdu->data = p->data;
	pdu->data_length = (uint32_t)length;
}

static void put_hex(uint8_t *out, size_t *length, const char *hex)
{
	unsigned byte;

	for (*length = 0; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		out[(*length)++] = (uint8_t)byte;
}

/* The data segment of a Reject: the header of the last request. */
static void put_header(struct player *p, struct assay_pdu *pdu)
{
	memcpy(p->data, p->last_request, ASSAY_BHS_LENGTH);
	pdu->data = p->data;
	pdu->data_length = ASSAY_BHS_LENGTH;
}

/* Words that are no field. True when it was one. */
static bool special(
	struct player *p, struct assay_pdu *pdu, struct extras *x, const char *name, const char *value)
{
	size_t length;

	if (!strcmp(name, "data")) {
		pdu->data_length = (uint32_t)strtoul(value, NULL, 0) % DATA_MAX;
		memset(p->data, 0xa5, pdu->data_length);
		pdu->data = p->data;
	} else if (!strcmp(name, "text")) {
		put_text(p, pdu, value);
	} else if (!strcmp(name, "hex")) {
		put_hex(p->data, &length, value);
		pdu->data = p->data;
		pdu->data_length = (uint32_t)length;
	} else if (!strcmp(name, "ahs")) {
		put_hex(x->ahs, &x->ahs_length, value);
		pdu->ahs = x->ahs;
		pdu->ahs_length = (uint32_t)x->ahs_length;
	} else if (!strcmp(name, "from")) {
		x->from = strcmp(value, "target") ? ASSAY_TO_TARGET : ASSAY_TO_INITIATOR;
	} else if (!strcmp(name, "digests")) {
		x->digests = atoi(value);
	} else if (!strcmp(name, "bad")) {
		x->bad = atoi(value);
	} else if (!strcmp(name, "padding")) {
		x->padding = (int)strtol(value, NULL, 0);
	} else if (!strncmp(name, "byte", 4)) {
		x->byte = atoi(name + 4);
		x->value = (int)strtol(value, NULL, 0);
	} else {
		return false;
	}
	return true;
}

static bool word(struct player *p, struct assay_pdu *pdu, struct extras *x, char *text)
{
	char *equals = strchr(text, '=');
	bool relative = equals && equals > text && equals[-1] == '+';
	const struct assay_layout_entry *entry;
	const struct assay_field *field;
	uint64_t value;
	char name[64];

	if (!equals)
		return refuse(p, text);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - text - relative), text);
	if (special(p, pdu, x, name, equals + 1))
		return true;
	entry = assay_layout_find(pdu->opcode, member_of(name, strlen(name)));
	if (!entry)
		return refuse(p, text);
	field = assay_field_at(entry->field);
	value = strtoull(equals + 1, NULL, 0);
	if (equals[1] == '-')
		value = (uint64_t)strtoll(equals + 1, NULL, 0);
	assay_field_set(pdu, field, relative ? assay_field_get(pdu, field) + value : value);
	return true;
}

/* Changes what a sender gets wrong on the wire, after the encoder did it right. */
static void spoil(uint8_t *wire, const struct assay_pdu *pdu, const struct extras *x, unsigned digests)
{
	size_t header = ASSAY_BHS_LENGTH + pdu->ahs_length, data;

	if (x->byte >= 0)
		wire[x->byte] = (uint8_t)x->value;
	if (x->bad & ASSAY_HEADER_DIGEST)
		wire[header] ^= 1;
	data = header + (digests & ASSAY_HEADER_DIGEST ? 4 : 0) + pdu->data_length;
	for (size_t i = data; i % 4; i++)
		wire[i] = (uint8_t)x->padding;
	if (x->bad & ASSAY_DATA_DIGEST)
		wire[(data + 3) & ~(size_t)3] ^= 1;
}

static void send_pdu(struct player *p, const struct assay_pdu *pdu, const struct extras *x)
{
	struct side_numbers *c = &p->c[p->at];
	enum assay_dir dir = x->from >= 0                            ? (enum assay_dir)x->from
			     : assay_opcode_from_target(pdu->opcode) ? ASSAY_TO_INITIATOR
								     : ASSAY_TO_TARGET;
	unsigned digests = x->digests >= 0 ? (unsigned)x->digests : assay_watch_digests(p->w, c->number, dir);
	struct assay_pdu seen;
	long length = assay_pdu_encode(p->wire, WIRE_MAX, pdu, digests);

	if (length < 0) {
		refuse(p, "a PDU that cannot be encoded");
		return;
	}
	spoil(p->wire, pdu, x, digests);
	if (assay_pdu_decode(&seen, p->wire, WIRE_MAX, digests) < 0) {
		refuse(p, "a PDU that cannot be decoded");
		return;
	}
	if (dir == ASSAY_TO_TARGET)
		memcpy(p->last_request, p->wire, sizeof(p->last_request));
	if (p->listener)
		p->listener->pdu(p->listener->payload, p->at, dir, p->wire, (size_t)length);
	assay_watch_pdu(p->w, c->number, dir, &seen, ++p->number);
}

/* What the numbers are after it. */
static void count(struct player *p, const struct assay_pdu *pdu, const struct extras *x)
{
	struct side_numbers *c = &p->c[p->at];

	if (x->from >= 0)
		return;
	if (assay_opcode_from_target(pdu->opcode)) {
		if (counts(pdu))
			c->stat_sn = pdu->stat_sn + 1;
		if (pdu->opcode == ASSAY_LOGIN_RESPONSE && pdu->transit)
			c->csg = pdu->nsg;
		return;
	}
	if (pdu->opcode == ASSAY_LOGIN_REQUEST)
		c->csg = pdu->csg;
	if (pdu->opcode == ASSAY_DATA_OUT || pdu->opcode == ASSAY_SNACK_REQUEST || pdu->immediate)
		return;
	if (pdu->cmd_sn == p->cmd_sn)
		p->cmd_sn++;
}

static bool pdu_statement(struct player *p, uint8_t opcode, char *words)
{
	struct extras x = { .from = -1, .digests = -1, .byte = -1 };
	struct assay_pdu pdu;
	char *save, *text;

	defaults(p, &pdu, opcode);
	if (opcode == ASSAY_REJECT)
		put_header(p, &pdu);
	if (counts(&pdu) || opcode == ASSAY_R2T || opcode == ASSAY_NOP_IN)
		pdu.stat_sn = p->c[p->at].stat_sn;
	for (text = strtok_r(words, " \t", &save); text; text = strtok_r(NULL, " \t", &save)) {
		bool had_status = pdu.status_present;

		if (!word(p, &pdu, &x, text))
			return false;
		if (pdu.opcode == ASSAY_DATA_IN && pdu.status_present && !had_status)
			pdu.stat_sn = p->c[p->at].stat_sn;
	}
	send_pdu(p, &pdu, &x);
	count(p, &pdu, &x);
	return true;
}

/* ---- other statements ---- */

#define INITIATOR_NAME "InitiatorName=iqn.2026-01.test:i"
#define TARGET_NAME    "TargetName=iqn.2026-01.test:t"

static bool run_one(struct player *p, const char *format, const char *keys)
{
	char statement[1024];
	size_t space;

	snprintf(statement, sizeof(statement), format, *keys ? "|" : "", keys);
	space = strcspn(statement, " ");
	statement[space] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, statement))
			return pdu_statement(p, (uint8_t)names[i].opcode, statement + space + 1);
	return refuse(p, statement);
}

/* Both sides say the same of each key, which suits numbers, Booleans and lists of one. */
static bool login(struct player *p, const char *keys)
{
	return run_one(p, "login-request t=1 csg=1 nsg=3 text=" INITIATOR_NAME "|" TARGET_NAME "%s%s",
		       keys) &&
	       run_one(p, "login-response t=1 csg=1 nsg=3 tsih=7 text=TargetPortalGroupTag=1%s%s", keys);
}

static bool discovery(struct player *p, const char *keys)
{
	return run_one(p, "login-request t=1 csg=1 nsg=3 text=" INITIATOR_NAME "|SessionType=Discovery%s%s",
		       keys) &&
	       run_one(p, "login-response t=1 csg=1 nsg=3 tsih=7 text=TargetAlias=t%s%s", keys);
}

static bool open_connection(struct player *p, bool mid)
{
	if (p->connections == CONNECTIONS)
		return refuse(p, "one connection too many");
	p->at = p->connections++;
	memset(&p->c[p->at], 0, sizeof(p->c[0]));
	p->c[p->at].stat_sn = 100;
	p->c[p->at].csg = 1;
	if (p->listener)
		p->listener->open(p->listener->payload, p->at);
	p->c[p->at].number = assay_watch_open(p->w, mid);
	return p->c[p->at].number >= 0 ? true : refuse(p, "a connection that the watch does not take");
}

static void close_connection(struct player *p, enum assay_role by)
{
	if (p->listener)
		p->listener->close(p->listener->payload, p->at, by);
	assay_watch_close(p->w, p->c[p->at].number, by);
}

static bool statement(struct player *p, char *text)
{
	size_t length = strcspn(text, " \t");
	char *rest = text + length + (text[length] != '\0');
	bool target = !strcmp(rest, "target");

	text[length] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, text))
			return pdu_statement(p, (uint8_t)names[i].opcode, rest);
	if (!strcmp(text, "login"))
		return login(p, rest);
	if (!strcmp(text, "discovery"))
		return discovery(p, rest);
	if (!strcmp(text, "open"))
		return open_connection(p, !strcmp(rest, "mid"));
	if (!strcmp(text, "gap"))
		assay_watch_gap(p->w, p->c[p->at].number, target ? ASSAY_TO_TARGET : ASSAY_TO_INITIATOR);
	else if (!strcmp(text, "close"))
		close_connection(p, target ? ASSAY_TARGET : ASSAY_INITIATOR);
	else if (!strcmp(text, "unordered"))
		assay_watch_unordered(p->w);
	else if (!strcmp(text, "company"))
		assay_watch_company(p->w, p->c[p->at].number);
	else if (!strcmp(text, "late"))
		assay_watch_late(p->w, p->c[p->at].number);
	else if (!strcmp(text, "start"))
		p->cmd_sn = (uint32_t)strtoul(rest, NULL, 0);
	else if (text[0] == 'c' && (unsigned)atoi(text + 1) < p->connections)
		p->at = (unsigned)atoi(text + 1);
	else
		return refuse(p, text);
	return true;
}

static void play(struct player *p, const char *script)
{
	char *copy = strdup(script), *save, *text;

	if (!copy) {
		refuse(p, "memory");
	} else if (open_connection(p, false)) {
		for (text = strtok_r(copy, ";\n", &save); text; text = strtok_r(NULL, ";\n", &save)) {
			text += strspn(text, " \t");
			if (*text && !statement(p, text))
				break;
		}
	}
	free(copy);
}

void script_play(struct script_result *out, const char *script)
{
	script_play_to(out, script, NULL);
}

void script_play_to(struct script_result *out, const char *script, const struct script_listener *listener)
{
	static struct script_result first;
	const struct assay_chap_account initiator = { "judged", "secret of judged" },
					target = { "prover", "secret of target" };
	struct player p = { .result = out };

	memset(out, 0, sizeof(*out));
	p.wire = calloc(1, WIRE_MAX);
	p.data = malloc(DATA_MAX);
	p.w = assay_watch_new(keep, &p);
	if (p.w) {
		assay_watch_account(p.w, ASSAY_INITIATOR, &initiator, NULL);
		assay_watch_account(p.w, ASSAY_TARGET, &target, "iqn.2026-01.test:prover");
	}
	for (int round = 0; p.wire && p.data && p.w && round < 2; round++) {
		first = *out;
		memset(out, 0, sizeof(*out));
		p = (struct player){ .result = out,
			.cmd_sn = 50,
			.wire = p.wire,
			.data = p.data,
			.w = p.w,
			.listener = round ? NULL : listener };
		assay_watch_clear(p.w);
		play(&p, script);
	}
	if (!p.wire || !p.data || !p.w)
		refuse(&p, "memory");
	else if (memcmp(&first, out, sizeof(first)) != 0)
		refuse(&p, "a watch that was cleared finds something else");
	assay_watch_free(p.w);
	free(p.data);
	free(p.wire);
}
