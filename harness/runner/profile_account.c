/* profile_account.c - the CHAP accounts and access lists of a profile: who, from where, and for which target. */
#include "runner/profile_parse.h"

static const char *find_secret(struct assay_profile_parse *p, const char *section, const char *direct,
	const char *file, const char *env)
{
	struct assay_error why = { 0 };
	const char *secret = assay_secret_find(p->arena, p->path, direct, file, env, &why);

	if (!secret)
		assay_profile_complain(p, "[%s] %s", section, why.message);
	return secret;
}

static void finish_chap(struct assay_profile_parse *p)
{
	struct assay_setup *s = &p->profile->setup;
	const struct assay_profile_account *a = &p->chap;

	if (!a->target && !a->user && !a->secret && !a->secret_file && !a->secret_env)
		return;
	if (!a->user) {
		assay_profile_complain(p, "[chap] needs user");
		return;
	}
	s->chap_target = a->target ? a->target : s->target_name;
	s->chap_account.name = a->user;
	s->chap_account.secret = find_secret(p, "chap", a->secret, a->secret_file, a->secret_env);
}

static void finish_mutual(struct assay_profile_parse *p)
{
	struct assay_setup *s = &p->profile->setup;
	const struct assay_profile_account *a = &p->mutual;

	if (!a->target && !a->user && !a->secret && !a->secret_file && !a->secret_env && !a->target_user &&
		!a->target_secret && !a->target_secret_file && !a->target_secret_env)
		return;
	if (!a->user || !a->target_user) {
		assay_profile_complain(p, "[mutual] needs user and target-user, each with its secret");
		return;
	}
	s->mutual_target = a->target ? a->target : s->target_name;
	s->mutual_account.name = a->user;
	s->mutual_account.secret = find_secret(p, "mutual", a->secret, a->secret_file, a->secret_env);
	if (p->failed)
		return;
	s->mutual_target_account.name = a->target_user;
	s->mutual_target_account.secret = find_secret(
		p, "mutual", a->target_secret, a->target_secret_file, a->target_secret_env);
}

static void finish_lists(struct assay_profile_parse *p)
{
	struct assay_setup *s = &p->profile->setup;

	if (p->acl_initiator && !p->acl_target)
		assay_profile_complain(p, "[acl] needs target");
	if (!s->acl_address_target != !s->acl_address)
		assay_profile_complain(p, "[acl-address] needs target and address");
	s->acl_target = p->acl_target;
	s->acl_initiator = p->acl_initiator;
}

void assay_profile_accounts(struct assay_profile_parse *p)
{
	finish_chap(p);
	if (!p->failed)
		finish_mutual(p);
	if (!p->failed)
		finish_lists(p);
}
