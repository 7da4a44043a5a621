/*
 * params.c - what a negotiation comes to: the standard's defaults, and where the result of each key lives. RFC 7143 section 13.
 * It judges nothing: values come here when keys.c has found them in order.
 */
#include <stdio.h>
#include <string.h>

#include "proto/negotiation.h"

/* Where the result of a key lives: bool, int and uint32_t members of struct assay_params. */
struct place {
	uint16_t offset;
	uint8_t size; /* 0: nowhere, or assay_params_record knows */
};

#define PLACE(member)                                                                                        \
	{                                                                                                    \
		offsetof(struct assay_params, member), sizeof(((struct assay_params *)0)->member)            \
	}

static const struct place places[ASSAY_KEY_COUNT] = {
	[ASSAY_KEY_HEADER_DIGEST] = PLACE(header_digest),
	[ASSAY_KEY_DATA_DIGEST] = PLACE(data_digest),
	[ASSAY_KEY_MAX_CONNECTIONS] = PLACE(max_connections),
	[ASSAY_KEY_TARGET_PORTAL_GROUP_TAG] = PLACE(target_portal_group_tag),
	[ASSAY_KEY_INITIAL_R2T] = PLACE(initial_r2t),
	[ASSAY_KEY_IMMEDIATE_DATA] = PLACE(immediate_data),
	[ASSAY_KEY_MAX_BURST_LENGTH] = PLACE(max_burst_length),
	[ASSAY_KEY_FIRST_BURST_LENGTH] = PLACE(first_burst_length),
	[ASSAY_KEY_DEFAULT_TIME2WAIT] = PLACE(default_time2wait),
	[ASSAY_KEY_DEFAULT_TIME2RETAIN] = PLACE(default_time2retain),
	[ASSAY_KEY_MAX_OUTSTANDING_R2T] = PLACE(max_outstanding_r2t),
	[ASSAY_KEY_DATA_PDU_IN_ORDER] = PLACE(data_pdu_in_order),
	[ASSAY_KEY_DATA_SEQUENCE_IN_ORDER] = PLACE(data_sequence_in_order),
	[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = PLACE(error_recovery_level),
	[ASSAY_KEY_SESSION_TYPE] = PLACE(discovery),
	[ASSAY_KEY_TASK_REPORTING] = PLACE(task_reporting),
	[ASSAY_KEY_PROTOCOL_LEVEL] = PLACE(protocol_level),
};

static void set_number(struct assay_params *p, enum assay_key_id id, uint64_t number)
{
	const struct place *place = &places[id];
	uint8_t *at = (uint8_t *)p + place->offset;

	if (place->size == sizeof(bool)) {
		bool yes = number != 0;

		memcpy(at, &yes, sizeof(yes));
	} else if (place->size) {
		uint32_t value = (uint32_t)number;

		memcpy(at, &value, sizeof(value));
	}
}

bool assay_params_boolean(const struct assay_params *p, enum assay_key_id id)
{
	bool yes = false;

	if (places[id].size == sizeof(yes))
		memcpy(&yes, (const uint8_t *)p + places[id].offset, sizeof(yes));
	return yes;
}

static void set_string(char *out, size_t capacity, const char *value, size_t length)
{
	snprintf(out, capacity, "%.*s", (int)length, value);
}

void assay_params_record(
	struct assay_params *p, enum assay_key_id id, enum assay_role by, const char *value, size_t length)
{
	uint64_t number;

	switch (id) {
	case ASSAY_KEY_INITIATOR_NAME:
		set_string(p->initiator_name, sizeof(p->initiator_name), value, length);
		return;
	case ASSAY_KEY_INITIATOR_ALIAS:
		set_string(p->initiator_alias, sizeof(p->initiator_alias), value, length);
		return;
	case ASSAY_KEY_TARGET_ALIAS:
		set_string(p->target_alias, sizeof(p->target_alias), value, length);
		return;
	case ASSAY_KEY_AUTH_METHOD: set_string(p->auth_method, sizeof(p->auth_method), value, length); return;
	case ASSAY_KEY_TARGET_NAME:
		if (by == ASSAY_INITIATOR) /* the target's are answers to SendTargets */
			set_string(p->target_name, sizeof(p->target_name), value, length);
		return;
	default: break;
	}
	if (assay_key_outcome(&number, assay_key_at(id), value, length, value, length) < 0)
		return;
	if (id == ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH)
		*(by == ASSAY_INITIATOR ? &p->initiator_max_recv : &p->target_max_recv) = (uint32_t)number;
	else
		set_number(p, id, number);
}

static void read_defaults(struct assay_params *out)
{
	memset(out, 0, sizeof(*out));
	out->target_portal_group_tag = -1;
	for (int id = 0; id < ASSAY_KEY_COUNT; id++) {
		const char *initial = assay_key_at(id)->initial;

		if (initial) {
			assay_params_record(out, id, ASSAY_INITIATOR, initial, strlen(initial));
			assay_params_record(out, id, ASSAY_TARGET, initial, strlen(initial));
		}
	}
}

/* Read from the key table once a thread: every connection of either side begins with them. */
void assay_params_default(struct assay_params *out)
{
	static _Thread_local struct assay_params defaults;
	static _Thread_local bool known;

	if (!known)
		read_defaults(&defaults);
	known = true;
	*out = defaults;
}

void assay_params_join(struct assay_params *out, const struct assay_params *session)
{
	struct assay_params fresh;

	assay_params_default(&fresh);
	*out = *session;
	memcpy(out->auth_method, fresh.auth_method, sizeof(out->auth_method));
	out->header_digest = fresh.header_digest;
	out->data_digest = fresh.data_digest;
	out->initiator_max_recv = fresh.initiator_max_recv;
	out->target_max_recv = fresh.target_max_recv;
}
