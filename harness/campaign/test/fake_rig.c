/* fake_rig.c - see fake_rig.h. */
#include "campaign/test/fake_rig.h"

#include <signal.h>

static bool is_multiple(uint32_t number, unsigned of)
{
	return of && number % of == of - 1;
}

static int play(
	void *payload, struct assay_judged *out, const struct assay_case_name *name, struct assay_error *err)
{
	struct fake_rig *f = payload;
	uint32_t base = name->id.path[0];

	*out = (struct assay_judged){ .played.last_opcode = ASSAY_LOGIN_REQUEST,
		.played.last = { .phase = ASSAY_STATE_OPERATIONAL, .answer = ASSAY_LOGIN_RESPONSE } };
	f->plays++;
	if (name->id.depth == 1 && base < sizeof(f->seen))
		f->seen[base] += f->seen[base] < UINT8_MAX;
	if (is_multiple(base, f->fresh) && name->id.depth < 3)
		out->played.new_edges = 1;
	if (is_multiple(base, f->leak))
		f->memory += 4096;
	if (base < f->once && f->seen[base] == 1)
		f->memory += 12288;
	if (is_multiple(base, f->crash)) {
		out->ended = true;
		out->status = SIGSEGV;
		out->played.outcome = ASSAY_OUTCOME_GONE;
		snprintf(out->played.words, sizeof(out->played.words), "the target's process ended");
		f->starts++;
	}
	if (f->stop_after && f->plays >= f->stop_after)
		f->stop = SIGINT;
	if (f->gone_after && f->plays >= f->gone_after)
		return assay_error_set(err, ASSAY_E_CONNECT, "gone");
	return 0;
}

static uint64_t memory(void *payload)
{
	return ((struct fake_rig *)payload)->memory + (UINT64_C(1) << 20);
}

static unsigned starts(void *payload)
{
	return ((struct fake_rig *)payload)->starts;
}

static void describe(void *payload, FILE *out, const struct assay_case_name *name)
{
	(void)payload;
	fprintf(out, "case %u\n", name->id.path[0]);
}

/* Twelve steps and four changes, of kinds without numbers; what is left out changes nothing. */
static void shape(void *payload, struct assay_case_shape *out, const struct assay_case_name *name)
{
	(void)payload;
	(void)name;
	*out = (struct assay_case_shape){ .steps = 12, .own_steps = 12, .change_count = 4 };
	for (unsigned n = 0; n < out->change_count; n++)
		out->changes[n].kind = ASSAY_CHANGE_SWAP;
}

struct assay_rig fake_rig(struct fake_rig *f)
{
	return (struct assay_rig){
		.play = play,
		.memory = memory,
		.starts = starts,
		.describe = describe,
		.shape = shape,
		.payload = f,
	};
}
