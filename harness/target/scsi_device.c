/*
 * scsi_device.c - a target's logical units and the nexuses that see them: LUN maps, coming and going, resets. SAM-5 sections 4.7, 5.14, 6.3.
 * It executes no commands.
 */
#include "target/scsi_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/lun.h"

#define NUMBERED_BLOCKS 64

struct assay_scsi_device *assay_scsi_device_new(
	unsigned tid, const char *target_name, enum assay_id_scheme ids, const unsigned char *defects)
{
	struct assay_scsi_device *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->tid = tid;
	d->ids = ids;
	d->defects = defects;
	d->removed = UINT32_MAX;
	snprintf(d->name, sizeof(d->name), "%s", target_name);
	assay_scsi_index_operations(d->first);
	return d;
}

static void unit_free(struct assay_scsi_unit *u)
{
	assay_scsi_medium_close(&u->medium);
	free(u->persistent.registrants);
	free(u->initiator);
	free(u);
}

void assay_scsi_unit_release(struct assay_scsi_unit *u)
{
	if (--u->references == 0)
		unit_free(u);
}

void assay_scsi_device_free(struct assay_scsi_device *d)
{
	if (!d)
		return;
	for (unsigned i = 0; i < d->unit_count; i++)
		if (d->units[i])
			assay_scsi_unit_release(d->units[i]);
	assay_scsi_drop_spares(d);
	free(d);
}

int assay_scsi_add_port(struct assay_scsi_device *d, uint16_t tpgt)
{
	for (unsigned i = 0; i < d->port_count; i++)
		if (d->ports[i] == tpgt)
			return 0;
	if (d->port_count == ASSAY_SCSI_PORTS_MAX)
		return ASSAY_E_LIMIT;
	d->ports[d->port_count++] = tpgt;
	return 0;
}

void assay_scsi_on_abort(struct assay_scsi_device *d,
	void (*abort_tasks)(void *payload, struct assay_scsi_nexus *victim, uint64_t lun), void *payload)
{
	d->abort_tasks = abort_tasks;
	d->abort_payload = payload;
}

/* --- units --- */

static bool same_map(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool identity_taken(const struct assay_scsi_device *d, uint32_t identity)
{
	for (unsigned i = 0; i < d->unit_count; i++)
		if (d->units[i] && d->units[i]->identity == identity)
			return true;
	return false;
}

static int free_slot(
	const struct assay_scsi_device *d, const struct assay_lun_spec *spec, struct assay_error *err)
{
	int slot = -1;

	if (spec->lun > 0xffffff)
		return assay_error_set(err, ASSAY_E_INVAL, "LUN %u: 0 to 16777215", spec->lun);
	for (unsigned i = 0; i < d->unit_count; i++) {
		const struct assay_scsi_unit *u = d->units[i];

		if (!u && slot < 0)
			slot = (int)i;
		if (u && u->number == spec->lun && same_map(u->initiator, spec->initiator))
			return assay_error_set(err, ASSAY_E_INVAL, "LUN %u exists already", spec->lun);
	}
	if (slot < 0 && d->unit_count == ASSAY_SCSI_UNITS_MAX)
		return assay_error_set(
			err, ASSAY_E_LIMIT, "more than %d logical units", ASSAY_SCSI_UNITS_MAX);
	return slot < 0 ? (int)d->unit_count : slot;
}

static void forget_lookups(struct assay_scsi_device *d)
{
	for (struct assay_scsi_nexus *n = d->nexuses; n; n = n->next)
		n->last_unit = NULL;
}

static void enter(struct assay_scsi_device *d, struct assay_scsi_unit *u)
{
	d->units[u->slot] = u;
	if (u->slot == d->unit_count)
		d->unit_count++;
	forget_lookups(d);
	for (struct assay_scsi_nexus *n = d->nexuses; n; n = n->next) {
		n->attention[u->slot] = 1u << ASSAY_ATTENTION_POWER_ON;
		n->prevent[u->slot / 8] &= (uint8_t) ~(1u << (u->slot & 7));
		n->late[u->slot / 8] |= (uint8_t)(1u << (u->slot & 7));
	}
	assay_scsi_attend_inventory(u);
}

static void number_blocks(struct assay_scsi_unit *u)
{
	uint8_t block[4096] = { 0 };

	for (uint64_t lba = 0; u->medium.ram && lba < NUMBERED_BLOCKS && lba < u->blocks; lba++) {
		assay_put_be64(block, lba);
		(void)assay_scsi_medium_write(&u->medium, block, lba, 1); /* RAM: it cannot fail */
	}
}

int assay_scsi_add_lun(
	struct assay_scsi_device *d, const struct assay_lun_spec *spec, struct assay_error *err)
{
	int slot = free_slot(d, spec, err);
	struct assay_scsi_unit *u;
	int rc;

	if (slot < 0)
		return slot;
	u = calloc(1, sizeof(*u));
	if (!u)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	rc = assay_scsi_medium_open(&u->medium, spec, err);
	if (!rc && spec->initiator && !(u->initiator = strdup(spec->initiator)))
		rc = assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (rc) {
		unit_free(u);
		return rc;
	}
	u->device = d;
	u->slot = (unsigned)slot;
	u->references = 1;
	u->number = spec->lun;
	u->identity = spec->lun;
	for (uint32_t next = 0x8000; identity_taken(d, u->identity); next++)
		u->identity = next;
	u->blocks = u->medium.blocks;
	u->read_only = spec->read_only;
	u->modes = assay_scsi_default_modes;
	if (spec->numbered)
		number_blocks(u);
	enter(d, u);
	return 0;
}

int assay_scsi_remove_lun(struct assay_scsi_device *d, uint32_t lun)
{
	int rc = ASSAY_E_INVAL;

	for (unsigned i = 0; i < d->unit_count; i++) {
		struct assay_scsi_unit *u = d->units[i];

		if (!u || u->number != lun)
			continue;
		assay_scsi_attend_inventory(u);
		forget_lookups(d);
		d->units[i] = NULL;
		d->removed = lun;
		u->removed = true;
		assay_scsi_unit_release(u);
		rc = 0;
	}
	return rc;
}

static void take_medium(struct assay_scsi_medium *to, struct assay_scsi_medium *from)
{
	struct assay_scsi_medium old = *to;

	if (to->blocks != from->blocks || to->block_size != from->block_size)
		return;
	*to = *from;
	*from = old;
}

void assay_scsi_take_media(struct assay_scsi_device *to, struct assay_scsi_device *from)
{
	if (assay_scsi_defective(to, ASSAY_DEFECT_RESTART_LOSES_DATA))
		return;
	for (unsigned i = 0; i < from->unit_count; i++)
		for (unsigned k = 0; from->units[i] && k < to->unit_count; k++)
			if (to->units[k] && to->units[k]->number == from->units[i]->number &&
				same_map(to->units[k]->initiator, from->units[i]->initiator))
				take_medium(&to->units[k]->medium, &from->units[i]->medium);
}

/* --- nexuses --- */

static uint64_t nexus_hash(const struct assay_scsi_nexus *n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (const char *p = n->initiator; *p; p++)
		h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	return ((h ^ n->isid) * UINT64_C(0x100000001b3) ^ n->tpgt) * UINT64_C(0x100000001b3);
}

/* It was here before: what it sees now is the loss of the former nexus. */
static bool known(struct assay_scsi_device *d, const struct assay_scsi_nexus *n)
{
	uint64_t hash = nexus_hash(n);

	for (unsigned i = 0; i < ASSAY_SCSI_NEXUSES_KEPT; i++)
		if (d->known[i] == hash)
			return true;
	d->known[d->known_next++ % ASSAY_SCSI_NEXUSES_KEPT] = hash;
	return false;
}

struct assay_scsi_nexus *assay_scsi_nexus_new(
	struct assay_scsi_device *d, const char *initiator, uint64_t isid, uint16_t tpgt)
{
	struct assay_scsi_nexus *n = calloc(1, sizeof(*n));
	enum assay_scsi_attention first;

	if (!n)
		return NULL;
	n->device = d;
	n->isid = isid;
	n->tpgt = tpgt;
	snprintf(n->initiator, sizeof(n->initiator), "%s", initiator);
	(void)assay_scsi_add_port(d, tpgt); /* a full list only makes REPORT TARGET PORT GROUPS shorter */
	first = known(d, n) ? ASSAY_ATTENTION_NEXUS_LOSS : ASSAY_ATTENTION_POWER_ON;
	for (unsigned i = 0; i < d->unit_count && !assay_scsi_defective(d, ASSAY_DEFECT_UA_NONE); i++)
		n->attention[i] = (uint16_t)(1u << first);
	n->next = d->nexuses;
	d->nexuses = n;
	return n;
}

void assay_scsi_nexus_free(struct assay_scsi_nexus *n)
{
	if (!n)
		return;
	for (struct assay_scsi_nexus **at = &n->device->nexuses; *at; at = &(*at)->next)
		if (*at == n) {
			*at = n->next;
			break;
		}
	for (unsigned i = 0; i < n->device->unit_count; i++)
		if (n->device->units[i] && n->device->units[i]->reserved_by == n)
			n->device->units[i]->reserved_by = NULL;
	if (assay_scsi_defective(n->device, ASSAY_DEFECT_PR_LOST_AT_LOGOUT))
		assay_scsi_forget_registrations(n);
	free(n);
}

bool assay_scsi_visible(const struct assay_scsi_nexus *n, const struct assay_scsi_unit *u)
{
	const struct assay_scsi_device *d = u->device;

	if (u->initiator)
		return strcmp(u->initiator, n->initiator) == 0;
	for (unsigned i = 0; i < d->unit_count; i++) { /* the initiator's own map goes first */
		const struct assay_scsi_unit *own = d->units[i];

		if (own && own->initiator && own->number == u->number &&
			strcmp(own->initiator, n->initiator) == 0)
			return false;
	}
	return true;
}

struct assay_scsi_unit *assay_scsi_find(struct assay_scsi_nexus *n, uint64_t lun)
{
	struct assay_scsi_device *d = n->device;
	struct assay_lun_parts parts;

	if (n->last_unit && n->last_lun == lun)
		return n->last_unit;
	if (assay_scsi_defective(d, ASSAY_DEFECT_LUN_LOWER_LEVELS_IGNORED))
		lun &= UINT64_C(0xffff) << 48;
	if (assay_scsi_defective(d, ASSAY_DEFECT_LUN_BUS_IGNORED) && !(lun >> 62))
		lun &= ~(UINT64_C(0x3f) << 56);
	assay_lun_parse(&parts, lun);
	if (!parts.simple)
		return NULL;
	for (unsigned i = 0; i < d->unit_count; i++) {
		struct assay_scsi_unit *u = d->units[i];

		if (!u || u->number != parts.number || !assay_scsi_visible(n, u))
			continue;
		if (i > 1 && assay_scsi_defective(d, ASSAY_DEFECT_LUN_ONLY_FIRST))
			continue;
		n->last_lun = lun;
		n->last_unit = u;
		return u;
	}
	return NULL;
}

/* --- events --- */

static void reset(struct assay_scsi_nexus *but, struct assay_scsi_unit *u, enum assay_scsi_attention a)
{
	if (!assay_scsi_defective(u->device, ASSAY_DEFECT_RESERVE_SURVIVES_RESET))
		u->reserved_by = NULL;
	u->modes = assay_scsi_default_modes; /* nothing is saved, */
	u->blocks = u->medium.blocks; /* nor what a block descriptor made of the capacity */
	for (struct assay_scsi_nexus *n = u->device->nexuses; n; n = n->next)
		n->prevent[u->slot / 8] &= (uint8_t) ~(1u << (u->slot & 7));
	if (!assay_scsi_defective(u->device, ASSAY_DEFECT_UA_RESET_UNTOLD))
		assay_scsi_attend_others(but, u, a);
}

bool assay_scsi_lun_exists(struct assay_scsi_nexus *n, uint64_t lun)
{
	return lun == ASSAY_SCSI_REPORT_LUNS_LUN || assay_scsi_find(n, lun);
}

void assay_scsi_lun_reset(struct assay_scsi_nexus *n, uint64_t lun)
{
	struct assay_scsi_unit *u = assay_scsi_find(n, lun);

	if (u)
		reset(n, u, ASSAY_ATTENTION_UNIT_RESET);
}

void assay_scsi_target_reset(struct assay_scsi_nexus *n)
{
	for (unsigned i = 0; i < n->device->unit_count; i++)
		if (n->device->units[i])
			reset(n, n->device->units[i], ASSAY_ATTENTION_TARGET_RESET);
}

void assay_scsi_commands_cleared(struct assay_scsi_nexus *n, uint64_t lun)
{
	struct assay_scsi_unit *u = assay_scsi_find(n, lun);

	if (u)
		assay_scsi_attend(n, u, ASSAY_ATTENTION_CLEARED);
}

void assay_scsi_protocol_event(struct assay_scsi_nexus *n, uint64_t lun)
{
	struct assay_scsi_unit *u = assay_scsi_find(n, lun);

	if (u)
		assay_scsi_attend(n, u, ASSAY_ATTENTION_PROTOCOL_EVENT);
}
