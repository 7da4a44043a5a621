/* play.c - plays cases. */
#include "campaign/play.h"

#include <stdlib.h>

struct assay_player {
	struct assay_tap *tap;
	struct assay_state_graph *states;
};

const char *assay_outcome_name(enum assay_outcome outcome)
{
	static const char *const names[] = { "ok", "gone", "wedged", "slow", "refused", "rule", "memory",
		"sanitizer" };

	return (unsigned)outcome < sizeof(names) / sizeof(names[0]) ? names[outcome] : "?";
}

int assay_player_new(struct assay_player **out, const struct assay_profile *profile,
	const struct assay_play_options *options, struct assay_error *err)
{
	(void)profile;
	(void)options;
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
}
void assay_player_free(struct assay_player *p)
{
	free(p);
}
int assay_player_learn(struct assay_player *p, struct assay_error *err)
{
	(void)p;
	(void)err;
	return 0;
}
const struct assay_rule *const *assay_player_known(const struct assay_player *p, unsigned *count)
{
	(void)p;
	*count = 0;
	return NULL;
}
int assay_play(struct assay_played *out, struct assay_player *p, const struct assay_case *c)
{
	(void)p;
	(void)c;
	*out = (struct assay_played){ 0 };
	return 0;
}
int assay_play_bytes(
	struct assay_played *out, struct assay_player *p, const void *bytes, size_t length, bool login_first)
{
	(void)p;
	(void)bytes;
	(void)length;
	(void)login_first;
	*out = (struct assay_played){ 0 };
	return 0;
}
struct assay_tap *assay_player_tap(struct assay_player *p)
{
	return p->tap;
}
struct assay_state_graph *assay_player_states(struct assay_player *p)
{
	return p->states;
}
