/* dial.h - how a profile's target is reached: TCP to the addresses that the user named, or the built-in target in this very process. */
#ifndef ASSAY_RUNNER_DIAL_H
#define ASSAY_RUNNER_DIAL_H

#include "runner/profile.h"
#include "transport/tcp.h"

/* Who we are unless the user says otherwise. */
#define ASSAY_DEFAULT_INITIATOR "iqn.2026-01.net.iscsi-assay:initiator"

struct assay_builtin;

struct assay_dial {
	struct assay_dialer *dialer; /* for struct assay_initiator_config */
	struct assay_builtin *builtin; /* NULL for TCP */
	struct assay_tcp_dialer tcp;
};

/* 0 or a negative error of ours. defects: bit set for the built-in target, or NULL. */
int assay_dial_open(struct assay_dial **out, const struct assay_profile *profile,
	const unsigned char *defects, uint64_t seed, struct assay_error *err);
void assay_dial_close(struct assay_dial *d); /* after the connections */

/* The configuration of a right login to the profile's target: names, accounts, time-out. Strings are the profile's. */
void assay_dial_config(struct assay_initiator_config *out, struct assay_dial *d,
	const struct assay_profile *profile, uint64_t seed);

/*
 * At another target, or (NULL) at none, for a discovery: with the account that the setup has for it, and else with the one that was there, which only answers when
 * it is asked. A target's own proof is demanded of the target that the account is of, and of no other.
 */
void assay_dial_aim(
	struct assay_initiator_config *config, const struct assay_setup *s, const char *target_name);

/* Lets the rules that tap feeds verify the proofs of the setup's accounts. */
void assay_dial_accounts(struct assay_tap *tap, const struct assay_setup *s);

/* A control verb, done to the built-in target; lun: of which unit. 0, ASSAY_E_INVAL when it has no such verb, or another negative error in words. */
int assay_builtin_control(
	struct assay_builtin *b, enum assay_verb verb, uint32_t lun, struct assay_error *err);
struct assay_builtin *assay_builtin_new(const unsigned char *defects, uint64_t seed, struct assay_error *err);
struct assay_dialer *assay_builtin_dialer(struct assay_builtin *b);
void assay_builtin_free(struct assay_builtin *b);

#endif
