/* dial.c - the dialer and the configuration that a profile's connections are made from. */
#include "runner/dial.h"

#include <stdlib.h>
#include <string.h>

/* A random ISID (RFC 7143 section 11.12.5, T=10b): sessions of different tests and runs do not reinstate each other. */
static uint64_t make_isid(uint64_t seed)
{
	return UINT64_C(0x80) << 40 | (seed & 0xffffff) << 16;
}

static bool same_name(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

void assay_dial_aim(
	struct assay_initiator_config *config, const struct assay_setup *s, const char *target_name)
{
	config->target_name = target_name;
	config->discovery = !target_name;
	config->target_account = (struct assay_chap_account){ 0 };
	if (same_name(s->chap_target, target_name))
		config->account = s->chap_account;
	if (same_name(s->mutual_target, target_name)) {
		config->account = s->mutual_account;
		config->target_account = s->mutual_target_account;
	}
}

void assay_dial_config(struct assay_initiator_config *out, struct assay_dial *d,
	const struct assay_profile *profile, uint64_t seed)
{
	const struct assay_setup *s = &profile->setup;
	double factor = s->timing_factor > 0 ? s->timing_factor : 1;

	*out = (struct assay_initiator_config){
		.dialer = d->dialer,
		.host = s->host,
		.port = s->port,
		.initiator_name = profile->initiator_name,
		.isid = make_isid(seed),
		.timeout = (uint64_t)(profile->answer_timeout_ms * factor * (double)ASSAY_MILLISECOND),
		.seed = seed,
	};
	/* The default, said as every initiator says it: a target that has no default of its own gets judged in other respects too. */
	out->wants.value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = "8192";
	if (profile->header_digest > 1)
		out->wants.value[ASSAY_KEY_HEADER_DIGEST] = "CRC32C";
	if (profile->data_digest > 1)
		out->wants.value[ASSAY_KEY_DATA_DIGEST] = "CRC32C";
	assay_dial_aim(out, s, s->target_name);
}

static int open_tcp(struct assay_dial *d, const struct assay_profile *profile, struct assay_error *err)
{
	const struct assay_setup *s = &profile->setup;
	int r;

	assay_tcp_dialer_init(&d->tcp);
	d->tcp.follow_portals = profile->follow_portals;
	r = assay_tcp_allow(&d->tcp, s->host, s->port);
	if (r >= 0 && s->second_host)
		r = assay_tcp_allow(&d->tcp, s->second_host, s->second_port);
	if (r < 0)
		return assay_error_set(err, r, "a host's name is too long");
	d->dialer = &d->tcp.dialer;
	return 0;
}

int assay_dial_open(struct assay_dial **out, const struct assay_profile *profile,
	const unsigned char *defects, uint64_t seed, struct assay_error *err)
{
	struct assay_dial *d = calloc(1, sizeof(*d));
	int r = 0;

	*out = NULL;
	if (!d)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (!profile->builtin) {
		r = open_tcp(d, profile, err);
	} else {
		d->builtin = assay_builtin_new(defects, seed, err);
		if (d->builtin)
			d->dialer = assay_builtin_dialer(d->builtin);
		else
			r = ASSAY_E_NOMEM;
	}
	if (r < 0) {
		assay_dial_close(d);
		return r;
	}
	*out = d;
	return 0;
}

void assay_dial_close(struct assay_dial *d)
{
	if (!d)
		return;
	assay_builtin_free(d->builtin);
	free(d);
}

void assay_dial_accounts(struct assay_tap *tap, const struct assay_setup *s)
{
	assay_tap_account(tap, ASSAY_INITIATOR, &s->chap_account, s->chap_target);
	assay_tap_account(tap, ASSAY_INITIATOR, &s->mutual_account, s->mutual_target);
	assay_tap_account(tap, ASSAY_TARGET, &s->mutual_target_account, s->mutual_target);
}
