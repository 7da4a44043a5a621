/*
 * target.c - what an administrator configures: portals, target nodes with their accounts and access lists, logical units, defects.
 * No protocol here. RFC 7143 sections 4.4.1 (network entity, portal groups) and 9.2.1 (secrets).
 */
#include "target/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "target/machine.h"

#define LOGIN_TIMEOUT (15 * UINT64_C(1000000000)) /* nanoseconds, as RFC 7143 section 7.5 leaves it to us */

/* What a target answers from where its spec says nothing. Section 13; DefaultTime2Retain 0: a session does not outlive its connections. */
static const struct {
	enum assay_key_id id;
	const char *value;
} default_wants[] = {
	{ ASSAY_KEY_AUTH_METHOD, "None" },
	{ ASSAY_KEY_HEADER_DIGEST, "None,CRC32C" },
	{ ASSAY_KEY_DATA_DIGEST, "None,CRC32C" },
	{ ASSAY_KEY_MAX_CONNECTIONS, "4" },
	{ ASSAY_KEY_INITIAL_R2T, "No" },
	{ ASSAY_KEY_IMMEDIATE_DATA, "Yes" },
	{ ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, "262144" },
	{ ASSAY_KEY_MAX_BURST_LENGTH, "1048576" },
	{ ASSAY_KEY_FIRST_BURST_LENGTH, "262144" },
	{ ASSAY_KEY_DEFAULT_TIME2WAIT, "0" },
	{ ASSAY_KEY_DEFAULT_TIME2RETAIN, "0" },
	{ ASSAY_KEY_MAX_OUTSTANDING_R2T, "8" },
	{ ASSAY_KEY_DATA_PDU_IN_ORDER, "Yes" },
	{ ASSAY_KEY_DATA_SEQUENCE_IN_ORDER, "Yes" },
	{ ASSAY_KEY_ERROR_RECOVERY_LEVEL, "0" },
	{ ASSAY_KEY_TASK_REPORTING, "RFC3720" },
	{ ASSAY_KEY_PROTOCOL_LEVEL, "1" },
};

struct assay_target *assay_target_new(void)
{
	struct assay_target *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->login_timeout = LOGIN_TIMEOUT;
	assay_tgt_random(t, &t->last_tsih, sizeof(t->last_tsih));
	return t;
}

static void free_list(char **list)
{
	for (char **at = list; at && *at; at++)
		free(*at);
	free(list);
}

static void node_free(struct assay_tgt_node *node)
{
	assay_scsi_device_free(node->device);
	for (unsigned i = 0; i < ASSAY_KEY_COUNT; i++)
		free((char *)node->wants.value[i]);
	free_list(node->acl);
	free_list(node->acl_address);
	free(node->name);
	free(node->in_name);
	free(node->in_secret);
	free(node->out_name);
	free(node->out_secret);
	free(node);
}

void assay_target_free(struct assay_target *t)
{
	if (!t)
		return;
	while (t->conns)
		assay_target_conn_close(t->conns, t->now);
	while (t->nodes) {
		struct assay_tgt_node *node = t->nodes;

		t->nodes = node->next;
		node_free(node);
	}
	for (unsigned i = 0; i < t->portal_count; i++)
		free(t->portals[i].host);
	free(t->portals);
	assay_tgt_fault_free(t);
	free(t);
}

int assay_target_add_portal(
	struct assay_target *t, const struct assay_target_portal *portal, struct assay_error *err)
{
	struct assay_tgt_portal *grown;
	char *host;

	if (!portal->host || !portal->host[0] || strlen(portal->host) > ASSAY_HOST_MAX)
		return assay_error_set(
			err, ASSAY_E_INVAL, "a portal needs a host of 1 to %d bytes", ASSAY_HOST_MAX);
	if (!portal->tpgt)
		return assay_error_set(err, ASSAY_E_INVAL,
			"portal %s: the portal group tag must be 1 to 65535", portal->host);
	host = strdup(portal->host);
	grown = host ? realloc(t->portals, (t->portal_count + 1) * sizeof(*grown)) : NULL;
	if (!grown) {
		free(host);
		return assay_error_set(err, ASSAY_E_NOMEM, "no memory for a portal");
	}
	t->portals = grown;
	t->portals[t->portal_count] = (struct assay_tgt_portal){
		.host = host, .port = portal->port, .tpgt = portal->tpgt
	};
	return (int)t->portal_count++;
}

/* NULL stays NULL; false: out of memory. */
static bool copy_string(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return *out || !text;
}

/* A list, NULL-terminated; NULL stays NULL. */
static bool copy_list(char ***out, const char *const *list)
{
	size_t count = 0;

	if (!list)
		return true;
	while (list[count])
		count++;
	*out = calloc(count + 1, sizeof(**out));
	for (size_t i = 0; *out && i < count; i++)
		if (!copy_string(&(*out)[i], list[i]))
			return false;
	return *out != NULL;
}

static bool set_want(struct assay_tgt_node *node, enum assay_key_id id, const char *value)
{
	char *copy;

	if (!copy_string(&copy, value))
		return false;
	free((char *)node->wants.value[id]);
	node->wants.value[id] = copy;
	return true;
}

void assay_tgt_default_wants(struct assay_wants *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < sizeof(default_wants) / sizeof(default_wants[0]); i++)
		out->value[default_wants[i].id] = default_wants[i].value;
}

static bool copy_wants(struct assay_tgt_node *node, const struct assay_target_spec *spec)
{
	struct assay_wants wants;
	bool ok = true;

	assay_tgt_default_wants(&wants);
	for (unsigned i = 0; i < ASSAY_KEY_COUNT; i++) {
		const char *value = spec->wants.value[i] ? spec->wants.value[i] : wants.value[i];

		ok = ok && (!value || set_want(node, (enum assay_key_id)i, value));
	}
	if (spec->header_digest_required)
		ok = ok && set_want(node, ASSAY_KEY_HEADER_DIGEST, "CRC32C");
	if (spec->alias)
		ok = ok && set_want(node, ASSAY_KEY_TARGET_ALIAS, spec->alias);
	return ok && set_want(node, ASSAY_KEY_AUTH_METHOD, spec->incoming.name ? "CHAP" : "None");
}

/* The group that a node's units show themselves in: the first of its portals'. */
static bool copy_spec(
	struct assay_target *t, struct assay_tgt_node *node, const struct assay_target_spec *spec)
{
	node->tid = spec->tid;
	node->tpgt = spec->tpgt;
	node->header_digest_required = spec->header_digest_required;
	if (!copy_string(&node->name, spec->name) || !copy_string(&node->in_name, spec->incoming.name) ||
		!copy_string(&node->in_secret, spec->incoming.secret) ||
		!copy_string(&node->out_name, spec->outgoing.name) ||
		!copy_string(&node->out_secret, spec->outgoing.secret) || !copy_list(&node->acl, spec->acl) ||
		!copy_list(&node->acl_address, spec->acl_address) || !copy_wants(node, spec))
		return false;
	node->device = assay_scsi_device_new(spec->tid, spec->name, spec->ids, t->defects);
	for (unsigned i = 0; node->device && i < t->portal_count; i++)
		if (assay_tgt_node_has_portal(node, &t->portals[i]))
			assay_scsi_add_port(node->device, t->portals[i].tpgt);
	if (node->device)
		assay_scsi_on_abort(node->device, assay_tgt_abort_victim, t);
	return node->device != NULL;
}

static int check_spec(
	const struct assay_target *t, const struct assay_target_spec *spec, struct assay_error *err)
{
	const struct assay_chap_spec *in = &spec->incoming, *out = &spec->outgoing;

	if (!spec->name || assay_name_check(spec->name, strlen(spec->name), err) < 0)
		return ASSAY_E_INVAL;
	for (const struct assay_tgt_node *n = t->nodes; n; n = n->next) {
		if (strcmp(n->name, spec->name) == 0)
			return assay_error_set(
				err, ASSAY_E_INVAL, "target %s: there is one already", spec->name);
		if (n->tid == spec->tid)
			return assay_error_set(err, ASSAY_E_INVAL, "target %s: %s has the id %u already",
				spec->name, n->name, spec->tid);
	}
	if (!in->name != !in->secret || !out->name != !out->secret)
		return assay_error_set(
			err, ASSAY_E_INVAL, "target %s: an account has a name and a secret", spec->name);
	if (out->name && !in->name)
		return assay_error_set(err, ASSAY_E_INVAL,
			"target %s: mutual CHAP needs an incoming account too", spec->name);
	if (out->secret && strcmp(in->secret, out->secret) == 0)
		return assay_error_set(err, ASSAY_E_INVAL,
			"target %s: the two secrets must differ (section 9.2.1)", spec->name);
	return ASSAY_OK;
}

int assay_target_add(struct assay_target *t, const struct assay_target_spec *spec, struct assay_error *err)
{
	struct assay_tgt_node **last = &t->nodes, *node;
	int rc = check_spec(t, spec, err);

	if (rc < 0)
		return rc;
	node = calloc(1, sizeof(*node));
	if (!node || !copy_spec(t, node, spec)) {
		if (node)
			node_free(node);
		return assay_error_set(err, ASSAY_E_NOMEM, "no memory for target %s", spec->name);
	}
	while (*last)
		last = &(*last)->next;
	*last = node;
	return ASSAY_OK;
}

static struct assay_tgt_node *node_of(struct assay_target *t, unsigned tid)
{
	struct assay_tgt_node *node = t->nodes;

	while (node && node->tid != tid)
		node = node->next;
	return node;
}

int assay_target_add_lun(
	struct assay_target *t, unsigned tid, const struct assay_lun_spec *spec, struct assay_error *err)
{
	struct assay_tgt_node *node = node_of(t, tid);

	if (!node)
		return assay_error_set(err, ASSAY_E_INVAL, "LUN %u: there is no target %u", spec->lun, tid);
	return assay_scsi_add_lun(node->device, spec, err);
}

unsigned assay_target_id(const struct assay_target *t, const char *name)
{
	const struct assay_tgt_node *node = assay_tgt_node_find(t, name, strlen(name));

	return node ? node->tid : 0;
}

int assay_target_remove_lun(struct assay_target *t, unsigned tid, uint32_t lun)
{
	struct assay_tgt_node *node = node_of(t, tid);

	return node ? assay_scsi_remove_lun(node->device, lun) : ASSAY_E_INVAL;
}

void assay_target_take_media(struct assay_target *to, struct assay_target *from)
{
	for (struct assay_tgt_node *node = from->nodes; node; node = node->next) {
		struct assay_tgt_node *same = node_of(to, node->tid);

		if (same)
			assay_scsi_take_media(same->device, node->device);
	}
}

void assay_target_set_portal_port(struct assay_target *t, unsigned portal, uint16_t port)
{
	if (portal < t->portal_count)
		t->portals[portal].port = port;
}

void assay_target_set_seed(struct assay_target *t, uint64_t seed)
{
	t->seeded = true;
	t->seed = seed;
	assay_tgt_random(t, &t->last_tsih, sizeof(t->last_tsih));
}

void assay_target_set_defect(struct assay_target *t, enum assay_defect defect)
{
	if ((unsigned)defect >= ASSAY_DEFECT_COUNT)
		return;
	t->defects[defect / 8] |= (unsigned char)(1u << (defect % 8));
	t->defective = true;
}

void assay_target_set_fault(struct assay_target *t, enum assay_fault fault)
{
	t->faults |= 1u << fault;
}

void assay_target_set_login_timeout(struct assay_target *t, uint64_t nanoseconds)
{
	t->login_timeout = nanoseconds;
}

/* splitmix64 where a seed makes it repeatable; else the system's, since challenges must not be foreseen. */
void assay_tgt_random(struct assay_target *t, void *out, size_t length)
{
	uint8_t *at = out;

	if (!t->seeded && getrandom(out, length, 0) == (ssize_t)length)
		return;
	for (size_t i = 0; i < length; i++) {
		uint64_t z = (t->seed += UINT64_C(0x9e3779b97f4a7c15));

		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		at[i] = (uint8_t)(z >> 32);
	}
}

struct assay_tgt_node *assay_tgt_node_find(const struct assay_target *t, const char *name, size_t length)
{
	for (struct assay_tgt_node *node = t->nodes; node; node = node->next)
		if (strlen(node->name) == length && memcmp(node->name, name, length) == 0)
			return node;
	return NULL;
}

static bool listed(char *const *list, const char *text)
{
	for (; list && *list; list++)
		if (strcmp(*list, text) == 0)
			return true;
	return false;
}

bool assay_tgt_node_admits(
	const struct assay_target_conn *c, const struct assay_tgt_node *node, const char *initiator)
{
	const struct assay_target *t = c->target;

	if (node->acl && !assay_tgt_defective(t, ASSAY_DEFECT_ACL_IGNORED) && !listed(node->acl, initiator))
		return false;
	if (!node->acl_address || assay_tgt_defective(t, ASSAY_DEFECT_ACL_ADDRESS_IGNORED))
		return true;
	return listed(node->acl_address, c->peer) &&
	       !assay_tgt_defective(t, ASSAY_DEFECT_ACL_ADDRESS_REFUSES_ALL);
}

bool assay_tgt_node_has_portal(const struct assay_tgt_node *node, const struct assay_tgt_portal *portal)
{
	return !node->tpgt || node->tpgt == portal->tpgt;
}
