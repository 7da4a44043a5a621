/* fleet.c - one target, or one for each job; see fleet.h. */
#include "runner/fleet.h"

#include <stdlib.h>

#include "runner/command.h"
#include "runner/profile_internal.h"
#include "runner/sanity.h"

/* Copies are made of a profile whose places are still to be filled in. */
static int take_profiles(struct assay_fleet *f, struct assay_profile *profile, struct assay_error *err)
{
	f->members[0].profile = profile;
	for (size_t n = 1; n < f->count; n++) {
		f->members[n].profile = assay_profile_copy(profile);
		if (!f->members[n].profile)
			return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	}
	return 0;
}

int assay_fleet_start(struct assay_fleet *out, struct assay_profile *profile, unsigned jobs,
	const volatile int *stop, struct assay_error *err)
{
	int r;

	out->count = profile->exec.for_each_job && jobs ? jobs : 1;
	out->members = calloc(out->count, sizeof(*out->members));
	if (!out->members) {
		out->count = 0;
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	}
	if (out->count > 1 && profile->follow_portals)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"follow-portals and for-each-job: a target announces its own portals only");
	r = take_profiles(out, profile, err);
	for (size_t n = 0; !r && n < out->count; n++)
		r = assay_keeper_start(&out->members[n].keeper, out->members[n].profile, stop, err);
	return r;
}

bool assay_fleet_apart(const struct assay_fleet *f)
{
	return f->count > 1;
}

struct assay_member *assay_fleet_of_slot(const struct assay_fleet *f, unsigned slot)
{
	return &f->members[slot % f->count];
}

struct assay_member *assay_fleet_of_profile(const struct assay_fleet *f, const struct assay_profile *profile)
{
	size_t n = 0;

	while (n + 1 < f->count && f->members[n].profile != profile)
		n++;
	return &f->members[n];
}

bool assay_fleet_broken(const struct assay_fleet *f)
{
	bool broken = false;

	for (size_t n = 0; n < f->count; n++)
		broken = broken || f->members[n].broken;
	return broken;
}

int assay_fleet_mend(struct assay_fleet *f, const volatile int *stop, struct assay_error *err)
{
	int r = 0;

	for (size_t n = 0; !r && n < f->count; n++) {
		struct assay_member *m = &f->members[n];

		if (!m->broken)
			continue;
		r = assay_keeper_restart(&m->keeper, false, stop, err);
		if (!r && m->silent)
			r = assay_sanity_commands(m->profile, assay_command_clock());
		m->broken = m->used = m->silent = false;
	}
	return r;
}

void assay_fleet_stop(struct assay_fleet *f)
{
	for (size_t n = 0; n < f->count; n++)
		assay_supervise_let_go(f->members[n].keeper.supervised);
	for (size_t n = 0; n < f->count; n++) {
		assay_keeper_stop(&f->members[n].keeper);
		if (n)
			assay_profile_free(f->members[n].profile);
	}
	free(f->members);
	*f = (struct assay_fleet){ 0 };
}
