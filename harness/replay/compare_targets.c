/* compare_targets.c - the targets that two answers to SendTargets list, as sets of names in any order; their portals are counted, for addresses are those of each peer. RFC 7143 appendix C. */
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "proto/keys.h"
#include "replay/compare_private.h"

#define TARGETS 1024 /* of a list that are compared; those behind are not looked at */
#define GROUPS  8 /* portal group tags of one target that are told apart */

struct record {
	struct assay_pair name;
	bool matched;
	unsigned addresses, groups;
	const char *tags[GROUPS]; /* ",1" and what is behind it in the value */
	size_t tag_lengths[GROUPS];
};

struct list {
	size_t count;
	unsigned nameless; /* addresses before the first name */
	struct record records[TARGETS];
};

static void add_address(struct record *r, const struct assay_pair *address)
{
	size_t length = address->value_length, at = length;

	r->addresses++;
	while (at > 0 && address->value[at - 1] != ',')
		at--;
	for (unsigned i = 0; i < r->groups; i++)
		if (r->tag_lengths[i] == length - at && !memcmp(r->tags[i], address->value + at, length - at))
			return;
	if (!at || r->groups == GROUPS)
		return;
	r->tags[r->groups] = address->value + at;
	r->tag_lengths[r->groups++] = length - at;
}

static void read_list(struct list *l, const char *text, size_t length)
{
	struct assay_pair pair;
	size_t offset = 0;
	int r;

	while ((r = assay_text_next(&pair, &offset, text, length)) != 0 && r != ASSAY_E_SHORT) {
		if (assay_pair_is(&pair, "TargetName")) {
			if (l->count == TARGETS)
				break;
			l->records[l->count++].name = pair;
		} else if (assay_pair_is(&pair, "TargetAddress")) {
			if (l->count)
				add_address(&l->records[l->count - 1], &pair);
			else
				l->nameless++;
		}
	}
}

/* ---- both ---- */

static bool is_name(const struct assay_pair *pair, const char *name)
{
	return name && assay_value_is(pair, name);
}

static bool same_target(const struct comparison *c, const struct record *captured, const struct record *live)
{
	const struct assay_replay_exchange *e = c->exchange;

	if (e && e->live_target && is_name(&captured->name, e->captured_target))
		return is_name(&live->name, e->live_target);
	return captured->name.value_length == live->name.value_length &&
	       !memcmp(captured->name.value, live->name.value, live->name.value_length);
}

static struct record *find(struct comparison *c, struct list *live, const struct record *captured)
{
	for (size_t i = 0; i < live->count; i++)
		if (!live->records[i].matched && same_target(c, captured, &live->records[i]))
			return &live->records[i];
	return NULL;
}

static int differ(struct comparison *c, const struct record *r, bool in_capture)
{
	char name[ASSAY_SHOW_MAX];

	assay_key_show(name, r->name.value, r->name.value_length);
	return assay_replay_differ(
		c->out, true, "target listed", in_capture ? name : "none", in_capture ? "none" : name);
}

static void compare_portals(struct comparison *c, const struct record *captured, const struct record *live)
{
	char a[48], b[48];

	if (captured->addresses == live->addresses && captured->groups == live->groups)
		return;
	snprintf(a, sizeof(a), "%u in %u groups", captured->addresses, captured->groups);
	snprintf(b, sizeof(b), "%u in %u groups", live->addresses, live->groups);
	(void)assay_replay_differ(c->out, false, "portals of a target listed", a, b);
}

static int compare_lists(struct comparison *c, struct list *captured, struct list *live)
{
	int counting = 0;
	char a[24], b[24];

	for (size_t i = 0; i < captured->count; i++) {
		struct record *its = find(c, live, &captured->records[i]);

		if (!its) {
			counting += differ(c, &captured->records[i], true);
			continue;
		}
		its->matched = true;
		compare_portals(c, &captured->records[i], its);
	}
	for (size_t i = 0; i < live->count; i++)
		counting += live->records[i].matched ? 0 : differ(c, &live->records[i], false);
	if (!captured->nameless == !live->nameless)
		return counting;
	snprintf(a, sizeof(a), "%u", captured->nameless);
	snprintf(b, sizeof(b), "%u", live->nameless);
	return counting + assay_replay_differ(c->out, true, "addresses before a TargetName", a, b);
}

static bool lists(const char *text, size_t length)
{
	struct assay_pair pair;

	return assay_text_find(&pair, text, length, "TargetName") ||
	       assay_text_find(&pair, text, length, "TargetAddress");
}

int assay_replay_compare_targets(bool *listed, struct comparison *c)
{
	const struct assay_replay_exchange none = { 0 }, *e = c->exchange ? c->exchange : &none;
	const char *captured = e->captured_text ? e->captured_text : (const char *)c->captured->data;
	const char *live = e->live_text ? e->live_text : (const char *)c->live->data;
	size_t captured_length = e->captured_text ? e->captured_text_length : c->captured->data_length;
	size_t live_length = e->live_text ? e->live_text_length : c->live->data_length;
	struct list *both;
	int counting;

	*listed = c->type == ASSAY_TEXT_RESPONSE &&
		  (lists(captured, captured_length) || lists(live, live_length));
	if (!*listed || assay_replay_is_ignored(c, "TargetName"))
		return 0;
	both = calloc(2, sizeof(*both));
	if (!both)
		return 0;
	read_list(&both[0], captured, captured_length);
	read_list(&both[1], live, live_length);
	counting = compare_lists(c, &both[0], &both[1]);
	free(both);
	return counting;
}
