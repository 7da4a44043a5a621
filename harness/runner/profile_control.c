/* profile_control.c - the lines of a profile's [control]: one of the verbs each. Running them is control.c's. */
#include "runner/control.h"
#include "runner/profile_parse.h"

int assay_profile_take_control(struct assay_profile_parse *p, const char *name, const char *value)
{
	struct assay_error why = { 0 };
	int verb = assay_verb_find(name);

	if (verb < 0)
		return assay_profile_complain(p,
			"[control] has no verb '%.40s'; it has restart, add-lun, remove-lun, alive, logs",
			name);
	if (p->profile->control[verb])
		return assay_profile_complain(p, "[control] %.60s is there already", name);
	p->profile->control[verb] = assay_arena_strdup(p->arena, value);
	if (assay_places_check_verb(verb, value, &why) < 0)
		return assay_profile_complain(p, "[control] %s: %s", name, why.message);
	return 1;
}
