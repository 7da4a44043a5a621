/*
 * scsi_persistent_out.c - PERSISTENT RESERVE OUT: registrations and the reservation that one of them, or all, hold. SPC-4 sections 5.13 and 6.16.
 * Registrations belong to the I_T nexus (initiator name, ISID, portal group) and stay when its session ends; nothing outlives the process.
 */
#include "target/scsi_internal.h"

#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"

enum action { REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT, REGISTER_AND_IGNORE };

#define LIST_LENGTH 24
#define LIST_MAX    8192 /* with TransportIDs, which we then refuse */

static int conflict(struct assay_scsi_command *c)
{
	c->status = ASSAY_SCSI_RESERVATION_CONFLICT;
	return 1;
}

/* Registrations are others than before. */
static void changed(struct assay_scsi_command *c)
{
	if (!ASSAY_SCSI_DEFECT(c, PR_GENERATION_STUCK))
		c->unit->persistent.generation++;
}

static void attend_registrant(
	const struct assay_scsi_unit *u, const struct assay_scsi_registrant *r, enum assay_scsi_attention a)
{
	const struct assay_scsi_persistent one = { .registrants = (struct assay_scsi_registrant *)r,
		.count = 1 };

	for (struct assay_scsi_nexus *n = u->device->nexuses; n; n = n->next)
		if (assay_scsi_registration(&one, n) == 0)
			assay_scsi_attend(n, u, a);
}

/* All registrants but the one with this index. */
static void attend_registrants(const struct assay_scsi_unit *u, unsigned but, enum assay_scsi_attention a)
{
	for (unsigned i = 0; i < u->persistent.count; i++)
		if (i != but)
			attend_registrant(u, &u->persistent.registrants[i], a);
}

static void release_reservation(struct assay_scsi_unit *u, unsigned by)
{
	struct assay_scsi_persistent *p = &u->persistent;

	if (assay_scsi_is_registrants_only(p->type) &&
		!assay_scsi_defective(u->device, ASSAY_DEFECT_PR_RELEASE_UNTOLD))
		attend_registrants(u, by, ASSAY_ATTENTION_RESERVATIONS_RELEASED);
	p->type = 0;
}

/* Takes a registration out; the reservation goes with its holder, or with the last of all registrants. */
static void unregister(struct assay_scsi_unit *u, unsigned i)
{
	struct assay_scsi_persistent *p = &u->persistent;
	bool all = assay_scsi_is_all_registrants(p->type);

	if (p->type && (all ? p->count == 1 : p->holder == i))
		release_reservation(u, i);
	memmove(&p->registrants[i], &p->registrants[i + 1], (p->count - i - 1) * sizeof(p->registrants[0]));
	p->count--;
	if (p->holder > i)
		p->holder--;
}

void assay_scsi_forget_registrations(struct assay_scsi_nexus *n)
{
	for (unsigned i = 0; i < n->device->unit_count; i++) {
		struct assay_scsi_unit *u = n->device->units[i];
		int mine = u ? assay_scsi_registration(&u->persistent, n) : -1;

		if (mine >= 0)
			unregister(u, (unsigned)mine);
	}
}

static int add(struct assay_scsi_command *c, uint64_t key)
{
	struct assay_scsi_persistent *p = &c->unit->persistent;
	struct assay_scsi_registrant *r;

	if (!p->registrants)
		p->registrants = calloc(ASSAY_SCSI_REGISTRANTS_MAX, sizeof(p->registrants[0]));
	if (!p->registrants || p->count == ASSAY_SCSI_REGISTRANTS_MAX)
		return assay_scsi_check(c, ASSAY_SENSE_NO_REGISTRATIONS);
	r = &p->registrants[p->count++];
	memcpy(r->initiator, c->nexus->initiator, sizeof(r->initiator));
	r->isid = c->nexus->isid;
	r->tpgt = c->nexus->tpgt;
	r->key = key;
	return 0;
}

static void do_register(struct assay_scsi_command *c, int mine, uint64_t key, bool ignore)
{
	struct assay_scsi_persistent *p = &c->unit->persistent;
	uint64_t new_key = assay_get_be64(c->data_out + 8);

	if (!ignore && key != (mine < 0 ? 0 : p->registrants[mine].key) &&
		!ASSAY_SCSI_DEFECT(c, PR_KEY_UNCHECKED)) {
		conflict(c);
		return;
	}
	if (mine < 0 && !new_key)
		return;
	if (mine < 0) {
		if (add(c, new_key))
			return;
	} else if (!new_key) {
		unregister(c->unit, (unsigned)mine);
	} else {
		p->registrants[mine].key = new_key;
	}
	changed(c);
}

static void do_reserve(struct assay_scsi_command *c, unsigned mine, uint8_t type)
{
	struct assay_scsi_persistent *p = &c->unit->persistent;

	if (p->type) {
		if (p->type != type || !assay_scsi_holds_persistent(p, c->nexus) ||
			ASSAY_SCSI_DEFECT(c, PR_RESERVE_AGAIN_CONFLICTS))
			conflict(c);
		return;
	}
	p->type = type;
	p->holder = mine;
}

static void do_release(struct assay_scsi_command *c, unsigned mine)
{
	struct assay_scsi_persistent *p = &c->unit->persistent;

	if (!p->type ||
		(!assay_scsi_holds_persistent(p, c->nexus) && !ASSAY_SCSI_DEFECT(c, PR_RELEASE_BY_ANYONE)))
		return;
	if (c->cdb[2] != p->type) /* scope and type */
		assay_scsi_check(c, ASSAY_SENSE_BAD_RELEASE);
	else
		release_reservation(c->unit, mine);
}

static void do_clear(struct assay_scsi_command *c, unsigned mine)
{
	struct assay_scsi_persistent *p = &c->unit->persistent;

	attend_registrants(c->unit, mine, ASSAY_ATTENTION_RESERVATIONS_PREEMPTED);
	p->type = 0;
	p->count = ASSAY_SCSI_DEFECT(c, PR_CLEAR_KEEPS_KEYS) ? p->count : 0;
	changed(c);
}

/* Tasks of a preempted registrant's sessions, if the action asks for it. */
static void abort_tasks(const struct assay_scsi_command *c, const struct assay_scsi_registrant *r)
{
	const struct assay_scsi_persistent one = { .registrants = (struct assay_scsi_registrant *)r,
		.count = 1 };
	const struct assay_scsi_device *d = c->nexus->device;

	if (c->operation->action != PREEMPT_AND_ABORT || !d->abort_tasks)
		return;
	for (struct assay_scsi_nexus *n = d->nexuses; n; n = n->next)
		if (assay_scsi_registration(&one, n) == 0)
			d->abort_tasks(d->abort_payload, n, c->lun);
}

/* Every registration of that key but our own (any: every one) goes, and its nexus is told. How many. */
static unsigned preempt_registrations(struct assay_scsi_command *c, uint64_t key, bool any)
{
	struct assay_scsi_persistent *p = &c->unit->persistent;
	unsigned gone = 0;

	for (unsigned i = 0; i < p->count;) {
		if ((!any && p->registrants[i].key != key) ||
			(int)i == assay_scsi_registration(p, c->nexus)) {
			i++;
			continue;
		}
		attend_registrant(c->unit, &p->registrants[i], ASSAY_ATTENTION_REGISTRATIONS_PREEMPTED);
		abort_tasks(c, &p->registrants[i]);
		memmove(&p->registrants[i], &p->registrants[i + 1],
			(p->count - i - 1) * sizeof(p->registrants[0]));
		p->count--;
		if (p->holder > i)
			p->holder--;
		gone++;
	}
	return gone;
}

static bool key_registered(const struct assay_scsi_persistent *p, uint64_t key)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->registrants[i].key == key)
			return true;
	return false;
}

static void do_preempt(struct assay_scsi_command *c, uint8_t type)
{
	struct assay_scsi_persistent *p = &c->unit->persistent;
	uint64_t key = assay_get_be64(c->data_out + 8);
	bool all = assay_scsi_is_all_registrants(p->type);
	bool takes_over = p->type && (all ? !key : p->registrants[p->holder].key == key);
	uint8_t was = p->type;

	if (!takes_over && !key) {
		assay_scsi_bad_parameter(c, 8, 7);
		return;
	}
	if (!takes_over && !key_registered(p, key)) {
		conflict(c);
		return;
	}
	if (!ASSAY_SCSI_DEFECT(c, PR_PREEMPT_KEEPS_VICTIM))
		preempt_registrations(c, key, all && !key);
	changed(c);
	if (!takes_over)
		return;
	if (!ASSAY_SCSI_DEFECT(c, PR_PREEMPT_KEEPS_VICTIM))
		p->holder = (unsigned)assay_scsi_registration(p, c->nexus);
	p->type = type;
	if (was != type && assay_scsi_is_registrants_only(was))
		attend_registrants(c->unit, p->holder, ASSAY_ATTENTION_RESERVATIONS_RELEASED);
}

int assay_scsi_prepare_persistent_out(struct assay_scsi_command *c)
{
	uint32_t length = assay_get_be32(c->cdb + 5);
	uint8_t scope = c->cdb[2] >> 4, type = c->cdb[2] & 0x0f, action = c->operation->action;

	if (length < LIST_LENGTH && ASSAY_SCSI_DEFECT(c, PR_LENGTH_UNCHECKED))
		length = 0;
	else if (length < LIST_LENGTH || length > LIST_MAX)
		return assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
	if (action == RESERVE || action == PREEMPT || action == PREEMPT_AND_ABORT) {
		if (scope)
			return assay_scsi_bad_cdb(c, 2, 7);
		if (!type || type > ASSAY_EXCLUSIVE_ACCESS_ALL || type == 2 || type == 4)
			return assay_scsi_bad_cdb(c, 2, 3);
	}
	c->data_out_length = length;
	return 0;
}

/* SPEC_I_PT, ALL_TG_PT and APTPL are not offered, as REPORT CAPABILITIES says. */
static int check_list(struct assay_scsi_command *c)
{
	uint8_t options;

	if (c->data_out_given < c->data_out_length)
		return assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
	if (!c->data_out_length)
		return 1; /* a defect let it pass */
	options = c->data_out[20];
	if (c->operation->action == REGISTER || c->operation->action == REGISTER_AND_IGNORE)
		for (unsigned bit = 4; bit-- > 0;)
			if (options >> bit & 1 && bit != 1)
				return assay_scsi_bad_parameter(c, 20, bit);
	if (c->data_out_length != LIST_LENGTH)
		return assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
	return 0;
}

void assay_scsi_persistent_out(struct assay_scsi_command *c)
{
	struct assay_scsi_persistent *p = &c->unit->persistent;
	enum action action = (enum action)c->operation->action;
	int mine = assay_scsi_registration(p, c->nexus);
	uint8_t type = c->cdb[2] & 0x0f;
	uint64_t key;

	if (check_list(c))
		return;
	key = assay_get_be64(c->data_out);
	if (action == REGISTER || action == REGISTER_AND_IGNORE) {
		do_register(c, mine, key, action == REGISTER_AND_IGNORE);
		return;
	}
	if (mine < 0 && action == RESERVE && ASSAY_SCSI_DEFECT(c, PR_RESERVE_UNREGISTERED))
		return;
	if (mine < 0 || p->registrants[mine].key != key) {
		conflict(c);
		return;
	}
	switch (action) {
	case RESERVE: do_reserve(c, (unsigned)mine, type); break;
	case RELEASE: do_release(c, (unsigned)mine); break;
	case CLEAR: do_clear(c, (unsigned)mine); break;
	default: do_preempt(c, type); break;
	}
}
