/*
 * target.h - the built-in target: a server's worth of portals, portal groups, targets and logical units, and a sans-I/O
 * session machine a connection (bytes in, bytes out, time as an argument). server.h puts it behind epoll; the runner puts it behind a memory
 * stream. Right in every point of the standard unless a defect (defect.h) is switched on. RFC 7143 sections 4 to 13 as a target must keep them.
 */
#ifndef ASSAY_TARGET_TARGET_H
#define ASSAY_TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "codec/error.h"
#include "proto/negotiation.h"
#include "target/defect.h"
#include "target/fault.h"

struct assay_target; /* the whole server: what an administrator configures */
struct assay_target_conn; /* one connection of it */

/* How the logical units name themselves in VPD pages 0x80 and 0x83. */
enum assay_id_scheme {
	ASSAY_ID_NAA, /* NAA locally assigned, 16 bytes, made from target name and LUN */
	ASSAY_ID_IET, /* tgt's: T10 "IET     " + target id and LUN in hexadecimal, four digits each; serial "beaf" + target id + LUN */
};

/* A portal that it listens on. */
struct assay_target_portal {
	const char *host; /* as SendTargets announces it, no brackets; copied */
	uint16_t port;
	uint16_t tpgt; /* portal group tag, 1 to 65535 */
};

/* A target. Strings are copied. */
struct assay_target_spec {
	unsigned tid; /* target id, from 1: tgt's scheme shows it */
	const char *name; /* IQN */
	const char *alias; /* NULL: none */
	enum assay_id_scheme ids;
	uint16_t tpgt; /* the portal group that it is reached through; 0: all */
	struct assay_chap_spec {
		const char *name, *secret; /* NULL: not asked for */
	} incoming, outgoing; /* incoming: what the initiator proves; outgoing: what we prove (mutual) */
	const char *const *acl; /* initiator names that may log in, NULL-terminated; NULL: all */
	const char *const *acl_address; /* the numeric addresses that they may come from; NULL: any */
	bool header_digest_required; /* refuses HeaderDigest=None */
	struct assay_wants wants; /* what it answers from; NULL values: its own defaults */
};

/* A logical unit. */
struct assay_lun_spec {
	uint32_t lun; /* the number that initiators see */
	uint64_t blocks;
	uint32_t block_size; /* bytes: 512 or 4096 */
	const char *path; /* file backing; NULL: RAM (zeros at first) */
	bool read_only;
	const char *initiator; /* maps it for this initiator name only; NULL: for all */
	bool numbered; /* RAM: each of the first 64 blocks begins with its LBA, so that no two are alike */
};

/* NULL: out of memory. */
struct assay_target *assay_target_new(void);
void assay_target_free(struct assay_target *t); /* frees its connections too */

/* Each returns 0, or a negative error with words in err. assay_target_add_portal returns the portal's index, from 0. */
int assay_target_add_portal(
	struct assay_target *t, const struct assay_target_portal *portal, struct assay_error *err);
int assay_target_add(struct assay_target *t, const struct assay_target_spec *spec, struct assay_error *err);
int assay_target_add_lun(
	struct assay_target *t, unsigned tid, const struct assay_lun_spec *spec, struct assay_error *err);
/* The id of the target with that name; 0: there is none. */
unsigned assay_target_id(const struct assay_target *t, const char *name);
int assay_target_remove_lun(
	struct assay_target *t, unsigned tid, uint32_t lun); /* sessions get a unit attention */
/* After a restart: what the units of `from` hold, for those of the same target id, number and size; `from` is good for nothing more then. */
void assay_target_take_media(struct assay_target *to, struct assay_target *from);
/*
 * An Asynchronous Message to each session but those for discovery, on its first connection. event: 0 (SCSI event: the reported LUNs changed; argument: the LUN), 1 (log out within argument seconds, or be
 * dropped), 2 (this connection is dropped), 3 (all of the session are), 4 (negotiate within argument seconds), 248 to 255 (argument: AsyncVCode). How many were told, ASSAY_E_INVAL for another event.
 */
int assay_target_announce(struct assay_target *t, uint8_t event, unsigned argument);
void assay_target_set_portal_port(
	struct assay_target *t, unsigned portal, uint16_t port); /* once the system has chosen it */
void assay_target_set_seed(struct assay_target *t, uint64_t seed); /* CHAP challenges, TSIH: repeatable */
void assay_target_set_defect(struct assay_target *t, enum assay_defect defect);
void assay_target_set_fault(struct assay_target *t, enum assay_fault fault);
void assay_target_set_login_timeout(struct assay_target *t, uint64_t nanoseconds);

/*
 * What `iscsi-assay run` tests when no target is named: two portals in two portal groups (unless it has portals already); DEFAULT_NAME (tid 1, IET ids) with LUNs 0, 1, 22 (64 MiB, 512-byte blocks);
 * :second (tid 2, NAA ids) with LUN 0 (4096-byte blocks) and LUN 1 read-only; :chap (tid 3), one-way; :mutual (tid 4); :acl (tid 5), for ASSAY_DEFAULT_ACL_INITIATOR only, with a LUN map for it; :acl-address (tid 6), from ASSAY_DEFAULT_ADDRESS only;
 * accounts and secrets as below. RAM. 0 or negative.
 */
int assay_target_add_defaults(struct assay_target *t, struct assay_error *err);
#define ASSAY_DEFAULT_NAME          "iqn.2026-01.net.iscsi-assay:disk"
#define ASSAY_DEFAULT_SECOND        ASSAY_DEFAULT_NAME ".second"
#define ASSAY_DEFAULT_CHAP          ASSAY_DEFAULT_NAME ".chap"
#define ASSAY_DEFAULT_MUTUAL        ASSAY_DEFAULT_NAME ".mutual"
#define ASSAY_DEFAULT_ACL           ASSAY_DEFAULT_NAME ".acl"
#define ASSAY_DEFAULT_ACL_INITIATOR "iqn.2026-01.net.iscsi-assay:allowed"
#define ASSAY_DEFAULT_ACL_ADDRESS   ASSAY_DEFAULT_NAME ".acl-address"
#define ASSAY_DEFAULT_ADDRESS       "127.0.0.2"
#define ASSAY_DEFAULT_USER          "assay-user"
#define ASSAY_DEFAULT_SECRET        "assay-secret-1"
#define ASSAY_DEFAULT_TARGET_USER   "assay-target"
#define ASSAY_DEFAULT_TARGET_SECRET "assay-secret-2"

/* --- a connection: sans-I/O --- */

/* A connection came in on a portal. peer: its numeric address, which access lists look at. NULL: out of memory, or too many. */
struct assay_target_conn *assay_target_accept(
	struct assay_target *t, unsigned portal, const char *peer, uint64_t now);
/* Bytes came. Takes all of them or decides to close. */
void assay_target_input(struct assay_target_conn *c, const void *bytes, size_t length, uint64_t now);
/* For a server that wants no copy: where to put the next bytes (*capacity), and that length of them came. */
void *assay_target_input_space(struct assay_target_conn *c, size_t *capacity);
void assay_target_input_commit(struct assay_target_conn *c, size_t length, uint64_t now);
/* Bytes to send; *out is valid until the next call on this connection. */
size_t assay_target_output(struct assay_target_conn *c, const uint8_t **out);
/* The same without a copy of large data, for writev: up to count pieces; returns how many. */
unsigned assay_target_output_vector(struct assay_target_conn *c, struct iovec *out, unsigned count);
void assay_target_output_sent(struct assay_target_conn *c, size_t length);
/* A connection that has new output or wants to be closed, once each time; NULL: none. What happens on one connection can concern others. */
struct assay_target_conn *assay_target_take_dirty(struct assay_target *t);
/* For the transport's own use. */
void assay_target_conn_set_payload(struct assay_target_conn *c, void *payload);
void *assay_target_conn_payload(const struct assay_target_conn *c);
/* The address that the peer connected to: SendTargets announces it for a portal that listens on all (0.0.0.0, ::). Copied. */
void assay_target_conn_set_local(struct assay_target_conn *c, const char *host);
/* It wants to be closed once its output is sent. */
bool assay_target_closing(const struct assay_target_conn *c);
/* The peer half-closed: no more input. */
void assay_target_input_end(struct assay_target_conn *c, uint64_t now);
/* The connection is gone; frees it. */
void assay_target_conn_close(struct assay_target_conn *c, uint64_t now);
/* The next time at which assay_target_tick has something to do, nanoseconds; UINT64_MAX: never. Over the whole target. */
uint64_t assay_target_next_timer(const struct assay_target *t);
void assay_target_tick(struct assay_target *t, uint64_t now);

#endif
